"""From what the arms came to, to figures with intervals, a page and a table."""

from pioneer.bench.adaptft.scoring.reporting import report

__all__ = ["report"]
