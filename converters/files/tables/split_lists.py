"""Lists of the images of each split: `train.txt`, `val.txt`, `test.txt` and others, an image a line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from converters.files.labels.scene_names import SPLITS
from converters.files.pictures.joined_names import bare, number_of, unique
from gta_head_tools.dataset import LabelDefect
from gta_head_tools.files import composed, listed, read_unpacked
from gta_head_tools.unreadable import each_readable

_FIELDS = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list.

    Attributes:
        place: of the line in the file, counted from 1.
        last: the first field without folders.
        name: of the image: `last` without the suffix of a picture.
        rest: the other fields.
    """

    place: int
    last: str
    name: str
    rest: tuple[str, ...]


def list_entries(file: Path) -> list[Entry]:
    """The lines of a list; empty ones are passed over.

    Raises:
        DatasetLayoutError: the file cannot be read.
        DataFormatError: it is no text.
    """
    found = []
    for place, line in enumerate(read_unpacked(file).splitlines(), start=1):
        first, *rest = _FIELDS.split(line.decode().strip())
        last = PurePosixPath(first.replace("\\", "/")).name
        if last:
            found.append(Entry(place, composed(last), bare(last.removesuffix(".json")), tuple(filter(None, rest))))
    return found


@dataclass(frozen=True, slots=True)
class SplitLists:
    """What the lists in a folder say.

    Attributes:
        splits: label file (its stem) to split; the first list counts.
        rest: label file to the other fields of its line.
        lost: list and name of the images that have no label file.
        twice: list and name of the images that an earlier list has.
    """

    splits: dict[str, str]
    rest: dict[str, tuple[str, ...]]
    lost: tuple[tuple[Path, str], ...]
    twice: tuple[tuple[Path, str], ...]

    def defects(self) -> Iterator[LabelDefect]:
        """What checks tell of the lists; the heads of a whole list may be kept secret, which is no defect."""
        told = "the image that is listed has no file of heads, and is left out"
        for file, name in self.lost:
            if file.stem in self.splits.values():
                yield LabelDefect(check="orphan-label", file=file, record=name, value=name, message=told)
        told = "the image is in the list of another split, which counts"
        for file, name in self.twice:
            yield LabelDefect(check="picture-in-two-splits", file=file, record=name, value=name, message=told)


def read_split_lists(folder: Path, stems: Collection[str]) -> SplitLists:
    """The lists in a folder; files of other names count only where all their lines name label files.

    Args:
        folder: of the lists.
        stems: of all label files. Names that are numbers are also joined by their value.

    Raises:
        DatasetLayoutError: a list cannot be read.
        DataFormatError: a list is no text.
    """
    splits: dict[str, str] = {}
    rest: dict[str, tuple[str, ...]] = {}
    lost: list[tuple[Path, str]] = []
    twice: list[tuple[Path, str]] = []
    by_number = unique(stems, number_of)
    files = sorted(listed(folder, "*.txt"), key=_order)
    for file, entries in each_readable(files, lambda file: (file, list_entries(file))):
        found = [
            next((name for name in (entry.last, entry.name) if name in stems), by_number.get(number_of(entry.name)))
            for entry in entries
        ]
        if file.stem.endswith("_gt_loc") or (file.stem not in SPLITS and None in found):
            continue
        for entry, stem in zip(entries, found, strict=True):
            if stem is None:
                lost.append((file, entry.name))
                continue
            if stem in splits:
                twice.append((file, entry.name))
            else:
                splits[stem], rest[stem] = file.stem, entry.rest
    return SplitLists(splits, rest, tuple(lost), tuple(twice))


def _order(file: Path) -> tuple[int, str]:
    return (SPLITS.index(file.stem) if file.stem in SPLITS else len(SPLITS), file.stem)


def has_split_list(folder: Path) -> bool:
    """True for a folder with the list of a usual split."""
    return any((folder / f"{split}.txt").is_file() for split in SPLITS)
