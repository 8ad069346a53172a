"""Read a drawn page or plot back: what stands where."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree import ElementTree

VOID = {"meta", "br", "link", "img", "input", "hr"}


@dataclass
class Reader(HTMLParser):
    """Collects elements and text; fails on a tag that closes what is not open."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len({name for name, _ in attrs}) == len(attrs), f"attribute twice on {tag}"
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack and self.stack[-1] == tag, f"</{tag}> closes {self.stack[-3:]}"
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        if self.stack[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]


def read_page(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.stack == [], f"left open: {reader.stack}"
    return reader


def parse(plot: str) -> ElementTree.Element:
    return ElementTree.fromstring(plot)


def by_class(plot: str, class_: str) -> list[ElementTree.Element]:
    """Elements that carry the class, in drawing order."""
    return [e for e in parse(plot).iter() if class_ in (e.get("class") or "").split()]


def marks(plot: str) -> dict[str, ElementTree.Element]:
    """The groups with a hint, by the hint."""
    return {g.findtext("title") or "": g for g in by_class(plot, "mark")}


def number(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name) or "nan")
