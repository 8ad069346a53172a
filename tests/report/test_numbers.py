import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.report import numbers

NBSP = "\u00a0"


def plain(text: str) -> str:
    return text.replace(NBSP, " ").replace("\u2212", "-")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (numbers.percent(0.9345), "93.5 %"),
        (numbers.percent(None), "–"),
        (numbers.percent(float("nan")), "–"),
        (numbers.interval((0.9, 0.95)), "90.0–95.0 %"),
        (numbers.interval(None), "–"),
        (numbers.points(0.031), "+3.1 points"),
        (numbers.points(-0.031), "-3.1 points"),
        (numbers.points(-0.0001), "±0.0 points"),
        (numbers.points_interval((-0.012, 0.05)), "-1.2 to +5.0 points"),
        (numbers.count(4500), "4,500"),
        (numbers.plural(1, "row"), "1 row"),
        (numbers.plural(0, "row"), "0 rows"),
        (numbers.duration(0.42), "0.4 s"),
        (numbers.duration(59.7), "1 min 00 s"),
        (numbers.duration(492), "8 min 12 s"),
        (numbers.duration(3720), "1 h 02 min"),
        (numbers.memory(812), "812 MB"),
        (numbers.memory(1432), "1.4 GB"),
        (numbers.p_value(0.0004), "p < 0.001"),
        (numbers.p_value(0.031), "p = 0.031"),
        (numbers.setting(5e-05), "5e-05"),
        (numbers.setting(True), "yes"),
        (numbers.setting(None), "–"),
        (numbers.metric("macro_f1"), "macro F1"),
    ],
)
def test_numbers_read_as_agreed(shown: str, expected: str) -> None:
    assert plain(shown) == expected


@given(st.floats(0, 1e6))
def test_a_duration_never_counts_to_sixty(seconds: float) -> None:
    assert not re.search(r"\b60 (s|min)", plain(numbers.duration(seconds)))


@given(st.floats(0, 1e5), st.floats(0, 1e5))
def test_a_longer_duration_never_reads_shorter(one: float, other: float) -> None:
    """Up to the rounding of what is shown."""
    short, long = sorted([one, other])
    assert seconds_of(numbers.duration(short)) <= seconds_of(numbers.duration(long)) + 1e-9


def seconds_of(shown: str) -> float:
    words = plain(shown).split()
    units = {"s": 1, "min": 60, "h": 3600}
    pairs = zip(words[::2], words[1::2], strict=True)
    return sum(float(value) * units[unit] for value, unit in pairs)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (numbers.metric("recall:ham_spam"), "recall of ham_spam"),
        (numbers.moment("2026-03-02T10:13:40+00:00"), "2026-03-02 10:13:40 UTC"),
        (numbers.moment("yesterday"), "yesterday"),
        (numbers.sentence("one row fell out"), "One row fell out."),
        (numbers.sentence("Done."), "Done."),
        (numbers.sentence("  "), ""),
        (numbers.last_part("/data/shop/mail.csv"), "mail.csv"),
        (numbers.last_part("C\\shop\\mail.csv"), "mail.csv"),
        (numbers.last_part("/data/shop/"), "shop"),
        (numbers.last_part("hub:org/set@0123"), "hub:org/set@0123"),
        (numbers.last_part("helpdesk"), "helpdesk"),
    ],
)
def test_words_read_as_agreed(shown: str, expected: str) -> None:
    assert shown == expected
