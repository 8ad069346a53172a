"""Small logs over three topics whose rows a bag of words tells apart."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from pioneer.diagnosis.records import LogRow, Vectors
from pioneer.records import Example, Kind, Ruling, Task

TOPICS = {
    "fruit": ["apple", "banana", "cherry", "grape", "lemon", "mango", "peach", "plum"],
    "metal": ["iron", "copper", "silver", "nickel", "tin", "zinc", "lead", "cobalt"],
    "river": ["danube", "rhine", "elbe", "nile", "volga", "thames", "seine", "ebro"],
}
TASK = Task(Kind.CLASSIFICATION, "sort words", tuple(sorted(TOPICS)), "accuracy")
_WORDS = sorted(word for words in TOPICS.values() for word in words)


def bag(texts: Sequence[str]) -> Vectors:
    """Unit vectors of word counts; other words share a column."""
    found = np.zeros((len(texts), len(_WORDS) + 1), np.float32)
    for at, text in enumerate(texts):
        for word in text.split():
            found[at, _WORDS.index(word) if word in _WORDS else -1] += 1
    vectors: Vectors = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
    return vectors


def text(topic: str, rng: random.Random) -> str:
    return " ".join(rng.choices(TOPICS[topic], k=5))


def row(at: int, said: str, right: str, answered: str, human: bool = True) -> LogRow:
    ruling = Ruling.PASS if right == answered else Ruling.FAIL
    return LogRow(f"c{at}", said, f"g{at}", answered, 0.9, ruling, right, human, float(at))


def log(count: int, seed: int = 0) -> list[LogRow]:
    """Rows of all topics, all answered and judged rightly."""
    rng = random.Random(seed)
    topics = [rng.choice(sorted(TOPICS)) for _ in range(count)]
    return [row(at, text(topic, rng), topic, topic) for at, topic in enumerate(topics)]


def trusted(each: int = 8) -> list[Example]:
    rng = random.Random("trusted")
    return [
        Example(f"t {topic} {at}", text(topic, rng), topic)
        for topic in sorted(TOPICS)
        for at in range(each)
    ]
