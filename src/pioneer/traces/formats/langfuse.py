"""Exports of Langfuse.

Shapes: the blob storage export, one row per observation, trace or score with snake_case columns
(`langfuse.com/docs/api-and-data-platform/features/blob-storage-export-fields`), and the tables of
the UI in camelCase as JSON, JSONL or CSV, and the download of one trace with its observations and
scores (`.../features/export-from-ui`). Payloads may be plain text or JSON in a string.

Of the observations the generations are traces. A score of source ANNOTATION is a human's, of EVAL a
model's; a score of type CORRECTION is a human's right answer (`.../docs/observability/features/
corrections`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pioneer.traces.formats.content import answer, question, unpacked
from pioneer.traces.formats.scores import Score, signed, told, with_scores
from pioneer.traces.records import Format, Item, Record, Skipped

_KINDS = {"ANNOTATION": "human", "EVAL": "llm", "API": "api"}
_CONTEXT = (
    "name", "environment", "userId", "sessionId", "tags", "release", "version", "traceName",
    "promptName", "promptVersion", "latency", "level",
)  # fmt: skip


def _camel(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Columns by their camelCase names; the blob storage export writes snake_case."""
    return {_hump(name): value for name, value in fields.items()}


def _hump(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _is_score(fields: Mapping[str, Any]) -> bool:
    found = _camel(fields)
    return {"traceId", "name", "value", "source"} <= found.keys() and "input" not in found


def _is_export(fields: Mapping[str, Any]) -> bool:
    found = _camel(fields)
    observation = {"traceId", "startTime"} <= found.keys()
    trace = {"id", "timestamp", "name"} <= found.keys()
    return (observation or trace) and {"input", "output"} <= found.keys()


def formats(wanted: str | None) -> tuple[Format, Format]:
    """Observations and traces, and the scores that speak of them."""
    rows = _each(lambda item: _traces(item, wanted))
    scores = _each(lambda item: [_telling(item, wanted)])
    return Format("langfuse", _is_export, rows), Format("langfuse-scores", _is_score, scores, 2)


def _each(read: Callable[[Record], list[Item]]) -> Callable[[Iterator[Item]], Iterator[Item]]:
    def reads(items: Iterator[Item]) -> Iterator[Item]:
        for item in items:
            yield from read(item) if isinstance(item, Record) else [item]

    return reads


def _traces(item: Record, wanted: str | None) -> list[Item]:
    found = _camel(item.fields)
    inside = [one for one in _objects(found.get("observations")) if _is_generation(_camel(one))]
    if not inside:
        return [_trace(item.row, found, _objects(found.get("scores")), wanted)]
    scores = [_camel(one) for one in _objects(found.get("scores"))]
    return [_observation(item.row, _camel(one), scores, len(inside), wanted) for one in inside]


def _observation(
    row: int, one: dict[str, Any], scores: list[dict[str, Any]], siblings: int, wanted: str | None
) -> Item:
    """A generation of a downloaded trace, with its own scores; those of the whole trace are its
    own where it is the only one."""
    mine = [
        score
        for score in scores
        if score.get("observationId") == one.get("id")
        or (not score.get("observationId") and siblings == 1)
    ]
    return _trace(row, one, mine, wanted)


def _is_generation(found: Mapping[str, Any]) -> bool:
    return str(found.get("type", "")).upper() == "GENERATION"


def _trace(
    row: int, found: Mapping[str, Any], scores: list[Any], wanted: str | None
) -> Record | Skipped:
    if found.get("type") and not _is_generation(found):
        return Skipped(row, "an observation that is no generation")
    text = question(found.get("input"))
    if not text:
        return Skipped(row, "an observation without input")
    output = found.get("output")
    read = {
        "id": found.get("id"),
        "parent": found.get("traceId"),
        "input": text,
        "output": None if output in (None, "") else answer(output),
        "model": found.get("model") or found.get("providedModelName") or None,
        "time": found.get("startTime") or found.get("timestamp"),
        "metadata": _metadata(found),
    }
    return Record(row, with_scores(read, [_score(_camel(one)) for one in scores], wanted))


def _metadata(found: Mapping[str, Any]) -> dict[str, Any]:
    given = unpacked(found.get("metadata"))
    kept = {name: found[name] for name in _CONTEXT if found.get(name) not in (None, "", [])}
    return kept | (dict(given) if isinstance(given, Mapping) else {})


def _score(found: Mapping[str, Any]) -> Score:
    kind = _KINDS.get(str(found.get("source", "")), "api")
    text = found.get("stringValue")
    correction = found.get("dataType") == "CORRECTION"
    return Score(
        name=str(found.get("name", "")),
        value=found.get("value") if text in (None, "") else text,
        judge=signed("human" if correction else kind, _signature(kind, found)),
        reason=found.get("comment"),
        at=found.get("timestamp") or found.get("createdAt"),
        expected=answer(text or found.get("longStringValue")) if correction else None,
    )


def _signature(kind: str, found: Mapping[str, Any]) -> str:
    return str((found.get("authorUserId") if kind == "human" else found.get("name")) or "")


def _telling(item: Record, wanted: str | None) -> Item:
    found = _camel(item.fields)
    verdicts, _ = told([_score(found)], wanted)
    if not verdicts:
        return Skipped(item.row, "a score that is no verdict")
    about = {"id": found.get("observationId"), "parent": found.get("traceId")}
    return Record(item.row, about | {"verdicts": verdicts})


def _objects(value: Any) -> list[Any]:
    value = unpacked(value)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
