"""P2PNet's lists: a line for each picture with its path and that of a text of its points.

```
train.list test.list              train/scene01/img01.jpg train/scene01/img01.txt
train/scene01/img01.jpg
train/scene01/img01.txt           a head a line: x y
```

Source: `TencentYoutuResearch/CrowdCounting-P2PNet`, README and `crowd_datasets/SHHA/SHHA.py`. Paths are relative to the
folder of the list. The end of a list's name is the split (`train.list`, `shtechA_test.list`); a `list.txt` has none.
We write the pictures of a split below its folder, those without a split below `images`.

Traps:
    * P2PNet ends a path at the first blank: names with blanks are read, not written.
    * The folders `train`, `test` and so on are no part of a picture's name, unless two splits share a folder in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from converters.files.labels.label_folder import PLACE, FileEach, scenes_at_places
from converters.files.labels.scene_names import SPLITS, SceneGrouping, usual_split
from converters.files.numbers.number_table import finite, numbers_between_blanks, strict_text
from converters.files.numbers.number_text import head_lines
from converters.files.pictures.picture_names import NameParts, PictureNames
from converters.files.pictures.picture_paths import check_distinct, each_image, first_broken, kept_paths
from converters.files.pictures.pictures import ImageMode, place_picture
from converters.files.tables.text_files import first_line
from converters.formats.format import Format, Writes
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import (
    PICTURE_SUFFIXES,
    file_or_lost,
    is_ours,
    listed,
    natural_key,
    own_name,
    read_unpacked,
    without_picture_suffix,
)
from gta_head_tools.unreadable import each_readable, tell_left_out
from gta_head_tools.whole_files import make_folder, replacing

_NO_SPLIT = "list.txt"
_PICTURES = "images"
_DECIMALS = 6
_PAIR = re.compile(
    rf"(.+?(?:{'|'.join(map(re.escape, sorted(PICTURE_SUFFIXES)))}))\s*[\s,;]\s*(\S.*?)\s*", re.IGNORECASE
)
_SEPARATOR = re.compile(rb"(?m)(?<=[\d.])[ \t]*[,;][ \t]*(?=[-+.\d]|$)|^[ \t,;]+$")
"""A comma or semicolon between two numbers or at the end of a line, and lines of nothing else.

Elsewhere it shows that a number is missing.
"""
_ROWS = re.compile(rb"(?:[ \t]*(?:[^\s]+[ \t]+[^\s]+[ \t]*)?(?:\n|$))*")
"""A text whose lines have two words, or none."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        names: how much of a path in a list counts.
    """

    scenes: SceneGrouping = "auto"
    names: NameParts = "whole"


def detect(path: Path) -> bool:
    """True for a list whose first line has a picture and a text, and for a folder with such a list."""
    return bool(_lists(path)) if path.is_dir() else _looks_like_list(path)


def _lists(folder: Path) -> list[Path]:
    return sorted(filter(_looks_like_list, _called_list(folder)), key=_order)


def _called_list(folder: Path) -> list[Path]:
    files = [file for file in [*listed(folder, "*.list"), *listed(folder, _NO_SPLIT)] if not is_ours(file)]
    return [file for file in files if file_or_lost(file)]


def _left_out(folder: Path, lists: Sequence[Path]) -> Iterator[Path]:
    """Files that are called like lists and hold something else than one."""
    return (file for file in _called_list(folder) if file not in lists and first_line(file))


def _order(file: Path) -> tuple[int, str]:
    split = _split_of(file)
    return (SPLITS.index(split) if split in SPLITS else len(SPLITS), file.name)


def _looks_like_list(file: Path) -> bool:
    lines = read_unpacked(file, 4096).decode(errors="replace").split("\n")
    pair = _PAIR.fullmatch(next((line.strip() for line in lines if line.strip()), ""))
    return pair is not None and pair[2].lower().endswith(".txt")


def _split_of(file: Path) -> str | None:
    return next((split for split in SPLITS if file.stem.lower().endswith(split)), None)


@dataclass(frozen=True, slots=True)
class _Entry:
    picture: str
    points: str
    split: str | None
    file: Path
    line: int


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of a list, or of all lists in a folder; points are read when it is iterated.

    Raises:
        DataFormatError: a line of a list is not a picture and a text that is there; when iterated: a text of points.
        DatasetLayoutError: there is no list in the folder.
    """
    lists = _lists(path) if path.is_dir() else [path]
    if not lists:
        raise DatasetLayoutError(
            path, f"no list found, expected train.list, test.list or {_NO_SPLIT}; check the folder"
        )
    root = path if path.is_dir() else path.parent
    tell_left_out(_left_out(path, lists) if path.is_dir() else (), lambda file: list(_entries(file, options.names, {})))
    seen: dict[str, str] = {}
    parts = list(each_readable(lists, lambda file: list(_entries(file, options.names, seen))))
    listed_pictures = [entry for part in parts for entry in part]
    if parts and not listed_pictures:
        raise DataFormatError(lists[0], "no picture listed; make the file again")
    entries = list(each_readable(listed_pictures, _with_points))
    names = _names(entries)
    named = sorted(zip(names, entries, strict=True), key=lambda pair: natural_key(pair[0]))
    infos = [ImageInfo(name, split=entry.split, facts={PLACE: entry.picture}) for name, entry in named]
    scenes = scenes_at_places(infos, options.scenes, name=own_name(path), root=root)
    texts = {entry.picture: root / entry.points for entry in entries}
    return Dataset(root, scenes, FileEach(_read_points, texts), path)


