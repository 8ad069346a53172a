"""A model in which the version that served before still has a say.

Answers are weighted geometric means of two networks' distributions (a logarithmic opinion pool,
Genest and Zidek 1986): an ensemble of a version and its successor flips fewer right answers than
the successor alone (Yan et al. 2021, section 4.2), and where one of them is sure and the other is
not, this mean heeds the sure one. Of a chain of versions only the last two speak, so that a duo
never grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from pioneer.bases import Base
from pioneer.families.base import Workbench
from pioneer.families.classification.learners import manifest, tuned
from pioneer.families.classification.learners.head import UNSEEN, predictions
from pioneer.families.classification.learners.manifest import Manifest
from pioneer.families.classification.learners.network import Classifier
from pioneer.families.classification.learners.tuned import TunedModel
from pioneer.records import Prediction

FORMAT = "duo.v1"

_OWN, _ELDER = "own", "elder"
_LEAST = 1e-30
"""A share so small has a logarithm still."""


class Duet(nn.Module):
    """Token ids -> logits of what the two networks say together; see `together`."""

    known: Tensor

    def __init__(self, own: Classifier, elder: Classifier, voice: float) -> None:
        super().__init__()
        self.own, self.elder, self.voice = own, elder, voice
        self.register_buffer("known", known_to(elder))

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """[rows, tokens] -> [rows, labels]"""
        own, elder = (
            each(input_ids, attention_mask).log_softmax(-1) for each in (self.own, self.elder)
        )
        return together(own, elder, self.known, self.voice)


def known_to(elder: Classifier) -> Tensor:
    """[labels]: those that the elder was taught."""
    return elder.head.bias.detach() > UNSEEN / 2


def together(own: Tensor, elder: Tensor, known: Tensor, voice: float) -> Tensor:
    """[rows, labels] logarithms of shares -> logits of their geometric mean, the elder's weighing
    `voice` (0..1). Of labels that it does not know the elder has no opinion: it parts what the
    other gives to those that it knows."""
    mass = own.masked_fill(~known, -torch.inf).logsumexp(-1, keepdim=True)
    said = torch.where(known, elder + mass, own)
    return (1 - voice) * own + voice * said


@dataclass(frozen=True, slots=True)
class DuoModel:
    """Both have the same labels and read the same tokens."""

    manifest: Manifest
    own: TunedModel
    elder: TunedModel

    def predict(self, inputs: Sequence[str]) -> list[Prediction]:
        own, elder = (
            torch.from_numpy(np.log(np.maximum(each.shares(inputs), _LEAST)))
            for each in (self.own, self.elder)
        )
        known = known_to(self.elder.network).cpu()
        shares = together(own, elder, known, self.manifest.voice).softmax(-1).numpy()
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
