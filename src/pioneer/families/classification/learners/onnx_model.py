"""A classifier as an ONNX graph, written and run. The one place that speaks to ONNX."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pioneer.bases import Base
from pioneer.encoding import tokenise
from pioneer.encoding.batches import equal_lengths
from pioneer.errors import ExportError, RegistryError
from pioneer.families.base import Workbench
from pioneer.families.classification.learners import manifest
from pioneer.families.classification.learners.head import Floats, predictions, softmax
from pioneer.families.classification.learners.manifest import Manifest
from pioneer.records import Prediction

if TYPE_CHECKING:
    from torch import nn

FORMAT = "onnx.v1"
_GRAPH = "model.onnx"


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """Answers through onnxruntime; torch is not needed."""

    manifest: Manifest
    session: Any
    tokens: Base
    bench: Workbench

    def predict(self, inputs: Sequence[str]) -> list[Prediction]:
        tokens = tokenise(self.tokens, inputs, self.bench.cache, self.manifest.max_length)
        logits: Floats = np.empty((len(tokens), len(self.manifest.labels)), np.float32)
        for rows in equal_lengths(tokens, self.bench.threads):
            ids = np.stack([tokens[row] for row in rows]).astype(np.int64)
            fed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
            logits[rows] = self.session.run(["logits"], fed)[0]
        return predictions(softmax(logits), self.manifest.labels)

    def save(self, folder: Path) -> None:
        raise ExportError("an ONNX model is an export already", file=str(folder))


def write_onnx(network: nn.Module, described: Manifest, tokens: Base, folder: Path) -> None:
    """`model.onnx` with inputs `input_ids` and `attention_mask` (both int64 [rows, tokens], any
    size) and the output `logits` [rows, labels]; tokenizer and labels lie beside it."""
    import torch

    from pioneer.families.classification.learners.tuned import copy_tokenizer

    network = copy.deepcopy(network).eval().cpu()
    ids = torch.ones((2, 8), dtype=torch.long)
    free = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    try:
        with _quiet(), torch.no_grad():
            torch.onnx.export(
                network,
                (ids, torch.ones_like(ids)),
                str(folder / _GRAPH),
                input_names=["input_ids", "attention_mask"],
                output_names=["logits"],
                dynamic_shapes=(free, free),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    except (torch.onnx.OnnxExporterError, RuntimeError, ImportError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ExportError(f"this model cannot be written as ONNX: {reason}") from error
    copy_tokenizer(tokens.path, folder)
    manifest.write(replace(described, format=FORMAT), folder)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's progress and advice off the user's screen."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def load(folder: Path, described: Manifest, bench: Workbench) -> OnnxModel:
    """The model that `write_onnx` wrote. Raises RegistryError where it is none."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = bench.threads
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(folder / _GRAPH), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's errors share no base but this
        raise RegistryError("not an ONNX model", file=str(folder / _GRAPH)) from error
    tokens = Base(described.recipe.base, folder, described.base_sha256, 0, 0)
    return OnnxModel(described, session, tokens, bench)
