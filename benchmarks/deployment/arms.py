"""What is done with the log: nothing, `improve`, the same with perfect labels, naive retraining."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deployment.scene import Row, Scene, corrected
from pioneer import api
from pioneer.families import family
from pioneer.families.base import Model, Workbench
from pioneer.records import Example
from pioneer.registry.card import VersionCard
from pioneer.registry.versions import find
from pioneer.store.workspace import open_workspace

ROOT = Path(__file__).resolve().parent.parent.parent
TASK = "Classify what a user of an assistant wants"
TRIALS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """An arm in a seed."""

    arm: str
    seed: int
    answers: list[str]
    """To the unseen rows, in order."""
    decision: str
    reason: str
    details: dict[str, Any]
    seconds: float


@dataclass(frozen=True, slots=True)
class Stage:
    """A served first version and what was logged of it, in folders of their own."""

    folder: Path
    scene: Scene
    seed: int
    said: list[str | None]
    """What the log says is right, call by call."""
    answers: list[str | None]

    @property
    def first(self) -> Path:
        return self.folder / "first"


def prepare(scene: Scene, seed: int, folder: Path) -> Stage:
    """Make the first version and let it answer the traffic. What is there already is taken."""
    workspace, log = folder / "first", folder / "log.json"
    if not log.exists():
        shutil.rmtree(folder, ignore_errors=True)
        data = folder / "data"
        data.mkdir(parents=True)
        rows = [{"text": row.text, "label": row.label} for row in scene.known]
        lines = "\n".join(map(json.dumps, rows))
        (data / "train.jsonl").write_text(lines, encoding="utf-8")
        api.cold_start(TASK, data=str(data), name="m", max_trials=1, seed=seed, workspace=workspace)
        model = api.load("m", workspace=workspace)
        answers = [_text(one.output) for one in model([row.text for row in scene.traffic])]
        rng = random.Random(f"corrections {seed}")
        pairs = zip(scene.traffic, answers, strict=True)
        said = [corrected(row, answer, rng) for row, answer in pairs]
        log.write_text(json.dumps({"said": said, "answers": answers}), encoding="utf-8")
    known = json.loads(log.read_text(encoding="utf-8"))
    return Stage(folder, scene, seed, known["said"], known["answers"])


def deployed(stage: Stage) -> Cell:
    return Cell("deployed", stage.seed, _asked(stage.first, "m@1", stage), "", "", {}, 0.0)


def improved(stage: Stage, arm: str, said: Sequence[str | None], only: str = "") -> Cell:
    """`pioneer improve` as a user runs it, in a copy of the workspace; with `only` one training by
    that strategy. The answers are those of the candidate, promoted or not; of the first version
    where there is none."""
    workspace, log = stage.folder / arm, stage.folder / f"{arm}.jsonl"
    shutil.rmtree(workspace, ignore_errors=True)
    shutil.copytree(stage.first, workspace)
    log.write_text("\n".join(_calls(stage, said)), encoding="utf-8")
    command = [
        ROOT / ".venv" / "bin" / "pioneer", "improve", "m", "--traces", log, "--json",
        "--max-trials", 1 if only else TRIALS, "--seed", stage.seed, "--workspace", workspace,
        *(["--strategy", only] if only else []),
    ]  # fmt: skip
    began = time.monotonic()
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode != 0:
        raise RuntimeError(f"{arm}: {done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    made = found["version"]
    answers = _asked(workspace, f"m@{made}" if made else "m@1", stage)
    kept = {key: found[key] for key in ("log", "flips", "scores", "parent_scores", "trials")}
    return Cell(arm, stage.seed, answers, found["decision"], found["reason"], kept, seconds)


def naive(stage: Stage, arm: str, clean: bool) -> Cell:
    """The first version's recipe, from the base, on its own rows and all that was logged: the
    correction, else the answer itself. With `clean`, less what cleanlab finds."""
    began = time.monotonic()
    rows = [Example(f"k{at}", row.text, row.label) for at, row in enumerate(stage.scene.known)]
    calls = zip(stage.scene.traffic, stage.said, stage.answers, strict=True)
    for at, (row, said, answer) in enumerate(calls):
        label = said or answer
        if label is not None:
            rows.append(Example(f"c{at}", row.text, label))
    dropped = 0
    if clean:
        kept = _without_issues(stage, rows)
        dropped, rows = len(rows) - len(kept), kept
    with open_workspace(stage.first, write=False) as opened:
        with opened.engine.connect() as connection:
            card: VersionCard = find(connection, "m@1").card
        bench = Workbench(opened.cache, 2)
        learner = family(card.task.kind).learner(card.recipe.strategy)
        model: Model = learner(card.recipe, card.task, rows, bench)
        predictions = model.predict([row.text for row in stage.scene.unseen])
    answers = [str(one.output) for one in predictions]
    details = {"rows": len(rows), "dropped": dropped}
    return Cell(arm, stage.seed, answers, "", "", details, time.monotonic() - began)


def _without_issues(stage: Stage, rows: Sequence[Example]) -> list[Example]:
    import numpy as np
    from cleanlab.filter import find_label_issues
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    from pioneer.bases import resolve
    from pioneer.encoding import embed

    vectors = embed(resolve("minilm"), [row.input for row in rows], stage.first / "cache")
    names = sorted({str(row.target) for row in rows})
    given = np.array([names.index(str(row.target)) for row in rows])
    model = LogisticRegression(C=8.0, max_iter=300)
    shares = cross_val_predict(model, vectors, given, cv=5, method="predict_proba")
    ranked = find_label_issues(given, shares, return_indices_ranked_by="self_confidence", n_jobs=1)
    bad = set(map(int, ranked))
    return [row for at, row in enumerate(rows) if at not in bad]


def _calls(stage: Stage, said: Sequence[str | None]) -> list[str]:
    lines = []
    calls = zip(stage.scene.traffic, said, stage.answers, strict=True)
    for at, (row, right, answer) in enumerate(calls):
        call = {"id": f"call {at}", "time": at, "input": row.text, "output": answer}
        judged = {} if right is None else {"expected": right, "judge": "human"}
        lines.append(json.dumps(call | judged))
    return lines


def _asked(workspace: Path, model: str, stage: Stage) -> list[str]:
    said = api.load(model, workspace=workspace)([row.text for row in stage.scene.unseen])
    return [str(one.output) for one in said]


def _text(output: object) -> str | None:
    return None if output is None else str(output)


def truths(rows: Sequence[Row]) -> list[str | None]:
    return [row.label for row in rows]


def as_json(cell: Cell) -> dict[str, Any]:
    return asdict(cell)
