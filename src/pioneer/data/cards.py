"""What a data set says of itself: the card that lies beside its rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pioneer.errors import SourceError

_FILE = "card.md"
_HEADING = re.compile(r"^#\s+(.+)$", re.MULTILINE)
_PARTS = re.compile(r"^##\s+", re.MULTILINE)
_FIELD = re.compile(r"^[-*]\s+(\w+):\s*(.+)$", re.MULTILINE)
_NO_LABEL = frozenset({"label", "entity", "gold letter", ""})
"""What heads the first column of a table of labels."""


@dataclass(frozen=True, slots=True)
class Card:
    name: str
    title: str
    task: str = ""
    language: str = ""
    licence: str = ""
    summary: str = ""
    """The first paragraph."""
    labels: tuple[str, ...] = ()


def read_card(folder: Path) -> Card:
    """The card of a data folder; without one, the folder's name has to do.

    Raises SourceError if there is a card that cannot be read.
    """
    file = folder / _FILE
    if not file.is_file():
        return Card(folder.name, folder.name.replace("_", " ").replace("-", " "))
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError("the card cannot be read", file=str(file)) from error
    return parse_card(folder.name, text)


def parse_card(name: str, text: str) -> Card:
    """Read Markdown: a title, fields in a list (task, language), a paragraph, a table of labels."""
    head, *sections = _PARTS.split(text)
    fields = {key.lower(): value.strip(" `") for key, value in _FIELD.findall(head)}
    titled = _HEADING.search(head)
    by_name = {part.partition("\n")[0].lower(): part.partition("\n")[2] for part in sections}
    labels = next((body for key, body in by_name.items() if key.startswith("label")), "")
    licence = next((body for key, body in by_name.items() if key.startswith("licen")), "")
    return Card(
        name=name,
        title=titled[1].strip() if titled else name,
        task=fields.get("task", ""),
        language=fields.get("language", ""),
        licence=licence.strip().partition("\n")[0],
        summary=_paragraph(head),
        labels=_labels(labels),
    )


def _paragraph(head: str) -> str:
    """The first paragraph that is neither a heading nor a list."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", head)]
    plain = (block for block in blocks if block and block[0] not in "#-*|<")
    return " ".join(next(plain, "").split())


def _labels(section: str) -> tuple[str, ...]:
    """First cells of the tables' rows; cells in italics are remarks."""
    rows = [line.strip().strip("|").split("|") for line in section.splitlines() if "|" in line]
    cells = [row[0].strip().strip("`") for row in rows]
    return tuple(
        cell for cell in cells if cell not in _NO_LABEL and not cell.startswith(("*", "-"))
    )
