"""What a description asks for besides the answer itself: size, speed, abstention, one label."""

from __future__ import annotations

import re

_MUST = r"(?:must|should|has to|have to|needs? to|want it to|ought to) (?:be|run|stay|answer|reply)"
_SMALL = re.compile(
    rf"\b(?:{_MUST} (?:\w+ ){{0,3}}?(?:small|tiny|compact)\b"
    r"|(?:small|tiny|compact|light-?weight)(?:est)? (?:model|footprint|enough|as possible)"
    r"|as small as|light-?weight|small in size|little memory|low memory|memory footprint"
    r"|on (?:a |the |my |our )?(?:phone|phones|mobile|raspberry|microcontroller|edge|edge devices?)"
    r"\b|under \d+ ?[mg]b)",
    re.IGNORECASE,
)
_FAST = re.compile(
    rf"\b(?:{_MUST} (?:\w+ ){{0,3}}?(?:fast|quick|quickly|instant|instantly)\b"
    r"|(?:fast|quick) (?:model|answers?|enough|inference|responses?)|as fast as|latency"
    r"|milliseconds?|\d+ ?ms\b|real[- ]?time|throughput|per second)",
    re.IGNORECASE,
)
_ABSTAIN = re.compile(
    r"(?:\b(?:say|says|admit|tell me) (?:so |that )?(?:you|it|that it|when it|if it)? ?"
    r"(?:don'?t|doesn'?t|does not|do not) know|\bi don'?t know\b|\bout[- ]of[- ]scope\b"
    r"|\bout[- ]of[- ]domain\b|\bunsure\b|\bnot sure\b|\buncertain\b|\babstain|\bnone of (?:these"
    r"|those|them|the above)\b|\brefuse to answer\b|\binstead of guessing\b|\brather than guess)",
    re.IGNORECASE,
)
_FIRM_FOCUS = re.compile(
    r"\brecall (?:of|on|for) (?:the |all |every )?(?P<label>[\w' -]+?)"
    r"(?= (?:matters?|is|are|must|should|counts?|comes|first|above|over|most|and|but)\b"
    r"|[,.;:!?]|$)",
    re.IGNORECASE,
)
_LOOSE_FOCUS = re.compile(
    r"\b(?:(?:never|not|n't|cannot|can't|without) (?:ever )?(?:miss|overlook)(?:ing)?"
    r"|catch(?:ing)? (?:every|all|each)|especially|above all)"
    r" (?:an? |any |the |every |all |single |one )*(?P<label>[\w' -]+?)(?=[,.;:!?]|$)",
    re.IGNORECASE,
)


def wishes(description: str) -> dict[str, str]:
    """'small' and 'fast', where asked for, each with the words that ask for it."""
    found = {"small": _SMALL.search(description), "fast": _FAST.search(description)}
    return {name: match[0].strip() for name, match in found.items() if match}


def abstention(description: str) -> str | None:
    """The words that allow the model to give no answer; else None."""
    found = _ABSTAIN.search(description)
    return found[0].strip() if found else None


def focus(description: str) -> tuple[str, bool] | None:
    """The phrase for what must not be missed, and whether it must be a label; else None."""
    if firm := _FIRM_FOCUS.search(description):
        return firm["label"].strip(), True
    loose = _LOOSE_FOCUS.search(description)
    return (loose["label"].strip(), False) if loose else None
