"""Which files of a folder are COCO's, and where their pictures lie, in the layouts that public tools write and expect.

```
annotations/instances_train2017.json   train2017/ or images/train2017/        COCO, mmdetection, YOLOX
annotations/train.json                 train/, CrowdHuman_train/Images/       ByteTrack
annotations/instances_default.json     images/, images/default/               CVAT, datumaro, ours
train/_annotations.coco.json           train/ (valid/, test/ alike)           Roboflow
result.json                            images/                                Label Studio
labels.json                            data/                                  FiftyOne
```
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from converters.files.pictures.joined_names import finder
from converters.files.pictures.picture_paths import placed
from converters.formats.coco.coco_records import FILE_FACT, data_name, split_of
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import composed, file_or_lost, is_ours, leads_back, listed, natural_key, read_unpacked

_APART = ("annotations", "annotation", "labels")
"""Folders of label files alone, whose pictures lie one folder up; capitals do not matter."""
_BESIDE = ("", "images", "data", "JPEGImages")
"""Folders of pictures beside a label file."""
_START = 1 << 16
"""Bytes of a file that detection looks at."""
_MOST_FILES = 20
"""Most JSON files of a folder that are opened: where there are more, each is of a single image, in another format."""
_MOST_FOLDERS = 200
"""Most folders that are searched for pictures that lie in none of the usual places."""
_EVIDENCE = tuple(
    re.compile(pattern, re.DOTALL | re.IGNORECASE)
    for pattern in (
        rb'"images"\s*:\s*\[.*("annotations"\s*:\s*\[|"file_?name"|"coco_url")',
        rb'"annotations"\s*:\s*\[.*("images"\s*:\s*\[|"image_?id")',
    )
)


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A COCO file.

    Attributes:
        path: of the file.
        split: that its name or its folder tells.
    """

    path: Path
    split: str | None


def looks_like_coco(path: Path) -> bool:
    """True for a JSON object with the lists of COCO."""
    start = read_unpacked(path, _START).lstrip()
    return start.startswith(b"{") and any(pattern.search(start) for pattern in _EVIDENCE)


def label_files(folder: Path) -> list[LabelFile]:
    """The COCO files of a folder: those in `annotations`, else those in itself, else those in folders of splits.

    `instances*` go before `person_keypoints*` and others.
    """
    if found := _apart_or_here(folder):
        return [LabelFile(file, split_of(file)) for file in found]
    splits = [place for place in _folders(folder) if split_of(Path(place.name))]
    return [LabelFile(file, split_of(Path(place.name))) for place in splits for file in _apart_or_here(place)]


def _apart_or_here(folder: Path) -> list[Path]:
    apart = [place for place in _folders(folder) if place.name.lower() in _APART]
    return next((found for place in (*apart, folder) if (found := _coco_files(place))), [])


def left_out_files(folder: Path, files: Sequence[LabelFile]) -> list[Path]:
    """JSON files that lie where COCO files are looked for, and that are none: of another kind, or damaged.

    Args:
        folder: of the data set.
        files: its COCO files.
    """
    found, homes = {file.path for file in files}, {file.path.parent for file in files}
    splits = [place for place in _folders(folder) if split_of(Path(place.name))]
    if any(home.is_relative_to(place) for home in homes for place in splits):
        homes.update(splits)
    there = (json for home in sorted(homes) if len(json := _json_files(home)) <= _MOST_FILES)
    return [file for json in there for file in json if file not in found]


def _json_files(folder: Path) -> list[Path]:
    names = sorted((file.name for file in listed(folder, "*.[jJ][sS][oO][nN]*")), key=natural_key)
    json = [folder / name for name in names if name.lower().endswith((".json", ".json.gz"))]
    return [file for file in json if not is_ours(file) and file_or_lost(file)]


def _coco_files(folder: Path) -> list[Path]:
    files = _json_files(folder)
    ours = [file for file in files if file.name.startswith("instances")]
    found = [file for file in (files if len(files) <= _MOST_FILES else ours) if looks_like_coco(file)]
    return [file for file in found if file in ours] or found


