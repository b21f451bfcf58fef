"""Checks of what was met while label files were read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gta_head_tools.checks.finding import Check, Finding, ReadingCheck, Unread
from gta_head_tools.errors import DataFormatError


def find_unreadable(unread: Unread) -> Iterator[Finding]:
    """A finding for each file that cannot be read."""
    for error in unread.errors:
        line, record = (error.line, error.record) if isinstance(error, DataFormatError) else (None, None)
        place = ", ".join(filter(None, ("" if line is None else f"line {line}", record)))
        yield Finding(_shown(error.path, unread.root), place, "", error.problem, line=line)


def _shown(file: Path, root: Path) -> str:
    """The path of a file relative to the root, as it is where it lies elsewhere."""
    for place, base in ((file, root), (file.absolute(), root.absolute())):
        if place.is_relative_to(base):
            return place.relative_to(base).as_posix()
    return file.as_posix()


UNREADABLE: ReadingCheck = Check(
    find=find_unreadable,
    severity="error",
    means="A label file that cannot be read stops all other commands. The first fault of each file is told, and the "
    "rest of the data set was checked without it.",
    fix="Correct the file at the place that is named, copy it again, or remove it together with its picture; then "
    "check again, because faults behind the first one were not looked for.",
)
