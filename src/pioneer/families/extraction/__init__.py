"""Labelled stretches of a text."""

from __future__ import annotations

from pioneer.families.extraction.family import Extraction

FAMILY = Extraction()
