"""The model card: what a version is, how good, on what data, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Iterator

from pioneer.records import Recipe, Score
from pioneer.report.markdown import code, plain, table
from pioneer.report.numbers import (
    count,
    duration,
    interval,
    metric,
    moment,
    percent,
    plural,
    points,
    points_interval,
    sentence,
    setting,
)
from pioneer.report.record import RunReport, SealedTest
from pioneer.report.views import headline, warnings, worst_labels, worst_pairs

WEAK = 5


def model_card(report: RunReport) -> str:
    """Markdown, to be saved beside the checkpoint. Texts of others are escaped."""
    sections = (_intro, _scores, _data, _training, _limits, _use)
    texts = ["\n".join(section(report)) for section in sections]
    return "\n\n".join(text for text in texts if text) + "\n"


def _intro(report: RunReport) -> Iterator[str]:
    yield f"# {plain(report.model_version)}"
    yield ""
    yield f"> {plain(report.description)}"
    yield ""
    if report.task is not None:
        yield f"- Task: {report.task.kind}, {plain(report.task.language)}"
        if report.task.labels:
            named = ", ".join(code(label) for label in report.task.labels)
            yield f"- {plural(len(report.task.labels), 'label')}: {named}"
    decision = plain(report.decision.replace("_", " "))
    yield f"- Decision: {decision}. {plain(sentence(report.reason))}"
    yield f"- Run {code(report.run)}, {plain(moment(report.created))}, seed {report.seed}"
    yield from (f"- Beware: {plain(warning)}" for warning in warnings(report))


def _scores(report: RunReport) -> Iterator[str]:
    top = headline(report)
    if top is None:
        return
    yield "## How good it is"
    yield ""
    read = ", read once after the search" if report.test is not None else ""
    yield f"Measured on {plural(top.score.n, 'row')} of {top.part}{read}."
    if report.refit is not None and report.refit.ships:
        yield (
            "The figures are those of the model before the refit; the weights shipped here "
            f"learned from {plural(report.refit.rows, 'row')} and answer "
            f"{percent(report.refit.agreement)} of {plural(report.refit.probes, 'probe')} alike."
        )
    yield ""
    yield from table(("", "score", "95 % interval", "rows"), _score_rows(top.score))
    if report.test is not None:
        yield from _confidence(report.test)


def _score_rows(score: Score) -> list[tuple[str, str, str, str]]:
    rows = [(metric(score.metric), percent(score.value), interval(score.ci95), count(score.n))]
    rows += [
        (f"slice {name}", percent(part.value), interval(part.ci95), count(part.n))
        for name, part in score.slices.items()
    ]
    return rows


def _confidence(test: SealedTest) -> Iterator[str]:
    if test.gain is not None:
        more = f" ({points_interval(test.gain.ci95)})" if test.gain.ci95 else ""
        yield ""
        yield f"Against {plain(test.gain.over)}, row by row: {points(test.gain.value)}{more}."
    if test.calibration is not None and test.calibration.ece_after is not None:
        yield ""
        yield f"Confidences are off by {percent(test.calibration.ece_after)} on average."
    if test.abstention is not None:
        yield ""
        yield (
            f"Below a confidence of {percent(test.abstention.threshold)} it gives no answer: it "
            f"answers {percent(test.abstention.coverage)} of the rows, "
            f"{percent(test.abstention.accuracy)} of them right."
        )


def _data(report: RunReport) -> Iterator[str]:
    if not report.data.sources:
        return
    yield "## What it learned from"
    yield ""
    for source in report.data.sources:
        licence = f", licence {plain(source.licence)}" if source.licence else ""
        rows = plural(source.rows, "row")
        yield f"- {code(source.name)} ({plain(source.origin)}): {rows}{licence}"
    if report.data_hash:
        yield f"- Data manifest {code(report.data_hash)}"


def _training(report: RunReport) -> Iterator[str]:
    winner = report.winner
    if winner is None:
        return
    yield "## How it was made"
    yield ""
    yield (
        f"Trial {winner.number} of {len(report.search.trials)}, {duration(report.cost.seconds)} "
        f"in all. {plain(sentence(report.search.why))}"
    )
    yield ""
    yield from table(("setting", "value"), _settings(winner.recipe))
    yield ""
    yield f"To repeat it: {code(report.command)}"


def _settings(recipe: Recipe) -> list[tuple[str, str]]:
    named = [("base", recipe.base), ("strategy", recipe.strategy)]
    named += [(name, setting(value)) for name, value in recipe.hyper.items()]
    return [*named, ("seed", str(recipe.seed))]


def _limits(report: RunReport) -> Iterator[str]:
    test = report.test
    if test is None or not (test.labels or test.confusion):
        return
    yield "## Where it is weak"
    yield ""
    yield from _weak_labels(test)
    for pair in worst_pairs(test.confusion, WEAK):
        taken = "left unanswered" if pair.output is None else f"taken for {code(pair.output)}"
        yield f"- {code(pair.target)} {taken}: {plural(pair.count, 'row')}"
    yield ""
    yield "Traffic that differs from the data above was not measured."


def _weak_labels(test: SealedTest) -> Iterator[str]:
    for score in worst_labels(test.labels)[:WEAK]:
        yield (
            f"- {code(score.label)}: F1 {percent(score.f1)}, precision {percent(score.precision)}, "
            f"recall {percent(score.recall)} on {plural(score.n, 'row')}"
        )


def _use(report: RunReport) -> Iterator[str]:
    if not report.next_steps:
        return
    yield "## How to use it"
    yield ""
    for step in report.next_steps:
        yield f"- {plain(step.what)}: {code(step.command)}"
