"""The compositions of train rows that are worth a trial."""

from __future__ import annotations

from pioneer.records import Mix

ALL_ROWS = Mix()
GOLD_AND_HARD = Mix(hard_share=0.35)  # the paper's 65:35
WITHOUT_SUSPECTS = Mix(drop_suspects=True)
BALANCED = Mix(max_imbalance=3.0)
VARIED = Mix(twins=1.0)
"""All rows a second time, with slips: for traffic that is typed by many."""
