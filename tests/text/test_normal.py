from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pioneer.text.normal import normalise


def test_what_is_folded() -> None:
    assert normalise("  ＦＯＯ\u00a0 Straße\tİ\n") == "foo strasse i̇"


@given(st.text())
def test_twice_is_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_a_lone_surrogate_survives() -> None:
    assert normalise("a\ud83d B") == "a\ud83d b"
