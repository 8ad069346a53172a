"""How many threads a piece of numeric work may use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Hold torch, BLAS and OpenMP to so many threads, then put back what was."""
    import torch
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    before = torch.get_num_threads()
    torch.set_num_threads(max(1, count))
    try:
        with threadpool_limits(max(1, count)):
            yield
    finally:
        torch.set_num_threads(before)
