"""A text in answer to a prompt."""

from __future__ import annotations

from pioneer.families.generation.family import Generation

FAMILY = Generation()
