"""The kinds of log that are read, and how one is told from the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pioneer.errors import ArgumentError, DataError
from pioneer.traces.files import Container, LogFile
from pioneer.traces.formats import langfuse, mlflow, openai, otel, phoenix
from pioneer.traces.records import Broken, Format, Item, Record

_LOOKED_AT = 20
"""Records of a file by which its format is told."""
_PLAIN = ("jsonl", "csv", "parquet", "json")


def _is_trace(fields: Mapping[str, Any]) -> bool:
    return "input" in fields and "output" in fields


def _unchanged(items: Iterator[Item]) -> Iterator[Item]:
    return items


@dataclass(frozen=True, slots=True)
class Formats:
    """All formats of one import: files of it may refer to each other."""

    known: tuple[Format, ...]

    def of(self, file: LogFile, name: str | None) -> Format:
        """The format that was named, else the one that the first records are in.

        Raises DataError where it is none of the known.
        """
        if name is not None:
            return self._named(file, name)
        first = [item for item in islice(file.records(), _LOOKED_AT) if isinstance(item, Record)]
        for form in self.known:
            if any(form.recognises(item.fields) for item in first):
                return form
        return self._refuse(file, first)

    def _named(self, file: LogFile, name: str) -> Format:
        if name in _PLAIN:
            if name != file.container.value:
                message = f"--format {name}, but the file is {file.container.value}"
                raise DataError(message, file=str(file.path), hint="leave --format out")
            return self.known[-1]
        return next(form for form in self.known if form.name == name)

    def _refuse(self, file: LogFile, first: list[Record]) -> Format:
        hint = "a trace row has 'input' and 'output'; --format names another format"
        if not first:
            broken = next((item for item in file.records() if isinstance(item, Broken)), None)
            if broken is not None:
                raise DataError(broken.reason, file=str(file.path), row=broken.row, hint=hint)
            raise DataError("the file has no rows", file=str(file.path), hint=hint)
        there = ", ".join(str(name)[:40] for name in list(first[0].fields)[:12]) or "none"
        message = f"no log format that is known; columns here: {there}"
        raise DataError(message, file=str(file.path), hint=hint)


def formats(score: str | None = None) -> Formats:
    """`score` names the score, annotation or assessment that is the verdict."""
    return Formats(
        (
            *otel.formats(score),
            *mlflow.formats(score),
            *phoenix.formats(score),
            *langfuse.formats(score),
            *openai.batch_formats(),
            openai.CHAT,
            Format("traces", _is_trace, _unchanged),
        )
    )


def names() -> tuple[str, ...]:
    """What `--format` takes."""
    return (*_PLAIN, *(form.name for form in formats().known[:-1]))


def check_name(name: str | None) -> str | None:
    """Raises ArgumentError for a format that is not known."""
    if name is not None and name not in names():
        raise ArgumentError(f"unknown --format {name!r}", hint=f"one of {', '.join(names())}")
    return name


def shown(form: Format, container: Container) -> str:
    """How a format is called: rows of our own by their container."""
    return container.value if form.name == "traces" else form.name
