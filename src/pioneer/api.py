"""The public Python names, and what the command line calls. Heavy imports happen inside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from pioneer.bases import located
from pioneer.budget import Budget, parse_duration
from pioneer.data.snapshot import absolute, snapshot
from pioneer.diagnosis.findings import Diagnosis
from pioneer.encoding.threads import processors
from pioneer.errors import ArgumentError, RegistryError, ReportError, StoreError, TaskError
from pioneer.events import Listener, Progress, silent
from pioneer.families.fakes import FAKE_BASE
from pioneer.journal import runs
from pioneer.loop.outcome import Improved, Outcome
from pioneer.loop.request import ColdStart, Improve, name_from
from pioneer.records import Kind, dump
from pioneer.records import load as load_record
from pioneer.registry import versions
from pioneer.serving.files import whole_file
from pioneer.serving.model import ANSWERING, Model, load_version
from pioneer.store.engine import storage_errors
from pioneer.store.places import expanded as place
from pioneer.store.workspace import Workspace, open_workspace

__all__ = ["Diagnosis", "Model", "Outcome", "cold_start", "diagnose", "improve", "load"]

DEFAULT_WORKSPACE = Path(".pioneer")
_DEFAULT_SECONDS = 900.0
_WORKERS = 2

COLD_START, IMPROVE = "cold-start", "improve"

Request: TypeAlias = ColdStart | Improve

T = TypeVar("T")


def cold_start(
    description: str,
    *,
    workspace: str | Path = DEFAULT_WORKSPACE,
    listen: Listener = silent,
    **options: Any,
) -> Outcome:
    """Make a model from a description; options as those of `request`."""
    return start(request(description, **options), Path(workspace), listen)


def improve(
    model: str,
    *,
    workspace: str | Path = DEFAULT_WORKSPACE,
    listen: Listener = silent,
    **options: Any,
) -> Outcome:
    """Make a served model better from its judged traces, or refuse; options as those of
    `improvement`."""
    return start(improvement(model, **options), Path(workspace), listen)


def load(model: str, *, workspace: str | Path = DEFAULT_WORKSPACE) -> Model:
    """A model to call with texts: `load("NAME")(["text", ...])` gives predictions in order."""
    with open_workspace(Path(workspace), write=False) as opened:
        return load_version(opened, _find(opened, model))


def request(
    description: str,
    *,
    data: str | Sequence[str] = (),
    name: str | None = None,
    base: str | Sequence[str] = (),
    metric: str | None = None,
    kind: str | None = None,
    mapping: Mapping[str, str] | None = None,
    labels: Sequence[str] = (),
    target: float = 0.96,
    budget: str | float | None = None,
    max_trials: int | None = None,
    seed: int = 0,
    command: str = "",
) -> ColdStart:
    """The arguments of a cold start, checked. Without budget and trials it may take 15 minutes."""
    given = absolute((data,) if isinstance(data, str) else tuple(data))
    bases = (base,) if isinstance(base, str) else tuple(base)
    told = (description, *given, *bases, *labels, *dict(mapping or {}).values(), metric or "")
    for text in told:
        _refuse_undecodable(text)
    if not description.strip():
        raise TaskError("the description is empty", hint="say in a sentence what is to be learned")
    return ColdStart(
        description=description,
        data=given,
        name=versions.check_name(name_from(description) if name is None else name),
        bases=tuple(one if one == FAKE_BASE else located(one) for one in bases),
        metric=metric,
        kind=_kind(kind),
        mapping=dict(mapping or {}),
        labels=tuple(labels),
        target=target,
        budget=_budget(budget, max_trials),
        seed=seed,
        workers=_WORKERS,
        threads=max(1, processors() // _WORKERS),
        command=command.encode("utf-8", "replace").decode(),
        snapshot=snapshot(given),
    )


def improvement(
    model: str,
    *,
    traces: str | Path | Sequence[str | Path] = (),
    regression_limit: str = "2",
    failure_share: float | None = None,
    strategies: Sequence[str] = (),
    budget: str | float | None = None,
    max_trials: int | None = None,
    seed: int = 0,
    dry_run: bool = False,
    skip_broken: bool = False,
    without: Sequence[str] = (),
    command: str = "",
) -> Improve:
    """The arguments of a production cycle, checked. Without budget and trials it may take 15
    minutes. `without` leaves out parts of the loop, for ablations: see `Improve`."""
    given = (traces,) if isinstance(traces, str | Path) else traces
    paths = tuple(str(place(each).absolute()) for each in given)
    for text in (model, *paths, *strategies):
        _refuse_undecodable(text)
    return Improve(
        model=model,
        traces=paths,
        limit=regression_limit,
        failure_share=failure_share,
        strategies=tuple(strategies),
        budget=_budget(budget, max_trials),
        seed=seed,
        dry_run=dry_run,
        skip_broken=skip_broken,
        without=tuple(without),
        workers=_WORKERS,
        threads=max(1, processors() // _WORKERS),
        command=command.encode("utf-8", "replace").decode(),
    )


def start(wanted: Request, workspace: Path, listen: Listener = silent) -> Outcome:
    """Record the run, then do it. Only a cold start makes a workspace."""
    cold = isinstance(wanted, ColdStart)
    with open_workspace(workspace, write=True, create=cold) as opened:
        run = runs.start(opened.engine, COLD_START if cold else IMPROVE, dump(wanted))
        return _go(opened, run, wanted, listen)


def resume(run: str | None, workspace: Path, listen: Listener = silent) -> Outcome:
    """Go on with a run, or give the result of a finished one again."""
    with open_workspace(workspace, write=True, create=False) as opened:
        known = opened.engine
        found = runs.to_resume(known) if run is None else runs.find_run(known, run)
        if found.status is runs.RunStatus.FINISHED:
            return load_record(Improved if found.command == IMPROVE else Outcome, found.result)
        if found.status is runs.RunStatus.CANCELLED:
            raise RegistryError(f"run {found.id} was cancelled", hint="start a new one")
        wanted = _request_of(found)
        if isinstance(wanted, ColdStart) and snapshot(wanted.data) != wanted.snapshot:
            raise ArgumentError(
                f"the data of run {found.id} was changed since it began",
                hint="restore the files, or start a new run",
            )
        if found.status is runs.RunStatus.FAILED:
            runs.reopen(opened.engine, found.id)
        return _go(opened, found, wanted, listen)


def _budget(budget: str | float | None, max_trials: int | None) -> Budget:
    seconds = parse_duration(budget) if isinstance(budget, str) else budget
    if seconds is None and max_trials is None:
        seconds = _DEFAULT_SECONDS
    return Budget(seconds, max_trials)


def _request_of(run: runs.Run) -> Request:
    if run.command == IMPROVE:
        return load_record(Improve, dict(run.arguments))
    return load_record(ColdStart, dict(run.arguments))


def _go(workspace: Workspace, run: runs.Run, wanted: Request, listen: Listener) -> Outcome:
    """Do the run. What the machine refuses (disk, permission, memory) leaves it open, to be gone on
    with; any other error closes it as failed."""
    from pioneer.loop.cold_start import cold_start as from_nothing
    from pioneer.loop.production import improve as from_traces

    try:
        with storage_errors(workspace.root):
            if isinstance(wanted, ColdStart):
                return from_nothing(workspace, run, wanted, listen)
            return from_traces(workspace, run, wanted, listen)
    except (StoreError, ReportError, MemoryError):
        raise
    except Exception as error:
        failure = {"decision": "failed", "reason": str(error)}
        with storage_errors(workspace.root), workspace.engine.begin() as connection:
            runs.finish(connection, run.id, runs.RunStatus.FAILED, failure)
        raise


def diagnose(
    model: str,
    workspace: str | Path = DEFAULT_WORKSPACE,
    *,
    traces: Sequence[str | Path] = (),
    output: str | Path | None = None,
    report: str | Path | None = None,
    skip_broken: bool = False,
    listen: Listener = silent,
) -> Diagnosis:
    """What is wrong with a model's logged answers; nothing in the workspace changes.

    `output` gets a JSON line for each trace, `report` an HTML page.
    """
    from pioneer.loop.diagnose import diagnose as work
    from pioneer.report.page.render import diagnosis_page

    paths = [place(each) for each in traces]
    with open_workspace(Path(workspace), write=bool(paths), create=False) as opened:
        found, lines = work(opened, model, paths, listen, skip_broken)
    if output is not None:
        with storage_errors(Path(output)):
            rows = (json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            whole_file(Path(output), rows)
    if report is not None:
        with storage_errors(Path(report)):
            whole_file(Path(report), [diagnosis_page(found)])
    return found


def predict_lines(
    model: str, source: str, workspace: Path, listen: Listener = silent
) -> Iterator[str]:
    """A JSON line for every input line."""
    from pioneer.families import family
    from pioneer.serving.lines import answer_lines

    listen(Progress(ANSWERING, 0.0))
    loaded = load(model, workspace=workspace)
    return answer_lines(loaded, family(loaded.version.card.task.kind), source, listen)


def predict_to_file(
    model: str, source: str, output: Path, workspace: Path, listen: Listener = silent
) -> None:
    """Write the answers to a file, whole or not at all; to a device or pipe as they come."""
    lines = (line + "\n" for line in predict_lines(model, source, workspace, listen))
    with storage_errors(output):
        whole_file(output, lines)


def evaluate(
    model: str,
    data: str,
    workspace: Path,
    *,
    metric: str | None = None,
    mapping: Mapping[str, str] | None = None,
    listen: Listener = silent,
) -> Any:
    """Score a model on data: the JSON of `pioneer evaluate`."""
    from pioneer.families import family
    from pioneer.serving import evaluate as serving
    from pioneer.tasks.measures import checked_metric

    with open_workspace(workspace, write=False) as opened:
        version = _find(opened, model)
        chosen = family(version.card.task.kind)
        listen(Progress(ANSWERING, 0.0))
        rows = serving.read_rows(data, chosen, mapping)
        if metric is not None:
            known = {*version.card.task.labels, *chosen.labels(rows)}
            metric = checked_metric(metric, chosen, sorted(known))
        found = serving.evaluate(opened, load_version(opened, version), rows, listen)
        return serving.evaluation_document(version, found, metric)


def list_models(workspace: Path) -> list[dict[str, Any]]:
    from pioneer.upkeep import listing

    return _reading(workspace, listing.models)


def show_model(model: str, workspace: Path) -> dict[str, Any]:
    from pioneer.upkeep import listing

    return _reading(workspace, lambda opened: listing.model(opened, model))


def compare_models(
    first: str,
    second: str,
    data: str,
    workspace: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    listen: Listener = silent,
) -> Any:
    """Two versions on the same rows, paired."""
    from pioneer.serving.evaluate import comparison_document

    with open_workspace(workspace, write=False) as opened:
        ours, theirs = _find(opened, first), _find(opened, second)
        listen(Progress(ANSWERING, 0.0))
        return comparison_document(opened, ours, theirs, data, mapping, listen)


def promote_model(model: str, workspace: Path, *, force: bool, reason: str) -> dict[str, Any]:
    """Serve a version. One that its gate held back needs `force` and a reason."""
    from pioneer.upkeep import served

    return _writing(workspace, lambda opened: served.promote(opened, model, force, reason))


def rollback_model(name: str, workspace: Path, *, reason: str) -> dict[str, Any]:
    """Serve again what was served before."""
    from pioneer.upkeep import served

    return _writing(workspace, lambda opened: served.rollback(opened, name, reason))


def delete_model(model: str, workspace: Path) -> dict[str, Any]:
    """Delete the weights of a version that is not served."""
    from pioneer.upkeep import served

    return _writing(workspace, lambda opened: served.delete(opened, model))


def export_model(
    model: str, output: Path, workspace: Path, *, form: str, listen: Listener = silent
) -> dict[str, Any]:
    """Write a version to a folder; checked before it counts."""
    from pioneer.serving.export import export

    with open_workspace(workspace, write=False) as opened, storage_errors(output):
        return export(opened, _find(opened, model), output, form, listen)


def list_runs(workspace: Path) -> list[dict[str, Any]]:
    from pioneer.upkeep import listing

    return _reading(workspace, listing.runs)


def show_run(run: str, workspace: Path) -> dict[str, Any]:
    from pioneer.upkeep import listing

    return _reading(workspace, lambda opened: listing.run(opened, run))


def report(run: str, workspace: Path) -> dict[str, Any]:
    """Where the report of a run lies; drawn again from report.json where it is missing."""
    from pioneer.report.write import redraw

    with open_workspace(workspace, write=False) as opened:
        found = runs.find_run(opened.engine, run)
        if found.status is not runs.RunStatus.FINISHED:
            raise RegistryError(
                f"run {found.id} is {found.status.value} and has no report",
                hint=f"`pioneer runs show {found.id}` tells what is known of it",
            )
        with storage_errors(opened.root):
            return {"run": found.id, "report": str(redraw(opened.run_folder(found.id)))}


def cancel(run: str, workspace: Path) -> dict[str, Any]:
    """Mark an interrupted run as not to be resumed."""
    return _writing(workspace, lambda opened: _cancelled(opened, run))


def _cancelled(opened: Workspace, run: str) -> dict[str, Any]:
    found = runs.find_run(opened.engine, run)
    if found.status not in (runs.RunStatus.RUNNING, runs.RunStatus.FAILED):
        raise RegistryError(f"run {found.id} is {found.status.value}, not open")
    with opened.engine.begin() as connection:
        runs.finish(connection, found.id, runs.RunStatus.CANCELLED, None)
    return {"id": found.id, "status": "cancelled"}


def prune(workspace: Path) -> dict[str, Any]:
    """Delete what no version and no unfinished run needs."""
    from pioneer.upkeep.prune import prune as work

    return _writing(workspace, work)


def import_traces(
    paths: Sequence[str | Path],
    model: str,
    workspace: Path,
    *,
    listen: Listener = silent,
    **options: Any,
) -> dict[str, Any]:
    """Read logs as traces of a model; options as those of `logs.import_logs`."""
    from pioneer.upkeep import logs

    files = [Path(path) for path in paths]
    return _writing(
        workspace, lambda opened: logs.import_logs(opened, files, model, options, listen)
    )


def list_traces(
    model: str, workspace: Path, *, limit: int = 20, verdict: str | None = None
) -> dict[str, Any]:
    """The newest traces of a model, with counts and the agreement of its judges."""
    from pioneer.upkeep import logs

    return _reading(
        workspace, lambda opened: logs.list_traces(opened, model, limit=limit, ruling=verdict)
    )


def review_traces(model: str, workspace: Path, *, limit: int = 20) -> dict[str, Any]:
    """The traces that a human is asked about first."""
    from pioneer.upkeep import logs

    return _reading(workspace, lambda opened: logs.questions(opened, model, limit))


def answer_traces(
    model: str,
    workspace: Path,
    answers: Sequence[str],
    files: Sequence[Path] = (),
    *,
    judge: str = "human",
) -> dict[str, Any]:
    """Record a human's answers, ID=LABEL each or rows of files."""
    from pioneer.upkeep import logs

    return _writing(workspace, lambda opened: logs.answer(opened, model, answers, files, judge))


