"""Examples as the learners see them: texts and label numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pioneer.errors import TrainingError
from pioneer.records import Example, Task


def label_set(task: Task, examples: Sequence[Example]) -> tuple[str, ...]:
    """The task's labels, and after them any that only the rows know. Raises TrainingError
    where there is nothing to learn from."""
    if not examples:
        raise TrainingError("there are no rows to learn from")
    seen = sorted({str(example.target) for example in examples} - set(task.labels))
    return (*task.labels, *seen)


def label_numbers(labels: Sequence[str], examples: Sequence[Example]) -> NDArray[np.int64]:
    """[rows]; each row's place in `labels`."""
    place = {label: number for number, label in enumerate(labels)}
    return np.array([place[str(example.target)] for example in examples], np.int64)
