import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pioneer.errors import ReportError
from pioneer.records import dump
from pioneer.report.card import model_card
from pioneer.report.record import RunReport, Stage
from pioneer.report.write import read_report, redraw, write_reports
from tests.report.sample_report import sample


def test_four_files_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "r1"
    paths = write_reports(folder, sample())
    written = [paths.html, paths.json, paths.curation, paths.card]
    assert sorted(folder.iterdir()) == sorted(written)
    assert paths.card.read_text("utf-8") == model_card(sample())
    assert paths.html.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert paths.curation.read_text("utf-8") == sample().curation_markdown


def test_the_rows_that_were_touched_stand_one_a_line(tmp_path: Path) -> None:
    rows = [{"id": "a\n", "code": "repeat"}, {"id": "\ud800", "code": "suspect"}]
    write_reports(tmp_path, sample(), rows)
    file = tmp_path / "data-curation.jsonl"
    lines = file.read_text("utf-8").splitlines()
    assert [json.loads(line)["code"] for line in lines] == ["repeat", "suspect"]
    (tmp_path / "report.html").unlink()
    redraw(tmp_path)
    assert file.read_text("utf-8").splitlines() == lines


def test_the_json_is_the_record(tmp_path: Path) -> None:
    paths = write_reports(tmp_path, sample())
    assert json.loads(paths.json.read_text("utf-8")) == dump(sample())
    assert read_report(paths.json) == sample()


def test_a_page_is_drawn_again_from_its_json(tmp_path: Path) -> None:
    paths = write_reports(tmp_path, sample())
    page = paths.html.read_bytes()
    paths.html.unlink()
    assert redraw(tmp_path) == paths.html
    assert paths.html.read_bytes() == page


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_any_text_survives_the_json(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("report")
    report = RunReport(text, text, 0, text, text, text, text, text, curation_markdown=text)
    assert read_report(write_reports(folder, report).json) == report


def test_what_is_not_a_number_is_still_json(tmp_path: Path) -> None:
    report = sample()
    cost = replace(report.cost, seconds=float("inf"), stages=(Stage("x", float("nan")),))
    paths = write_reports(tmp_path, replace(report, cost=cost))
    parsed = json.loads(paths.json.read_text(), parse_constant=pytest.fail)
    assert parsed["cost"]["seconds"] == "inf"
    assert read_report(paths.json).cost.seconds == float("inf")


def test_a_full_disk_leaves_the_old_report_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_reports(tmp_path, sample())
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReportError, match="No space left"):
        write_reports(tmp_path, replace(sample(), run="another"))
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert read_report(paths.json).run == sample().run


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(ReportError) as caught:
        write_reports(tmp_path / "runs", sample())
    assert str(tmp_path / "runs") in str(caught.value)


@pytest.mark.parametrize("content", ["{", "[]", '{"run": 1}'])
def test_what_is_no_report_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(content)
    with pytest.raises(ReportError, match="not a report"):
        read_report(file)


def test_a_missing_report_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="No such file"):
        read_report(tmp_path / "report.json")
