"""How many threads a piece of numeric work may use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Hold torch, BLAS and OpenMP to so many threads, then put back what was. No more than there
    are processors: threads that wait for each other on one are far slower than one thread."""
    import torch
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    before, held = torch.get_num_threads(), min(max(1, count), processors())
    torch.set_num_threads(held)
    try:
        with threadpool_limits(held):
            yield
    finally:
        torch.set_num_threads(before)


def processors() -> int:
    """Those that this process may use."""
    count: Callable[[], int] | None = getattr(os, "process_cpu_count", None)
    if count is not None:
        return count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
