"""Rows that teach although their label is in doubt."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from pioneer.curriculum.doubted import doubted, is_doubted
from pioneer.curriculum.replay import is_replay, replayed
from pioneer.loop.traffic.served import believed
from pioneer.records import Example

words = some.sampled_from(["trace:7 corrected", "trace:doubted passed", "folder", "probe"])


@given(words)
def test_a_doubted_row_stays_one_when_it_is_learned_again(provenance: str) -> None:
    row = Example("a", "text", "label", provenance=provenance)
    assert not is_doubted(row)
    assert not is_doubted(replayed(row))
    for marked in (doubted(row), replayed(doubted(row)), replayed(replayed(doubted(row)))):
        assert is_doubted(marked)
        assert marked.provenance.startswith(provenance)
    assert is_replay(replayed(doubted(row)))


def test_what_taught_in_doubt_is_no_reason_to_trust_others() -> None:
    row = Example("a", "text", "label", provenance="trace:7 corrected")
    assert believed([row, doubted(row), replayed(doubted(row)), replayed(row)]) == [
        row,
        replayed(row),
    ]
