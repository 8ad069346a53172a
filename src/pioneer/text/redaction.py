"""Take personal data out of a text: e-mail addresses, IBANs, card numbers, IP addresses, phones.

Names of people are not found: that takes a model. What is found is told from its form and, where
it has one, its check digits, so an order number seldom is mistaken for a card.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pioneer.records import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """`start` to `end` of the old text became `text`."""

    start: int
    end: int
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Redacted:
    text: str
    passes: tuple[tuple[Edit, ...], ...] = ()
    """The edits, in order of place, of each pass; a later pass works on what the earlier left."""

    def kinds(self) -> list[str]:
        """What was found, one entry per place."""
        return [edit.kind for edits in self.passes for edit in edits]


def redact(text: str) -> Redacted:
    """The text with `[EMAIL]`, `[IBAN]`, `[CARD]`, `[IP]` and `[PHONE]` for what was found.

    Redacting the result again finds nothing.
    """
    passes: list[tuple[Edit, ...]] = []
    while _MAYBE.search(text) and (edits := _edits(text)):
        passes.append(edits)
        text = _applied(text, edits)
    return Redacted(text, tuple(passes))


def moved(spans: Sequence[Span], redacted: Redacted) -> tuple[Span, ...]:
    """Spans of the old text, where they lie in the new one.

    A span that begins or ends within what was taken out reaches to the edge of what stands there.
    """
    found = list(spans)
    for edits in redacted.passes:
        found = [
            Span(_place(one.start, edits, end=False), _place(one.end, edits, end=True), one.label)
            for one in found
        ]
    return tuple(found)


def _place(at: int, edits: Sequence[Edit], *, end: bool) -> int:
    shift = 0
    for edit in edits:
        if at <= edit.start:
            break
        if at < edit.end or (end and at == edit.end):
            return edit.start + shift + (len(edit.text) if end else 0)
        shift += len(edit.text) - (edit.end - edit.start)
    return at + shift


def _applied(text: str, edits: Sequence[Edit]) -> str:
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join((*parts, text[at:]))


def _edits(text: str) -> tuple[Edit, ...]:
    """What all detectors found; where two overlap, the earlier detector has it."""
    taken: list[Edit] = []
    covered = bytearray(len(text))
    for kind, detector in _DETECTORS:
        for start, end in detector(text):
            if 1 not in covered[start:end]:
                covered[start:end] = b"\1" * (end - start)
                taken.append(Edit(start, end, f"[{kind.upper()}]", kind))
    return tuple(sorted(taken, key=lambda edit: edit.start))


_MAYBE = re.compile(r"@|\d|::|[0-9a-fA-F]:[0-9a-fA-F]")
"""No text without one of these holds anything; most texts end here."""

_DOMAIN = re.compile(r"@[\w-]+(?:\.[\w-]+)+")
_LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]")


def _emails(text: str) -> Iterator[tuple[int, int]]:
    """Found from the @ outwards, which takes no longer than the text is long."""
    edge = 0
    for found in _DOMAIN.finditer(text):
        start = found.start()
        while start > edge and _LOCAL.match(text[start - 1]):
            start -= 1
        if start < found.start():
            yield start, found.end()
            edge = found.end()


_IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}", re.ASCII)
_IBAN_COUNTRIES = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
    "DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 "
    "IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 "
    "MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 "
    "SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)
"""The countries that have IBANs, and how long theirs are."""
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBAN_COUNTRIES.split()}


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """As long as its country writes them, and with the right check digits (mod 97)."""
    for found in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(found[0][:2].upper(), 0)
        places = [at for at in range(found.start(), found.end()) if text[at].isalnum()][:length]
        if len(places) == length and length:
            end = places[-1] + 1
            if _mod97("".join(text[at] for at in places)) and not text[end : end + 1].isalnum():
                yield found.start(), end


def _mod97(iban: str) -> bool:
    """The check digits are 02 to 98."""
    turned = iban[4:] + iban[:4]
    number = int("".join(str(int(character, 36)) for character in turned))
    return number % 97 == 1 and "02" <= iban[2:4] <= "98"


_CARD = re.compile(r"(?<![\w.])[2-6](?:[ -]?\d){12,18}(?!\w|[.-]\d)")


def _cards(text: str) -> Iterator[tuple[int, int]]:
    """13 to 19 digits of which the last one fits the others (Luhn)."""
    for found in _CARD.finditer(text):
        if _luhn([int(character) for character in found[0] if character.isdecimal()]):
            yield found.span()


def _luhn(digits: Sequence[int]) -> bool:
    doubled = [digit * 2 for digit in digits[-2::-2]]
    total = sum(digits[-1::-2]) + sum(digit - 9 if digit > 9 else digit for digit in doubled)
    return total % 10 == 0


_IP4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)", re.ASCII)
_IP6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{3,39}(?![\w:])", re.ASCII)


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    for found in _IP4.finditer(text):
        if _is_address(found[0]):
            yield found.span()
    for found in _IP6.finditer(text):
        whole = not found[0].endswith(":")  # 'C::' is no address in a text about programs
        if whole and found[0].count(":") >= 2 and _is_address(found[0]):
            yield found.span()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


_PHONE = re.compile(
    r"(?<![\w.])(?<!\d[ /-])(?!97[89][ -])(?:\+[ ]?)?\(?\d[\d ().\-/]{5,28}\d(?!\w|[.,:]\d)"
)
_DATE = re.compile(r"\(?(?:\d{4}([-./ ])\d{1,2}\1\d{1,2}|\d{1,2}([-./ ])\d{1,2}\2\d{4})(?!\d)")
_SEPARATED = re.compile(r"\d[ ().\-/]+\d")


def _phones(text: str) -> Iterator[tuple[int, int]]:
    """With + or 00 before it, or a leading 0, or written in groups; never a date or a book number.

    A bare run of digits that begins otherwise is more often an order number, and is left.
    """
    for found in _PHONE.finditer(text):
        digits = [character for character in found[0] if character.isdecimal()]
        abroad = found[0].startswith("+") or digits[:2] == ["0", "0"]
        written = digits[0] == "0" or _SEPARATED.search(found[0]) is not None
        fits = 8 <= len(digits) <= 15 if abroad else written and 9 <= len(digits) <= 13
        if fits and not _DATE.match(found[0]):
            yield found.span()


_DETECTORS: tuple[tuple[str, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("email", _emails),
    ("iban", _ibans),
    ("card", _cards),
    ("ip", _addresses),
    ("phone", _phones),
)
