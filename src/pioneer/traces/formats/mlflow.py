"""Exports of MLflow traces.

Shapes: `Trace.to_dict()` / `to_json()`, as `mlflow traces get` and `search --output json` print
them: `info` (MLflow 3: `trace_id`, `request_time` in ISO 8601, `assessments`; MLflow 2:
`request_id`, `timestamp_ms`) and `data.spans`, whose attributes `mlflow.spanInputs` and
`mlflow.spanOutputs` hold JSON in a string (`mlflow/entities/trace.py`, `trace_info.py`); and rows
of `mlflow.search_traces()` (`trace_id`, `request`, `response`, `request_time`, `assessments`).
Assessments are feedback or an expectation, with a source of type HUMAN, LLM_JUDGE or CODE
(`mlflow/entities/assessment.py`).

A whole trace is one call: its root span's inputs and outputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pioneer.traces.formats.content import answer, question, unpacked
from pioneer.traces.formats.lists import listed
from pioneer.traces.formats.scores import Score, signed, with_scores
from pioneer.traces.records import Format, Item, Record, Skipped

_TABLE = ("spans", "assessments", "trace_metadata", "request_metadata", "execution_time_ms")
_KINDS = {"HUMAN": "human", "LLM_JUDGE": "llm", "AI_JUDGE": "llm", "CODE": "code"}


def _is_export(fields: Mapping[str, Any]) -> bool:
    info = fields.get("info")
    if isinstance(info, Mapping) and ("trace_id" in info or "request_id" in info):
        return True
    if isinstance(fields.get("traces"), list):
        return all(isinstance(one, Mapping) and _is_export(one) for one in fields["traces"])
    table = {"request", "response"} <= fields.keys() and any(name in fields for name in _TABLE)
    return table and ("trace_id" in fields or "request_id" in fields)


def formats(wanted: str | None) -> tuple[Format]:
    read = partial(_trace, wanted)
    return (Format("mlflow", _is_export, listed("traces", read)),)


def _trace(wanted: str | None, row: int, fields: Mapping[str, Any]) -> Item:
    given = fields.get("info")
    info = given if isinstance(given, Mapping) else fields
    asked, answered = _payload(fields, info)
    text = question(asked)
    if not text:
        return Skipped(row, "a trace without input")
    read = {
        "id": info.get("trace_id") or info.get("request_id"),
        "input": text,
        "output": answer(answered),
        "model": _model(info),
        "time": _time(info),
        "metadata": _metadata(info),
    }
    listed = unpacked(info.get("assessments"))
    listed = listed if isinstance(listed, list) else []
    scores = [_score(one) for one in listed if isinstance(one, Mapping)]
    return Record(row, with_scores(read, scores, wanted))


def _payload(fields: Mapping[str, Any], info: Mapping[str, Any]) -> tuple[Any, Any]:
    """Of the root span; else of the trace; else the previews, which may be cut."""
    data = fields.get("data")
    data = data if isinstance(data, Mapping) else fields
    root = _root(unpacked(data.get("spans")))
    if root is not None:
        attributes = root.get("attributes")
        held = attributes if isinstance(attributes, Mapping) else root
        if "mlflow.spanInputs" in held:
            return held["mlflow.spanInputs"], held.get("mlflow.spanOutputs")
        if "inputs" in root:
            return root["inputs"], root.get("outputs")
    if "request" in data:
        return data["request"], data.get("response")
    return info.get("request_preview"), info.get("response_preview")


def _root(spans: Any) -> Mapping[str, Any] | None:
    if not isinstance(spans, list):
        return None
    found = [one for one in spans if isinstance(one, Mapping)]
    roots = [one for one in found if not (one.get("parent_span_id") or one.get("parent_id"))]
    return roots[0] if roots else None


def _model(info: Mapping[str, Any]) -> Any:
    held = info.get("trace_metadata") or info.get("request_metadata")
    return held.get("mlflow.modelId") if isinstance(held, Mapping) else None


def _time(info: Mapping[str, Any]) -> Any:
    for name in ("request_time", "timestamp_ms"):
        if info.get(name) is not None:
            return info[name]
    return None


def _metadata(info: Mapping[str, Any]) -> dict[str, Any]:
    tags = info.get("tags")
    kept = dict(tags) if isinstance(tags, Mapping) else {}
    if info.get("state") or info.get("status"):
        kept["state"] = info.get("state") or info.get("status")
    return kept


def _score(one: Mapping[str, Any]) -> Score:
    source = one.get("source")
    source = source if isinstance(source, Mapping) else {}
    kind = _KINDS.get(str(source.get("source_type", "")).upper(), "code")
    feedback, expectation = _value(one.get("feedback")), _value(one.get("expectation"))
    return Score(
        name=str(one.get("assessment_name") or one.get("name") or ""),
        value=feedback,
        judge=signed(kind, str(source.get("source_id") or "")),
        reason=one.get("rationale"),
        at=one.get("last_update_time_ms")
        or one.get("last_update_time")
        or one.get("create_time_ms")
        or one.get("create_time"),
        expected=answer(expectation),
    )


def _value(held: Any) -> Any:
    return held.get("value") if isinstance(held, Mapping) else None