def trace_lines(model: str, workspace: Path, *, history: bool = False) -> Iterator[str]:
    """All traces of a model as JSON lines."""
    from pioneer.upkeep import logs

    with open_workspace(workspace, write=False) as opened:
        yield from logs.export_lines(opened, model, history=history)


def export_traces(
    model: str, output: Path, workspace: Path, *, history: bool = False
) -> dict[str, Any]:
    """Write all traces of a model to a file, whole or not at all."""
    count = 0

    def lines() -> Iterator[str]:
        nonlocal count
        for line in trace_lines(model, workspace, history=history):
            count += 1
            yield line + "\n"

    with storage_errors(output):
        whole_file(output, lines())
    return {"model": model, "output": str(output), "traces": count}


def forget_trace(trace: str, workspace: Path, *, model: str | None = None) -> dict[str, Any]:
    """Delete a trace and what was made of it."""
    from pioneer.upkeep.forget import forget

    return _writing(workspace, lambda opened: forget(opened, trace, model))


def list_bases() -> list[dict[str, Any]]:
    from pioneer.bases import list_bases as listed

    return [dump(base) for base in listed()]


def pull_base(name: str) -> dict[str, Any]:
    from pioneer.bases import pull

    found: dict[str, Any] = dump(pull(name))
    return found


def doctor(workspace: Path) -> dict[str, Any]:
    """Checks and sizes."""
    from pioneer.upkeep.doctor import checks

    lines = checks(workspace)
    return {"ok": all(line["ok"] for line in lines), "checks": lines}


def _find(workspace: Workspace, model: str) -> versions.Version:
    with workspace.engine.connect() as connection:
        return versions.find(connection, model)


def _reading(workspace: Path, work: Callable[[Workspace], T]) -> T:
    with open_workspace(workspace, write=False) as opened:
        return work(opened)


def _writing(workspace: Path, work: Callable[[Workspace], T]) -> T:
    with open_workspace(workspace, write=True, create=False) as opened:
        return work(opened)


def _refuse_undecodable(text: str) -> None:
    """Bytes of a command line that are no UTF-8 reach us as lone surrogates."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ArgumentError(f"this is not UTF-8 text: {text!r}", hint="write it as UTF-8")


def _kind(kind: str | None) -> Kind | None:
    if kind is None:
        return None
    try:
        return Kind(kind)
    except ValueError as error:
        known = ", ".join(Kind)
        raise ArgumentError(f"--kind is one of {known}, but got {kind!r}") from error
