"""One JSON text for equal values, fast: an import writes several for every row."""

from __future__ import annotations

import json
from json.encoder import encode_basestring
from typing import Any

from pioneer.records import dump

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=dump)
_NULL = "null"
_EMPTY = "{}"


def as_json(value: Any) -> str:
    """On one line, with sorted keys."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return _NULL
    return _EMPTY if value == {} else _ENCODER.encode(value)
