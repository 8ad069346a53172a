"""Keep a workspace in order: list, prune, check."""
