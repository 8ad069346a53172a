"""Each plot is read back from its SVG: the right numbers stand at the right places."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pioneer.records import Trial, TrialStatus
from pioneer.report.page.figures import SHOWN, figures
from pioneer.report.plots import progress, trial_graph
from pioneer.report.plots.bars import Axis, Bar, bars, names_width, value_scale
from pioneer.report.plots.confusion import ABSTAINED, OTHER, heat_map, shade, worst_matrix
from pioneer.report.plots.reliability import reliability
from pioneer.report.plots.scale import Scale
from pioneer.report.record import Baseline, Bin, Calibration, Cell, NoiseFloor, SearchReport
from tests.report.drawing import by_class, marks, number, parse
from tests.report.sample_report import recipe, sample, score, search, trials

AXIS = Axis(1.0, str)


# bars


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_bars_are_as_long_as_their_values(values: list[float]) -> None:
    rows = [Bar(f"row {i}", value, "", f"row {i}") for i, value in enumerate(values)]
    drawn = by_class(bars("plot-x", "x", rows, AXIS), "bar")
    scale = value_scale(rows, AXIS, names_width(rows))
    full = scale.end - scale.start
    lengths = [number(bar, "width") / full for bar in drawn]
    assert lengths == pytest.approx(values, abs=1e-3)


def test_a_whisker_spans_its_interval() -> None:
    rows = [Bar("a", 0.5, "50", "a", ci95=(0.25, 0.75))]
    whisker = by_class(bars("plot-x", "x", rows, AXIS), "whisker")[0]
    scale = value_scale(rows, AXIS, names_width(rows))
    ends = (number(whisker, "x1"), number(whisker, "x2"))
    assert ends == pytest.approx((scale(0.25), scale(0.75)), abs=0.01)


def test_the_value_before_stands_behind() -> None:
    drawn = bars("plot-x", "x", [Bar("a", 0.5, "", "a", before=0.8)], AXIS)
    classes = [e.get("class") for e in parse(drawn).iter() if e.tag == "rect"]
    assert classes.index("bar-before") < classes.index("bar")
    (behind,), (front,) = by_class(drawn, "bar-before"), by_class(drawn, "bar")
    assert number(behind, "width") / number(front, "width") == pytest.approx(1.6, abs=0.01)


def test_labels_stand_worst_first_and_the_rest_is_folded() -> None:
    report = sample()
    drawn = figures(report)
    assert report.test is not None and drawn.labels and drawn.labels_rest
    by_f1 = sorted(report.test.labels, key=lambda label: label.f1)
    names = [e.text for e in by_class(drawn.labels, "name")]
    assert names == [label.label for label in by_f1[:SHOWN]]
    rest = [e.text for e in by_class(drawn.labels_rest, "name")]
    assert rest == [label.label for label in by_f1[SHOWN:]]


def test_the_histogram_counts_before_and_after() -> None:
    report = sample()
    drawn = figures(report).histogram
    assert drawn
    told = marks(drawn)
    for label in sorted(report.data.labels, key=lambda c: (-c.after, -c.before, c.label))[:SHOWN]:
        hint = f"{label.label}: {label.before}\u00a0rows, {label.after} after curation"
        assert ("bar-before" in str([e.get("class") for e in told[hint].iter()])) == (
            label.before != label.after
        )


def test_stages_are_in_proportion() -> None:
    report = sample()
    drawn = figures(report).stages
    assert drawn
    lengths = [number(bar, "width") for bar in by_class(drawn, "bar")]
    seconds = [stage.seconds for stage in report.cost.stages]
    assert lengths == pytest.approx([s / max(seconds) * max(lengths) for s in seconds], abs=0.02)


def test_the_summary_compares_on_the_same_rows() -> None:
    report = sample()
    on_test = figures(report).summary
    assert on_test
    assert [e.text for e in by_class(on_test, "value")] == [
        "93.4\u00a0%",
        "89.4\u00a0%",
        "60.4\u00a0%",
        "3.3\u00a0%",
    ]
    on_dev = figures(replace(report, test=None)).summary
    assert on_dev
    assert [e.text for e in by_class(on_dev, "value")][:2] == ["94.2\u00a0%", "90.1\u00a0%"]


# score against trials and time


def heights(drawn: str, found: SearchReport) -> list[float]:
    """Scores as read off the dots."""
    low, high = progress.domain(found)
    y = Scale(low, high, progress.HEIGHT - progress.BOTTOM, progress.TOP)
    dots = [e for e in parse(drawn).iter() if (e.get("class") or "").startswith("dot")]
    return [low + (number(e, "cy") - y.start) / (y.end - y.start) * (high - low) for e in dots]


@pytest.mark.parametrize("plot", [progress.score_by_trial, progress.score_by_time])
def test_dots_stand_at_their_scores(plot: object) -> None:
    found = search()
    drawn = plot(found)  # type: ignore[operator]
    scores = [t.score.value for t in found.trials if t.score]
    assert heights(drawn, found) == pytest.approx(scores, abs=1e-4)
    assert len(by_class(drawn, "dot-winner")) == 1
    assert len(by_class(drawn, "cross")) == 2  # two strokes for the one that failed
    assert [name for name in marks(drawn) if "failed" in name] == ["trial 6: failed"]


def test_baselines_are_dashed_and_what_lies_below_gets_an_arrow() -> None:
    drawn = progress.score_by_trial(search())
    lines = by_class(drawn, "baseline")
    names = [e.text or "" for e in by_class(drawn, "baseline-name")]
    assert len(lines) == 1
    assert [name.startswith("↓") for name in names] == [False, True, True]
    assert names[0] == "frozen probe 90.1"
    assert [e.text for e in by_class(drawn, "target-name")] == ["target 96.0"]


def test_the_band_is_as_deep_as_the_noise() -> None:
    found = search()
    low, high = progress.domain(found)
    plot_height = progress.HEIGHT - progress.BOTTOM - progress.TOP
    (band,) = by_class(progress.score_by_trial(found), "band")
    corners = [point.split() for point in (band.get("d") or "").strip("MZ ").split(" L")]
    deep = float(corners[-1][1]) - float(corners[0][1])
    assert deep == pytest.approx(0.008 / (high - low) * plot_height, abs=0.02)
    without = replace(found, noise=None)
    assert by_class(progress.score_by_trial(without), "band") == []


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=20))
def test_the_best_so_far_only_grows(values: list[float | None]) -> None:
    points = [
        progress.Point(i, float(i), None if v is None else score(v)) for i, v in enumerate(values)
    ]
    steps = progress.best_so_far(points)
    assert steps == sorted(set(steps))
    assert [v for _, v in steps] == sorted({v for _, v in steps})
    known = [v for v in values if v is not None]
    assert (steps[-1][1] if steps else None) == (max(known) if known else None)


# the graph of trials


def test_the_graph_has_every_trial_and_every_edge() -> None:
    drawn = trial_graph.trial_graph(trials(), 7)
    nodes = by_class(drawn, "trial")
    assert [n.findtext("text") for n in nodes] == [str(t.number) for t in trials()]
    edges = by_class(drawn, "edge") + by_class(drawn, "edge-winner")
    assert len(edges) == sum(len(t.parents) for t in trials())
    assert len(by_class(drawn, "edge-winner")) == 2  # 3 -> 4 -> 7
    winner = next(n for n in nodes if n.findtext("text") == "7")
    assert [e.get("class") for e in winner.iter()].count("ring") == 1
    assert len(by_class(drawn, "ring")) == 2  # and in the legend
    failed = next(n for n in nodes if n.findtext("text") == "6")
    assert [e.get("class") for e in failed.iter()].count("cross") == 2


def test_the_best_trial_has_the_strongest_colour() -> None:
    shades = trial_graph.shades_of(trials())
    assert shades[7] == f"q{trial_graph.SHADES}"
    assert shades[0] == "q1"
    assert shades[6] == "empty"
    values = {t.number: t.score.value for t in trials() if t.score}
    ordered = [shades[number] for number in sorted(values, key=lambda n: values[n])]
    assert ordered == sorted(ordered)


@st.composite
def graphs(draw: st.DrawFn) -> list[Trial]:
    """Trials in rounds; parents are always of an earlier round."""
    found: list[Trial] = []
    for index in range(draw(st.integers(0, 16))):
        iteration = max(0, found[-1].iteration + draw(st.integers(0, 1)) if found else 0)
        earlier = [t.number for t in found if t.iteration < iteration]
        parents = (
            draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True)) if earlier else []
        )
        value = draw(st.one_of(st.none(), st.floats(0, 1)))
        found.append(
            Trial(
                index,
                iteration,
                recipe("full.v1"),
                draw(st.sampled_from(["draft", "expand", "evolve", "fuse", "other"])),
                "why",
                tuple(parents),
                TrialStatus.FINISHED if value is not None else TrialStatus.FAILED,
                None if value is None else score(value),
            )
        )
    return found


@settings(max_examples=50)
@given(graphs())
def test_trials_never_overlap_and_children_stand_right_of_parents(found: list[Trial]) -> None:
    places = trial_graph.layout(found)
    assert len(set(places.values())) == len(found)
    for trial in found:
        for parent in trial.parents:
            assert places[parent][0] < places[trial.number][0]
    drawn = parse(trial_graph.trial_graph(found, None))
    width, height = (float(v) for v in (drawn.get("viewBox") or "").split()[2:])
    assert all(x < width and y < height for x, y in places.values())


def test_an_unknown_parent_or_a_circle_does_no_harm() -> None:
    one, two = replace(trials()[0], parents=(99, 1)), replace(trials()[1], parents=(0,))
    assert by_class(trial_graph.trial_graph([one, two], 0), "trial")
    assert trial_graph.ancestry([one, two], 0) == {0, 1, 99}


# confusion

cells = st.lists(
    st.builds(
        Cell,
        st.sampled_from("abcdefghijklm"),
        st.one_of(st.none(), st.sampled_from("abcdefghijklm")),
        st.integers(1, 9),
    ),
    unique_by=lambda cell: (cell.target, cell.output),
)


@given(cells)
def test_each_row_of_the_matrix_holds_all_rows_of_its_label(found: list[Cell]) -> None:
    matrix = worst_matrix(found)
    for label, counts in zip(matrix.rows, matrix.counts, strict=True):
        assert sum(counts) == sum(cell.count for cell in found if cell.target == label)
        assert len(counts) == len(matrix.columns)
    wrong = [cell for cell in found if cell.output != cell.target]
    assert bool(matrix.rows) == bool(wrong)
    assert len(matrix.rows) <= 10


def test_the_heat_map_shows_the_counts() -> None:
    found = [
        Cell("a", "a", 16),
        Cell("a", "b", 3),
        Cell("a", None, 1),
        Cell("b", "b", 5),
        Cell("b", "c", 1),
        Cell("c", "c", 9),
    ]
    matrix = worst_matrix(found, limit=2)
    assert matrix.rows == ("a", "b")
    assert matrix.columns == ("a", "b", OTHER, ABSTAINED)
    assert matrix.counts == ((16, 3, 0, 1), (0, 5, 1, 0))
    told = marks(heat_map(matrix))
    assert told["a → b: 3 of 20\u00a0rows (15.0\u00a0%)"].findtext("text") == "3"
    squares = [e.get("class") for e in by_class(heat_map(matrix), "cell")]
    assert squares == [
        "cell right",
        "cell e3",
        "cell e0",
        "cell e2",
        "cell e0",
        "cell right",
        "cell e3",
        "cell e0",
    ]


def test_a_mistake_deepens_with_its_share() -> None:
    shares = (0, 0.01, 0.05, 0.1, 0.2, 1)
    assert [shade(share) for share in shares] == ["e0", "e1", "e2", "e3", "e4", "e4"]


def test_nothing_confused_draws_nothing() -> None:
    report = sample()
    assert report.test is not None
    right = replace(report.test, confusion=(Cell("a", "a", 3),))
    assert figures(replace(report, test=right)).confusion is None


# reliability


def test_bins_stand_where_confidence_and_accuracy_meet() -> None:
    before = (Bin(0.8, 0.9, 0.85, 0.6, 10), Bin(0.9, 1.0, 0.95, 0.7, 0))
    drawn = reliability(Calibration(before, (Bin(0.6, 0.7, 0.65, 0.62, 40),)))
    told = marks(drawn)
    assert set(told) == {
        "before: confidence 85.0\u00a0%, right 60.0\u00a0%, 10\u00a0rows",
        "after: confidence 65.0\u00a0%, right 62.0\u00a0%, 40\u00a0rows",
    }
    (diagonal,) = by_class(drawn, "baseline")
    x0, x1 = number(diagonal, "x1"), number(diagonal, "x2")
    y0, y1 = number(diagonal, "y1"), number(diagonal, "y2")
    dot = by_class(drawn, "bin-before")[0]
    assert (number(dot, "cx") - x0) / (x1 - x0) == pytest.approx(0.85, abs=1e-3)
    assert (number(dot, "cy") - y0) / (y1 - y0) == pytest.approx(0.6, abs=1e-3)
    after = by_class(drawn, "bin-after")[0]
    assert number(after, "r") / number(dot, "r") == pytest.approx(2, abs=0.01)  # area 4 to 1


def test_a_search_where_all_failed_still_has_its_graph() -> None:
    failed = tuple(replace(t, score=None, status=TrialStatus.FAILED, error="x") for t in trials())
    report = replace(
        sample(),
        test=None,
        search=SearchReport(trials=failed, finished_at={0: 3.0}, noise=NoiseFloor(0.01, "guess")),
    )
    drawn = figures(report)
    assert drawn.graph is not None
    assert drawn.by_trial is None and drawn.by_time is None and drawn.summary is None


def test_one_trial_and_equal_scores_can_be_drawn() -> None:
    one = SearchReport((Baseline("majority", score(0.901)),), trials()[:1], {0: 0.0})
    low, high = progress.domain(one)
    assert low < high
    assert by_class(progress.score_by_trial(one), "dot")
    assert by_class(progress.score_by_time(one), "dot")
