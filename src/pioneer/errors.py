"""Every error that a user can meet, in one tree."""

from __future__ import annotations


class PioneerError(Exception):
    """Base of our errors. The message is written for the user and shown alone.

    `file` and `row` (1-based) say where, `hint` says the way out.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        row: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.row = row
        self.hint = hint

    def __str__(self) -> str:
        where = ""
        if self.file is not None:
            where = f"{self.file}:{self.row}: " if self.row is not None else f"{self.file}: "
        hint = f" ({self.hint})" if self.hint else ""
        return " ".join(f"{where}{self.message}{hint}".split())

    def __reduce__(self) -> tuple[object, ...]:
        """Keep file, row and hint when an error crosses a process border."""
        return (_rebuild, (type(self), self.message, self.file, self.row, self.hint))


def _rebuild(
    kind: type[PioneerError], message: str, file: str | None, row: int | None, hint: str | None
) -> PioneerError:
    return kind(message, file=file, row=row, hint=hint)


class ArgumentError(PioneerError, ValueError):
    """A value given by the user cannot be used."""


class DataError(PioneerError, ValueError):
    """The data cannot be read, or is not what the task needs."""


class SourceError(PioneerError, RuntimeError):
    """No data could be acquired: nothing fits, or the hub cannot be reached."""


class TaskError(PioneerError, ValueError):
    """The description does not say enough to name a task."""


class BaseModelError(PioneerError, RuntimeError):
    """Base weights are unknown, cannot be had, or are not the ones that were pinned."""


class RecipeError(PioneerError, ValueError):
    """The recipe cannot be run as written."""


class TrainingError(PioneerError, RuntimeError):
    """A training failed: diverged, ran out of memory, or its worker died."""


class BudgetError(PioneerError, RuntimeError):
    """The budget allows no trial at all."""


class StoreError(PioneerError, RuntimeError):
    """The workspace cannot be read or written."""


class LockedError(StoreError):
    """Another command writes to this workspace."""


class RegistryError(PioneerError, LookupError):
    """No such model, version or run; or it is not in a state that allows the step."""


class ExportError(PioneerError, RuntimeError):
    """An exported model does not answer as the trained one does."""


class ReportError(PioneerError, RuntimeError):
    """A report could not be written."""


class JudgeError(PioneerError, RuntimeError):
    """A judge gave no usable verdict."""


class BenchError(PioneerError, RuntimeError):
    """An arm of a benchmark, or the command behind it, failed."""


class InternalError(PioneerError, RuntimeError):
    """A fault of ours: what nobody foresaw, told in one line."""
