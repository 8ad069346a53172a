"""What the pages say is there: links lead somewhere, and options are those of the command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from pioneer.cli.main import app
from tests.cli.shell import call
from tests.loop.helpers import folder

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("design/*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
ELSEWHERE = {"--setup", "--report-only", "--no-deps", "--quiet"} | {
    f"--{name}" for name in ("seen", "work", "stage", "which", "inputs", "outputs")
}
"""Options of scripts, of other tools, and of foreign arms."""


def options() -> set[str]:
    found: set[str] = set()
    waiting = [get_command(app)]
    while waiting:
        one = waiting.pop()
        waiting += getattr(one, "commands", {}).values()
        found |= {spelled for param in one.params for spelled in param.opts if "--" in spelled}
    return found | {"--help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, _ in LINK.findall(page.read_text("utf-8")):
        assert "://" in target or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_options_are_those_of_the_command(page: Path) -> None:
    if page.parent.name != "design":
        said = set(OPTION.findall(page.read_text("utf-8"))) - ELSEWHERE
        assert said <= options()


def test_every_command_stands_on_the_page_of_the_command_line() -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    group = get_command(app)
    for name, command in getattr(group, "commands", {}).items():
        inner = getattr(command, "commands", {})
        for wanted in [f"`{name} {sub}" for sub in inner if name != "traces"] or [f"`{name}"]:
            assert wanted in page, wanted


def test_readme_shows_install_and_first_command_within_25_lines() -> None:
    top = "\n".join((ROOT / "README.md").read_text("utf-8").split("\n")[:25])
    assert "make demo" in top
    assert "pioneer cold-start" in top
    assert "docs/images/report.png" in top


def test_the_first_command_of_the_pages_is_a_real_one(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", "classification")
    ended = call(
        *("cold-start", "route support mail to the right team"),
        *("--data", data / "all.jsonl", "--name", "router", "--base", "fake"),
        *("--max-trials", "2", "--workspace", tmp_path / "w", "--json"),
    )
    assert ended.code == 0
    answered = call("predict", "router", "--workspace", tmp_path / "w", stdin="where is it\n")
    assert '"output": ' in answered.out
