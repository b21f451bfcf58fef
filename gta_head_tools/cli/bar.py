"""The progress bar of a terminal, as a `Track`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from gta_head_tools.cli import output
from gta_head_tools.progress import Track, no_progress

if TYPE_CHECKING:
    from rich.progress import Progress

T = TypeVar("T")

PATIENCE = 1.0
"""Seconds of work before a bar appears."""


@contextmanager
def bars() -> Iterator[Track]:
    """A `Track` that shows one bar for each iterable under way, on a terminal and once the work lasts over a second."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    display = _display()
    late = threading.Timer(PATIENCE, display.start)
    late.daemon = True
    late.start()
    try:
        yield _Bars(display)
    finally:
        late.cancel()
        late.join()
        display.stop()


def _display() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # Standard output is the result, and may be a file while the bar is on a terminal: it is left alone.
    return Progress(*columns, console=output.console(stderr=True), transient=True, redirect_stdout=False)


class _Bars:
    def __init__(self, display: Progress) -> None:
        self._display = display

    def __call__(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        known = total if total is not None or not isinstance(items, Sized) else len(items)
        task = self._display.add_task(label, total=known)
        try:
            for item in items:
                yield item
                self._display.advance(task)
        finally:
            self._display.remove_task(task)
