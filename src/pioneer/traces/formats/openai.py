"""Logs of OpenAI-style calls.

Chat completions as a proxy logs them, one JSON line with the request and the response body
(`platform.openai.com/docs/api-reference/chat`), conversations that end with the answer (the form of
fine-tuning files and stored completions), and the Batch API, whose output lines (`custom_id`,
`response.body`, `error`) hold no input and are joined to the lines of the batch's input file
(`custom_id`, `method`, `url`, `body`; `platform.openai.com/docs/api-reference/batch`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pioneer.traces.formats.content import (
    answer,
    first_choice,
    is_conversation,
    last_asked,
    question,
    replied,
    text_of,
)
from pioneer.traces.records import Broken, Format, Item, Record, Skipped

_REQUESTS = ("request", "request_body", "req", "kwargs")
_RESPONSES = ("response", "response_body", "resp", "completion")
_OWN = ("id", "time", "expected", "verdict", "judge", "reason", "confidence", "metadata")
_TIMES = ("time", "timestamp", "created_at", "created", "start_time")
_GOOD = range(200, 300)


def _is_chat(fields: Mapping[str, Any]) -> bool:
    return is_conversation(fields.get("messages")) or _is_pair(fields)


def _is_pair(fields: Mapping[str, Any]) -> bool:
    """A request and a response, one of them at least in an object of its own."""
    request, response = _bodies(fields)
    if not _is_request(request) or (request is fields and response is fields):
        return False
    return "choices" in response or isinstance(response.get("output"), list)


def _is_request(body: Mapping[str, Any]) -> bool:
    return any(name in body for name in ("messages", "prompt", "input"))


def _bodies(fields: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Request and response, wherever they stand; a wrapped body is unwrapped."""
    request = _first(fields, _REQUESTS) or fields
    response = _first(fields, _RESPONSES) or fields
    return _body(request), _body(response)


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any] | None:
    found = (fields.get(name) for name in names)
    return next((value for value in found if isinstance(value, Mapping)), None)


def _body(value: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = value.get("body")
    return inner if isinstance(inner, Mapping) else value


def _chats(items: Iterator[Item]) -> Iterator[Item]:
    for item in items:
        yield _chat(item) if isinstance(item, Record) else item


def _chat(item: Record) -> Item:
    fields = item.fields
    request, response = _bodies(fields)
    if fields.get("error") and "choices" not in response:
        return Skipped(item.row, "a call that failed")
    row = {name: fields[name] for name in _OWN if name in fields}
    row |= {"input": _asked(request), "output": _answered(request, response, fields)}
    row["id"] = row.get("id") or response.get("id")
    row["model"] = response.get("model") or request.get("model")
    times = (held.get(name) for held in (fields, response) for name in _TIMES)
    row["time"] = next((time for time in times if time is not None), None)
    return Record(item.row, row)


def _asked(request: Mapping[str, Any]) -> str | None:
    messages = request.get("messages")
    if isinstance(messages, list) and is_conversation(messages):
        return last_asked(messages)
    return question(request.get("prompt", request.get("input")))


def _answered(
    request: Mapping[str, Any], response: Mapping[str, Any], fields: Mapping[str, Any]
) -> Any:
    if isinstance(response.get("choices"), list):
        return first_choice(response["choices"])
    if isinstance(response.get("output"), list):
        return _output_text(response["output"])
    for name in _RESPONSES:
        if isinstance(fields.get(name), str):
            return fields[name]
    messages = request.get("messages")
    if isinstance(messages, list) and is_conversation(messages):
        last = messages[-1]
        return replied(last) if last.get("role") == "assistant" else None
    return answer(response.get("output"))


def _output_text(output: list[Any]) -> str | None:
    """The text of a Responses API answer: the first message among its items."""
    for item in output:
        if isinstance(item, Mapping) and item.get("type") == "message":
            return text_of(item.get("content"))
    return None


def _is_batch_request(fields: Mapping[str, Any]) -> bool:
    return "custom_id" in fields and isinstance(fields.get("body"), Mapping)


def _is_batch_answer(fields: Mapping[str, Any]) -> bool:
    return "custom_id" in fields and "response" in fields


class _Batches:
    """Requests by custom id, kept from the input files for the output files that come after.

    A batch has at most 50,000 requests and 200 MB; that is what this holds in memory for each.
    """

    def __init__(self) -> None:
        self._asked: dict[str, str] = {}

    def requests(self, items: Iterator[Item]) -> Iterator[Item]:
        for item in items:
            if not isinstance(item, Record):
                yield item
                continue
            body = item.fields.get("body")
            text = _asked(body) if isinstance(body, Mapping) else None
            if text is None:
                yield Broken(item.row, "a request without messages")
            else:
                self._asked[str(item.fields.get("custom_id"))] = text

    def answers(self, items: Iterator[Item]) -> Iterator[Item]:
        for item in items:
            yield self._answer(item) if isinstance(item, Record) else item

    def _answer(self, item: Record) -> Item:
        response = item.fields.get("response")
        body = response.get("body") if isinstance(response, Mapping) else None
        if item.fields.get("error") or not isinstance(body, Mapping) or _failed(response):
            return Skipped(item.row, "a call that failed")
        name = str(item.fields.get("custom_id"))
        if name not in self._asked:
            reason = f"no request {name[:40]!r}: give the batch's input file too"
            return Broken(item.row, reason)
        row = {
            "id": item.fields.get("id") or name,
            "input": self._asked[name],
            "output": _answered({}, body, {}),
            "model": body.get("model"),
            "time": body.get("created", body.get("created_at")),
            "metadata": {"custom_id": name},
        }
        return Record(item.row, row)


def _failed(response: Any) -> bool:
    status = response.get("status_code")
    return isinstance(status, int) and status not in _GOOD


CHAT = Format("openai", _is_chat, _chats)


def batch_formats() -> tuple[Format, Format]:
    """Requests and answers of batches; the two of one import share what they know."""
    batches = _Batches()
    return (
        Format("openai-batch", _is_batch_answer, batches.answers),
        Format("openai-batch-input", _is_batch_request, batches.requests, phase=0),
    )
