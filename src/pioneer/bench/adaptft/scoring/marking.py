"""Marks what the arms answered, with the metric of the task."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from pydantic import ValidationError

from pioneer.bench.adaptft.cells import Asked, Cell, target
from pioneer.bench.adaptft.scoring.estimates import DRAWS, FEWER_DRAWS, Measured, draws, measured
from pioneer.bench.adaptft.scoring.marks import NO_OP, Marked, Run, Sheet, Step
from pioneer.errors import DataError
from pioneer.evaluation.measure import Measure, by_group, is_mean
from pioneer.families import family
from pioneer.records import Example, Json, Prediction, RowStat, Target

Judged: TypeAlias = tuple[Asked, Sequence[Cell]]
"""A seed of a scenario: what was asked, and what the arms answered."""
Stats: TypeAlias = Mapping[str, Sequence[RowStat]]
"""The marks of a seed by what was answered: arms often serve the same version."""

_ROWS_AT_MOST = 400_000
"""Rows marked anew over all draws, where the metric is not a mean."""
_FEWEST_DRAWS = 50
_ONE_RUN = "keep one folder for each run"


def marked(seeds: Sequence[Judged]) -> Marked:
    """Raises DataError where the seeds are not of one run (see also `refuse_mixed`), or there is
    nothing to report yet."""
    if not ready(seeds):
        raise DataError(
            "there is nothing to report yet: no seed has every stage of the no-op arm",
            hint="all arms are compared with it: pioneer bench adaptft run",
        )
    used = sorted((seed for seed in seeds if seed[1]), key=lambda seed: seed[0].seed)
    _check(used)
    asked = used[0][0]
    measure = Measure(asked.task.metric, family(asked.task.kind).aggregate)
    marks = [_stats(*seed) for seed in used]
    mean = all(is_mean(measure, stats) for some in marks for stats in some.values())
    count = DRAWS if mean else _fewer(max(len(one.questions) for one, _ in used))
    runs = tuple(
        _run(*seed, some, measure, count, mean) for seed, some in zip(used, marks, strict=True)
    )
    return Marked(asked.scenario, asked.task.metric, asked.stages, runs)


def ready(seeds: Sequence[Judged]) -> bool:
    """Whether some seed has the arm that all are compared with."""
    return any(
        {stage for stage, _ in enumerate(asked.stages, start=1)}
        <= {cell.stage for cell in cells if cell.arm == NO_OP}
        for asked, cells in seeds
    )


def refuse_mixed(cells: Iterable[Cell]) -> None:
    """Raises DataError where one name stands for several foreign systems."""
    commands: dict[str, str] = {}
    for cell in cells:
        if commands.setdefault(cell.arm, cell.command) != cell.command:
            raise DataError(
                f"{cell.arm} is {commands[cell.arm]!r} in one place and {cell.command!r} in "
                f"another: stage {cell.stage} of {cell.scenario}, seed {cell.seed}",
                hint=_ONE_RUN,
            )


def _fewer(questions: int) -> int:
    return max(_FEWEST_DRAWS, min(FEWER_DRAWS, _ROWS_AT_MOST // questions))


def _check(seeds: Sequence[Judged]) -> None:
    first, seen = seeds[0][0], set[int]()
    for asked, cells in seeds:
        if asked.seed in seen or _run_of(asked) != _run_of(first):
            raise DataError(
                f"seed {asked.seed} of {asked.scenario} is there twice, or of another run",
                hint=_ONE_RUN,
            )
        if all(question.stage for question in asked.questions):
            raise DataError(f"nothing was asked in seed {asked.seed} of {asked.scenario}")
        seen.add(asked.seed)
        for cell in cells:
            _check_options(cell, asked)
            _check_answers(cell, len(asked.questions))
    refuse_mixed(cell for _, cells in seeds for cell in cells)


def _run_of(asked: Asked) -> tuple[object, ...]:
    return asked.of, asked.scenario, asked.stages, asked.task.kind, asked.task.metric


def _check_options(cell: Cell, asked: Asked) -> None:
    if cell.of != asked.of:
        raise DataError(
            f"{cell.arm} ran stage {cell.stage} of {cell.scenario}, seed {cell.seed}, with other "
            "options than the questions were made with",
            hint=_ONE_RUN,
        )
    if cell.logs != asked.logs:
        raise DataError(
            f"{cell.arm} ran stage {cell.stage} of {cell.scenario}, seed {cell.seed}, on logs that "
            "the questions do not belong to",
            hint=_ONE_RUN,
        )


def _check_answers(cell: Cell, questions: int) -> None:
    for answers in (cell.deployed, cell.candidate):
        if answers is not None and len(answers) != questions:
            raise DataError(
                f"{cell.arm} gave {len(answers)} answers to {questions} questions after stage "
                f"{cell.stage} of {cell.scenario}, seed {cell.seed}",
                hint="run this arm again",
            )


def _stats(asked: Asked, cells: Sequence[Cell]) -> Stats:
    chosen = family(asked.task.kind)
    rows = [Example(one.id, "", one.target, group=one.source) for one in asked.questions]
    found: dict[str, Sequence[RowStat]] = {}
    for answers in (some for cell in cells for some in (cell.deployed, cell.candidate)):
        if answers is not None and (name := _name(answers)) not in found:
            found[name] = tuple(
                chosen.score_row(asked.task, row, Prediction(_target(answer), 1.0))
                for row, answer in zip(rows, answers, strict=True)
            )
    return found


def _run(
    asked: Asked,
    cells: Sequence[Cell],
    stats: Stats,
    measure: Measure,
    count: int,
    mean: bool,
) -> Run:
    sources = by_group(_reported(asked, next(iter(stats.values()))))
    weights = draws(sources, count)
    sheets = {}
    for name, some in stats.items():
        whole = measured(_reported(asked, some), measure, weights, is_mean=mean)
        sheets[name] = _sheet(asked, some, whole, measure)
    steps = {
        (cell.arm, cell.stage): Step(
            cell,
            sheets[_name(cell.deployed)],
            None if cell.candidate is None else sheets[_name(cell.candidate)],
        )
        for cell in cells
    }
    return Run(asked.seed, sum(map(len, sources.values())), len(sources), steps)


def _reported(asked: Asked, stats: Sequence[RowStat]) -> list[RowStat]:
    """Of report rows alone."""
    pairs = zip(asked.questions, stats, strict=True)
    return [stat for question, stat in pairs if not question.stage]


def _sheet(asked: Asked, stats: Sequence[RowStat], whole: Measured, measure: Measure) -> Sheet:
    parts: dict[str, list[RowStat]] = defaultdict(list)
    for question, stat in zip(asked.questions, stats, strict=True):
        form = "clean" if question.clean else "noisy"
        parts["traffic" if question.stage else form].append(stat)
    passed = family(asked.task.kind).passed
    values = {name: measure(some) for name, some in parts.items()}
    return Sheet(
        whole,
        values.get("clean"),
        values.get("noisy"),
        values.get("traffic"),
        tuple(passed(stat) for stat in _reported(asked, stats)),
    )


def _name(answers: Sequence[Json]) -> str:
    return json.dumps(answers)


def _target(answer: Json) -> Target | None:
    """The answer as families know it; what is no answer of any kind is none."""
    try:
        return target(answer)
    except ValidationError:
        return None
