"""Writes Pascal VOC: a label file for each picture, and lists of the splits, see `voc`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from converters.files.labels.label_writing import write_together
from converters.files.labels.scene_names import split_name
from converters.files.numbers.number_text import head_rows
from converters.files.pictures.picture_paths import flat_names, kept_paths
from converters.files.pictures.pictures import ImageMode
from converters.files.records.xml_file import xml_text
from converters.formats.format import no_boxes
from converters.formats.voc.voc_layout import ANNOTATIONS, LISTS, NO_SPLITS, PICTURES, UNION
from converters.formats.voc.voc_objects import CORNERS, FLAGS
from gta_head_tools.annotations import Boxes, ImageAnnotations, ImageInfo, joined
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import listed, without_picture_suffix
from gta_head_tools.whole_files import write_text

_DECIMALS = 3
_NUMBER, _POSE = "\0", "\1"
"""Stand for a number and for a pose in the text of an object."""
_COLUMNS = frozenset({*FLAGS, "pose"})
"""Columns on which the text of an object depends."""


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        origin: what the left and top border of a picture are called.
        integers: whole pixels that hold the whole box, as readers of the official files expect.
        folders: pictures keep their sub-folders, in which most other readers find nothing.
    """

    origin: Literal["1", "0"] = "1"
    integers: bool = False
    folders: bool = False


def write(dataset: Dataset, target: Path, options: WriteOptions, images: ImageMode) -> None:
    """Write `Annotations/`, `JPEGImages/` and `ImageSets/Main/` below `target`.

    Raises:
        LossyConversionError: a head has no box.
        DatasetLayoutError: the target cannot be written, two images have one name, or a picture is missing.
        DataFormatError: a name that XML cannot hold, or a number that is too large.
    """
    names = kept_paths(dataset) if options.folders else flat_names(dataset)
    write_together(dataset, target, images, _place, partial(_contents, dataset.source, options), names=names)
    lists = _lists(dataset, names)
    for name, stems in lists.items():
        write_text(target / LISTS / f"{name}.txt", "".join(f"{stem}\n" for stem in stems))
    for other in listed(target / LISTS, "*.txt"):
        if other.stem not in lists:  # An earlier run over more splits left it.
            other.unlink()


def places(scene: Scene, source: Path) -> list[str]:
    """The lists of its splits."""
    return [_list_name(info.split, source) for info in scene.images]


def _place(info: ImageInfo, name: str) -> tuple[str, str]:  # noqa: ARG001
    return f"{ANNOTATIONS}/{without_picture_suffix(name)}.xml", f"{PICTURES}/{name}"


def _lists(dataset: Dataset, names: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """The names of the pictures of each split; `trainval` lists those of train and val, or all where none has one."""
    pairs = [
        (info.split, without_picture_suffix(name))
        for scene, part in zip(dataset.scenes, names, strict=True)
        for info, name in zip(scene.images, part, strict=True)
    ]
    splits = {split for split, _ in pairs}
    union = {"train", "val"} if splits != {None} else {None}
    lists = {split: [stem for of, stem in pairs if of == split] for split in splits if split}
    return {**lists, UNION: [stem for of, stem in pairs if of in union]}


def _list_name(split: str | None, source: Path) -> str:
    if split and split.lower() in NO_SPLITS:
        raise DatasetLayoutError(source, f"a split cannot be called {split}: in VOC such a list is no split; rename it")
    return f"{LISTS}/{split_name(split or UNION, path=source)}.txt"


def _contents(source: Path, options: WriteOptions, group: Sequence[tuple[ImageAnnotations, str]]) -> list[bytes]:
    """The label files of images; those that follow each other and have the same columns are written at once."""
    texts: list[bytes] = []
    for _, alike in itertools.groupby(group, key=lambda pair: pair[0].extra.keys() & _COLUMNS):
        pairs = list(alike)
        all_objects = _objects([image for image, _ in pairs], options, source)
        for (image, picture), objects in zip(pairs, all_objects, strict=True):
            texts.append(b"".join([_header(image.info, picture, source), objects, b"</annotation>\n"]))
    return texts


def _header(info: ImageInfo, picture: str, source: Path) -> bytes:
    name = xml_text(picture.removeprefix(f"{PICTURES}/"), path=source)
    header = (
        f"<annotation>\n\t<folder>{PICTURES}</folder>\n\t<filename>{name}</filename>\n\t<size>\n"
        f"\t\t<width>{info.width}</width>\n\t\t<height>{info.height}</height>\n\t\t<depth>3</depth>\n\t</size>\n"
        "\t<segmented>0</segmented>\n"
    )
    return header.encode()


def _objects(images: Sequence[ImageAnnotations], options: WriteOptions, source: Path) -> list[bytes]:
    """The objects of each image: numbers, and between them the text that is the same in all of them."""
    heads = joined(images)
    if not heads.has_box.all():
        bare = next(image for image in images if not image.has_box.all())
        raise no_boxes(int((~bare.has_box).sum()), bare.info.path)
    flags = {name: heads.extra[name] for name in FLAGS if name in heads.extra} | {"difficult": heads.ignore}
    told = {"name": "head", "pose": _POSE if "pose" in heads.extra else "Unspecified", "truncated": "0"}
    lines = [f"<{name}>{text}</{name}>" for name, text in (told | dict.fromkeys(flags, _NUMBER)).items()]
    lines += ["<bndbox>", *(f"\t<{name}>{_NUMBER}</{name}>" for name in CORNERS), "</bndbox>"]
    between = "\t<object>\n\t\t{}\n\t</object>\n".format("\n\t\t".join(lines)).encode().split(_NUMBER.encode())
    columns = [*(flag.astype(np.int64) for flag in flags.values()), *_corners(heads, options).T]
    rows, ends = head_rows(between, columns, images, decimals=_DECIMALS, source=source)
    bounds = np.append(0, ends)[np.cumsum([0, *map(len, images)])].tolist()
    objects = [rows[start:end] for start, end in itertools.pairwise(bounds)]
    return objects if "pose" not in heads.extra else list(map(partial(_with_poses, source), objects, images))


def _with_poses(source: Path, objects: bytes, image: ImageAnnotations) -> bytes:
    poses = [xml_text(pose.decode(), path=source).encode() or b"Unspecified" for pose in image.extra["pose"]]
    pieces = zip(objects.split(_POSE.encode()), [*poses, b""], strict=True)
    return b"".join(text for pair in pieces for text in pair)


def _corners(heads: ImageAnnotations, options: WriteOptions) -> Boxes:
    boxes = heads.boxes
    if options.integers:
        near = np.round(boxes, _DECIMALS)  # So that 30.0000001, which is meant to be 30, is not made 31.
        boxes = np.hstack([np.floor(near[:, :2]), np.ceil(near[:, 2:])])
    shift = int(options.origin)
    shifted: Boxes = boxes + np.array([shift, shift, 0, 0])
    return shifted
