"""The training-speed comparison: cells, the child process that trains, report."""
