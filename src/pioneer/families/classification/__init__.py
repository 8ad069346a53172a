"""One label per text."""

from __future__ import annotations

from pioneer.families.classification.family import Classification

FAMILY = Classification()
