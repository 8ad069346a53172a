"""A cycle with parts left out, as ablations and other arms of the benchmark run it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pioneer import api
from pioneer.errors import ArgumentError
from pioneer.loop.outcome import Improved
from tests.loop.cycles import calls, cycle, log, records, wanted


def changed(_at: int, label: str) -> str:
    """What the log says is right, as if the meaning of a label had changed."""
    return "music" if label == "food" else label


def both(start: Path, traces: Path, *without: str) -> tuple[Improved, Improved]:
    """The same cycle whole and without some parts, each in a workspace of its own."""
    found = []
    for name, left_out in (("whole", ()), ("less", without)):
        shutil.copytree(start, traces.parent / name)
        found.append(cycle(traces.parent / name, wanted(traces, without=left_out)))
    return found[0], found[1]


def test_without_the_gate_every_row_is_learned_from_and_nothing_is_promoted(
    start: Path, tmp_path: Path
) -> None:
    gated, ungated = both(start, log(tmp_path / "log.jsonl", calls(start, 450)), "gate")
    assert gated.decision == "promoted"
    assert gated.log["parts"]["gate"] > 100
    assert (ungated.log["parts"]["gate"], ungated.log["parts"]["sealed"]) == (0, 0)
    assert ungated.log["parts"]["train"] > gated.log["parts"]["train"]
    assert (ungated.decision, ungated.reason) == ("hold", "the gate was left out")
    assert "gate" not in ungated.scores
    workspace = tmp_path / "less"
    assert api.load("m@2", workspace=workspace)(["rain"])[0].output is not None
    assert api.load("m", workspace=workspace).version.label == "m@1"
    assert records(workspace)[-1].opened == ()


def test_without_triage_every_correction_is_taken_at_its_word(start: Path, tmp_path: Path) -> None:
    lines = log(tmp_path / "log.jsonl", calls(start, 450, spoil=changed))
    doubting, trusting = both(start, lines, "triage")
    assert doubting.log["contested"]
    assert trusting.log["triage"] == {"keep": 450}
    assert trusting.log["contested"] == []


def test_probes_and_replay_can_be_left_out(start: Path, tmp_path: Path) -> None:
    lines = log(tmp_path / "log.jsonl", calls(start, 450))
    whole, less = both(start, lines, "probes", "replay")
    assert "probes" in whole.log
    assert "probes" not in less.log
    assert whole.log["curriculum"]["replay"] > 0
    assert less.log["curriculum"]["replay"] == 0


def test_what_is_no_part_is_refused() -> None:
    with pytest.raises(ArgumentError, match="no part 'gates' to leave out"):
        wanted(without=("gates",))
