"""Write a version to a folder of its own; what is written is scored again before it counts."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pioneer.data.rows import Manifest, get
from pioneer.encoding.threads import processors
from pioneer.errors import ArgumentError, ExportError
from pioneer.events import Listener, Progress, silent
from pioneer.families import family
from pioneer.families.base import Workbench
from pioneer.records import Prediction, dump, load
from pioneer.registry.versions import Version
from pioneer.serving.model import load_version
from pioneer.store.workspace import Workspace

AGREEMENT = 0.99
_CHECKED_ROWS = 500


def export(
    workspace: Workspace, version: Version, output: Path, form: str, listen: Listener = silent
) -> dict[str, Any]:
    """Write `output` whole or not at all. Raises ExportError if it answers otherwise."""
    if output.exists():
        raise ArgumentError(f"{output} exists already", hint="name a folder that does not")
    listen(Progress("exporting", 0.0))
    model = load_version(workspace, version)
    chosen = family(version.card.task.kind)
    draft = output.with_name(f".{output.name}.{os.getpid()}.partial")
    draft.mkdir(parents=True)
    try:
        chosen.export(model.trained, draft, form)
        listen(Progress("exporting", 0.5))
        texts = _texts(workspace, version)
        again = chosen.load(draft, Workbench(None, processors())).predict(texts)
        agreement = _agreement(model.trained.predict(texts), again)
        if agreement < AGREEMENT:
            raise ExportError(
                f"the {form} export of {version.label} agrees with the model on only "
                f"{agreement:.1%} of {len(texts)} rows; {AGREEMENT:.0%} are required"
            )
        facts = {
            "model": version.label,
            "format": form,
            "agreement": agreement,
            "rows": len(texts),
        }
        card = facts | {"card": dump(version.card)}
        (draft / "pioneer.json").write_text(json.dumps(card, indent=1), encoding="utf-8")
        model_card = workspace.run_folder(version.run) / "model-card.md"
        if model_card.exists():
            shutil.copyfile(model_card, draft / "README.md")
        draft.rename(output)
        listen(Progress("exporting", 1.0))
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return facts | {"path": str(output)}


def _texts(workspace: Workspace, version: Version) -> list[str]:
    """Real inputs to compare answers on, less those that were forgotten; no label of them is
    used. Raises ExportError where none is left."""
    manifest = load(Manifest, workspace.artifacts.get_json(version.card.manifest))
    keys = [entry.key for entry in manifest.entries]
    with workspace.engine.connect() as connection:
        found = get(connection, keys)
    texts = [found[key].input for key in keys if key in found][:_CHECKED_ROWS]
    if not texts:
        raise ExportError(f"no row is left on which to compare an export of {version.label}")
    return texts


def _agreement(ours: Sequence[Prediction], theirs: Sequence[Prediction]) -> float:
    same = [one.output == other.output for one, other in zip(ours, theirs, strict=True)]
    return sum(same) / len(same)
