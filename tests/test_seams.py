"""The seams know no family: only `families/` may ask which kind of task it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pioneer
from pioneer.records import Kind

SOURCE = Path(pioneer.__file__).parent
KINDS = {kind.name for kind in Kind}
WORDS = {kind.value for kind in Kind}


def outside() -> list[Path]:
    files = sorted(SOURCE.rglob("*.py"))
    return [f for f in files if f.relative_to(SOURCE).parts[0] not in ("families", "records.py")]


def branches(source: str) -> Iterator[int]:
    """Lines that name one kind: `Kind.X`, `kind == "x"`, `kind in ("x",)`, `case "x"`, a look-up
    by kind, or a module of one family."""
    for node in ast.walk(ast.parse(source)):
        if any(_names_a_kind(part) for part in _parts(node)):
            yield getattr(node, "lineno", 0)


def _parts(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.Attribute(value=ast.Name(id="Kind"), attr=name) if name in KINDS:
            return [ast.Constant(name.lower())]
        case ast.Compare(left=left, comparators=others):
            return [inner for each in (left, *others) for inner in ast.walk(each)]
        case ast.MatchValue(value=value):
            return [value]
        case ast.Dict(keys=keys):
            return [key for key in keys if key is not None]
        case ast.ImportFrom(module=str(module)) | ast.alias(name=str(module)):
            parts = module.split(".")
            return (
                [ast.Constant(parts[2])]
                if parts[:2] == ["pioneer", "families"] and len(parts) > 2
                else []
            )
    return []


def _names_a_kind(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in WORDS


@pytest.mark.parametrize("file", outside(), ids=lambda file: str(file.relative_to(SOURCE)))
def test_no_module_outside_the_families_branches_on_the_kind(file: Path) -> None:
    lines = file.read_text(encoding="utf-8")
    found = sorted(set(branches(lines)))
    assert not found, [lines.splitlines()[line - 1].strip() for line in found]


@pytest.mark.parametrize(
    "source",
    [
        "if task.kind is Kind.CLASSIFICATION: pass",
        "x = Kind.EXTRACTION",
        'if kind == "generation": pass',
        'if kind in ("extraction", "generation"): pass',
        'match kind:\n    case "generation": pass',
        'METRIC = {"classification": "accuracy"}[kind]',
        "from pioneer.families.classification.metrics import aggregate",
        "import pioneer.families.generation.answers",
    ],
)
def test_the_search_finds_a_branch(source: str) -> None:
    assert list(branches(source))


@pytest.mark.parametrize(
    "source",
    [
        "for kind in Kind: family(kind)",
        '"""A classification is only talked about."""',
        "from pioneer.families.base import Family",
        'help_text = "classification"',
    ],
)
def test_the_search_lets_go_what_is_no_branch(source: str) -> None:
    assert not list(branches(source))
