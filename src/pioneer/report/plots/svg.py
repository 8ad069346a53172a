"""SVG markup. Whatever goes in as plain text comes out escaped, so hostile labels stay text."""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)

Attribute = str | float | None


def clean(text: str) -> str:
    """Text without the characters that XML may not hold, or that turn the text around them."""
    return text if isinstance(text, Markup) else _UNPRINTABLE.sub("\ufffd", text)


def element(name: str, *children: str, **attributes: Attribute) -> Markup:
    """`element("rect", x=1, class_="bar")`; attributes that are None are left out."""
    pairs = Markup("").join(
        Markup(' {}="{}"').format(_attribute_name(key), _attribute(value))
        for key, value in attributes.items()
        if value is not None
    )
    body = Markup("").join(escape(clean(child)) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), pairs, body)  # noqa: S704 our own names


def text(content: str, x: float, y: float, class_: str = "", **attributes: Attribute) -> Markup:
    return element("text", content, x=x, y=y, class_=class_ or None, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def titled(hint: str, *children: Markup, class_: str = "mark") -> Markup:
    """A group that shows `hint` when pointed at."""
    return element("g", element("title", hint), *children, class_=class_)


def picture(
    name: str, title: str, description: str, size: tuple[float, float], *children: Markup
) -> Markup:
    """The whole drawing. `name` must be unique on the page; size in pixels at full width."""
    width, height = size
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        *children,
        id=name,
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def path(points: list[tuple[float, float]], class_: str, *, closed: bool = False) -> Markup:
    """A line through the points."""
    steps = " L".join(f"{number(x)} {number(y)}" for x, y in points)
    return element("path", d=f"M{steps}{' Z' if closed else ''}", class_=class_)


def number(value: float) -> str:
    """At most two decimals, without trailing zeros."""
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def text_width(content: str, size: float = 12) -> float:
    """A guess of the width in pixels, a little on the wide side."""
    return sum(_character_width(character) for character in content) * size


def fit(content: str, width: float, size: float = 12) -> str:
    """The text, cut with an ellipsis where it would be wider than `width`."""
    content = " ".join(clean(content).split())
    if text_width(content, size) <= width:
        return content
    kept = ""
    for character in content:
        if text_width(kept + character + "…", size) > width:
            break
        kept += character
    return kept + "…"


def _character_width(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in "iljtfrI.,:;'|! ()[]":
        return 0.38
    return 0.95 if character in "mwMW@%" else 0.7 if character.isupper() else 0.62


def _attribute_name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _attribute(value: str | float) -> str:
    return clean(value) if isinstance(value, str) else number(value)