def with_pictures(
    scenes: tuple[Scene, ...], files: Sequence[LabelFile], path: Path
) -> tuple[Path, tuple[Scene, ...], tuple[Path, ...]]:
    """The root of the data set, its scenes with the pictures where they lie, and the folders that were looked in.

    Args:
        scenes: with the paths of pictures as their files give them.
        files: of the scenes.
        path: what the user named, one of these files or their folder.

    Raises:
        DatasetLayoutError: two files list one picture.
    """
    searches = {file.path.as_posix(): _Search(file, whole=path.is_dir()) for file in files}
    owners: dict[tuple[Path, str], str] = {}
    found: list[list[Path]] = []
    for scene in scenes:
        found.append([])
        for info in scene.images:
            file = info.facts[FILE_FACT].path
            folder = searches[file].folder(info)
            if folder is not None and (twin := owners.setdefault((folder, info.path), file)) != file:
                names = f"{Path(twin).name} and {Path(file).name} both list the picture {info.path!r}"
                raise DatasetLayoutError(path, f"{names}; name one of the two files")
            found[-1].append(folder or searches[file].expected)
    tops = {search.top for search in searches.values()} | ({_whole(path)} if path.is_dir() else set())
    near = {folder for search in searches.values() for folder in search.near}
    beyond = {folder for folders in found for folder in folders} - near
    above = {search.here.parent for search in searches.values()} if beyond else set()
    root = Path(os.path.commonpath([*tops, *above, *beyond]))
    looked = dict.fromkeys(folder for search in searches.values() for folder in search.folders)
    return root, placed(scenes, found, root), tuple(looked)


class _Search:
    """Looks for the pictures of one file: in the usual folders, then in others of the data set where that is a folder.

    Beside a lone file lie other data sets, whose pictures may have the same names: there only the usual folders count.

    Attributes:
        here: folder of the file.
        top: folder that the data set begins with, as far as the file tells.
        near: folders beside the file.
        folders: that exist, in the order in which they are looked in.
        expected: folder of a picture that is not there.
        find: the path at which a picture lies in a folder, see `converters.files.pictures.joined_names`.
    """

    def __init__(self, file: LabelFile, *, whole: bool) -> None:
        self.split = file.split
        self.find = finder()
        self.here = _whole(file.path).parent
        apart = self.here.name.lower() in _APART
        self.top = self.here.parent if apart else self.here
        self.near = [self.here / name for name in _BESIDE]
        names = _names_of_pictures(file)
        above = [self.here.parent / name for name in ("images", *(f"images/{name}" for name in names), *names)]
        inside = [folder / name for folder in self.near for name in names]
        usual = [*self.near, *above, *inside, *([self.top, self.top / "data"] if apart else [])]
        self.folders = [folder for folder in dict.fromkeys(usual) if folder.is_dir()]
        own = (folder for folder in self.folders if folder.name in names and folder in above)
        self.expected = next(own, self.here.parent / "images") if apart else self.here
        self.searches = apart or whole
        self.others: dict[str, list[Path]] | None = None

    def folder(self, info: ImageInfo) -> Path | None:
        """The folder that the picture of an image lies in; None where it is not there."""
        usual = next((folder for folder in self.folders if self.find(folder, info.path)), None)
        if usual is not None:
            return usual
        if self.others is None:
            self.others = {}
            for folder in self._other_folders() if self.searches else ():
                for name in os.listdir(folder):  # noqa: PTH208  # a folder may hold many thousand pictures
                    self.others.setdefault(composed(name).lower(), []).append(folder)
        first = composed(info.path.partition("/")[0]).lower()
        # A picture of that name in two folders may be of two places: then neither is taken.
        found = [folder for folder in self.others.get(first, ()) if self.find(folder, info.path)]
        return found[0] if len(found) == 1 else None

    def _other_folders(self) -> Iterator[Path]:
        """The other folders of the data set that can be listed, up to two deep, but none that is of another split."""
        places = [self.top]
        for _ in range(2):
            places = [folder for place in places for folder in _folders(place) if self._may_be_mine(folder)]
            places = [folder for folder in places[:_MOST_FOLDERS] if os.access(folder, os.R_OK)]
            yield from (folder for folder in places if folder not in self.folders)

    def _may_be_mine(self, folder: Path) -> bool:
        other = split_of(Path(folder.name))
        return self.split is None or other is None or other == self.split


def _whole(path: Path) -> Path:
    # Not resolved: a folder may be a link, and then its pictures lie beside the link.
    return Path(os.path.abspath(path))  # noqa: PTH100


def _folders(folder: Path) -> list[Path]:
    try:
        # `os.DirEntry.is_dir` fails on a link that leads to itself.
        entries = [entry for entry in os.scandir(folder) if os.path.isdir(entry.path)]  # noqa: PTH112
    except OSError:
        return []
    return [
        folder / entry.name
        for entry in sorted(entries, key=lambda entry: natural_key(entry.name))
        if not (is_ours(Path(entry.name)) or leads_back(folder / entry.name))
    ]


def _names_of_pictures(file: LabelFile) -> list[str]:
    """Names of folders that may hold the pictures of a file: `train2017` and `train` for `instances_train2017`."""
    name = data_name(file.path)
    last = re.sub(r"^(instances|person_keypoints|image_info|captions|stuff|panoptic|annotations?)_", "", name)
    other = {"val": ("valid", "validation")}.get(file.split or "", ())
    return list(dict.fromkeys(part for part in (last, file.split, *other, name) if part))
