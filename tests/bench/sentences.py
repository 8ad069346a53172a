"""Real sentences with their labels, of the bundled corpus and of the shared data sets."""

from __future__ import annotations

import gzip
import json
import random
from functools import cache
from pathlib import Path

import pytest

from pioneer import corpus

SHARED = Path(__file__).parents[3] / "shared" / "data"
SETS = {
    "helpdesk": corpus.path() / "helpdesk" / "all.jsonl",
    "clinc150": SHARED / "clinc150" / "train.jsonl.gz",
    "sms_spam": SHARED / "sms_spam" / "all.jsonl",
    "clickbait": SHARED / "clickbait" / "all.jsonl.gz",
}


@cache
def sentences(name: str, count: int = 500) -> tuple[tuple[str, str], ...]:
    """(text, label); skips the test where the set is not on this machine."""
    path = SETS[name]
    if not path.exists():
        pytest.skip(f"the shared data sets are not beside the project: no {path}")
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found = {(row["text"], row["label"]) for row in rows if row["text"].strip()}
    return tuple(random.Random(name).sample(sorted(found), count))
