"""How well triage tells what may be learned from, on logs whose poison is known.

    .venv/bin/python benchmarks/triage.py             # measures the model that ships
    .venv/bin/python benchmarks/triage.py --fit       # fits it anew, and measures it

Every set is measured with weights fitted on the other sets only, and every kind of poison with
weights fitted without that kind, both on scenes of other seeds; what ships is fitted on all sets.
The peer is cleanlab's `find_label_issues` on out-of-fold probabilities of the same embeddings.
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
from triagebench.adaptft import adaptft_logs, tasks
from triagebench.fitting import fitted, write_model
from triagebench.logs import Log, make_log, make_scene
from triagebench.measure import Read, measured, read
from triagebench.report import markdown

Texts = dict[str, list[str]]
"""By label."""

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
OTHERS: Mapping[str, tuple[str, ...]] = {
    "clinc150": ("clickbait", "sms_spam"),
    "snips": ("clickbait", "sms_spam"),
    "sms_spam": ("clinc150", "clickbait"),
    "clickbait": ("clinc150", "helpdesk"),
    "helpdesk": ("clickbait", "snips"),
}
"""Where texts off the domain come from."""
CALLS = 350
"""Texts that are called, some of them twice."""
LONGEST, EVERY = 200, 7
"""Of texts from elsewhere: characters, and which of them are taken."""
FEW = 10
"""Labels up to which the first model learns 10 rows of each; of more it learns 3."""
INTENTS = 30
"""Labels that are drawn from a set that has more."""


def main(arguments: Sequence[str] | None = None) -> int:
    args = _arguments(arguments)
    limit_cpus(2)
    embed = _embedder(args.results / "triage" / "cache")
    texts = {name: _texts(name, args.data_root) for name in SETS}

    def reads(seeds: Sequence[int]) -> list[Read]:
        logs = [log for seed in seeds for name in SETS for log in _logs(name, seed, texts, embed)]
        logs += [log for seed in seeds for log in _adaptft(seed, texts, embed)]
        return [read(log, embed) for log in logs]

    learned = reads(args.fit_seeds)
    if args.fit:
        write_model(SHIPPED, fitted(learned), "python benchmarks/triage.py " + typed())
    document = _document(learned, reads(args.seeds))
    file = args.results / "triage.json"
    file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    page = markdown(document)
    file.with_suffix(".md").write_text(page, encoding="utf-8")
    print(page)
    return 0


def _document(learned: Sequence[Read], reads: Sequence[Read]) -> dict[str, Any]:
    held_out = []
    for name in dict.fromkeys(one.log.set for one in reads):
        model = fitted([one for one in learned if one.log.set != name])
        held_out += [measured(one, model) for one in reads if one.log.set == name]
    kinds = sorted({truth.kind for one in reads for truth in one.log.truths if truth.poison})
    unseen = {}
    for kind in kinds:
        model = fitted(learned, without=kind)
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


def _logs(name: str, seed: int, texts: Mapping[str, Texts], embed: Embedder) -> list[Log]:
    print(name, seed, file=sys.stderr, flush=True)
    own = texts[name]
    if len(own) > INTENTS:
        rng = random.Random(f"triage labels {name} {seed}")
        own = {label: own[label] for label in sorted(rng.sample(sorted(own), INTENTS))}
    others = [text for each in OTHERS[name] for rows in texts[each].values() for text in rows]
    others = [text for text in others if len(text) < LONGEST][::EVERY]
    scene = make_scene(name, seed, own, others, embed, KNOWN[name], CALLS)
    return [make_log(scene, poison) for poison in POISON]


def _adaptft(seed: int, texts: Mapping[str, Texts], embed: Embedder) -> list[Log]:
    print("adaptft", seed, file=sys.stderr, flush=True)
    found = tasks(texts["clinc150"], texts["helpdesk"], embed, seed)
    return [
        log
        for name, own in found.items()
        for log in adaptft_logs(name, seed, own, embed, 3 if len(own) > FEW else 10, CALLS)
    ]


def _texts(name: str, root: Path) -> Texts:
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
    parser.add_argument("--fit-seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--data-root", type=Path, default=ROOT / ".." / "shared" / "data")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
