"""Score a version on data that it is given, and compare two versions on the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pioneer.data.columns import map_columns
from pioneer.data.folder import read_folder
from pioneer.data.parse import parse_rows
from pioneer.data.rows import Manifest, get
from pioneer.errors import DataError
from pioneer.evaluation.intervals import score
from pioneer.evaluation.paired import compare
from pioneer.events import Listener, silent
from pioneer.families import family
from pioneer.families.base import Family
from pioneer.families.spelling import folded
from pioneer.records import Example, RowStat, Target, dump, load
from pioneer.registry.versions import Version
from pioneer.serving.model import Model, answers, load_version
from pioneer.store.workspace import Workspace
from pioneer.text.normal import normalise


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A version's answers to rows with right answers."""

    stats: tuple[RowStat, ...]
    overlap: int
    """Rows whose text the version was trained on; they are kept and counted."""
    unknown_labels: int
    """Rows whose label the version does not know; they count as wrong."""


def read_rows(path: str, chosen: Family, mapping: Mapping[str, str] | None = None) -> list[Example]:
    """All rows of a folder or file, whatever part they stand in."""
    found = read_folder(path)
    try:
        raw, _ = map_columns(found, chosen, mapping)
    except DataError as error:
        wanted = f"{chosen.input_columns[0]!r} and {chosen.target_columns[0]!r}"
        way = f"the model needs {wanted}: map yours with --map; found: {', '.join(found.columns)}"
        raise DataError(error.message, file=error.file, hint=way) from error
    rows = [row for part in parse_rows(raw, chosen).values() for row in part]
    if not rows:
        raise DataError("no rows", file=path)
    return rows


def evaluate(
    workspace: Workspace, model: Model, rows: Sequence[Example], listen: Listener = silent
) -> Evaluation:
    """Answer the rows and score each. A label may differ by case or spaces from the known one."""
    card = model.version.card
    chosen = family(card.task.kind)
    spelling = {folded(label): label for label in card.task.labels}
    rows = [replace(row, target=_respelled(row.target, spelling)) for row in rows]
    pairs = zip(rows, answers(model, [row.input for row in rows], listen), strict=True)
    seen = _seen(workspace, model.version)
    known = set(card.task.labels)
    return Evaluation(
        tuple(chosen.score_row(card.task, row, said) for row, said in pairs),
        sum(normalise(row.input) in seen for row in rows),
        sum(bool(known) and chosen.stratum(row) not in known for row in rows),
    )


def evaluation_document(version: Version, found: Evaluation, metric: str | None) -> dict[str, Any]:
    """The JSON of `pioneer evaluate`."""
    chosen = family(version.card.task.kind)
    wanted = metric or chosen.default_metric
    main = score(found.stats, wanted, chosen.aggregate)
    names = [wanted, *(name for name in chosen.metrics if name != wanted and ":" not in name)]
    return {
        "model": version.label,
        "metric": wanted,
        "value": main.value,
        "ci95": list(main.ci95),
        "n": main.n,
        "metrics": {name: chosen.aggregate(found.stats, name) for name in names},
        "per_label": chosen.per_label(found.stats),
        "overlap": found.overlap,
        "unknown_labels": found.unknown_labels,
    }


def comparison_document(
    workspace: Workspace,
    first: Version,
    second: Version,
    path: str,
    mapping: Mapping[str, str] | None = None,
    listen: Listener = silent,
) -> Any:
    """Two versions on the same rows, paired: the JSON of `pioneer models compare`."""
    chosen = family(first.card.task.kind)
    if second.card.task.kind != first.card.task.kind:
        raise DataError(f"{first.label} and {second.label} are of different kinds")
    rows = read_rows(path, chosen, mapping)
    ours, theirs = (
        evaluate(workspace, load_version(workspace, version), rows, listen)
        for version in (second, first)
    )
    metric = first.card.task.metric
    return {
        "rows": len(rows),
        "scores": {
            version.label: dump(score(found.stats, metric, chosen.aggregate))
            for version, found in ((first, theirs), (second, ours))
        },
        "second_against_first": dump(compare(ours.stats, theirs.stats)),
    }


def _respelled(target: Target, spelling: Mapping[str, str]) -> Target:
    if isinstance(target, str):
        return spelling.get(folded(target), target)
    return tuple(
        replace(span, label=spelling.get(folded(span.label), span.label)) for span in target
    )


def _seen(workspace: Workspace, version: Version) -> set[str]:
    """The texts that the version was trained on, those that were forgotten since left out."""
    manifest = load(Manifest, workspace.artifacts.get_json(version.card.manifest))
    with workspace.engine.connect() as connection:
        rows = get(connection, [entry.key for entry in manifest.entries])
    return {normalise(row.input) for row in rows.values()}
