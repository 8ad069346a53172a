"""Append-only events of every run; all state of a run is a view of them."""
