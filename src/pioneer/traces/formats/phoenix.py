"""Exports of Arize Phoenix: spans with OpenInference attributes.

Shapes: `get_spans_dataframe()` saved as Parquet, CSV or JSONL, with flat columns such as
`context.span_id` and `attributes.input.value` (`arize.com/docs/phoenix/how-to/
extract-data-from-spans`); spans of the REST API and of `px span list --format raw`, with nested
`context` and flat `attributes`, and traces of `px trace list`, which hold `spans`
(`arize.com/docs/phoenix/tracing/how-to-tracing/importing-and-exporting-traces/
retrieve-traces-via-cli`). Annotations have `annotator_kind` HUMAN, LLM or CODE and a `result` of
label, score and explanation (`.../feedback-and-annotations/capture-feedback`).

LLM spans are traces, and spans of no known kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pioneer.traces.formats.content import answer, last_asked, question, replied, unpacked
from pioneer.traces.formats.lists import listed
from pioneer.traces.formats.scores import Score, signed, with_scores
from pioneer.traces.records import Format, Item, Record, Skipped

_CALLS = ("LLM", "UNKNOWN", "NONE", "")
_KINDS = {"HUMAN": "human", "LLM": "llm", "CODE": "code"}


def _is_export(fields: Mapping[str, Any]) -> bool:
    if "context.span_id" in fields:
        return True
    spans = fields.get("spans")
    if isinstance(spans, list) and spans and "traceId" in fields:
        return all(isinstance(one, Mapping) and "context" in one for one in spans)
    attributes = fields.get("attributes")
    return (
        isinstance(fields.get("context"), Mapping)
        and isinstance(attributes, Mapping)
        and ("span_kind" in fields or _get(attributes, "openinference.span.kind") is not None)
    )


def formats(wanted: str | None) -> tuple[Format]:
    read = partial(_trace, wanted)
    return (Format("phoenix", _is_export, listed("spans", read)),)


def _trace(wanted: str | None, row: int, span: Mapping[str, Any]) -> Item:
    attributes = span.get("attributes")
    found = attributes if isinstance(attributes, Mapping) else _flat(span)
    kind = _get(found, "openinference.span.kind") or span.get("span_kind") or ""
    if str(kind).upper() not in _CALLS:
        return Skipped(row, "a span that is no model call")
    text = _asked(found)
    if not text:
        return Skipped(row, "a span without input")
    context = span.get("context")
    ids = context if isinstance(context, Mapping) else _flat(span, "context.")
    read = {
        "id": ids.get("span_id"),
        "parent": ids.get("trace_id"),
        "input": text,
        "output": _answered(found),
        "model": _get(found, "llm.model_name"),
        "time": span.get("start_time"),
        "metadata": _metadata(span, found),
    }
    return Record(row, with_scores(read, _scores(span), wanted))


def _flat(span: Mapping[str, Any], prefix: str = "attributes.") -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in span.items()
        if name.startswith(prefix) and value is not None
    }


def _get(attributes: Mapping[str, Any], path: str) -> Any:
    """An attribute under its dotted name, or nested by its parts."""
    if path in attributes:
        return attributes[path]
    value: Any = attributes
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _asked(found: Mapping[str, Any]) -> str | None:
    messages = _messages(found, "llm.input_messages")
    return last_asked(messages) if messages else question(_get(found, "input.value"))


def _answered(found: Mapping[str, Any]) -> Any:
    messages = _messages(found, "llm.output_messages")
    if messages:
        return replied(messages[-1])
    return answer(_get(found, "output.value"))


def _messages(found: Mapping[str, Any], name: str) -> list[Any]:
    """A list of messages, or attributes numbered 'NAME.0.message.content'."""
    listed = unpacked(_get(found, name))
    if isinstance(listed, list):
        return listed if all(isinstance(one, Mapping) and one for one in listed) else []
    numbered: dict[int, dict[str, Any]] = {}
    for key, value in found.items():
        number, _, rest = key.removeprefix(f"{name}.").partition(".")
        if key.startswith(f"{name}.") and number.isdigit():
            numbered.setdefault(int(number), {})[rest] = value
    return [numbered[number] for number in sorted(numbered)]


def _metadata(span: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    given = unpacked(_get(found, "metadata"))
    kept = {
        name: value
        for name, value in (
            ("name", span.get("name")),
            ("status", span.get("status_code")),
            ("session", _get(found, "session.id")),
            ("user", _get(found, "user.id")),
        )
        if value
    }
    return kept | (dict(given) if isinstance(given, Mapping) else {})


def _scores(span: Mapping[str, Any]) -> list[Score]:
    listed = unpacked(span.get("annotations"))
    found = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return [_score(one) for one in found]


def _score(one: Mapping[str, Any]) -> Score:
    result = one.get("result")
    said = result if isinstance(result, Mapping) else one
    kind = _KINDS.get(str(one.get("annotator_kind", "")).upper(), "code")
    label = said.get("label")
    named = one.get("identifier") if kind == "human" else one.get("name")
    return Score(
        name=str(one.get("name", "")),
        value=said.get("score") if label in (None, "") else label,
        judge=signed(kind, str(named or "")),
        reason=said.get("explanation"),
        at=one.get("updated_at") or one.get("created_at"),
    )
