from __future__ import annotations

import pytest

from pioneer.data.rows import Manifest, manifest_hash, manifest_of
from pioneer.data.seal import Unsealing, unseal
from pioneer.errors import ArgumentError
from pioneer.records import Example

ROWS = [Example("1", "hi", "a"), Example("2", "yo", "b")]
MANIFEST = manifest_of(ROWS)


def test_the_line_is_written_before_the_rows_are_read() -> None:
    steps: list[object] = []

    def read(manifest: Manifest) -> list[Example]:
        steps.append("read")
        return ROWS

    assert unseal(MANIFEST, "run-1", "score the winner", steps.append, read) == ROWS
    line = Unsealing("run-1", "score the winner", manifest_hash(MANIFEST), 2)
    assert steps == [line, "read"]


def test_what_cannot_be_logged_is_not_read() -> None:
    def fail(line: Unsealing) -> None:
        raise OSError("disk full")

    def read(manifest: Manifest) -> list[Example]:
        pytest.fail("read without a line")

    with pytest.raises(OSError, match="disk full"):
        unseal(MANIFEST, "run-1", "score the winner", fail, read)


def test_a_reading_needs_a_purpose() -> None:
    with pytest.raises(ArgumentError, match="for a purpose"):
        unseal(MANIFEST, "run-1", " ", lambda line: None, lambda manifest: ROWS)
