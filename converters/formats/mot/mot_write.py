"""Writing MOTChallenge folders, see `mot`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from converters.files.labels.scene_names import folder_name, split_name
from converters.files.pictures.picture_paths import kept_path
from converters.files.pictures.pictures import ImageMode, place_picture
from converters.files.tables.frame_names import FRAME_NAMES, frame_file, frames_by_split, write_frame_names
from converters.formats.format import no_boxes, two_sizes
from converters.formats.mot.mot_rows import to_text, written_ids
from converters.formats.mot.mot_sequence import (
    LISTS,
    ROWS,
    SequenceInfo,
    write_sequence_info,
)
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import natural_key, own_name, read_unpacked
from gta_head_tools.whole_files import make_folder, replacing_folder, write_text

_PICTURES = "img1"
_INFO = "seqinfo.ini"
_FRAME = re.compile(rf"{_PICTURES}/\d{{6,}}\.\w+", re.ASCII)


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        origin: what to call the left and top border of a picture.
    """

    origin: Literal["1", "0"] = "1"


def write(dataset: Dataset, target: Path, options: WriteOptions, images: ImageMode) -> None:
    """Write every scene as a sequence, in `target/<split>/` where the split of its pictures is known.

    Raises:
        LossyConversionError: a head has no box, or a scene has pictures of two sizes.
        DatasetLayoutError: the target cannot be written, or a picture is missing.
    """
    for scene in dataset.scenes:
        name = folder_name(scene.name, path=dataset.source)
        for split, frames in frames_by_split(list(dataset.load(scene))).items():
            place = target / _place(split, name, dataset.source)
            _write_sequence(dataset, frames, place, int(options.origin), images)


def notes(ids: Mapping[str, int]) -> tuple[str, ...]:
    """That heads without an id get a number, and that ids are passed on which readers of tracks refuse."""
    without, repeated = ids["without"], ids["repeated"]
    numbered = f"{without} heads have no id: they are numbered in each frame, and these numbers are no tracks"
    passed_on = f"{repeated} heads have the id of another head of their frame, which readers of tracks refuse"
    return (*((numbered,) if without else ()), *((passed_on,) if repeated else ()))


def places(scene: Scene, source: Path) -> list[str]:
    """A folder for each split of its pictures, and the rows in it."""
    name = folder_name(scene.name, path=source)
    folders = [_place(split, name, source) for split in scene.splits]
    return [place for folder in folders for place in (folder, f"{folder}/{ROWS}")]


def _place(split: str | None, name: str, source: Path) -> str:
    place = f"{split_name(split, path=source)}/{name}" if split else name
    if place.partition("/")[0] == LISTS:
        raise DatasetLayoutError(source, f"{LISTS!r} is the folder of MOT's lists; rename the scene or split")
    return place


def _write_sequence(
    dataset: Dataset, numbered: Mapping[int, ImageAnnotations], target: Path, origin: int, images: ImageMode
) -> None:
    frames = list(numbered.values())
    for image in frames:
        if not image.has_box.all():
            raise no_boxes(int((~image.has_box).sum()), image.info.path)
    names = {frame: kept_path(dataset, image.info) for frame, image in numbered.items()}
    files = {frame: frame_file(frame, name) for frame, name in names.items()}
    ids, ids_end = written_ids(frames)
    with replacing_folder(target, ours=written_here) as folder:
        info = _sequence_info(frames, length=max(numbered, default=0), file=next(iter(files.values()), ""))
        write_sequence_info(folder / _INFO, target.name, replace(info, ids_end=ids_end))
        write_frame_names(folder / FRAME_NAMES, names)
        make_folder((folder / ROWS).parent)
        (folder / ROWS).write_bytes(to_text(frames, list(numbered), ids, origin, source=dataset.source))
        for frame, image in numbered.items():
            place_picture(dataset, image.info, folder / _PICTURES / files[frame], images)


def _sequence_info(frames: Sequence[ImageAnnotations], *, length: int, file: str) -> SequenceInfo:
    sizes = {image.info.size for image in frames if image.info.sized}
    if len(sizes) > 1:
        raise two_sizes(frames[0].info.scene, sizes)
    width, height = sizes.pop() if sizes else (0, 0)
    rate = next((image.info.facts["frame_rate"] for image in frames if "frame_rate" in image.info.facts), None)
    return SequenceInfo(_PICTURES, rate, length, width, height, Path(file).suffix or ".jpg")


def written_here(path: str) -> bool:
    """Whether a file of a sequence, by its path in it, is one that `write` writes; anchors and notes are not.

    >>> written_here("gt/gt.txt"), written_here("img1/000001.jpg"), written_here("det/det.txt")
    (True, True, False)
    """
    return path in {_INFO, FRAME_NAMES, ROWS} or _FRAME.fullmatch(path) is not None


def finish(scenes: Sequence[Scene], target: Path) -> None:
    """Write `seqmaps/<target>-<split>.txt`: the sequences of these scenes, and those that are already listed."""
    splits = {(info.split, scene.name) for scene in scenes for info in scene.images if info.split}
    for split in sorted({split for split, _ in splits}):
        listing = target / LISTS / f"{own_name(target)}-{split}.txt"
        listed = set(read_unpacked(listing).decode().splitlines()[1:]) if listing.is_file() else set()
        names = listed | {folder_name(name, path=target) for of, name in splits if of == split}
        text = "\n".join(["name", *sorted(names, key=natural_key), ""])
        if not listing.is_file() or read_unpacked(listing).decode() != text:
            write_text(listing, text)