def _entries(file: Path, parts: NameParts, seen: dict[str, str]) -> Iterator[_Entry]:
    """The lines of a list; `seen` is where the pictures of all lists so far stand."""
    pictures, texts = PictureNames(file, parts), PictureNames(file, parts)
    for line, text in enumerate(read_unpacked(file).decode().splitlines(), start=1):
        if not text.strip():
            continue
        pair = _PAIR.fullmatch(text.strip())
        if pair is None:
            raise DataFormatError(file, f"{text.strip()[:60]!r} is not a picture and its text; correct it", line=line)
        try:
            entry = _Entry(pictures.path(pair[1]), texts.path(pair[2]), _split_of(file), file, line)
        except DataFormatError as error:
            raise DataFormatError(file, error.problem, line=line) from error
        place = f"{file.name}:{line}"
        if seen.setdefault(entry.picture, place) != place:
            problem = f"picture {entry.picture!r} is listed already, at {seen[entry.picture]}; remove one of the lines"
            raise DataFormatError(file, problem, line=line)
        yield entry


def _with_points(entry: _Entry) -> _Entry:
    """The line.

    Raises:
        DataFormatError: its text is not there.
    """
    if not (entry.file.parent / entry.points).is_file():
        problem = f"{entry.points!r} is not there; bring it, or remove the line"
        raise DataFormatError(entry.file, problem, line=entry.line)
    return entry


def _names(entries: Sequence[_Entry]) -> list[str]:
    """The names of the pictures: their paths, without the folder of their split where that is not needed."""
    bare = [entry.picture.removeprefix(f"{entry.split or _PICTURES}/") for entry in entries]
    folders = {(PurePosixPath(name).parent, entry.split) for name, entry in zip(bare, entries, strict=True)}
    shared = len({folder for folder, _ in folders}) < len(folders)
    return [entry.picture for entry in entries] if shared or len(set(bare)) < len(bare) else bare


def _read_points(file: Path, info: ImageInfo) -> ImageAnnotations:
    text = _SEPARATOR.sub(b" ", b"\n".join(read_unpacked(file).splitlines()))
    with strict_text():
        numbers = numbers_between_blanks(text.strip())
    if not _ROWS.fullmatch(text) or not np.isfinite(numbers).all():
        for line, row in enumerate(text.decode().split("\n"), start=1):
            words = row.split()
            if words and (len(words) != 2 or not np.isfinite([finite(word) for word in words]).all()):
                raise DataFormatError(file, f"{row.strip()[:60]!r} is not x y; correct the line", line=line)
    return ImageAnnotations(info, numbers.reshape(-1, 2))


def places(scene: Scene, source: Path) -> list[str]:
    """The lists of its splits."""
    return [_list_name(split, source) for split in scene.splits]


def _list_name(split: str | None, source: Path) -> str:
    return f"{usual_split(split, path=source)}.list" if split else _NO_SPLIT


def write(dataset: Dataset, target: Path, options: NoOptions, images: ImageMode) -> None:  # noqa: ARG001
    """Write pictures, a text beside each, and the lists of the splits.

    Raises:
        DatasetLayoutError: the target cannot be written, a name has a blank, two images have one, or a picture is
            missing.
        DataFormatError: a number is too large.
    """
    names = [
        [
            f"{info.split or _PICTURES}/{name.removeprefix(f'{info.split}/')}"
            for info, name in zip(scene.images, part, strict=True)
        ]
        for scene, part in zip(dataset.scenes, kept_paths(dataset), strict=True)
    ]
    check_distinct([[without_picture_suffix(name) for name in part] for part in names], path=dataset.source)
    blank = first_broken(names)
    if blank is not None:
        raise DatasetLayoutError(
            dataset.source, f"{blank!r} has a blank, which ends a path in P2PNet's lists; rename it"
        )
    lists: dict[str, list[str]] = {}
    for image, name in each_image(dataset, names):
        points = f"{without_picture_suffix(name)}.txt"
        lines = head_lines([image], list(image.points.T), decimals=_DECIMALS, source=dataset.source)
        make_folder((target / points).parent)
        with replacing(target / points) as partial:
            partial.write_bytes(lines.replace(b",", b" "))
        place_picture(dataset, image.info, target / name, images)
        lists.setdefault(_list_name(image.info.split, dataset.source), []).append(f"{name} {points}\n")
    for file, pairs in lists.items():
        with replacing(target / file) as partial:
            partial.write_bytes("".join(pairs).encode())
    for file in {_NO_SPLIT, *(f"{split}.list" for split in SPLITS)} - lists.keys():
        (target / file).unlink(missing_ok=True)


FORMAT = Format(
    holds=frozenset({"points", "split"}),
    read=read,
    options=ReadOptions,
    detect=detect,
    writes=Writes(write=write, places=places),
)
