"""A model that has an encoder of its own: any fine-tuned one, whatever tuned it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pioneer.bases import Base
from pioneer.encoding import threads, tokenise
from pioneer.encoding.encoder import load_encoder, save_encoder, unit_vectors
from pioneer.errors import ExportError
from pioneer.families.base import Workbench
from pioneer.families.classification.learners import manifest
from pioneer.families.classification.learners.head import (
    Floats,
    load_head,
    predictions,
    save_head,
)
from pioneer.families.classification.learners.manifest import Manifest
from pioneer.families.classification.learners.network import Classifier
from pioneer.records import Prediction

FORMAT = "tuned.v1"

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


@dataclass(frozen=True, slots=True)
class TunedModel:
    """Whole in its folder: loading it needs no base."""

    manifest: Manifest
    network: Classifier
    tokens: Base
    """What tokenises: the base while in memory, the model's own folder once loaded."""
    bench: Workbench

    def predict(self, inputs: Sequence[str]) -> list[Prediction]:
        return predictions(self.shares(inputs), self.manifest.labels)

    def shares(self, inputs: Sequence[str]) -> Floats:
        """[rows, labels]; rows sum to 1."""
        head = self.network.linear()
        with threads(self.bench.threads):
            tokens = tokenise(self.tokens, inputs, self.bench.cache, self.manifest.max_length)
            vectors = unit_vectors(self.network.encoder, tokens, head.weight.shape[1])
            return head.probabilities(vectors)

    def save(self, folder: Path) -> None:
        """Weights and configuration of the encoder as transformers reads them, and our head."""
        home = folder / "encoder"
        try:
            save_encoder(self.network.encoder, home)
            copy_tokenizer(self.tokens.path, home)
            save_head(self.network.linear(), folder / "head.safetensors")
            manifest.write(self.manifest, folder)
        except OSError as error:
            raise ExportError(f"cannot save the model: {error}", file=str(folder)) from error


def copy_tokenizer(source: Path, folder: Path) -> None:
    """Copy what transformers and we read a tokenizer from."""
    for name in _TOKENIZER_FILES:
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)


def load(folder: Path, described: Manifest, bench: Workbench) -> TunedModel:
    """The model that `save` wrote. Raises RegistryError or BaseModelError."""
    head = load_head(folder / "head.safetensors", described.labels)
    network = Classifier(load_encoder(folder / "encoder"), head)
    hidden = network.head.in_features
    tokens = Base(described.recipe.base, folder / "encoder", described.base_sha256, hidden, 0)
    return TunedModel(described, network.eval(), tokens, bench)
