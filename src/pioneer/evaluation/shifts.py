"""Confidence by label: after the temperature, a logit shift for each predicted label."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from pioneer.records import Prediction

_SHRINK = 20  # rows at which half of a fitted shift is believed
_WIDEST = 50.0
_TINY = 1e-12


def fit_shifts(predictions: Sequence[Prediction], targets: Sequence[str]) -> dict[str, float]:
    """For each predicted label, what to add to the logit of its confidence.

    On rows that the model has not learned, after `recalibrate`: the shift at which the mean
    confidence is the share of right rows (half a row added, so that it is finite), shrunk by
    n/(n + 20). Abstentions and outputs that are no labels do not count.
    """
    rows: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for prediction, target in zip(predictions, targets, strict=True):
        if isinstance(prediction.output, str):
            found = (_logit(prediction.confidence), prediction.output == target)
            rows[prediction.output].append(found)
    return {
        label: _fitted([logit for logit, _ in found], sum(right for _, right in found))
        * (len(found) / (len(found) + _SHRINK))
        for label, found in sorted(rows.items())
    }


def shift(prediction: Prediction, shifts: Mapping[str, float]) -> Prediction:
    """The prediction with its confidence shifted; the output never changes.

    The other labels share what is left as before. A label that was not seen is not shifted.
    """
    by = shifts.get(prediction.output, 0.0) if isinstance(prediction.output, str) else 0.0
    if not by:
        return prediction
    confidence = _logistic(_logit(prediction.confidence) + by)
    rest = 1.0 - prediction.confidence
    scale = (1.0 - confidence) / rest if rest > _TINY else 0.0
    ranked = [
        (label, confidence if label == prediction.output else p * scale)
        for label, p in prediction.ranked
    ]
    ranked.sort(key=lambda item: -item[1])
    return replace(prediction, confidence=confidence, ranked=tuple(ranked))


def _fitted(logits: Sequence[float], right: int) -> float:
    from scipy.optimize import brentq
    from scipy.special import expit

    values = np.array(logits)
    wanted = (right + 0.5) * len(values) / (len(values) + 1)
    return float(
        brentq(lambda by: float(expit(values + by).sum()) - wanted, -_WIDEST, _WIDEST, xtol=1e-9)
    )


def _logit(share: float) -> float:
    inside = min(1.0 - _TINY, max(_TINY, share))
    return math.log(inside / (1.0 - inside))


def _logistic(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit))
