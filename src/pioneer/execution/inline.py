"""An executor that works in this process, one job after the other: for tests and debugging."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pioneer.errors import PioneerError, StoreError
from pioneer.execution.job import Job, JobResult, refused
from pioneer.execution.perform import perform


def inline_executor(
    jobs: Sequence[Job], progress: Callable[[str, float], None]
) -> Iterator[JobResult]:
    """Do the jobs in order. A bug is raised here, not turned into a failed trial."""
    for job in jobs:
        try:
            yield perform(job, lambda share, key=job.key: progress(key, share))  # type: ignore[misc]
        except StoreError as error:
            yield refused(job, error)
        except PioneerError as error:
            yield JobResult(job.key, error=str(error))
