"""Gates are pure: of ours they see evaluation, records and errors only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pioneer.gates

FILES = sorted(Path(pioneer.gates.__path__[0]).glob("*.py"))
ALLOWED = ("pioneer.gates", "pioneer.evaluation", "pioneer.records", "pioneer.errors")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_gate_imports_only_what_it_may(file: Path) -> None:
    found = ast.walk(ast.parse(file.read_text()))
    modules = [node.module or "" for node in found if isinstance(node, ast.ImportFrom)]
    ours = [module for module in modules if module.startswith("pioneer")]
    assert all(module.startswith(ALLOWED) for module in ours)
    assert not {"torch", "random", "time", "sqlalchemy"} & {
        module.split(".")[0] for module in modules
    }
