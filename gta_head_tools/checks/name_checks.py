"""Checks of the names of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gta_head_tools.checks.finding import Check, Finding, Overview
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import PICTURE_SUFFIXES, composed, names_in, picture_suffix_of, without_picture_suffix


def _stem(path: str) -> str:
    return composed(without_picture_suffix(path)).casefold()


_SAME: tuple[tuple[Callable[[str], str], str], ...] = (
    (composed, "the name has the characters of another one in another Unicode form (NFC, NFD)"),
    (lambda path: composed(path).casefold(), "the name differs from another one in capital letters alone"),
    (_stem, "the name differs from another one in its suffix alone"),
)


def find_alike(overview: Overview) -> Iterator[Finding]:
    """A finding for each picture whose name is nearly that of an earlier one; what they have in common is told.

    Pictures beside those of the data set are told, too, because a reader of names without suffixes takes either.
    """
    paths = [*dict.fromkeys(seen.info.path for seen in overview.images)]
    beside = _beside(overview.dataset.root, paths)
    seen: list[dict[str, str]] = [{} for _ in _SAME]
    for path in (*paths, *beside):
        told = False
        for (form, message), earlier in zip(_SAME, seen, strict=True):
            other = earlier.setdefault(form(path), path)
            if other != path and not told:
                told = True
                unused = "; it is not of the data set" if path in beside else ""
                yield Finding(path, "", other, message + unused)


def _beside(root: Path, paths: Sequence[str]) -> dict[str, None]:
    """Paths of pictures that lie beside those of the data set, are not of it, and have the stem of one of them.

    Where half of all pictures have such another one, it is a mask or a map of depth, and none is told.
    """
    used, stems = set(paths), {_stem(path) for path in paths}
    found: dict[str, None] = {}
    for folder in dict.fromkeys(path.rpartition("/")[0] for path in paths):
        try:
            names = names_in(root / folder)
        except DatasetLayoutError:
            continue
        for name in sorted(names):
            path = f"{folder}/{name}" if folder else name
            if path not in used and picture_suffix_of(name).lower() in PICTURE_SUFFIXES and _stem(path) in stems:
                found[path] = None
    return found if 2 * len(found) < len(paths) else {}


ALIKE = Check(
    find=find_alike,
    severity="warning",
    means="Windows and macOS keep one file of names that differ in capital letters or Unicode form, and formats with a "
    "label file for each picture give two pictures of one stem the same one.",
    fix="Rename one of the pictures, in the labels too, or remove it.",
)
