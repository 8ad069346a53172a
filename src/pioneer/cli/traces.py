"""`pioneer traces ...`: production calls, what was said of them, and what a human is asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from pioneer.cli.border import border, print_json
from pioneer.cli.console import console_listener
from pioneer.cli.options import DEFAULT_WORKSPACE, AsJson, Workspace
from pioneer.cli.tables import print_facts, print_rows, visible

app = typer.Typer(help="Production calls, and what was said of them.", no_args_is_help=True)
Model = Annotated[
    str, typer.Option("--model", metavar="NAME", help="The model whose calls they are.")
]


@app.command("import")
def import_traces(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Logs, or folders.")],
    model: Model,
    form: Annotated[
        str | None, typer.Option("--format", help="Told from the content if left out.")
    ] = None,
    score: Annotated[
        str | None, typer.Option("--score", help="Which score or annotation is the verdict.")
    ] = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="Take out e-mail, phones, cards, IBANs and IPs.")
    ] = False,
    skip_broken: Annotated[
        bool, typer.Option("--skip-broken", help="Go on without rows that cannot be read.")
    ] = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Read logs into the trace store. What is there already is not added again."""
    with border(as_json, workspace):
        from pioneer import api

        options = {"form": form, "score": score, "redact": redact, "skip_broken": skip_broken}
        with console_listener() as listen:
            done = api.import_traces(paths, model, workspace, listen=listen, **options)
        print_json(done) if as_json else _show_import(done)


@app.command("list")
def list_traces(
    model: Model,
    limit: Annotated[int, typer.Option("--limit", help="How many of the newest to show.")] = 20,
    verdict: Annotated[
        str | None, typer.Option("--verdict", help="Only those: pass, fail or unjudged.")
    ] = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """The newest traces, how many there are by verdict, and how far to trust each judge."""
    with border(as_json, workspace):
        from pioneer import api

        found = api.list_traces(model, workspace, limit=limit, verdict=verdict)
        print_json(found) if as_json else _show_list(found)


@app.command("review")
def review_traces(
    model: Model,
    answers: Annotated[
        list[str] | None, typer.Option("--answer", metavar="ID=LABEL", help="The right answer.")
    ] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option("--answers", metavar="FILE", help="Rows of id and expected or verdict."),
    ] = None,
    judge: Annotated[str, typer.Option("--judge", help="Who answers.")] = "human",
    limit: Annotated[int, typer.Option("--limit", help="How many questions.")] = 20,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """The most useful questions for a human; the answers are verdicts. Asks on a terminal."""
    with border(as_json, workspace):
        from pioneer import api

        if answers or files:
            done = api.answer_traces(model, workspace, answers or (), files or (), judge=judge)
            print_json(done) if as_json else print_facts(done)
            return
        found = api.review_traces(model, workspace, limit=limit)
        if as_json:
            print_json(found)
        elif found["questions"] and sys.stdin.isatty() and sys.stdout.isatty():
            for answer in _asked(found["questions"]):
                api.answer_traces(model, workspace, (answer,), (), judge=judge)
        else:
            _show_questions(found["questions"])


@app.command("export")
def export_traces(
    model: Model,
    output: Annotated[
        Path | None, typer.Option("--output", help="File to write instead of standard output.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="With every verdict, not only the one that counts.")
    ] = False,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """All traces as JSON lines, which `traces import` reads again."""
    with border(as_json, workspace):
        from pioneer import api

        if output is not None:
            done = api.export_traces(model, output, workspace, history=history)
            print_json(done) if as_json else print_facts(done)
        elif as_json:
            lines = api.trace_lines(model, workspace, history=history)
            print_json([json.loads(line) for line in lines])
        else:
            for line in api.trace_lines(model, workspace, history=history):
                sys.stdout.write(line + "\n")
            sys.stdout.flush()


@app.command("forget")
def forget_trace(
    trace: Annotated[str, typer.Argument(metavar="ID", help="Id of the trace.")],
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="Where several models have it.")
    ] = None,
    workspace: Workspace = DEFAULT_WORKSPACE,
    as_json: AsJson = False,
) -> None:
    """Delete a trace and what was made of it; versions that learned from it are marked."""
    with border(as_json, workspace):
        from pioneer import api

        done = api.forget_trace(trace, workspace, model=model)
        print_json(done) if as_json else print_facts(done)


def _show_import(done: dict[str, Any]) -> None:
    """What is not zero, file by file."""
    for one in done["files"]:
        shown = {name: value for name, value in one.items() if value or name in ("rows", "new")}
        print_facts(shown)
        print()
    print(f"{done['model']}: {done['new']} new traces, {done['verdicts']} new verdicts")


def _show_list(found: dict[str, Any]) -> None:
    print_rows(found["traces"], empty="no traces yet; `pioneer traces import` reads logs")
    if found["total"]:
        print()
        print_facts({name: found[name] for name in ("model", "total", "verdicts")})
    for judge in found["judges"]:
        low, high = judge["ci95"]
        print(
            f"{visible(judge['judge'])} agrees with the humans on {judge['agreed']} of "
            f"{judge['n']} ({low:.0%} to {high:.0%})"
        )


def _show_questions(questions: list[dict[str, Any]]) -> None:
    columns = ("id", "input", "output", "confidence", "why")
    rows = [{name: one.get(name) for name in columns} for one in questions]
    print_rows(rows, empty="nothing to ask: a human has judged every trace")
    if questions:
        print("\nanswer with --answer ID=LABEL, or --answers FILE")


def _asked(questions: list[dict[str, Any]]) -> Iterator[str]:
    """Ask one after another on the terminal; an empty line confirms the output."""
    print("Type the right answer; empty: the output is right; s: skip; q: stop.\n")
    for number, one in enumerate(questions, start=1):
        print(f"[{number}/{len(questions)}] {visible(str(one['input']))}")
        print(f"  answered: {visible(str(one['output']))}   ({visible(one['why'])})")
        try:
            said = input("  right answer: ").strip()
        except EOFError:
            return
        if said == "q":
            return
        if said != "s" and (said or one["output"] is not None):
            yield f"{one['id']}={said or one['output']}"
