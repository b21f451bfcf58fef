"""Checks of what was met while label files were read."""

from __future__ import annotations

from collections.abc import Iterator

from gta_head_tools.checks.finding import Check, Finding, ReadingCheck, Unread, below_root
from gta_head_tools.errors import DataFormatError


def find_unreadable(unread: Unread) -> Iterator[Finding]:
    """A finding for each file that cannot be read."""
    for error in unread.errors:
        line, record = (error.line, error.record) if isinstance(error, DataFormatError) else (None, None)
        place = ", ".join(filter(None, ("" if line is None else f"line {line}", record)))
        yield Finding(below_root(error.path, unread.root), place, "", error.problem, line=line)


UNREADABLE: ReadingCheck = Check(
    find=find_unreadable,
    severity="error",
    means="A label file that cannot be read stops all other commands. The first fault of each file is told, and the "
    "rest of the data set was checked without it.",
    fix="Correct the file at the place that is named, copy it again, or remove it together with its picture; then "
    "check again, because faults behind the first one were not looked for.",
)
