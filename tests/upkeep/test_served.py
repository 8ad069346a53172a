"""Which version is served is changed only to one that can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from pioneer import api
from pioneer.errors import RegistryError, StoreError
from pioneer.store.workspace import open_workspace
from tests.loop.helpers import Listed, fake_request, folder, run, table


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """m@1 is served, m@2 and m@3 were held back for want of new rows."""
    data = folder(tmp_path / "d", "classification", count=60)
    for seed, recipe in enumerate((table(), table(neighbours=3), table(fallback="frequent"))):
        wanted = fake_request(data, "classification", max_trials=1, seed=seed)
        run(tmp_path / "w", wanted, Listed((recipe,)))
    return tmp_path / "w"


def served(workspace: Path) -> list[int]:
    return [line["version"] for line in api.list_models(workspace) if line["promoted"]]


def force(workspace: Path, model: str) -> None:
    api.promote_model(model, workspace, force=True, reason="we know better")


def weights(workspace: Path, model: str) -> Path:
    with open_workspace(workspace, write=False) as opened:
        return opened.artifacts.path(str(api._find(opened, model).checkpoint))


def test_what_the_gate_held_back_needs_force_and_a_reason(workspace: Path) -> None:
    assert served(workspace) == [1]
    for options in ({"force": False, "reason": "why"}, {"force": True, "reason": " "}):
        with pytest.raises(RegistryError, match=r"the gate did not promote m@2: only"):
            api.promote_model("m@2", workspace, **options)  # type: ignore[arg-type]
    assert served(workspace) == [1]
    force(workspace, "m@2")
    assert served(workspace) == [2]
    lines = api.show_model("m", workspace)["promotions"]
    assert [(line["version"], line["how"]) for line in lines] == [(1, "first"), (2, "forced")]
    assert lines[-1]["reason"] == "we know better"


def test_rolling_back_walks_back(workspace: Path) -> None:
    force(workspace, "m@2")
    force(workspace, "m@3")
    assert api.rollback_model("m", workspace, reason="")["version"] == 2
    assert api.rollback_model("m", workspace, reason="")["version"] == 1
    with pytest.raises(RegistryError, match="served before m@1"):
        api.rollback_model("m", workspace, reason="")
    assert served(workspace) == [1]


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_damaged_weights_are_never_served(damage: str, workspace: Path) -> None:
    force(workspace, "m@2")
    for number in (1, 3):
        file = weights(workspace, f"m@{number}") / "table.json"
        file.write_text("{}") if damage == "changed" else file.unlink()
    with pytest.raises(StoreError, match="the artefact is damaged"):
        force(workspace, "m@3")
    with pytest.raises(StoreError, match="the artefact is damaged"):
        api.rollback_model("m", workspace, reason="")
    assert served(workspace) == [2]
    assert len(api.show_model("m", workspace)["promotions"]) == 2
    assert api.load("m", workspace=workspace)(["rain"])
    with pytest.raises(StoreError, match="the artefact is damaged"):
        api.load("m@1", workspace=workspace)


def test_deleting_spares_the_served_version_and_keeps_the_card(workspace: Path) -> None:
    with pytest.raises(RegistryError, match="m@1 is being served"):
        api.delete_model("m@1", workspace)
    place = weights(workspace, "m@2")
    assert api.delete_model("m@2", workspace)["bytes"] > 0
    assert not place.exists()
    assert api.delete_model("m@2", workspace)["bytes"] == 0
    card = api.show_model("m@2", workspace)["card"]
    assert card["recipe"]["strategy"] == "table.v1"
    for use in (
        lambda: api.load("m@2", workspace=workspace),
        lambda: force(workspace, "m@2"),
    ):
        with pytest.raises(RegistryError, match="the weights of m@2 were deleted"):
            use()
    assert [line["size"] > 0 for line in api.list_models(workspace)] == [True, False, True]


def test_a_new_run_after_a_deletion_gets_the_next_number(workspace: Path, tmp_path: Path) -> None:
    api.delete_model("m@3", workspace)
    data = tmp_path / "d"
    wanted = fake_request(data, "classification", max_trials=1, seed=9)
    assert run(workspace, wanted, Listed((table(),))).version == 4
