"""Checks of the names of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gta_head_tools.checks.finding import Check, Finding, Overview
from gta_head_tools.files import composed, without_picture_suffix

_SAME: tuple[tuple[Callable[[str], str], str], ...] = (
    (composed, "the name has the characters of another one in another Unicode form (NFC, NFD)"),
    (lambda path: composed(path).casefold(), "the name differs from another one in capital letters alone"),
    (
        lambda path: composed(without_picture_suffix(path)).casefold(),
        "the name differs from another one in its suffix alone",
    ),
)


def find_alike(overview: Overview) -> Iterator[Finding]:
    """A finding for each picture whose name is nearly that of an earlier one; what they have in common is told."""
    seen: list[dict[str, str]] = [{} for _ in _SAME]
    for path in dict.fromkeys(seen.info.path for seen in overview.images):
        told = False
        for (form, message), earlier in zip(_SAME, seen, strict=True):
            other = earlier.setdefault(form(path), path)
            if other != path and not told:
                told = True
                yield Finding(path, "", other, message)


ALIKE = Check(
    find=find_alike,
    severity="warning",
    means="Windows and macOS keep one file of names that differ in capital letters or Unicode form, and formats with a "
    "label file for each picture give two pictures of one stem the same one.",
    fix="Rename one of the pictures, in the labels too.",
)
