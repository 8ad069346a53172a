"""Records of files as they stand, in whatever pieces they come."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pioneer.errors import DataError
from pioneer.traces import lines
from pioneer.traces.files import files_of, look_into
from pioneer.traces.ordinals import Ordinals
from pioneer.traces.records import Broken, Item, Record

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)  # fmt: skip
objects = st.dictionaries(st.text(max_size=4), values, max_size=4)


def read(path: Path) -> list[Item]:
    return list(look_into(path).records())


def clean(value: Any) -> Any:
    """What a database can hold."""
    if isinstance(value, str):
        return "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in value)
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    return value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    found=st.lists(objects, min_size=1, max_size=5),
    indent=st.sampled_from([None, 1]),
    piece=st.integers(1, 9),
)
def test_an_array_in_any_pieces(
    tmp_path: Path, found: list[dict[str, Any]], indent: int | None, piece: int
) -> None:
    log = tmp_path / "log.json"
    log.write_text(json.dumps(found, indent=indent))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_CHUNK", piece)
        items = read(log)
    assert [item.fields for item in items if isinstance(item, Record)] == [clean(o) for o in found]
    assert [item.row for item in items] == list(range(1, len(found) + 1))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(found=st.lists(objects, min_size=1, max_size=5))
def test_lines(tmp_path: Path, found: list[dict[str, Any]]) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"\xef\xbb\xbf" + b"\n".join(json.dumps(o).encode() for o in found))
    assert [item.fields for item in read(log) if isinstance(item, Record)] == [
        clean(one) for one in found
    ]


@pytest.mark.parametrize("cut", [', {"a": ', " {", ", tru", ""])
def test_a_broken_array_gives_what_came_before(cut: str, tmp_path: Path) -> None:
    (tmp_path / "log.json").write_text('[{"a": 1}' + cut)
    first, last = read(tmp_path / "log.json")
    assert first == Record(1, {"a": 1})
    assert isinstance(last, Broken)
    assert "what follows cannot be read" in last.reason


def test_a_broken_quote_in_csv_costs_its_own_record(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes(b'a,b\n1,2\n"x"y,3\n4,5\n6\xff,7\n8,9\n"10\n11",12\n')
    items = read(log)
    assert [item.fields for item in items if isinstance(item, Record)] == [
        {"a": "1", "b": "2"},
        {"a": "4", "b": "5"},
        {"a": "8", "b": "9"},
        {"a": "10\n11", "b": "12"},
    ]
    reasons = [item.reason for item in items if isinstance(item, Broken)]
    assert [reason.partition(":")[0] for reason in reasons] == ["broken CSV", "not UTF-8"]


def test_what_no_file_can_be_read_from(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        files_of(tmp_path / "nothing")
    with pytest.raises(DataError, match="no log file in the folder"):
        files_of(tmp_path)
    (tmp_path / "a.jsonl").write_bytes(b"\x1f\x8b\x08broken")
    with pytest.raises(DataError, match="cannot be decompressed"):
        look_into(tmp_path / "a.jsonl")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(DataError, match="no readable Parquet file"):
        read(tmp_path / "b.parquet")
    (tmp_path / "c.json").write_bytes(b'[{"a": "\xff"}]')
    with pytest.raises(DataError, match="not UTF-8"):
        read(tmp_path / "c.json")
    with pytest.raises(DataError, match="Is a directory"):
        look_into(tmp_path)


@given(st.lists(st.sampled_from("abc"), max_size=30), st.integers(1, 7))
def test_equal_rows_are_numbered_over_all_batches(keys: list[str], size: int) -> None:
    found: list[int] = []
    with Ordinals() as ordinals:
        for start in range(0, len(keys), size):
            found += ordinals.number(keys[start : start + size])
    assert found == [keys[: place + 1].count(key) for place, key in enumerate(keys)]
    assert math.prod(found) >= 1
