"""Where the files of a Pascal VOC data set lie: folders of labels and pictures, lists of splits, see `voc`."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from converters.files.labels.scene_names import SPLITS
from converters.files.pictures.pictures import pictures_by_stem
from converters.files.records.xml_file import looks_like_xml
from converters.formats.voc.voc_objects import ROOT
from gta_head_tools.dataset import LabelDefect
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import (
    composed,
    is_ours,
    leads_back,
    listed,
    natural_key,
    own_name,
    read_unpacked,
    subfolders,
    with_folder,
    without_picture_suffix,
)
from gta_head_tools.unreadable import read_or

ANNOTATIONS, PICTURES, LISTS = "Annotations", "JPEGImages", "ImageSets/Main"
UNION = "trainval"
"""The list of the pictures of train and val, which is no split of its own."""
NO_SPLITS = (UNION, "default")
"""Lists that are no splits; CVAT and datumaro call the one of pictures without a split `default`."""
_PICTURES = (PICTURES.lower(), "images", "imgs", "img")
_LISTS = (LISTS, "ImageSets", "Splits")
_SPLIT_NAMES = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
_MOST_FILES = 5
"""Label files of a folder that detection looks into, until one is of VOC."""
_SUFFIXES = (".xml", ".xml.gz")


@dataclass(frozen=True, slots=True)
class LabelFolder:
    """A folder of label files.

    Attributes:
        folder: of the files.
        home: folder with the pictures and lists.
        split: of all its pictures, None = lists say it.
    """

    folder: Path
    home: Path
    split: str | None = None

    @property
    def pictures(self) -> list[Path]:
        """Folders that the pictures may lie in."""
        there = {entry.name.lower(): entry for entry in listed(self.home, "*")}
        own = [there[name] for name in _PICTURES if name in there] or [self.home / PICTURES]
        return [*own, self.folder] if self.folder != self.home else [self.folder, *own]

    def files(self, only: str | None = None) -> dict[str, str]:
        """The label files by the names of their pictures, both relative to the folder, in natural order.

        Args:
            only: the name of the one file that is read, None = all, in a home also those in folders of the folder.

        Raises:
            DatasetLayoutError: two are of one name.
        """
        files: dict[str, str] = {}
        for name in _files(str(self.folder), "", nested=self.folder != self.home) if only is None else [only]:
            if (other := files.setdefault(stem_of(name), name)) != name:
                raise DatasetLayoutError(self.folder, f"{other!r} and {name!r} are of one picture; remove one of them")
        return files


def label_folders(path: Path, *, surely: bool = False) -> list[LabelFolder]:
    """The folders of labels that a folder means: its own, else those of the folders in it (years, parts, splits).

    Args:
        path: the folder.
        surely: look into the first files, and leave out a folder in which no XML is called as a picture beside it.
    """
    if own := _label_folder(path, surely=surely):
        return [own]
    inside = (_label_folder(folder, surely=surely, of_split=True) for folder in subfolders(path))
    return [found for found in inside if found]


def lone_folder(file: Path) -> LabelFolder:
    """The folder of a single label file."""
    folder = with_folder(file.parent)
    return LabelFolder(folder, folder.parent) if _is_annotations(folder) else LabelFolder(file.parent, file.parent)


def stem_of(file: str) -> str:
    """The path of a label file (or the name of a folder) without the suffix of a label file.

    >>> stem_of("street/a.b.xml"), stem_of("VOC2007")
    ('street/a.b', 'VOC2007')
    """
    return composed(file.removesuffix(_suffix(file)))


def _label_folder(path: Path, *, surely: bool, of_split: bool = False) -> LabelFolder | None:
    annotations = next((entry for entry in sorted(listed(path, "*")) if _is_annotations(entry)), None)
    if annotations is not None and _has_labels(annotations, nested=True, surely=surely):
        return LabelFolder(annotations, path)
    split = _SPLIT_NAMES.get(own_name(path).lower())
    if (of_split and split is None) or not _has_labels(path, nested=False, surely=surely):
        return None
    if _is_annotations(path):
        return LabelFolder(with_folder(path), with_folder(path).parent)
    pictures = pictures_by_stem(path) if surely else {}
    named = not pictures or any(stem_of(file) in pictures for file in _files(str(path), "", nested=False))
    return LabelFolder(path, path, split) if named else None


def _is_annotations(folder: Path) -> bool:
    return own_name(folder).lower() == ANNOTATIONS.lower() and folder.is_dir()


def _has_labels(folder: Path, *, nested: bool, surely: bool) -> bool:
    first = itertools.islice(_files(str(folder), "", nested=nested), _MOST_FILES)
    return any(not surely or looks_like_xml(folder / file, ROOT) for file in first)


def _files(folder: str, prefix: str, *, nested: bool) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: natural_key(entry.name))
    except NotADirectoryError:
        return
    except OSError as error:
        raise DatasetLayoutError(folder, f"cannot be listed ({error.strerror}); check its permissions") from error
    for entry in entries:
        if is_ours(Path(entry.name)):
            continue
        # A link that leads to itself is neither; `os.DirEntry` would raise an error.
        if _suffix(entry.name) and os.path.isfile(entry.path):  # noqa: PTH113
            yield prefix + entry.name
        elif nested and os.path.isdir(entry.path) and not leads_back(Path(entry.path)):  # noqa: PTH112
            yield from _files(entry.path, f"{prefix}{entry.name}/", nested=True)


def _suffix(name: str) -> str:
    return next((name[-len(end) :] for end in _SUFFIXES if name.lower().endswith(end)), "")


def read_splits(home: Path, stems: Set[str], counts: Counter[str], defects: list[LabelDefect]) -> dict[str, str]:
    """The split of each picture that is in a list of `ImageSets/Main`, by its name.

    Args:
        home: folder of the data set.
        stems: names of its pictures.
        counts: takes what is worth telling, and how often it is so.
        defects: takes what checks tell.
    """
    folder = next((home / name for name in _LISTS if listed(home / name, "*.txt")), None)
    files = [] if folder is None else sorted(listed(folder, "*.txt"), key=lambda file: natural_key(file.name))
    named = [(_split_of(file), file) for file in files if file.stem.lower() not in NO_SPLITS]
    splits: dict[str, str] = {}
    for split, file in sorted(named, key=lambda pair: [*SPLITS, pair[0]].index(pair[0])):
        for name in read_or(list[str](), partial(_names, stems=stems), file):
            counts[f"names in {file.name} have no label file; they are left out"] += name not in stems
            first = splits.setdefault(name, split) if name in stems else split
            counts[f"pictures in {file.name} are also in the list of {first}, which counts"] += first != split
            if name not in stems:
                told = "the name in the list has no label file, and is left out"
                defects.append(LabelDefect(check="orphan-label", file=file, record=name, value=name, message=told))
            elif first != split:
                told = f"the picture is also in the list of {first}, which counts"
                check = "picture-in-two-splits"
                defects.append(LabelDefect(check=check, file=file, record=name, value=split, message=told))
    if splits:
        counts["pictures are in no list of a split; they have none"] += len(stems - splits.keys())
    return splits


def _split_of(file: Path) -> str:
    return _SPLIT_NAMES.get(file.stem.lower(), file.stem)


def _names(file: Path, stems: Set[str]) -> Sequence[str]:
    """The names in a list; none of a list of one category, in which each name has a flag (`000001 -1`)."""
    lines = [composed(line.strip().replace("\\", "/")) for line in read_unpacked(file).decode().splitlines()]
    names = [line if line in stems else without_picture_suffix(line).removesuffix(".xml") for line in lines if line]
    flagged = [name.rpartition(" ") for name in names if name not in stems]
    return () if any(flag in {"-1", "0", "1"} and name.strip() in stems for name, _, flag in flagged) else names
