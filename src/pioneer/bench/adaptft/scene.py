"""A built seed, as the arms and the runner read it; see `build` for what lies where."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pioneer.bench.adaptft.build import BUILT, MODEL
from pioneer.bench.adaptft.cells import Asked, Question
from pioneer.bench.adaptft.presets import Scenario, options_hash
from pioneer.families import family
from pioneer.families.base import Family
from pioneer.records import Example, load
from pioneer.registry.card import VersionCard
from pioneer.registry.versions import Version, find
from pioneer.store.workspace import open_workspace

Line = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    folder: Path

    @cached_property
    def scenario(self) -> Scenario:
        return load(Scenario, self._mark["scenario"])

    @cached_property
    def seed(self) -> int:
        return int(self._mark["seed"])

    @cached_property
    def card(self) -> VersionCard:
        """Of the first version."""
        return version_of(self.workspace).card

    @property
    def family(self) -> Family:
        return family(self.card.task.kind)

    @property
    def seen(self) -> Path:
        return self.folder / "seen"

    @property
    def workspace(self) -> Path:
        """In which the first version serves. Copy it before changing anything."""
        return self.seen / "workspace"

    def clean(self) -> list[Example]:
        """What the first version learned from."""
        return self._examples(self.seen / "clean.jsonl")

    def reserve(self) -> list[Example]:
        """Rows that were never logged."""
        return self._examples(self.folder / "sealed" / "reserve.jsonl")

    def log(self, stage: int) -> list[Line]:
        return lines_of(self.seen / f"log-{stage}.jsonl")

    def truth(self, stage: int) -> list[Line]:
        """What befell each call of the log, in the same order."""
        return lines_of(self.folder / "sealed" / f"truth-{stage}.jsonl")

    @cached_property
    def of(self) -> str:
        """Stands for all options; where the data lie on this machine is none."""
        return options_hash(self.scenario)

    @cached_property
    def logs(self) -> str:
        """Stands for all that was built: the logs, what is asked, the first version."""
        found: str = json.loads((self.folder / BUILT).read_text(encoding="utf-8"))["logs"]
        return found

    def asked(self) -> Asked:
        """What every arm is judged on."""
        questions = tuple(self._question(one) for one in self._report)
        scenario = self.scenario
        return Asked(
            scenario.name, self.seed, self.of, scenario.stages, self.card.task, questions, self.logs
        )

    def inputs(self) -> list[str]:
        """Of the questions, in order."""
        return [self.family.parse(one).input for one in self._report]

    def _question(self, line: Line) -> Question:
        right = self.family.parse(line).target
        return Question(line["id"], line["source"], line["clean"], right, line.get("stage", 0))

    @cached_property
    def _mark(self) -> Line:
        found: Line = json.loads((self.folder / "scenario.json").read_text(encoding="utf-8"))
        return found

    @cached_property
    def _report(self) -> list[Line]:
        return lines_of(self.folder / "sealed" / "report.jsonl")

    def _examples(self, file: Path) -> list[Example]:
        rows = [(one, self.family.parse(one)) for one in lines_of(file)]
        return [Example(one["id"], row.input, row.target) for one, row in rows]


def version_of(workspace: Path, number: int | None = None) -> Version:
    """The version of that number, or the one that serves."""
    with open_workspace(workspace, write=False) as opened, opened.engine.connect() as connection:
        return find(connection, MODEL if number is None else f"{MODEL}@{number}")


def lines_of(file: Path) -> list[Line]:
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
