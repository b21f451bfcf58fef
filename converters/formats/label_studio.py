"""Label Studio: one export, JSON or JSON-MIN, for many pictures; reading only.

```
project-1-at-2024-05-01-12-00-1a2b3c4d.json    [{"data": {"image": "/data/upload/1/1a2b3c4d-a.jpg"}, "annotations":
    [{"result": [{"type": "rectanglelabels", "original_width", "original_height",
                  "value": {"x", "y", "width", "height", "rotation", "rectanglelabels": ["head"]}}]}]}, ...]
images/a.jpg                                   or beside the file
```

Source: `HumanSignal/label-studio` (docs: export, task format, tags RectangleLabels and KeyPointLabels). Rectangles and
keypoints are heads; polygons, ellipses, masks and so on are left out and counted. Regions labelled `head` are heads, or
all where there are none; `-i category=` names other labels. A picture's name is the last part of its path or URL, also
without the eight digits that Label Studio puts before the names of uploads; `-i names=whole` takes whole paths.

Traps:
    * Numbers are percent of the size that is in each region; where it is missing, it comes from the picture.
    * Of several annotations of a picture the first counts that is not cancelled. A prediction counts where there is no
      annotation at all. Pictures with neither are not labelled yet and are left out. Notes tell how many there are.
    * A turned rectangle becomes the upright box around it.
    * A picture that was turned while it was labelled (`image_rotation`) is refused.

Memory: the text of a file and its tasks while it is read, and all heads.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from converters.files.labels.categories import means_heads
from converters.files.labels.label_folder import PLACE
from converters.files.labels.labelled_pictures import LabelledPicture, from_label_files, looked_in
from converters.files.labels.scene_names import SceneGrouping
from converters.files.pictures.picture_names import NameParts, PictureNames
from converters.files.pictures.picture_places import picture_places
from converters.files.pictures.pictures_beside import with_suffix_of
from converters.files.records.drawn_heads import DrawnHeads, shape_notes
from converters.files.records.json_file import check_json
from converters.files.records.json_keys import first_keys, is_json_name
from converters.files.records.tool_exports import Export, find_exports
from converters.formats.format import Format
from converters.formats.label_studio_tasks import Task, box_of, looks_like_tasks, point_of, read_tasks
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import own_name
from gta_head_tools.picture_header import read_header, turned_size
from gta_head_tools.unreadable import each_readable, tell_left_out

_UPLOADED = re.compile(r"[0-9a-f]{8}-(.+)")
"""The name of an upload: eight digits, and the name that the picture had."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read.

    Attributes:
        scenes: how pictures make scenes.
        names: how much of a picture's name counts, see `converters.files.pictures.picture_names`.
        category: labels that are heads, see `converters.files.labels.categories`.
    """

    scenes: SceneGrouping = "auto"
    names: NameParts = "last"
    category: str = ""


def detect(path: Path) -> bool:
    """True for an export, and for a folder with one in itself, in `annotations`, or in folders of splits."""
    if path.is_dir():
        return bool(find_exports(path, looks_like_tasks).files)
    return is_json_name(path.name) and looks_like_tasks(first_keys(path))


def read(path: Path, options: ReadOptions) -> Dataset:
    """The data set of an export, or of those in a folder.

    Raises:
        DataFormatError: a task is not what it should be.
        DatasetLayoutError: there is no export, or two tasks are of one picture.
    """
    exports = find_exports(path, looks_like_tasks)
    root = exports.root
    if not exports.files:
        raise DatasetLayoutError(path, "no JSON export of Label Studio in it; check the folder")
    told, others = Counter[str](), Counter[str]()
    doubtful = list[tuple[int, int]]()
    tell_left_out(exports.left_out, check_json)

    def read_one(export: Export) -> list[LabelledPicture]:
        file, names, find = export.file, PictureNames(export.file, options.names), picture_places(root, export.folders)
        pictures = []
        for task in _answered(file, told):
            name, place = _place(root, find, names.path(task.picture, record=task.record))
            size, heads, scores = _heads(file, task, root / place, told)
            below = (export.home.relative_to(root) / with_suffix_of(place, name)).as_posix()
            extra = {"score": scores} if not np.isnan(scores).all() else {}
            info = ImageInfo(below, *size, split=export.split, facts={PLACE: place})
            pictures.append(LabelledPicture(info, heads.annotations(extra=extra), heads.categories))
            doubtful.append(heads.doubtful())
            others.update(task.others)
        return pictures

    pictures = [picture for part in each_readable(exports.files, read_one) for picture in part]
    if not any(name for one in pictures for name in one.categories):
        pictures = [replace(one, categories=()) for one in pictures]
    source = own_name(path)
    notes = (
        *exports.notes,
        *(f"{source}: {count} {text}" for text, count in (+told).items()),
        *shape_notes(source, others, doubtful),
    )
    dataset = from_label_files(
        path,
        root,
        pictures,
        scenes=options.scenes,
        scene_name=source,
        category=options.category,
        notes=notes,
    )
    return looked_in(dataset, exports.folders)


def _answered(file: Path, told: Counter[str]) -> Iterator[Task]:
    """The tasks that are labelled, and counts of what is worth telling."""
    for task in read_tasks(file):
        told["tasks have several annotations; the first that is not cancelled counts"] += task.answers > 1
        told["tasks have no annotation; their first prediction counts"] += task.predicted
        told["tasks are not labelled or cancelled; their pictures are left out"] += not (task.answers or task.predicted)
        if task.answers or task.predicted:
            yield task


def _place(root: Path, find: Callable[[str], str], name: str) -> tuple[str, str]:
    """The name of a picture and where it lies, which may be without the digits of an upload."""
    place, upload = find(name), _UPLOADED.fullmatch(name)
    if upload is None or (root / place).is_file() or not (root / find(upload[1])).is_file():
        return name, place
    return upload[1], find(upload[1])


def _heads(
    file: Path, task: Task, picture: Path, told: Counter[str]
) -> tuple[tuple[int, int], DrawnHeads, list[float]]:
    """The size of the picture, 0 = nothing says it, its heads, and the score of each."""
    heads, size = DrawnHeads(), task.size or (0, 0)
    if task.regions and task.size is None:
        if not picture.is_file():
            problem = "regions have no original_width and original_height, and the picture is not there; bring it"
            raise DataFormatError(file, problem, record=task.record)
        header = read_header(picture)
        size = turned_size(header.size, header.orientation)  # Label Studio shows pictures turned.
    for region in task.regions:
        name = next(filter(means_heads, region.names), region.names[0] if region.names else "")
        if region.kind == "point":
            heads.add(name, point=point_of(file, region, size))
            continue
        box, turned = box_of(file, region, size)
        told["turned rectangles become the upright boxes around them"] += turned
        heads.add(name, box=box)
    return size, heads, [np.nan if region.score is None else region.score for region in task.regions]


FORMAT = Format(holds=frozenset({"points", "boxes", "score", "split"}), read=read, options=ReadOptions, detect=detect)
