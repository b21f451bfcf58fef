"""The only place that prints: results go to standard output, messages and progress bars to standard error."""

from __future__ import annotations

import json
import math
import re
import shlex
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console

from gta_head_tools.progress import Track, no_progress

if TYPE_CHECKING:
    from rich.progress import Progress

    from gta_head_tools.dataset import Dataset

T = TypeVar("T")

PATIENCE = 1.0
"""Seconds of work before a progress bar appears."""

_WORDS = {
    "annotation_id": "annotation numbers",
    "category_id": "categories",
    "coco_header": "what the COCO file says of itself (info, licences, categories)",
    "coco_ignore": "keys 'ignore' beside 'iscrowd' of COCO annotations",
    "coco_image_keys": "numbers and other keys of COCO images",
    "coco_head_keys": "other keys of COCO annotations (area, segmentation, ...)",
}
"""Plain names of the columns and facts that only one format has."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Raise the error; the handler of all verbs (`main.guarded`) decides what a closed pipe means."""
        raise BrokenPipeError


def console(*, stderr: bool = False) -> Console:
    """A console for the current stream; lines are wrapped on a terminal only."""
    stream = sys.stderr if stderr else sys.stdout
    wide = None if stream.isatty() else 100_000
    return _Console(file=stream, width=wide, markup=False, highlight=False, emoji=False)


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _visible(text: str) -> str:
    r"""A text whose control characters are written out: a name from a file must not move the cursor of a terminal.

    >>> _visible("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def say(text: str) -> None:
    """Print a message, which is not part of the result, to standard error."""
    console(stderr=True).print(_visible(text), soft_wrap=True)


def say_notes(*datasets: Dataset) -> None:
    """Print what reading found worth telling of data sets, each note once."""
    for note in dict.fromkeys(note for dataset in datasets for note in dataset.notes):
        say(note)


def check_all_used(problems: Sequence[str], of: int) -> None:
    """End a verb that has shown its result with the error that some pictures could not be used, if so."""
    from gta_head_tools.errors import UnusedPicturesError

    if problems:
        raise UnusedPicturesError(problems, of)


def tell(text: str) -> None:
    """Print one line of the result."""
    console().print(_visible(text), soft_wrap=True)


def tell_indented(text: str) -> None:
    """Print a sentence of the result two columns to the right, broken between words on a terminal."""
    from rich.text import Text

    target = console()
    for line in Text(text).wrap(target, max(target.width - 2, 20)):
        target.print(f"  {line.plain.rstrip()}", soft_wrap=True)


def tell_skipped(skipped: Mapping[str, str]) -> None:
    """Print the first ten scenes that were passed over and why, and how many more there are."""
    for scene, reason in list(skipped.items())[:10]:
        tell(f"skipped {scene}: {reason}")
    if len(skipped) > 10:
        tell(f"skipped {len(skipped) - 10} more scenes: see --json")


def tell_dropped(dropped: Mapping[str, int], to: Callable[[str], None] = tell) -> None:
    """Print what the target format could not hold."""
    if dropped:
        to("dropped: " + ", ".join(f"{_WORDS.get(key, key)} of {count:,}" for key, count in dropped.items()))


def typed(path: Path) -> str:
    """A path, quoted for a shell."""
    return shlex.quote(str(path))


def fail(text: str) -> None:
    """Print in one line why the work was not done."""
    target = console(stderr=True)
    target.print("Error:", style="bold red", end=" ")
    target.print(_visible(text), soft_wrap=True)


def crash(error: BaseException, *, own: str | None = None) -> None:
    """Show the trace of a bug and ask for a report, unless it may be in a file of the user's `own`."""
    say("".join(traceback.format_exception(error)).rstrip())
    if own is not None:
        fail(f"these lines show a bug, most likely in {own}; the docstrings of training.base say what a method does")
        return
    fail("this is a bug in ghtools; please report it with the lines above and the output of `ghtools doctor`")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """Print a table; columns of numbers, and of texts that begin with a digit, are aligned to the right."""
    from rich import box
    from rich.table import Table

    held = [[_visible(value) if isinstance(value, str) else value for value in row] for row in rows]
    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, title=title, title_justify="left", pad_edge=False)
    for place, name in enumerate(columns):
        numbers = bool(held) and all(_is_number(row[place], first=place == 0) for row in held)
        shown.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in held:
        shown.add_row(*map(str, row))
    console().print(shown)


def _is_number(value: object, *, first: bool) -> bool:
    """True for a number, or a number as text (1,304 or -); the first column names its row and is always text."""
    if isinstance(value, int | float):
        return True
    return not first and (value in {"", "-"} or str(value)[:1].isdigit())


def show_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object; numbers that JSON lacks (NaN, infinity) become null."""
    sys.stdout.write(json.dumps(_plain(value), indent=2, allow_nan=False) + "\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "tolist"):  # arrays and numbers of numpy
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)


@contextmanager
def bars() -> Iterator[Track]:
    """A `Track` that shows one bar for each running iterable, on a terminal, once the work has lasted a second."""
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
    # Standard output holds the result and may be a file while the bar is on a terminal: rich must not redirect it.
    return Progress(*columns, console=console(stderr=True), transient=True, redirect_stdout=False)


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
