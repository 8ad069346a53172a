"""Personal data taken out of a trace and of what was said of it, before either is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pioneer.records import Target, Trace, Verdict
from pioneer.text.redaction import Redacted, moved, redact


def redacted(
    trace: Trace, verdicts: Sequence[Verdict], found: Counter[str]
) -> tuple[Trace, tuple[Verdict, ...]]:
    """Input, output, right answers, reasons and the texts of the metadata; not ids and names of
    judges. `found` counts what was taken out."""
    text = redact(trace.input)
    found.update(text.kinds())
    clean = replace(
        trace,
        input=text.text,
        output=_target(trace.output, text, found),
        metadata=_values(trace.metadata, found),
        expected=_target(trace.expected, text, found),
    )
    return clean, tuple(
        replace(one, reason=_text(one.reason, found), expected=_target(one.expected, text, found))
        for one in verdicts
    )


def _target(target: Target | None, text: Redacted, found: Counter[str]) -> Target | None:
    """Spans follow their text."""
    if target is None:
        return None
    return _text(target, found) if isinstance(target, str) else moved(target, text)


def _text(text: str, found: Counter[str]) -> str:
    clean = redact(text)
    found.update(clean.kinds())
    return clean.text


def _values(value: Any, found: Counter[str]) -> Any:
    if isinstance(value, str):
        return _text(value, found)
    if isinstance(value, list):
        return [_values(item, found) for item in value]
    if isinstance(value, dict):
        return {key: _values(item, found) for key, item in value.items()}
    return value
