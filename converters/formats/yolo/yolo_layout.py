"""Where the pictures and label files of a YOLO data set lie, in the layouts that public tools write and expect.

```
data.yaml  images/train/a.jpg  labels/train/a.txt           Ultralytics, ours; also without data.yaml
data.yaml  train/images/a.jpg  train/labels/a.txt           Roboflow, which calls the split val valid
classes.txt  images/a.jpg  labels/a.txt                     Label Studio
a.jpg  a.txt  classes.txt                                   labelImg, Darknet
a.jpg  labels/a.txt                                         predictions of Ultralytics
obj.data  obj.names  train.txt  obj_train_data/a.jpg, .txt  Darknet, CVAT
```

The label file of a picture lies where the last `images` of its path is `labels`, else in `labels` beside it, else
beside it. What `data.yaml` names is looked for by `yolo_places`.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from converters.files.labels.scene_names import split_in
from converters.files.pictures.pictures import pictures_by_stem
from converters.formats.yolo.yolo_config import NO_SPLIT
from gta_head_tools.files import composed, is_ours, natural_key, read_unpacked

PICTURES = ("images", "JPEGImages")
LABELS = "labels"
NAMES = ("classes.txt", "obj.names", "_darknet.labels")
"""Files with a class name a line."""
_DARKNET = ("obj_train_data", "obj_valid_data", "obj_test_data")
_SUFFIXES = (".txt", ".txt.gz")
_START = 4096
"""Bytes of a label file that detection looks at."""
_MOST_LOOKED_AT = 50
"""Label files that detection opens where the first ones are empty."""
_MOST_OTHER = 5
"""Texts of another kind after which a folder is none of YOLO; fewer may be damaged label files."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture and its label file.

    Attributes:
        folder: of the picture.
        picture: its file name, as it is or as it is expected.
        label: path of the label file; None = there is none.
        split: train, val, test, or None.
        there: the picture exists.
    """

    folder: Path
    picture: str
    label: str | None
    split: str | None
    there: bool = True


def looks_like_rows(path: Path) -> bool | None:
    """Whether a text begins with a row of YOLO's; None where it is empty."""
    text = read_unpacked(path, _START).decode(errors="replace")
    words = next((line.split() for line in text.splitlines() if line.strip()), None)
    if words is None:
        return None
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return False
    boxed = len(numbers) >= 5 and all(-0.5 <= number <= 1.5 for number in numbers[1:5])
    return boxed and numbers[0] >= 0 and numbers[0].is_integer()


def looks_labelled(folder: Path) -> bool:
    """True for a folder with YOLO's label files in one of the layouts."""
    looked = other = 0
    for pictures in picture_folders(folder):
        labels = next(label_folders(pictures, folder))
        beside = pictures_by_stem(pictures) if labels == pictures else None
        for place, _, names in os.walk(labels):
            for stem, name in sorted(_label_names(names).items()):
                if name in NAMES or (beside is not None and stem not in beside):
                    continue
                found = looks_like_rows(Path(place, name))
                looked, other = looked + 1, other + (found is False)
                if found or other == _MOST_OTHER or looked >= _MOST_LOOKED_AT:
                    return bool(found) or (not other and beside is None)
            if beside is not None:
                break
    return False


def picture_folders(home: Path) -> list[Path]:
    """Folders of pictures in a data set whose configuration names none."""
    if (home / LABELS).is_dir():
        return [_beside_labels(home)]
    found = []
    for folder in _folders(home):
        if _is_split(folder.name) or folder.name in _DARKNET:
            if (folder / LABELS).is_dir():
                found.append(_beside_labels(folder))
            elif _label_texts(folder).keys() & pictures_by_stem(folder).keys():
                found.append(folder)
    return found or [home]


def _beside_labels(folder: Path) -> Path:
    """The folder of the pictures whose label files lie in `labels` of a folder."""
    named = next((folder / name for name in PICTURES if (folder / name).is_dir()), None)
    return named or (folder if pictures_by_stem(folder) else folder / PICTURES[0])


def _folders(home: Path) -> list[Path]:
    try:
        # `os.DirEntry.is_dir` fails on a link that leads to itself.
        folders = (entry.name for entry in os.scandir(home) if os.path.isdir(entry.path))  # noqa: PTH112
        names = sorted(folders, key=natural_key)
    except OSError:
        return []
    return [home / name for name in names if not is_ours(Path(name))]


def _is_split(name: str) -> bool:
    """True for a folder that is called as a split is, such as `train`, `valid` and `val2017`."""
    return name.isalnum() and split_in(name) is not None


def label_folders(pictures: Path, home: Path) -> Iterator[Path]:
    """Folders that label files of the pictures in a folder of the data set in `home` may lie in, the usual one first.

    All are there but the last one, which may be missing like the pictures.
    """
    above = home if pictures.is_relative_to(home) else Path(pictures.anchor)
    parts = pictures.relative_to(above).parts
    places = [place for name in PICTURES for place in range(len(parts) - 1, -1, -1) if parts[place] == name]
    likely = [above.joinpath(*parts[:place], LABELS, *parts[place + 1 :]) for place in places]
    yield from (folder for folder in (*likely, pictures / LABELS) if folder.is_dir())
    yield pictures


