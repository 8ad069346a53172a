"""A lock on a file, which ends with the processes that hold it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pioneer.errors import LockedError


@contextmanager
def lock(file: Path, refusal: Callable[[str], LockedError]) -> Iterator[int]:
    """Hold the file, which names this process meanwhile. Gives its descriptor: a child that
    inherits it holds on. Raises `refusal`, told which process holds it, where another does."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise refusal(holder) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)
