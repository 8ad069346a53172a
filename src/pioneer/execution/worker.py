"""A worker process: jobs as JSON lines on standard input, results on standard output.

It dies with its parent, however that one ends: a thread reads standard input, and at its end the
process exits at once. What libraries print goes to standard error.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from typing import Any

from pioneer.errors import PioneerError, StoreError
from pioneer.execution.job import Job, JobResult, refused
from pioneer.records import dump, load


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    inbox: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(inbox,), daemon=True).start()
    while True:
        _say(answers, {"result": dump(_answer(inbox.get(), answers))})


def _listen(inbox: queue.Queue[str]) -> None:
    for line in sys.stdin:
        inbox.put(line)
    os._exit(0)


def _answer(line: str, answers: Any) -> JobResult:
    from pioneer.execution.perform import perform

    job = load(Job, json.loads(line))
    try:
        return perform(job, lambda share: _say(answers, {"share": share}))
    except StoreError as error:
        return refused(job, error)
    except PioneerError as error:
        return JobResult(job.key, error=str(error))
    except MemoryError:
        return JobResult(job.key, error="ran out of memory")
    except Exception as error:  # a bug must fail this trial, with its trace in the worker's log
        import traceback

        traceback.print_exc()
        said = " ".join(str(error).split())
        return JobResult(job.key, error=f"{type(error).__name__}: {said}")


def _say(answers: Any, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
