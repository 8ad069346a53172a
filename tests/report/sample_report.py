"""A report as a real run would leave it, made from a seed: 30 labels, 12 trials by default."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from pioneer.records import (
    Cost,
    Kind,
    Mix,
    Recipe,
    Score,
    SliceScore,
    Task,
    Trial,
    TrialStatus,
)
from pioneer.report.record import (
    Abstention,
    Baseline,
    Bin,
    Calibration,
    Cell,
    DataReport,
    Environment,
    Gain,
    Ignored,
    Inference,
    LabelCount,
    LabelScore,
    Leak,
    NoiseFloor,
    Part,
    Problem,
    Reading,
    Refit,
    RunCost,
    RunReport,
    SealedTest,
    SearchReport,
    SliceSize,
    Source,
    Stage,
    Step,
)

INTENTS = """
cancel_order change_address track_parcel return_item refund_status damaged_item wrong_item
missing_item invoice_copy payment_failed double_charge change_payment voucher_invalid price_match
product_question stock_question size_advice warranty_claim repair_request reset_password
account_locked delete_account change_email newsletter_stop complaint_service praise opening_hours
store_location gift_wrapping out_of_scope
""".split()  # noqa: SIM905 thirty lines otherwise

# number, iteration, operator, parents, strategy, dev score (None: failed), seconds
TRIALS = (
    (0, 0, "draft", (), "probe.v1", 0.901, 4.2),
    (1, 0, "draft", (), "lora.v1", 0.912, 31.0),
    (2, 1, "draft", (), "contrastive.v1", 0.908, 58.0),
    (3, 1, "draft", (), "full.v1", 0.926, 47.0),
    (4, 2, "expand", (3,), "full.v1", 0.931, 49.0),
    (5, 2, "expand", (1,), "lora.v1", 0.917, 33.0),
    (6, 3, "expand", (4,), "full.v1", None, 12.0),
    (7, 3, "evolve", (4,), "full.v1", 0.942, 52.0),
    (8, 4, "fuse", (7, 2), "contrastive.v1", 0.937, 61.0),
    (9, 4, "expand", (7,), "full.v1", 0.939, 55.0),
    (10, 5, "fuse", (7, 9), "full.v1", 0.941, 54.0),
    (11, 5, "evolve", (9,), "full.v1", 0.934, 50.0),
)

HYPOTHESES = {
    "draft": "A first look at this strategy with its defaults, to learn what it is worth here.",
    "expand": "Loss on dev still fell at the last epoch, so half as many epochs again may help.",
    "evolve": "More hard rows of the pairs that are confused most: refund_status, return_item.",
    "fuse": "The data of the one with the hyperparameters of the other; both beat their parents.",
}


def score(value: float, n: int = 900, metric: str = "accuracy") -> Score:
    half = 1.96 * (value * (1 - value) / n) ** 0.5
    return Score(metric, value, (max(0.0, value - half), min(1.0, value + half)), n)


def recipe(strategy: str, seed: int = 0) -> Recipe:
    hyper = {"learning_rate": 5e-05, "epochs": 12, "batch": 16, "label_smoothing": 0.1}
    return Recipe("minilm", strategy, hyper, Mix(hard_share=0.15, drop_suspects=True), seed)


def trials() -> tuple[Trial, ...]:
    return tuple(
        Trial(
            number,
            iteration,
            recipe(strategy),
            operator,
            HYPOTHESES[operator],
            parents,
            TrialStatus.FINISHED if value else TrialStatus.FAILED,
            score(value) if value else None,
            None if value else "loss became NaN at step 40 (learning rate 0.001 is too high)",
            Cost(seconds, 12 * 3400),
        )
        for number, iteration, operator, parents, strategy, value, seconds in TRIALS
    )


def search() -> SearchReport:
    clock, finished = 40.0, {}
    for number, *_, seconds in TRIALS:
        clock += seconds / 1.6
        finished[number] = round(clock, 1)
    return SearchReport(
        baselines=(
            Baseline("majority", score(0.033), score(0.033)),
            Baseline("untrained head", score(0.612), score(0.604)),
            Baseline("frozen probe", score(0.901), score(0.894), recipe("probe.v1")),
        ),
        trials=trials(),
        finished_at=finished,
        noise=NoiseFloor(
            0.008,
            "Two seeds of trial 4 gave 93.1 and 92.6: standard deviation 0.35 points, times 2.2.",
        ),
        target=0.96,
        stop_reason="Stopped after 12 trials: two rounds brought no gain beyond the noise floor.",
        winner=7,
        why="Trial 7 is best on dev, 1.1 points above trial 4, more than the noise floor of 0.8.",
    )


def data(labels: tuple[str, ...], rng: random.Random) -> DataReport:
    counts = tuple(
        LabelCount(label, before, before - rng.choice([0, 0, 1, 2, 5, 9]))
        for label in labels
        for before in [rng.randint(60, 160)]
    )
    rows = sum(count.before for count in counts)
    return DataReport(
        sources=(
            Source(
                "helpdesk",
                "bundled",
                "Best match of 6 in the catalogue: 'messages of customers of an online shop, "
                "sorted by what they want' (BM25 14.2, similarity 0.71).",
                rows + 1810,
                {"text": "utterance", "label": "intent"},
                {"Cancel Order": "cancel_order", "cancel-order": "cancel_order"},
                "CC BY 4.0",
                "9f31c0aa77e1b2d4",
            ),
        ),
        problems=(
            Problem(
                "conflicting_labels",
                "dropped",
                "Same text with different labels.",
                12,
                ("train.csv:17", "train.csv:902", "train.csv:1033"),
            ),
            Problem(
                "label_spelling",
                "relabelled",
                "Labels that differ by case or spaces were merged.",
                41,
                ("train.csv:4", "train.csv:5"),
            ),
            Problem("leaks_into_test", "dropped", "A near-duplicate is in test.", 3, ("a:1",)),
        ),
        suspects=Problem(
            "suspected_label",
            "listed, not changed",
            "a model that had not seen these rows contradicts their labels with confidence; its "
            "own accuracy on dev is 90.1 %",
            17,
            ("train.csv:44", "train.csv:1201"),
        ),
        ignored=(Ignored("README.md", "not a data file"), Ignored("old.xlsx", "format not read")),
        labels=counts,
        parts=(
            Part("train", rows - 50, rows - 210, len(labels), "shipped", "to learn from"),
            Part("dev", 900, 880, len(labels), "cut", "the search may look"),
            Part("test", 900, 893, len(labels), "shipped", "sealed, read once"),
        ),
        dev_kind="a hold-out of 20 % of the shipped train rows",
        leaks=(Leak(("train", "test"), 3, "dropped from train.", ("train.csv:88",)),),
        leak_check="Character 5-grams, Jaccard 0.8 or more, over all pairs of parts.",
        group_warnings=("One group holds 1.4 % of all rows: a chain of near-duplicates.",),
        readings=(
            Reading("2026-03-02 10:22:04", "test", "score of the winner, after the decision", 900),
        ),
        slices=(
            SliceSize("typical", "nearest to the other rows of their label", 451, 455),
            SliceSize("boundary", "between two labels that a probe confuses", 301, 297),
            SliceSize("negative", "out of scope", 148, 148),
        ),
    )


def label_scores(labels: tuple[str, ...], rng: random.Random) -> tuple[LabelScore, ...]:
    scores = []
    for label in labels:
        recall, precision = 1 - rng.random() ** 3 * 0.4, 1 - rng.random() ** 3 * 0.3
        f1 = 2 * precision * recall / (precision + recall)
        intervals = [score(v, 30).ci95 for v in (precision, recall, f1)]
        scores.append(LabelScore(label, 30, precision, recall, f1, *intervals))
    return tuple(scores)


def confusion(labels: tuple[str, ...], rng: random.Random) -> tuple[Cell, ...]:
    counts: Counter[tuple[str, str | None]] = Counter()
    for index, label in enumerate(labels):
        neighbours = [labels[(index + step) % len(labels)] for step in (1, 2, 7)]
        for _ in range(30):
            wrong = rng.choice([*neighbours[:1] * 3, *neighbours[1:], None])
            counts[label, wrong if rng.random() < 0.08 else label] += 1
    return tuple(Cell(target, output, count) for (target, output), count in counts.items())


def calibration() -> Calibration:
    rows = (4, 8, 15, 22, 30, 41, 52, 70, 128, 530)
    before, after = [], []
    for index, n in enumerate(rows):
        middle = index / 10 + 0.05
        before.append(Bin(index / 10, (index + 1) / 10, middle, max(0.0, middle - 0.12), n))
        after.append(Bin(index / 10, (index + 1) / 10, middle, middle - 0.02 * (-1) ** index, n))
    return Calibration(tuple(before), tuple(after), 0.068, 0.014, 1.62)


def sealed_test(labels: tuple[str, ...], rng: random.Random) -> SealedTest:
    top = score(0.934)
    slices = {
        name: SliceScore(value, score(value, n).ci95, n)
        for name, value, n in (
            ("typical", 0.982, 455),
            ("boundary", 0.855, 297),
            ("negative", 0.946, 148),
        )
    }
    return SealedTest(
        Score(top.metric, top.value, top.ci95, top.n, slices),
        label_scores(labels, rng),
        confusion(labels, rng),
        calibration(),
        Abstention(0.42, 0.971, 0.951),
        Gain("frozen probe", 0.04, (0.021, 0.059), 0.0004),
        "This was reading 1 of these rows.",
    )


def sample(labels: int = 30, seed: int = 0) -> RunReport:
    rng = random.Random(seed)
    names = tuple((INTENTS * (labels // len(INTENTS) + 1))[:labels])
    names = tuple(f"{name}_{i // 30}" if i >= 30 else name for i, name in enumerate(names))
    return RunReport(
        run="20260302-101340-7c1e",
        command='pioneer cold-start "sort what our customers write by what they want" --seed 0',
        seed=0,
        created="2026-03-02 10:13:40 UTC",
        description="Sort what customers of our online shop write to us by what they want; "
        "say so when it is none of these.",
        decision="promoted",
        reason="First version of helpdesk: 4.0 points above the frozen probe on the sealed test, "
        "beyond its noise, and the refit agrees with the scored model.",
        model="helpdesk",
        version=1,
        task=Task(Kind.CLASSIFICATION, "sort by intent", names, "accuracy"),
        inferences=(
            Inference("kind", "classification", "'sort … by' asks for one label a message"),
            Inference("language", "en", "the description and 97 % of the rows"),
            Inference("metric", "accuracy", "default of classification"),
            Inference("out of scope", "out_of_scope", "'none of these', and the data has it"),
            Inference("seed", "0", "--seed", overridden=True),
        ),
        data=data(names, rng),
        search=search(),
        test=sealed_test(names, rng),
        refit=Refit(4310, 0.978, 500),
        cost=RunCost(
            492.0,
            (
                Stage("understand", 0.4),
                Stage("acquire data", 3.1),
                Stage("split and seal", 6.0),
                Stage("baselines", 18.2),
                Stage("curation", 9.7),
                Stage("search", 371.0),
                Stage("test", 4.9),
                Stage("refit", 74.0),
                Stage("register", 4.7),
            ),
            462_000,
            1432.0,
        ),
        environment=Environment(
            "0.1.0",
            "3.11.9",
            "Linux 6.1 x86_64",
            "8-core test processor",
            1,
            2,
            {"torch": "2.9.0", "transformers": "5.1.0", "scikit-learn": "1.8.0"},
        ),
        next_steps=(
            Step("Ask it", "pioneer predict helpdesk --input messages.txt"),
            Step("Score it on rows of your own", "pioneer evaluate helpdesk --data mine.csv"),
            Step("Take it elsewhere", "pioneer models export helpdesk --format onnx"),
            Step("Go back to the version before", "pioneer models rollback helpdesk"),
        ),
        curation_markdown="# Data curation\n\n- dropped `train.csv:17`: conflicting labels\n",
        recipe_hash="5b0f9a7c" * 8,
        data_hash="c3d1e2f4" * 8,
    )


def beaten() -> RunReport:
    """A run whose winner is worse than a baseline."""
    report = sample()
    *others, probe = report.search.baselines
    better = replace(probe, test=score(0.99))
    return replace(report, search=replace(report.search, baselines=(*others, better)))
