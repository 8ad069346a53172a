"""How well triage tells what may be learned from, on logs whose poison is known.

    .venv/bin/python benchmarks/triage.py             # measures the model that ships
    .venv/bin/python benchmarks/triage.py --fit       # fits it anew, and measures it

Every set is measured with weights fitted on the other sets only, and every kind of poison with
weights fitted without that kind; what ships is fitted on all of them. The peer is cleanlab's
`find_label_issues` on out-of-fold probabilities of the same embeddings.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from coldstart.machine import limit_cpus, processor, typed
from pioneer.corpus import path as corpus_path
from pioneer.diagnosis.records import Embedder
from triagebench.fitting import fitted, write_model
from triagebench.logs import Log, make_log
from triagebench.measure import Read, measured, read
from triagebench.report import markdown

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "src" / "pioneer" / "diagnosis" / "poison.json"
SETS: Mapping[str, tuple[str, ...]] = {
    "clinc150": ("clinc150/train.jsonl.gz",),
    "snips": ("snips/train.jsonl.gz",),
    "sms_spam": ("sms_spam/all.jsonl",),
    "clickbait": ("clickbait/all.jsonl.gz",),
    "helpdesk": (),
}
KNOWN = {"clinc150": 4, "snips": 3, "sms_spam": 10, "clickbait": 10, "helpdesk": 4}
POISON = (0.05, 0.15, 0.25, 0.40)
CALLS = 700
INTENTS = 30
"""Labels that are drawn from a set that has more."""


def main(arguments: Sequence[str] | None = None) -> int:
    args = _arguments(arguments)
    limit_cpus(2)
    embed = _embedder(args.results / "triage" / "cache")
    reads = [
        read(log, embed)
        for seed in args.seeds
        for name in SETS
        for log in _logs(name, seed, args.data_root, embed)
    ]
    if args.fit:
        write_model(SHIPPED, fitted(reads), "python benchmarks/triage.py " + typed())
    document = _document(reads)
    file = args.results / "triage.json"
    file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    page = markdown(document)
    file.with_suffix(".md").write_text(page, encoding="utf-8")
    print(page)
    return 0


def _document(reads: Sequence[Read]) -> dict[str, Any]:
    by_set: dict[str, list[Read]] = defaultdict(list)
    for one in reads:
        by_set[one.set].append(one)
    held_out = []
    for name, mine in by_set.items():
        model = fitted([one for one in reads if one.set != name])
        held_out += [measured(one, model) for one in mine]
    kinds = sorted({truth.kind for one in reads for truth in one.log.truths if truth.poison})
    unseen = {}
    for kind in kinds:
        model = fitted(reads, without=kind)
        found = [measured(one, model).caught.get(kind) for one in reads]
        pairs = [pair for pair in found if pair is not None]
        unseen[kind] = [sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)]
    return {
        "facts": {
            "command": "python benchmarks/triage.py " + typed(),
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": processor(),
        },
        "logs": [one.document() for one in held_out],
        "kind_left_out": unseen,
    }


def _logs(name: str, seed: int, root: Path, embed: Embedder) -> list[Log]:
    found = []
    for poison in POISON:
        rng = random.Random(f"triage {name} {seed} {poison}")
        texts = _texts(name, root)
        if len(texts) > INTENTS:
            texts = {label: texts[label] for label in rng.sample(sorted(texts), INTENTS)}
        title = f"{name} {poison:.0%} seed {seed}"
        print(title, file=sys.stderr, flush=True)
        found.append(make_log(title, texts, embed, rng, KNOWN[name], CALLS, poison))
    return found


def _texts(name: str, root: Path) -> dict[str, list[str]]:
    files = [root / each for each in SETS[name]] or [corpus_path() / "helpdesk" / "all.jsonl"]
    found: dict[str, list[str]] = defaultdict(list)
    for file in files:
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row["text"].strip():
                    found[row["label"]].append(row["text"])
    return {label: sorted(set(found[label])) for label in sorted(found)}


def _embedder(cache: Path) -> Embedder:
    from pioneer.bases import resolve
    from pioneer.encoding import embed

    cache.mkdir(parents=True, exist_ok=True)
    base = resolve("minilm")
    return lambda texts: np.asarray(embed(base, list(texts), cache))


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--fit", action="store_true", help="fit the weights that ship")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--data-root", type=Path, default=ROOT / ".." / "shared" / "data")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
