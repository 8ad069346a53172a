"""What `models` and `runs` show, as plain JSON values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pioneer.journal.journal import Journal
from pioneer.journal.runs import Run, all_runs, find_run
from pioneer.records import Trial, dump, load
from pioneer.registry import versions
from pioneer.registry.marks import marks
from pioneer.registry.versions import Version
from pioneer.store.artifacts import size_of
from pioneer.store.workspace import Workspace


def models(workspace: Workspace) -> list[dict[str, Any]]:
    """One line per version: the JSON of `models list`."""
    with workspace.engine.connect() as connection:
        found = versions.all_versions(connection)
        served = {name: versions.promoted(connection, name) for name in {one.name for one in found}}
    return [_line(workspace, version, served[version.name]) for version in found]


def model(workspace: Workspace, name: str) -> dict[str, Any]:
    """One version with its card and who was served when."""
    with workspace.engine.connect() as connection:
        version = versions.find(connection, name)
        served = versions.promoted(connection, version.name)
        history = versions.history(connection, version.name)
        found = marks(connection, version.name, version.version)
    line = _line(workspace, version, served)
    promotions = [dump(one) | {"at": _time(one.at)} for one in history]
    return line | {
        "run": version.run,
        "card": dump(version.card),
        "promotions": promotions,
        "marks": [dump(one) | {"at": _time(one.at)} for one in found],
    }


def runs(workspace: Workspace) -> list[dict[str, Any]]:
    return [_run_line(run) for run in all_runs(workspace.engine)]


def run(workspace: Workspace, name: str) -> dict[str, Any]:
    """One run with what its journal tells."""
    found = find_run(workspace.engine, name)
    journal = Journal(workspace.engine, found.id)
    stages = [
        {"stage": entry.payload["stage"], "seconds": round(entry.payload["seconds"], 2)}
        for entry in journal.entries("stage finished")
    ]
    trials = [load(Trial, entry.payload) for entry in journal.entries("trial")]
    return _run_line(found) | {
        "arguments": dict(found.arguments),
        "stages": stages,
        "trials": [trial_line(trial) for trial in trials],
        "readings": [dump(entry.payload) for entry in journal.entries("unsealed")],
        "result": found.result,
    }


def trial_line(trial: Trial) -> dict[str, Any]:
    """A trial in one line of JSON."""
    return {
        "number": trial.number,
        "iteration": trial.iteration,
        "operator": trial.operator,
        "strategy": trial.recipe.strategy,
        "hyper": dict(trial.recipe.hyper),
        "status": trial.status.value,
        "score": None if trial.score is None else trial.score.value,
        "parents": list(trial.parents),
        "hypothesis": trial.hypothesis,
        "error": trial.error,
    }


def _line(workspace: Workspace, version: Version, served: Version | None) -> dict[str, Any]:
    best = version.card.scores.get("test") or version.card.scores.get("dev")
    weights = version.checkpoint and workspace.artifacts.path(version.checkpoint)
    return {
        "name": version.name,
        "version": version.version,
        "promoted": served is not None and served.version == version.version,
        "metric": best.metric if best else None,
        "value": best.value if best else None,
        "created": _time(version.created),
        "size": size_of(weights) if weights and weights.exists() else 0,
    }


def _run_line(run: Run) -> dict[str, Any]:
    decision = run.result.get("decision") if isinstance(run.result, dict) else None
    return {
        "id": run.id,
        "command": run.command,
        "status": run.status.value,
        "decision": decision,
        "created": _time(run.created),
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
