"""What went wrong in production, and which logged rows may be learned from."""
