"""Production cycles on the fake base, in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pioneer import api
from pioneer.data.rows import Manifest, examples_of
from pioneer.execution.inline import inline_executor
from pioneer.execution.job import Executor
from pioneer.journal import runs
from pioneer.loop.outcome import Improved
from pioneer.loop.production import improve
from pioneer.loop.request import Improve
from pioneer.records import Example, dump, load
from pioneer.registry.audits import Audit, audits
from pioneer.store.workspace import Workspace, open_workspace
from tests.loop.helpers import Listed, fake_request, folder, rows, run, table

EARLY = Listed((table(coverage=0.5, neighbours=1),))
WEAK = Listed((table(coverage=0.25, fallback="none"),))
GOOD = Listed((table(neighbours=9), table(neighbours=3)))


def first(place: Path) -> Path:
    """A workspace in which a weak m@1 is served."""
    data = folder(place / "data", "classification", count=60)
    run(place / "w", fake_request(data, "classification", max_trials=1), EARLY)
    return place / "w"


def calls(
    workspace: Path,
    count: int,
    seed: int = 5,
    spoil: Callable[[int, str], str | None] = lambda _at, label: label,
) -> list[dict[str, Any]]:
    """Judged calls of the served version; `spoil` makes of a right label what the log says."""
    model = api.load("m", workspace=workspace)
    drawn = rows("classification", count, seed)
    answers = model([row["text"] for row in drawn])
    found = []
    for at, (row, answer) in enumerate(zip(drawn, answers, strict=True)):
        call = {"id": f"{seed}-{at}", "time": 1000 * seed + at, "input": row["text"]}
        said = spoil(at, row["label"])
        judged = {} if said is None else {"expected": said, "judge": "human"}
        found.append(call | {"output": answer.output, "confidence": answer.confidence} | judged)
    return found


def log(file: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def wanted(traces: Path | None = None, **options: Any) -> Improve:
    settings: dict[str, Any] = {"max_trials": 2} | options
    return api.improvement("m", traces=() if traces is None else traces, **settings)


def cycle(
    workspace: Path, request: Improve, strategist: Listed = GOOD, executor: Executor | None = None
) -> Improved:
    """A whole cycle."""
    with open_workspace(workspace, write=True) as opened:
        begun = runs.start(opened.engine, api.IMPROVE, dump(request))
        return go_on(opened, begun, request, strategist, executor)


def go_on(
    opened: Workspace,
    begun: runs.Run,
    request: Improve,
    strategist: Listed = GOOD,
    executor: Executor | None = None,
) -> Improved:
    """One life of a cycle."""
    return improve(
        opened, begun, request, lambda _event: None, strategist, executor or inline_executor
    )


def records(workspace: Path) -> list[Audit]:
    with (
        open_workspace(workspace, write=False) as opened,
        opened.engine.connect() as connection,
    ):
        return audits(connection, "m")


def part(workspace: Path, audit: Audit, name: str) -> list[Example]:
    """The rows of a part of a cycle."""
    with open_workspace(workspace, write=False) as opened:
        manifest = load(Manifest, opened.artifacts.get_json(audit.rows[name]))
        with opened.engine.connect() as connection:
            return examples_of(connection, manifest)


def curated(outcome: Improved) -> dict[str, dict[str, Any]]:
    """What was written down of each row, by its id."""
    file = Path(outcome.report).with_name("data-curation.jsonl")
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return {line["id"]: line for line in lines}
