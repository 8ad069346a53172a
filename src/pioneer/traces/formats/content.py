"""The text that was asked, and what was answered, in the shapes in which logs hold them.

Of a conversation the last message of the user is what was asked; earlier turns and the system
prompt are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pioneer.traces.readers import too_deep

_ASKED = ("input", "text", "prompt", "question", "query", "message", "content", "request")
_ANSWERED = (
    "output", "label", "answer", "response", "completion", "prediction", "result", "content",
    "text", "spans", "entities",
)  # fmt: skip
_USERS = ("user", "human")
_TEXT_PARTS = (None, "text", "input_text", "output_text")


def question(value: Any) -> str | None:
    """What was asked; None where there is nothing."""
    value = unpacked(value)
    if value is None or isinstance(value, str):
        return value
    if is_conversation(value):
        return last_asked(value)
    if isinstance(value, Mapping):
        if is_conversation(value.get("messages")):
            return last_asked(value["messages"])
        inner = _only(value, _ASKED)
        return question(inner) if inner is not None else compact(value)
    return compact(value)


def answer(value: Any) -> Any:
    """What was answered: text, or the list or number that stands for it; None where nothing."""
    value = unpacked(value)
    if is_conversation(value):
        return replied(value[-1])
    if not isinstance(value, Mapping):
        return value
    if isinstance(value.get("choices"), list):
        return first_choice(value["choices"])
    if "role" in value:
        return replied(value)
    if is_conversation(value.get("messages")):
        return replied(value["messages"][-1])
    inner = _only(value, _ANSWERED)
    return answer(inner) if inner is not None else compact(value)


def unpacked(value: Any) -> Any:
    """JSON that stands as text, as tools write it; other text as it is."""
    if isinstance(value, str) and value[:1] in ("{", "[", '"'):
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return value if isinstance(found, dict | list) and too_deep(found) else found
    return value


def is_conversation(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, Mapping) and ("role" in one or "message" in one) for one in value)
    )


def last_asked(messages: Sequence[Mapping[str, Any]]) -> str | None:
    """The last message of the user; where nobody is called so, the last of all."""
    opened = [_opened(one) for one in messages]
    users = [one for one in opened if str(one.get("role", "")).casefold() in _USERS]
    return text_of((users or opened)[-1].get("content"))


def replied(message: Mapping[str, Any]) -> Any:
    """The text of an answer, or the arguments of its first tool call where it has no text."""
    opened = _opened(message)
    text = text_of(opened.get("content"))
    if text:
        return text
    calls = opened.get("tool_calls")
    if isinstance(calls, list) and calls and isinstance(calls[0], Mapping):
        function = calls[0].get("function", calls[0])
        if isinstance(function, Mapping):
            return function.get("arguments")
    return text


def first_choice(choices: Sequence[Any]) -> Any:
    """The first answer of a completion, chat or plain."""
    first = choices[0] if choices else None
    if not isinstance(first, Mapping):
        return None
    if isinstance(first.get("message"), Mapping):
        return replied(first["message"])
    return first.get("text")


def text_of(content: Any) -> str | None:
    """The text of a message's content; several parts are joined, what is no text is left out."""
    if content is None or isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part for part in map(_part, content) if part is not None]
        return "\n".join(parts) if parts else None
    return compact(content)


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _part(part: Any) -> str | None:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping) or part.get("type") not in _TEXT_PARTS:
        return None
    found = part.get("text", part.get("content"))
    return found if isinstance(found, str) else None


def _opened(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message without what some tools wrap around it: {"message": {...}}, 'message.role', and
    `parts` for `content`."""
    inner = message.get("message")
    if isinstance(inner, Mapping):
        message = inner
    plain = {str(key).removeprefix("message."): value for key, value in message.items()}
    if plain.get("content") is None and isinstance(plain.get("parts"), list):
        plain["content"] = plain["parts"]
    return plain


def _only(value: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The value under the first known name, or the only value that there is."""
    for name in names:
        if value.get(name) is not None:
            return value[name]
    return next(iter(value.values())) if len(value) == 1 else None
