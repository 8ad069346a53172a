from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from pioneer.report.plots.shapes import shape
from pioneer.report.plots.svg import clean, element, fit, number, picture, text, text_width
from tests.report.drawing import parse

any_text = st.text(st.characters(exclude_categories=()))


@given(any_text)
def test_text_stays_text(content: str) -> None:
    """Whatever comes in: XML parses, there is no child, and the text is what came in."""
    mark = parse(text(content, 1, 2, "name"))
    assert len(mark) == 0
    assert (mark.text or "") == clean(content).replace("\r\n", "\n").replace("\r", "\n")


@given(any_text)
def test_an_attribute_stays_an_attribute(content: str) -> None:
    mark = parse(element("g", id=content))
    assert set(mark.attrib) == {"id"}
    assert len(mark) == 0


def test_markup_of_ours_is_kept_and_text_escaped() -> None:
    drawn = element("g", element("title", "<b>"), Markup("<line></line>"))
    assert drawn == "<g><title>&lt;b&gt;</title><line></line></g>"


def test_attribute_names_and_numbers() -> None:
    drawn = element("rect", class_="bar", stroke_width=1.50, x=-0.001, y=None)
    assert drawn == '<rect class="bar" stroke-width="1.5" x="0"></rect>'
    assert number(12.345) == "12.35"


@given(any_text, st.floats(20, 400))
def test_what_was_fitted_fits(content: str, width: float) -> None:
    assert text_width(fit(content, width)) <= width


def test_fit_cuts_only_what_is_too_long() -> None:
    assert fit("short", 200) == "short"
    assert fit("long " * 40, 100).endswith("…")


def test_a_picture_says_what_it_shows() -> None:
    drawn = parse(picture("plot-x", "Scores", "one: 1 %", (300, 200)))
    assert drawn.get("role") == "img"
    labelled = (drawn.get("aria-labelledby") or "").split()
    told = {e.get("id"): e.text for e in drawn}
    assert [told[name] for name in labelled] == ["Scores", "one: 1 %"]
    assert drawn.get("viewBox") == "0 0 300 200"


def test_every_operator_has_its_own_shape() -> None:
    drawn = {shape(name, 0, 0, 10, "node") for name in ("draft", "expand", "evolve", "fuse")}
    assert len(drawn) == 4
    assert shape("unheard of", 0, 0, 10, "node") == shape("draft", 0, 0, 10, "node")
