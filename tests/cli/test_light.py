"""What is cheap stays cheap: nothing heavy is imported to look at what is there."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from pioneer.cli.main import main
from tests.cli.shell import command

HEAVY = ("torch", "transformers", "sklearn", "scipy", "pandas", "datasets", "cleanlab")

LOADED = """
import json, sys
sys.argv = ["pioneer", *sys.argv[1:]]
sys.stdout = open("/dev/null", "w")
from pioneer.cli.main import app
try:
    app()
except SystemExit as end:
    assert end.code in (0, None), end.code
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def modules(code: str, *arguments: object) -> set[str]:
    """The top modules that a fresh interpreter has loaded after some code."""
    run = [sys.executable, "-c", code, *(str(each) for each in arguments)]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    loaded: list[str] = json.loads(done.stderr.splitlines()[-1])
    return {name.partition(".")[0] for name in loaded}


@pytest.mark.slow
def test_the_package_alone_loads_nothing() -> None:
    code = "import json, sys, pioneer; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    loaded = modules(code)
    assert not loaded & {*HEAVY, "numpy", "sqlalchemy", "pydantic", "typer", "rich", "alembic"}


@pytest.mark.slow
def test_the_public_names_load_no_torch() -> None:
    code = (
        "import json, sys, pioneer; pioneer.cold_start, pioneer.load, pioneer.PioneerError;"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    assert not modules(code) & set(HEAVY)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("cold-start", "--help"), ("models", "list"), ("runs", "list")],
    ids=" ".join,
)
def test_looking_loads_nothing_heavy(trained: Path, arguments: tuple[str, ...]) -> None:
    where = () if "--help" in arguments else ("--workspace", trained)
    loaded = modules(LOADED, *arguments, *where)
    assert not loaded & set(HEAVY)
    if "--help" in arguments:
        assert not loaded & {"sqlalchemy", "numpy", "alembic"}


def test_the_command_is_installed() -> None:
    (script,) = entry_points(group="console_scripts", name="pioneer")
    assert script.load() is main


@pytest.mark.slow
def test_help_answers_within_a_second() -> None:
    took = []
    for _ in range(3):
        began = time.monotonic()
        subprocess.run(command("--help"), capture_output=True, check=True)
        took.append(time.monotonic() - began)
    assert min(took) < 1, took


@pytest.mark.slow
def test_models_list_answers_soon(trained: Path) -> None:
    took = []
    for _ in range(3):
        began = time.monotonic()
        subprocess.run(command("models", "list", "--workspace", trained), check=True)
        took.append(time.monotonic() - began)
    assert min(took) < 3, took
