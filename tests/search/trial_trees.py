"""Trials for the tests of the search."""

from __future__ import annotations

from hypothesis import strategies as st

from pioneer.records import Recipe, Score, Trial, TrialStatus


def trial(
    number: int,
    score: float | None,
    parents: tuple[int, ...] = (),
    *,
    iteration: int | None = None,
    operator: str = "",
    strategy: str = "probe.v1",
    seed: int = 0,
    rows: int = 100,
) -> Trial:
    """A finished trial with its score, or a failed one without; two trials an iteration."""
    return Trial(
        number=number,
        iteration=number // 2 if iteration is None else iteration,
        recipe=Recipe("base", strategy, {"number": number if not seed else parents[0]}, seed=seed),
        operator=operator or ("expand" if parents else "draft"),
        hypothesis="why not",
        parents=parents,
        status=TrialStatus.FAILED if score is None else TrialStatus.FINISHED,
        score=None if score is None else Score("accuracy", score, (score, score), rows),
        error="out of memory" if score is None else None,
    )


SCORES = st.one_of(st.none(), st.floats(0, 1).map(lambda score: round(score, 3)))


@st.composite
def journals(draw: st.DrawFn, most: int = 16) -> list[Trial]:
    """Trials in proposal order; every parent is an earlier finished trial."""
    trials: list[Trial] = []
    for number in range(draw(st.integers(0, most))):
        before = [t.number for t in trials if t.score is not None]
        parents: list[int] = []
        if before:
            parents = draw(st.lists(st.sampled_from(before), max_size=2, unique=True))
        trials.append(trial(number, draw(SCORES), tuple(parents)))
    return trials
