"""OpenTelemetry GenAI spans and events as OTLP JSON.

Shapes: `resourceSpans` and `resourceLogs` as the collector's file exporter writes them, one
request per line or one document (`opentelemetry.io/docs/specs/otlp`, JSON encoding: values are
`{"stringValue": ...}`, times are nanoseconds in strings), and spans as SDKs print them to the
console. What was said stands in attributes of the span or of a
`gen_ai.client.inference.operation.details` event (`gen_ai.input.messages`,
`gen_ai.output.messages`; semantic conventions 1.37 and newer, `docs/gen-ai/gen-ai-spans.md` and
`gen-ai-events.md` of open-telemetry/semantic-conventions), in the older events
`gen_ai.user.message` and `gen_ai.choice` (1.28 to 1.36), or, older still, in
`gen_ai.content.prompt` and `gen_ai.content.completion` or in numbered attributes
`gen_ai.prompt.0.content`.
`gen_ai.evaluation.result` events are verdicts.

Each inference is a trace, named by its trace and span id, so that its span and its event are one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pioneer.traces.formats.content import answer, question, unpacked
from pioneer.traces.formats.scores import Score, signed, told, with_scores
from pioneer.traces.records import Format, Item, Record, Skipped

_DETAILS = "gen_ai.client.inference.operation.details"
_EVALUATION = "gen_ai.evaluation.result"
_CALLS = (None, "chat", "text_completion", "generate_content")
_NO_CALL = "a span that is no model call"
_NO_CONTENT = "a model call whose content was not recorded"
_WAITING = 10_000
"""Calls whose question has been read and whose answer has not."""
_MODELS = ("gen_ai.response.model", "gen_ai.request.model")
_KEPT = (
    "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.system", "gen_ai.conversation.id",
    "gen_ai.request.model", "error.type",
)  # fmt: skip


def _is_export(fields: Mapping[str, Any]) -> bool:
    if "resourceSpans" in fields or "resourceLogs" in fields:
        return True
    attributes = fields.get("attributes")
    printed = isinstance(fields.get("context"), Mapping) and isinstance(attributes, Mapping)
    return printed and any(name.startswith("gen_ai.") for name in attributes or ())


def formats(wanted: str | None) -> tuple[Format]:
    return (Format("otel", _is_export, _reads(wanted)),)


@dataclass(frozen=True, slots=True)
class _Event:
    """A span event or a log record."""

    name: str
    attributes: Mapping[str, Any]
    span: str
    trace: str
    time: Any


def _reads(wanted: str | None) -> Callable[[Iterator[Item]], Iterator[Item]]:
    def reads(items: Iterator[Item]) -> Iterator[Item]:
        waiting: OrderedDict[str, Any] = OrderedDict()
        for item in items:
            if not isinstance(item, Record):
                yield item
                continue
            for span in _spans(item.fields):
                yield from _of_span(item.row, span, wanted)
            for event in _log_records(item.fields):
                yield from _of_record(item.row, event, waiting, wanted)

    return reads


def _spans(fields: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "resourceSpans" not in fields:
        if "context" in fields:
            yield fields
        return
    for resource in _objects(fields["resourceSpans"]):
        scopes = resource.get("scopeSpans", resource.get("instrumentationLibrarySpans"))
        for scope in _objects(scopes):
            yield from _objects(scope.get("spans"))


def _log_records(fields: Mapping[str, Any]) -> Iterator[_Event]:
    for resource in _objects(fields.get("resourceLogs")):
        for scope in _objects(resource.get("scopeLogs")):
            for record in _objects(scope.get("logRecords")):
                held = _attributes(record.get("attributes"))
                body = _value(record.get("body"))
                name = str(record.get("eventName") or held.get("event.name") or "")
                yield _Event(
                    name,
                    held | (body if isinstance(body, dict) else {}),
                    str(record.get("spanId") or ""),
                    str(record.get("traceId") or ""),
                    record.get("timeUnixNano") or record.get("observedTimeUnixNano"),
                )


def _of_span(row: int, span: Mapping[str, Any], wanted: str | None) -> Iterator[Item]:
    held = _attributes(span.get("attributes"))
    if not any(name.startswith("gen_ai.") for name in held) or (
        held.get("gen_ai.operation.name") not in _CALLS
    ):
        yield Skipped(row, _NO_CALL)
        return
    context = span.get("context")
    ids = context if isinstance(context, Mapping) else span
    trace = str(ids.get("traceId") or ids.get("trace_id") or "")
    name = str(ids.get("spanId") or ids.get("span_id") or "")
    time = span.get("startTimeUnixNano") or span.get("start_time")
    events = [_span_event(event, name, trace) for event in _objects(span.get("events"))]
    scores = [_score(event) for event in events if event.name == _EVALUATION]
    yield _call(row, _merged(held, events), name, trace, time, scores, wanted)


def _span_event(event: Mapping[str, Any], span: str, trace: str) -> _Event:
    held = _attributes(event.get("attributes"))
    time = event.get("timeUnixNano") or event.get("timestamp")
    return _Event(str(event.get("name", "")), held, span, trace, time)


def _merged(held: Mapping[str, Any], events: list[_Event]) -> dict[str, Any]:
    """The span's attributes and what its events add."""
    found = dict(held)
    for event in events:
        if event.name in (_DETAILS, "gen_ai.content.prompt", "gen_ai.content.completion"):
            found |= {name: value for name, value in event.attributes.items() if name not in found}
        elif event.name == "gen_ai.user.message":
            found["user message"] = _message(event.attributes)
        elif event.name == "gen_ai.choice":
            found.setdefault("choice", _message(event.attributes))
    return found


