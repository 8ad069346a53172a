"""The cold-start comparison: sets, systems, cells, statistics and report."""
