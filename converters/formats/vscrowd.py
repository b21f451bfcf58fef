"""VSCrowd: videos with a box, a point and a track for each head; a text for each video, a line for each frame.

```
annotations/train_001.txt         0001 68 20.44 305.76 51.62 332.67 34.97 317.8 52 ...
videos/train_001/0001.jpg         frame, then for each head: id x1 y1 x2 y2 x y
```

Source: Li, Liu, Yang, Liu, Gao, Zhao, Zhang, Hou, "Video crowd localization with multi-focus Gaussian neighborhood
attention and a large-scale benchmark", TIP 2022; `HopLee6/VSCrowd-Dataset`, README. Also read: a folder of texts, one
text, pictures in a folder of the video's name beside the texts, commas or tabs between numbers.

A video is a scene. Its split is what its name begins with: `train_`, `val_` or `test_`, which we put before the names
of scenes whose split is known. Frames are those that have a line or a picture; without a line they have no heads.

Traps:
    * Corners, not a corner and a size.
    * Heads without a box are written with a box without area at their point, which is read as no box; those without a
      track with the id -1.
    * Pictures are called by the number of their frame; where they had other names, `frames.csv` beside them, our own,
      gives these back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from converters.files.labels.label_folder import set_folder
from converters.files.labels.scene_names import SPLITS, folder_name, usual_split
from converters.files.numbers.number_table import strict_text
from converters.files.numbers.number_text import head_lines
from converters.files.pictures.frame_pictures import numbered_pictures
from converters.files.pictures.picture_paths import check_distinct, kept_path, named
from converters.files.pictures.pictures import ImageMode, fill_scene, place_picture
from converters.files.tables.frame_lines import looks_like_frames, read_frame_lines
from converters.files.tables.frame_names import (
    FRAME_NAMES,
    frame_file,
    frames_by_split,
    read_frame_names,
    write_frame_names,
)
from converters.files.tables.text_files import text_name, texts_in
from converters.formats.format import Format, Writes
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, LabelDefect, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import natural_key, own_name, spelled, without_picture_suffix
from gta_head_tools.unreadable import each_readable
from gta_head_tools.whole_files import make_folder, replacing

_MOST_TEXTS = 5
"""Texts of the folder of annotations that detection looks into."""
_TEXTS, _VIDEOS = "annotations", "videos"
_DECIMALS = 6
_DIGITS = 4


def detect(path: Path) -> bool:
    """True for a text of frames with heads, and for a folder with nothing but such texts in it or in `annotations`."""
    if path.is_file():
        return looks_like_frames(path)
    texts = [text for text in _found(path)[1] if text.is_file() and text.stat().st_size]
    if any(text.parent.name == _TEXTS for text in texts):
        return any(map(looks_like_frames, texts[:_MOST_TEXTS]))  # One of them may be damaged.
    return bool(texts) and all(map(looks_like_frames, texts))


def _found(path: Path) -> tuple[Path, list[Path]]:
    """The root, and the texts of the videos."""
    if path.is_file():
        return set_folder(path, {_TEXTS}), [path]
    for folder in (path / _TEXTS, path):
        if files := texts_in(folder):
            return path.absolute().parent if folder == path and own_name(path) == _TEXTS else path, files
    return path, []


def read(path: Path, options: NoOptions) -> Dataset:  # noqa: ARG001
    """The videos at `path`; of their texts only the frames are read before the data set is iterated.

    Raises:
        DatasetLayoutError: there are no texts, or two of one video.
        DataFormatError: a line has no frame, or that of another line; when iterated: a head is not what it should be.
    """
    root, texts = _found(path)
    if not texts:
        raise DatasetLayoutError(path, f"no text of a video found, expected {_TEXTS}/NAME.txt; check the folder")
    files: dict[str, Path] = {}
    scenes, notes = [], []
    defects: list[LabelDefect] = []
    for text in sorted(texts, key=lambda file: natural_key(file.name)):
        name = text_name(text)
        if name in files:
            raise DatasetLayoutError(text, f"video {name!r} has another text, {files[name].name}; remove one of them")
        files[name] = text
    for name, (scene, bare) in each_readable(files, lambda name: (name, _scene(root, name, files[name]))):
        scenes.append(scene)
        if bare:
            notes.append(f"{name}: {len(bare)} pictures have no line, so no heads (the first: frame {bare[0]})")
            told = f"{len(bare)} pictures have no line and count as pictures without heads; this is the first"
            file, value = files[name], f"{len(bare)} of {len(scene.images)}"
            record = f"frame {bare[0]}"
            defect = LabelDefect(check="picture-taken-empty", file=file, record=record, value=value, message=told)
            defects.append(defect)
    dataset = Dataset(root, tuple(scenes), partial(_load, files), path, notes=tuple(notes))
    return dataset.with_defects(defects)


def _scene(root: Path, name: str, text: Path) -> tuple[Scene, list[int]]:
    """The scene of a video, and its frames that have a picture and no line."""
    split = next((split for split in SPLITS if name.startswith(f"{split}_")), None)
    folders = [spelled(place / name) for place in (root / _VIDEOS, root)]
    folder = next((place for place in folders if place.is_dir()), folders[0])
    pictures, names = numbered_pictures(folder), read_frame_names(folder / FRAME_NAMES)
    rows = {line.frame for line in read_frame_lines(text)}
    place = folder.relative_to(root).as_posix()
    images = []
    for frame in sorted(rows | pictures.keys() | names.keys()):
        file = pictures.get(frame, frame_file(frame, "", digits=_DIGITS))
        info = ImageInfo(names.get(frame, f"{name}/{file}"), scene=name, frame=frame, split=split)
        images.append(named(info, f"{place}/{file}"))
    scene = Scene(name, tuple(images), split=split, folder=place, heads_only=not pictures and not names)
    return fill_scene(scene, root), sorted(pictures.keys() - rows)


def _load(files: Mapping[str, Path], scene: Scene) -> Iterator[ImageAnnotations]:
    with strict_text():
        heads = {line.frame: line.heads() for line in read_frame_lines(files[scene.name])}
    for info in scene.images:
        table = heads.get(info.frame or 0, np.empty((0, 7)))
        ids, boxes, points = table[:, 0].astype(np.int64), table[:, 1:5], table[:, 5:]
        unknown = (boxes == np.tile(points, 2)).all(axis=1, keepdims=True)
        yield ImageAnnotations(info, points, boxes=np.where(unknown, np.nan, boxes), ids=np.maximum(ids, -1))


def places(scene: Scene, source: Path) -> list[str]:
    """The texts of its splits."""
    return [f"{_TEXTS}/{_video(scene, split, source)}.txt" for split in scene.splits]


def _video(scene: Scene, split: str | None, source: Path) -> str:
    name = folder_name(scene.name, path=source)
    return name if split is None or name.startswith(f"{usual_split(split, path=source)}_") else f"{split}_{name}"


def write(dataset: Dataset, target: Path, options: NoOptions, images: ImageMode) -> None:  # noqa: ARG001
    """Write a text and a folder of pictures for every scene, one for each split of its pictures.

    Raises:
        DatasetLayoutError: the target cannot be written, a split is none of the usual ones, or a picture is missing.
        DataFormatError: a number is too large, or a name leaves the target.
    """
    check_distinct([places(scene, dataset.source) for scene in dataset.scenes], path=dataset.source)
    for scene in dataset.scenes:
        for split, frames in frames_by_split(list(dataset.load(scene))).items():
            _write_video(dataset, frames, target, _video(scene, split, dataset.source), images)


def _write_video(
    dataset: Dataset, frames: Mapping[int, ImageAnnotations], target: Path, video: str, images: ImageMode
) -> None:
    folder = target / _VIDEOS / video
    names = {frame: kept_path(dataset, image.info) for frame, image in frames.items()}
    files = {frame: frame_file(frame, name, digits=_DIGITS) for frame, name in names.items()}
    with replacing(target / _TEXTS / f"{video}.txt") as text, text.open("wb") as file:
        for frame, image in frames.items():
            file.write((b"%04d %s" % (frame, _heads(image, dataset.source))).rstrip() + b"\n")
    for frame, image in frames.items():
        place_picture(dataset, image.info, folder / files[frame], images)
    if any(without_picture_suffix(name) != f"{video}/{frame:04d}" for frame, name in names.items()):
        write_frame_names(make_folder(folder) / FRAME_NAMES, names)
    else:
        (folder / FRAME_NAMES).unlink(missing_ok=True)


def _heads(image: ImageAnnotations, source: Path) -> bytes:
    boxes = np.where(image.has_box[:, None], image.boxes, np.tile(image.points, 2))
    columns = [np.maximum(image.ids, -1), *boxes.T, *image.points.T]
    return head_lines([image], columns, decimals=_DECIMALS, source=source).translate(_BLANKS)


_BLANKS = bytes.maketrans(b",\n", b"  ")

FORMAT = Format(
    holds=frozenset({"points", "boxes", "ids", "split"}),
    read=read,
    detect=detect,
    writes=Writes(write=write, places=places),
)
