"""Scenarios by name: a data set, what is asked of it, and how little the first version knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pioneer.data.catalogue import VARIABLE, data_sets
from pioneer.errors import ArgumentError, SourceError
from pioneer.families import families, family
from pioneer.records import Kind, content_hash

CONFUSABLE = (
    "change_ai_name", "change_language", "change_user_name", "flight_status", "fun_fact",
    "goodbye", "greeting", "last_maintenance", "maybe", "meal_suggestion", "no",
    "oil_change_when", "order", "pto_balance", "pto_used", "redeem_rewards",
    "replacement_card_duration", "restaurant_suggestion", "rewards_balance", "rollover_401k",
    "shopping_list", "shopping_list_update", "time", "timezone", "todo_list",
    "todo_list_update", "transfer", "translate", "user_name", "what_can_i_ask_you",
)  # fmt: skip
"""Those of CLINC150 that the paper names, then the pairs that a frozen MiniLM confuses most
(nearest centre of 15 train rows, asked on 15 others), until there are 30."""


_KIND = "classification"


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a log is made of. A preset, or whatever a user asks for in its place."""

    name: str
    description: str
    """The task, as `pioneer cold-start` is told."""
    data: str
    """A data folder; of a preset, the name of a data set in the catalogue."""
    base: str
    clean_rows: int
    """Of each label, for the first version to learn from."""
    kind: str = _KIND
    labels: tuple[str, ...] = ()
    """The only ones used; all where there are none."""
    rows_per_stage: int = 500
    stages: tuple[float, ...] = (0.15, 0.25, 0.40)
    """Share of poison in each."""
    bank: str = "b"
    twins: bool = False
    """Also log every source row as it is."""

    def __post_init__(self) -> None:
        if self.clean_rows < 2:
            raise ArgumentError(f"at least 2 clean rows a label are needed, got {self.clean_rows}")
        if self.rows_per_stage < 1:
            raise ArgumentError(f"a stage has at least 1 row, got {self.rows_per_stage}")
        if not self.stages or not all(0 <= share < 1 for share in self.stages):
            raise ArgumentError(f"shares of poison are from 0 to below 1, got {self.stages}")


PRESETS: tuple[Scenario, ...] = (
    Scenario(
        "clinc150", "Classify what a user of an assistant wants", "clinc150", "minilm", 3,
        labels=CONFUSABLE,
    ),
    Scenario("sms_spam", "Classify text messages as spam or ham", "sms_spam", "minilm", 10),
    Scenario("snips", "Classify the intent of voice commands", "snips", "minilm", 3),
    Scenario("clickbait", "Detect clickbait headlines", "clickbait", "minilm", 10),
)  # fmt: skip


def options_hash(scenario: Scenario) -> str:
    """Stands for all options; where the data lie on this machine is none."""
    return content_hash(replace(scenario, data=""))


CPU_SUITE = "cpu-suite"
SUITE = tuple(one.name for one in PRESETS)


def preset(name: str) -> Scenario:
    """Raises ArgumentError for a name that there is not."""
    for one in PRESETS:
        if one.name == name:
            return one
    known = ", ".join(SUITE)
    raise ArgumentError(f"there is no scenario {name!r}", hint=f"one of {known}, or --data DIR")


def listed() -> list[dict[str, Any]]:
    """The presets, as `pioneer bench adaptft list` prints them."""
    homes = {folder.name: str(folder) for folder in data_sets()}
    return [
        {
            "name": one.name,
            "base": one.base,
            "clean_rows": one.clean_rows,
            "labels": len(one.labels) or "all",
            "rows_per_stage": one.rows_per_stage,
            "stages": list(one.stages),
            "data": homes.get(one.data, f"not at hand: no {one.data!r} in {VARIABLE}"),
        }
        for one in PRESETS
    ]


def asked_for(
    name: str | None,
    *,
    data: str | None = None,
    kind: str | None = None,
    base: str | None = None,
    clean_rows: int | None = None,
    rows_per_stage: int | None = None,
    stages: str | None = None,
    twins: bool = False,
) -> Scenario:
    """A preset with its data set found, or a scenario on a data folder; with what was asked for in
    place of the defaults. Raises ArgumentError or SourceError."""
    if name is not None and kind is not None:
        raise ArgumentError("--kind goes with --data: a scenario has its own")
    if (name is None) == (data is None):
        raise ArgumentError("give either a scenario or --data", hint="pioneer bench adaptft list")
    if name is not None:
        chosen = preset(name)
        chosen = replace(chosen, data=_home(chosen.data))
    else:
        chosen = _of_folder(Path(str(data)).resolve(), kind or _KIND)
    wanted: dict[str, Any] = {
        "base": base,
        "clean_rows": clean_rows,
        "rows_per_stage": rows_per_stage,
        "stages": None if stages is None else _shares(stages),
        "twins": twins or None,
    }
    return replace(chosen, **{key: value for key, value in wanted.items() if value is not None})


def _of_folder(folder: Path, kind: str) -> Scenario:
    if kind not in set(Kind):
        raise ArgumentError(f"--kind is one of {', '.join(Kind)}, but got {kind!r}")
    if not family(Kind(kind)).reads_logs:
        able = ", ".join(each.kind for each in families() if each.reads_logs)
        raise ArgumentError(f"logs cannot be built for {kind} yet", hint=f"--kind takes {able}")
    name = re.sub(r"[^\w-]+", "-", folder.name).strip("-") or "data"
    base = family(Kind(kind)).default_base
    return Scenario(name, f"Learn what the rows of {name} show", str(folder), base, 5, kind)


def all_asked_for(names: Sequence[str], **options: Any) -> list[Scenario]:
    """As `asked_for`, of several; `cpu-suite` stands for all presets."""
    if not names:
        return [asked_for(None, **options)]
    spread = [each for one in names for each in (SUITE if one == CPU_SUITE else (one,))]
    return [asked_for(name, **options) for name in dict.fromkeys(spread)]


def _home(name: str) -> str:
    for folder in data_sets():
        if folder.name == name:
            return str(folder)
    raise SourceError(
        f"the data set {name!r} is not at hand",
        hint=f"name the folder that holds it in {VARIABLE}, or give --data DIR",
    )


def _shares(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(one) / 100 for one in text.split(","))
    except ValueError as error:
        hint = "percent of poison, as --stages 15,25,40"
        raise ArgumentError(f"--stages {text!r} is not a list of numbers", hint=hint) from error