def _of_record(
    row: int, event: _Event, waiting: OrderedDict[str, Any], wanted: str | None
) -> Iterator[Item]:
    if event.name == _DETAILS:
        yield _call(row, event.attributes, event.span, event.trace, event.time, [], wanted)
    elif event.name == "gen_ai.user.message":
        waiting[event.trace + event.span] = _message(event.attributes)
        while len(waiting) > _WAITING:
            waiting.popitem(last=False)
    elif event.name == "gen_ai.choice" and event.attributes.get("index") in (None, 0):
        held = dict(event.attributes) | {
            "user message": waiting.pop(event.trace + event.span, None),
            "choice": _message(event.attributes),
        }
        yield _call(row, held, event.span, event.trace, event.time, [], wanted)
    elif event.name == _EVALUATION:
        verdicts, _ = told([_score(event)], wanted)
        told_of = {"id": _name(event.span, event.trace), "parent": event.trace or None}
        yield (
            Record(row, told_of | {"verdicts": verdicts})
            if verdicts
            else Skipped(row, "a score that is no verdict")
        )


def _call(
    row: int,
    held: Mapping[str, Any],
    span: str,
    trace: str,
    time: Any,
    scores: list[Score],
    wanted: str | None,
) -> Item:
    text = _asked(held)
    if not text:
        return Skipped(row, _NO_CONTENT)
    read = {
        "id": _name(span, trace),
        "parent": trace or None,
        "input": text,
        "output": _answered(held),
        "model": next((held[name] for name in _MODELS if held.get(name)), None),
        "time": time,
        "metadata": {name: held[name] for name in _KEPT if held.get(name) is not None},
    }
    return Record(row, with_scores(read, scores, wanted))


def _name(span: str, trace: str) -> str | None:
    return f"{trace}:{span}" if span else None


def _asked(held: Mapping[str, Any]) -> str | None:
    for name in ("gen_ai.input.messages", "gen_ai.prompt", "user message"):
        if held.get(name):
            return question(held[name])
    numbered = _numbered(held, "gen_ai.prompt.")
    return question(numbered) if numbered else None


def _answered(held: Mapping[str, Any]) -> Any:
    for name in ("gen_ai.output.messages", "gen_ai.completion", "choice"):
        if held.get(name):
            found = unpacked(held[name])
            first = found[:1] if isinstance(found, list) and name != "gen_ai.completion" else found
            return answer(first)
    numbered = _numbered(held, "gen_ai.completion.")
    return answer(numbered[:1]) if numbered else None


def _message(held: Mapping[str, Any]) -> Any:
    """The content of a message event: its own, or that of the message it holds."""
    inner = unpacked(held.get("message"))
    if isinstance(inner, Mapping):
        return answer({"role": "assistant"} | dict(inner))
    return unpacked(held.get("content"))


def _numbered(held: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Messages of attributes such as 'gen_ai.prompt.0.role'."""
    found: dict[int, dict[str, Any]] = {}
    for name, value in held.items():
        number, _, rest = name.removeprefix(prefix).partition(".")
        if name.startswith(prefix) and number.isdigit() and rest:
            found.setdefault(int(number), {"role": "assistant"})[rest] = value
    return [found[number] for number in sorted(found)]


def _score(event: _Event) -> Score:
    held = event.attributes
    name = str(held.get("gen_ai.evaluation.name", ""))
    label = held.get("gen_ai.evaluation.score.label")
    return Score(
        name=name,
        value=held.get("gen_ai.evaluation.score.value") if label in (None, "") else label,
        judge=signed("evaluation", name),
        reason=held.get("gen_ai.evaluation.explanation"),
        at=event.time,
    )


def _attributes(given: Any) -> dict[str, Any]:
    """Attributes as plain values: of OTLP a list of keys and typed values, of SDKs an object."""
    if isinstance(given, Mapping):
        return dict(given)
    return {str(one.get("key")): _value(one.get("value")) for one in _objects(given)}


def _value(typed: Any) -> Any:
    if not isinstance(typed, Mapping):
        return typed
    if "arrayValue" in typed:
        return [_value(one) for one in _objects(_held(typed["arrayValue"]))]
    if "kvlistValue" in typed:
        return _attributes(_held(typed["kvlistValue"]))
    if "intValue" in typed:
        try:
            return int(typed["intValue"])
        except (TypeError, ValueError):
            return typed["intValue"]
    return next(iter(typed.values()), None)


def _held(inner: Any) -> Any:
    return inner.get("values") if isinstance(inner, Mapping) else None


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