def _label_names(names: Iterable[str]) -> dict[str, str]:
    """Names of label files by their stem in the form NFC."""
    texts = ((name, suffix) for name in names for suffix in _SUFFIXES if name.endswith(suffix))
    return {composed(name.removesuffix(suffix)): name for name, suffix in texts if not name.startswith(".")}


def _label_texts(folder: Path) -> dict[str, str]:
    try:
        return _label_names(os.listdir(folder))  # noqa: PTH208  # No Path objects for many thousand files.
    except OSError:
        return {}


@dataclass(frozen=True, slots=True)
class Joined:
    """Joins pictures with label files, and keeps which label files there are.

    Attributes:
        home: folder of the data set.
        folders: those of label files that were looked in, with the folders of pictures that they may be of.
    """

    home: Path
    folders: dict[Path, list[Path]] = field(default_factory=dict)

    def below(self, top: Path, split: str | None) -> Iterator[Labelled]:
        """All pictures in a folder and its folders."""
        tops = {top, next(label_folders(top, self.home))}
        for name in sorted({name for each in tops for name in self._folders_in(each)}, key=natural_key):
            pictures = top / name
            there, texts = pictures_by_stem(pictures), self.texts(pictures)
            for stem, picture in there.items():
                yield Labelled(pictures, picture, texts.get(stem), split)

    def listed(self, folder: Path, stems: Mapping[str, str], split: str | None) -> Iterator[Labelled]:
        """The pictures of a folder with these stems; of those that are not there, the names are given."""
        there, texts = pictures_by_stem(folder), self.texts(folder)
        for stem, name in stems.items():
            yield Labelled(folder, there.get(stem, name), texts.get(stem), split, stem in there)

    def texts(self, pictures: Path) -> dict[str, str]:
        """Paths of the label files of the pictures in a folder, by stem."""
        found = [(labels, texts) for labels in label_folders(pictures, self.home) if (texts := _label_texts(labels))]
        there = pictures_by_stem(pictures) if len(found) > 1 else {}
        fitting = ((labels, texts) for labels, texts in found if there.keys() & texts.keys())
        labels, texts = next(fitting, found[0] if found else (pictures, {}))
        self.folders.setdefault(labels, []).append(pictures)
        return {stem: os.path.join(labels, name) for stem, name in texts.items()}  # noqa: PTH118

    def without_picture(self) -> tuple[list[Labelled], list[str]]:
        """Label files whose pictures are not there, and texts that are something else."""
        found, other = [], []
        for labels, folders in self.folders.items():
            there = set().union(*(pictures_by_stem(folder) for folder in folders))
            apart = next((folder for folder in folders if folder != labels), folders[0])
            for stem, name in _label_texts(labels).items():
                if stem in there or name in NAMES:
                    continue
                if looks_like_rows(labels / name) is False or labels == apart == self.home:
                    other.append(name)
                else:
                    found.append(Labelled(apart, f"{stem}.jpg", str(labels / name), None, there=False))
        return found, other

    def _folders_in(self, top: Path) -> Iterator[str]:
        """The paths of a folder and of all folders in it, relative to it; hidden ones are passed over."""
        for place, folders, _ in os.walk(top):
            ours = {name for name in folders if name.startswith(".") or (top == self.home and is_ours(Path(name)))}
            folders[:] = [name for name in folders if name not in ours]
            yield os.path.relpath(place, top)


def split_of(folder: Sequence[str]) -> str | None:
    """The split that the path of a folder of pictures tells, by its first two parts.

    >>> split_of(["valid", "images"]), split_of(["images", "train2017", "street"]), split_of(["street"])
    ('val', 'train', None)
    """
    named = [part for part in folder[:2] if part not in PICTURES]
    if named and named[0] in _DARKNET:
        return split_in(named[0].split("_")[1])
    return split_in(named[0]) if named and _is_split(named[0]) else None


@functools.cache
def own_folder(folder: str, split: str | None) -> str:
    """The folder that is a part of the names of its pictures: without those of pictures and of the split.

    >>> own_folder("images/train/street", "train"), own_folder("images", None)
    ('street', '.')
    """
    parts = folder.split("/")
    left = {"pictures", "split"}
    while parts and (kind := _kind(parts[0], split)) in left:
        left.remove(kind)
        parts.pop(0)
    return "/".join(parts) or "."


def _kind(part: str, split: str | None) -> str:
    """What a folder is called after: pictures, their split, or nothing known."""
    if part in PICTURES + _DARKNET:
        return "pictures"
    return "split" if part == (split or NO_SPLIT) or (split and _is_split(part) and split_in(part) == split) else ""
