"""A model in which the version that served before still has a say.

Answers are weighted means of two networks' distributions: an ensemble of a version and its
successor flips fewer right answers than the successor alone (Yan et al. 2021, section 4.2). Of a
chain of versions only the last two speak, so that a duo never grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from pioneer.bases import Base
from pioneer.families.base import Workbench
from pioneer.families.classification.learners import manifest, tuned
from pioneer.families.classification.learners.head import predictions
from pioneer.families.classification.learners.manifest import Manifest
from pioneer.families.classification.learners.network import Classifier
from pioneer.families.classification.learners.tuned import TunedModel
from pioneer.records import Prediction

FORMAT = "duo.v1"

_OWN, _ELDER = "own", "elder"


class Duet(nn.Module):
    """Token ids -> logits of the two networks' mean distribution, the elder's weighing `voice`."""

    def __init__(self, own: Classifier, elder: Classifier, voice: float) -> None:
        super().__init__()
        self.own, self.elder, self.voice = own, elder, voice

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """[rows, tokens] -> [rows, labels]"""
        own, elder = (
            each(input_ids, attention_mask).softmax(-1) for each in (self.own, self.elder)
        )
        return torch.log((1 - self.voice) * own + self.voice * elder)


@dataclass(frozen=True, slots=True)
class DuoModel:
    """Both have the same labels and read the same tokens."""

    manifest: Manifest
    own: TunedModel
    elder: TunedModel

    def predict(self, inputs: Sequence[str]) -> list[Prediction]:
        voice = self.manifest.voice
        shares = (1 - voice) * self.own.shares(inputs) + voice * self.elder.shares(inputs)
        return predictions(shares, self.manifest.labels)

    def save(self, folder: Path) -> None:
        manifest.write(self.manifest, folder)
        self.own.save(folder / _OWN)
        self.elder.save(folder / _ELDER)

    @property
    def network(self) -> Duet:
        return Duet(self.own.network, self.elder.network, self.manifest.voice)

    @property
    def tokens(self) -> Base:
        return self.own.tokens


def load(folder: Path, described: Manifest, bench: Workbench) -> DuoModel:
    """The model that `save` wrote. Raises RegistryError or BaseModelError."""
    own, elder = (
        tuned.load(folder / name, manifest.read(folder / name), bench) for name in (_OWN, _ELDER)
    )
    return DuoModel(described, own, elder)
