"""The doctor says what is wrong, and is not thrown by it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from pioneer import api
from tests.loop.helpers import fake_request, folder, run


def checks(workspace: Path) -> dict[str, dict[str, Any]]:
    return {line["check"]: line for line in api.doctor(workspace)["checks"]}


def test_without_a_workspace_all_is_well_and_none_is_made(tmp_path: Path) -> None:
    found = checks(tmp_path / "none" / "yet")
    assert found["workspace"]["ok"]
    assert "none yet" in found["workspace"]["detail"]
    assert found["weights"]["ok"]
    assert not (tmp_path / "none").exists()
    for name in ("torch", "SQLAlchemy", "python", "disk", "processors"):
        assert found[name]["detail"]


def test_sizes_and_intact_weights_are_told(tmp_path: Path) -> None:
    run(tmp_path / "w", fake_request(folder(tmp_path / "d", "classification"), "classification"))
    found = checks(tmp_path / "w")
    assert "artifacts" in found["workspace"]["detail"]
    assert found["weights"] == {"check": "weights", "ok": True, "detail": "1 intact"}


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_damaged_weights_are_named(damage: str, tmp_path: Path) -> None:
    run(tmp_path / "w", fake_request(folder(tmp_path / "d", "classification"), "classification"))
    (table,) = (tmp_path / "w" / "artifacts").glob("??/*/table.json")
    table.write_text("{}") if damage == "changed" else shutil.rmtree(table.parent)
    found = checks(tmp_path / "w")["weights"]
    assert not found["ok"]
    assert found["detail"].startswith("m@1: ")
    assert "damaged" in found["detail"] or "is missing" in found["detail"]
    assert not api.doctor(tmp_path / "w")["ok"]


def test_a_foreign_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "pioneer.db").write_text("not a database, but a text of some length" * 9)
    found = checks(tmp_path)
    for name in ("workspace", "weights"):
        assert not found[name]["ok"]
        assert "no database of pioneer" in found[name]["detail"]
