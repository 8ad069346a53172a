"""What a person sees while a run works: notes and progress bars on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from pioneer.cli.tables import visible
from pioneer.events import Event, Listener, Note, silent


@contextmanager
def console_listener(quiet: bool = False) -> Iterator[Listener]:
    """Bars on a terminal; plain lines elsewhere, a step once at its start and once at its end."""
    if quiet:
        yield silent
    elif sys.stderr.isatty():
        yield from _bars()
    else:
        yield _lines()


def progress(wanted: bool = True) -> AbstractContextManager[Listener]:
    """Bars for a command that has nothing to tell but how far it is: nothing if nobody looks."""
    return console_listener(quiet=not (wanted and sys.stderr.isatty()))


def _bars() -> Iterator[Listener]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        tasks = {}

        def hear(event: Event) -> None:
            if isinstance(event, Note):
                console.print(visible(event.text), markup=False, highlight=False)
                return
            if event.step not in tasks:
                tasks[event.step] = bars.add_task(event.step.replace("[", r"\["), total=1.0)
            bars.update(tasks[event.step], completed=event.share)
            if event.share >= 1:
                bars.remove_task(tasks.pop(event.step))

        yield hear


def _lines() -> Listener:
    open_steps: set[str] = set()

    def hear(event: Event) -> None:
        if isinstance(event, Note):
            print(visible(event.text), file=sys.stderr, flush=True)
        elif event.share >= 1:
            open_steps.discard(event.step)
        elif event.step not in open_steps:
            open_steps.add(event.step)
            print(f"... {event.step}", file=sys.stderr, flush=True)

    return hear
