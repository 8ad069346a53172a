"""Who rules on a call, which verdict counts, and how far to trust a judge."""
