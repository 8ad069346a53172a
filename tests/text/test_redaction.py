from __future__ import annotations

import ipaddress
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pioneer.records import Span
from pioneer.text.redaction import moved, redact

FOUND = [
    ("mail anna.b+c@mail.example.co.uk now", "mail [EMAIL] now"),
    ("<a@b.org>,c_d@e-f.de;", "<[EMAIL]>,[EMAIL];"),
    ("größe@münchen.de", "[EMAIL]"),
    ("DE89 3704 0044 0532 0130 00 AND THANKS", "[IBAN] AND THANKS"),
    ("gb82WEST12345698765432.", "[IBAN]."),
    ("NO93-8601-1117-947", "[IBAN]"),
    ("4111 1111 1111 1111", "[CARD]"),
    ("5500-0000-0000-0004!", "[CARD]!"),
    ("amex 378282246310005", "amex [CARD]"),
    ("from 10.0.0.1 and 2001:db8::ff00:42:8329", "from [IP] and [IP]"),
    ("::1 is home", "[IP] is home"),
    ("+49 151 23456789", "[PHONE]"),
    ("call (555) 123-4567 or 020 7946 0958.", "call [PHONE] or [PHONE]."),
    ("0041 44 668 18 00", "[PHONE]"),
    ("tel 01512345678", "tel [PHONE]"),
    ("a@b.de 10.0.0.1 +4915123456789", "[EMAIL] [IP] [PHONE]"),
]
KEPT = [
    "",
    "no data here",
    "order 12345678 of 2024-05-12 10:30",
    "on 12.05.2024 or 12/05/2024, at 12:30:45",
    "1234567890",
    "4111 1111 1111 1112",  # the check digit is wrong
    "GB82 WEST 1234 5698 7654 33",
    "XX82 WEST 1234 5698 7654 32",  # no such country
    "999.1.2.3 and 1.2.3.4.5",
    "$1,234.56, 1.234.567,89 EUR",
    "ISBN 978-3-16-148410-0",
    "@home, a@b, user@",
    "555 1234",
    "C:: and std::vector",
    "[EMAIL] [PHONE]",
]


@pytest.mark.parametrize(("text", "wanted"), FOUND)
def test_personal_data_is_taken_out(text: str, wanted: str) -> None:
    found = redact(text)
    assert found.text == wanted
    assert [f"[{kind.upper()}]" for kind in found.kinds()] == [
        part for part in wanted.replace("]", "] ").replace("[", " [").split() if part[0] == "["
    ]


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_it_is_kept(text: str) -> None:
    assert redact(text).text == text
    assert redact(text).kinds() == []


near = st.text("ab@.:0123456789+()- /[]EMAILDE89", max_size=40)


@given(near | st.text(max_size=40))
def test_redacting_again_finds_nothing(text: str) -> None:
    once = redact(text)
    assert redact(once.text).kinds() == []
    assert (once.text == text) is not bool(once.kinds())


@given(near, near)
def test_what_is_not_taken_out_stays_in_order(before: str, after: str) -> None:
    """The old text, less some stretches, is what stands between the placeholders."""
    text = before + after
    at = 0
    for part in _between(redact(text).text, len(redact(text).kinds())):
        at = text.find(part, at)
        assert at >= 0
        at += len(part)


def _between(text: str, found: int) -> list[str]:
    """Parts around placeholders; a text that holds one of its own says nothing."""
    parts = [text]
    for mark in ("[EMAIL]", "[IBAN]", "[CARD]", "[IP]", "[PHONE]"):
        parts = [piece for part in parts for piece in part.split(mark)]
    assume(len(parts) == found + 1)
    return parts


names = st.from_regex(r"[a-z0-9]{1,10}(\.[a-z]{1,5})?", fullmatch=True)
around = st.sampled_from(["", "mail: ", "(", "von ", "\n", "<"])


@given(around, names, names)
def test_every_address_is_found(before: str, name: str, host: str) -> None:
    assert redact(f"{before}{name}@{host}.org").text == f"{before}[EMAIL]"


@given(st.lists(st.integers(0, 9), min_size=12, max_size=18), st.sampled_from("3456"))
def test_every_card_with_its_check_digit_is_found(digits: list[int], first: str) -> None:
    body = first + "".join(map(str, digits[:-1]))
    cards = [body + last for last in "0123456789" if redact(body + last).text == "[CARD]"]
    assert len(cards) == 1
    grouped = " ".join(cards[0][start : start + 4] for start in range(0, len(body) + 1, 4))
    assert redact(f"pay {grouped} now").text == "pay [CARD] now"


@given(st.text("0123456789", min_size=18, max_size=18))
def test_every_iban_with_its_check_digits_is_found(body: str) -> None:
    check = 98 - int(f"{body}131400") % 97
    assert redact(f"DE{check:02d}{body}").text == "[IBAN]"
    assert "[IBAN]" not in redact(f"DE{(check + 1) % 98:02d}{body}").text


@given(st.ip_addresses())
def test_every_ip_address_is_found(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assume(not str(address).endswith("::"))  # the name of a network
    assert redact(f"from {address} to").text == "from [IP] to"


@given(near, st.integers(0, 40), st.integers(1, 40))
def test_spans_keep_their_text(text: str, start: int, length: int) -> None:
    """A span that nothing was taken out of holds the same text; any other is still a span of the
    text and covers what it touched."""
    end = min(len(text), start + length)
    assume(start < end)
    found = redact(text)
    (new,) = moved([Span(start, end, "x")], found)
    assert 0 <= new.start < new.end <= len(found.text)
    first = found.passes[0] if found.passes else ()
    touched = any(edit.start < end and start < edit.end for edit in first)
    if not touched and len(found.passes) < 2:
        assert found.text[new.start : new.end] == text[start:end]


@pytest.mark.parametrize(
    "part", ["a", "1", "1 ", "a@", ":", "a@a.", "AA11A", "1.1.", "f:", "@a", "a@a.b ", "(0", "+1-"]
)
def test_no_text_takes_long(part: str) -> None:
    began = time.process_time()
    redact(part * (400_000 // len(part)))
    assert time.process_time() - began < 3
