"""Writes COCO: heads some thousand at a time straight into the file, whole files put in place at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np

from converters.files.labels.categories import choose_heads
from converters.files.pictures.picture_paths import check_distinct, kept_paths
from converters.files.pictures.pictures import ImageMode, place_picture
from converters.formats.coco.coco_columns import DECIMALS
from converters.formats.coco.coco_lines import WrittenHeads, plain_lines, records_of
from converters.formats.coco.coco_records import (
    CATEGORY_COLUMN,
    FILE_FACT,
    HEAD_KEYPOINTS,
    HEADS_KEY,
    ID_COLUMN,
    IGNORE_COLUMN,
    IMAGE_FACT,
    KEYS_COLUMN,
    CocoFile,
    WrittenHead,
    head_keypoint_categories,
    label_file,
    split_of,
    written_files,
)
from gta_head_tools.annotations import Boxes, Ids, ImageAnnotations, joined, known, off_centre
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import ConfigError, DatasetLayoutError
from gta_head_tools.geometry import any_in_row, around, from_xywh, to_xywh
from gta_head_tools.whole_files import replacing

_ENCODER = msgspec.json.Encoder()
_HEAD_CATEGORY = {"id": 1, "name": "head", "supercategory": "person"}
_AT_ONCE = 3000
"""Heads from which on those that wait are written."""
_OF_THE_BOX = ("bbox", "area", "segmentation")
"""Kept keys that are out of date once the box has changed."""


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How to write.

    Attributes:
        keypoints: write every point as a keypoint, the standard way, instead of under a key of ours.
    """

    keypoints: bool = False


def write(dataset: Dataset, target: Path, options: WriteOptions, images: ImageMode) -> None:
    """Write `annotations/instances_<split>.json` and `images/` below `target`, or `target` alone if it is a `.json`.

    Raises:
        DatasetLayoutError: the target cannot be written, a picture is missing, two images of a file have one name, or
            two source files contradict.
    """
    lone = target.suffix == ".json"
    names = kept_paths(dataset)
    file_of = _files(dataset, target, lone=lone)
    _check_names(dataset, names, file_of)
    with ExitStack() as files:
        outputs: dict[Path, _Output] = {}
        for path, sources in _sources(dataset, file_of).items():
            file = files.enter_context(files.enter_context(replacing(path)).open("wb"))
            outputs[path] = _Output(file, path, sources, options.keypoints, lone)
        for scene, scene_names in zip(dataset.scenes, names, strict=True):
            for image, name in zip(dataset.load(scene), scene_names, strict=True):
                outputs[file_of(image.info.split)].add(image, name, scene)
                if not lone and images != "none":
                    place_picture(dataset, image.info, target / "images" / name, images)
        for output in outputs.values():
            output.finish()
    if not lone:
        _remove_others(target / "annotations", set(outputs))


def _files(dataset: Dataset, target: Path, *, lone: bool) -> Callable[[str | None], Path]:
    """The file that is written for a split, as a function of the split."""

    @cache
    def file_of(split: str | None) -> Path:
        return target if lone else target / "annotations" / label_file(split, path=dataset.source)

    return file_of


def places(scene: Scene, source: Path) -> list[str]:
    """The files of the splits that its pictures are in."""
    return [f"annotations/{label_file(split, path=source)}" for split in scene.splits]


def _check_names(dataset: Dataset, names: Sequence[Sequence[str]], file_of: Callable[[str | None], Path]) -> None:
    by_file: dict[Path, list[str]] = {}
    infos = (info for scene in dataset.scenes for info in scene.images)
    for info, name in zip(infos, chain.from_iterable(names), strict=True):
        by_file.setdefault(file_of(info.split), []).append(name)
    for in_file in by_file.values():
        check_distinct([in_file], path=dataset.source)


def _sources(dataset: Dataset, file_of: Callable[[str | None], Path]) -> dict[Path, list[CocoFile | None]]:
    """The files to write, and the source files that their images come from (None = no COCO file)."""
    found: dict[Path, dict[str | None, CocoFile | None]] = {}
    for info in (info for scene in dataset.scenes for info in scene.images):
        source: CocoFile | None = info.facts.get(FILE_FACT)
        found.setdefault(file_of(info.split), {})[source.path if source else None] = source
    none = file_of(None)
    return {path: list(sources.values()) for path, sources in found.items()} or {none: []}


class _Output:
    """A file being written: heads are written as they come, images (0.15 kB each) are held until the end."""

    def __init__(
        self, file: BinaryIO, path: Path, sources: Sequence[CocoFile | None], keypoints: bool, lone: bool
    ) -> None:
        self.file, self.path, self.keypoints, self.lone = file, path, keypoints, lone
        self.keys = _merged_keys([source for source in sources if source], path)
        only = sources[0] if len(sources) == 1 else None
        self.keeps_ids = only is not None
        self.next_head = only.next_id if only else 1
        self.images: list[bytes] = []
        self.separator = b"\n"
        self.waiting: list[tuple[ImageAnnotations, int]] = []
        self.heads_waiting = 0
        heads = dict.fromkeys(number for source in sources if source for number in source.heads)
        self.first_category: int = next(iter(heads), self.keys["categories"][0]["id"])
        self._tell_heads(set(heads) | ({self.first_category} if None in sources else set()))
        self.headed = head_keypoint_categories(self.keys["categories"])
        self.pointed: set[int] = set()
        self.file.write(b'{"annotations":[')

    def _tell_heads(self, heads: set[int]) -> None:
        """Name the categories that are heads where a reader would take others by their names."""
        self.keys.pop(HEADS_KEY, None)
        by_name = choose_heads((category["id"], category["name"]) for category in self.keys["categories"])
        if heads and {number for number, _ in by_name.chosen} != heads:
            self.keys[HEADS_KEY] = sorted(heads)

    def add(self, image: ImageAnnotations, name: str, scene: Scene) -> None:
        """Write the heads of an image."""
        own = image.info.facts.get(IMAGE_FACT, {})
        number = own["id"] if self.keeps_ids else len(self.images) + 1
        self.images.append(_ENCODER.encode(self._image_record(image, name, scene, own, number)))
        self.waiting.append((image, number))
        self.heads_waiting += len(image)
        if self.heads_waiting >= _AT_ONCE:
            self._write_heads()

    def _write_heads(self) -> None:
        """Write the heads that wait: those of many images together, because each call of numpy takes its time."""
        waiting = [(image, number) for image, number in self.waiting if len(image)]
        self.waiting, self.heads_waiting = [], 0
        if not waiting:
            return
        heads = joined([image for image, _ in waiting])
        numbers = np.repeat(np.array([number for _, number in waiting]), [len(image) for image, _ in waiting])
        columns = self._columns(heads, numbers, [image for image, _ in waiting])
        text = plain_lines(columns) if KEYS_COLUMN not in heads.extra else None
        if text is None:
            text = _ENCODER.encode_lines(_with_kept(records_of(columns), heads, columns.xywh)).replace(b"\n", b",\n")
        self.file.write(self.separator + text.removesuffix(b",\n"))
        self.separator = b",\n"

    def finish(self) -> None:
        """Write the heads that wait, then the images and the other keys."""
        self._write_heads()
        for category in self.keys["categories"]:
            if category["id"] in self.pointed and not category.get("keypoints"):
                category |= {"keypoints": HEAD_KEYPOINTS, "skeleton": []}
        self.file.write(b'\n],\n"images":[\n' + b",\n".join(self.images) + b"\n]")
        for key, value in self.keys.items():
            self.file.write(b",\n" + _ENCODER.encode(key) + b":" + _ENCODER.encode(value))
        self.file.write(b"}\n")

    def _image_record(
        self, image: ImageAnnotations, name: str, scene: Scene, own: dict[str, Any], number: int
    ) -> dict[str, Any]:
        info = image.info
        stored = "scene" in own if FILE_FACT in info.facts else not scene.assumed
        ours = {
            "width": info.width or None,
            "height": info.height or None,
            "scene": info.scene if stored and info.scene else None,
            "frame": info.frame,
            "split": info.split if info.split != split_of(self.path) else None,
        }
        known = {key: value for key, value in ours.items() if value is not None}
        return {
            "id": number,
            "file_name": name,
            **known,
            **{key: own[key] for key in own if key not in {"id", "scene"}},
        }

    @np.errstate(over="ignore", invalid="ignore")  # What is not finite is refused below.
    def _columns(self, heads: ImageAnnotations, numbers: Ids, images: Sequence[ImageAnnotations]) -> WrittenHeads:
        """The heads of these images as they are written; `numbers` (N,) are the ids of their images."""
        ones = np.ones(len(heads))
        boxed = heads.has_box
        boxes = heads.boxes
        if not boxed.all():
            boxes = np.where(boxed[:, None], boxes, around(heads.points, ones, ones))
        xywh, points = np.round(to_xywh(boxes), DECIMALS), np.round(heads.points, DECIMALS)
        finite = ~(any_in_row(~np.isfinite(xywh)) | any_in_row(~np.isfinite(points)))
        if not finite.all():
            ends = np.cumsum([len(image) for image in images])
            path = images[int(np.searchsorted(ends, np.argmin(finite), side="right"))].info.path
            raise ConfigError(f"{path}: a head without finite coordinates cannot be written; check the data")
        categories = np.concatenate([self._categories(image) for image in images])
        keyed = ~boxed | self.keypoints
        if self.headed:
            keyed |= np.isin(categories, list(self.headed))
        if keyed.any():
            self.pointed.update(np.unique(categories[keyed]).tolist())
        visibility = np.asarray(heads.extra.get("visibility", ones * np.nan), dtype=np.float64)
        crowd, ignored = _flags(heads)
        return WrittenHeads(
            id=self._ids(heads),
            image_id=numbers,
            category_id=categories,
            xywh=xywh,
            crowd=crowd,
            ignored=ignored,
            points=points,
            pointed=off_centre(heads) & ~keyed,
            marks=np.where(visibility == 0, 1, 2),
            keyed=keyed,
            track_id=heads.ids,
            visibility=np.where(keyed & (visibility == 0), np.nan, visibility),
            score=np.asarray(heads.extra.get("score", ones * np.nan), dtype=np.float64),
            box_known=boxed,
        )

    def _ids(self, image: ImageAnnotations) -> Ids:
        none = np.full(len(image), -1)
        ids = np.array(image.extra.get(ID_COLUMN, none) if self.keeps_ids else none, dtype=np.int64)
        fresh = np.flatnonzero(ids < 0)
        ids[fresh] = np.arange(self.next_head, self.next_head + len(fresh))
        self.next_head += len(fresh)
        return ids

    def _categories(self, image: ImageAnnotations) -> Ids:
        source: CocoFile | None = image.info.facts.get(FILE_FACT)
        first = np.full(len(image), source.heads[0] if source and source.heads else self.first_category)
        own = image.extra.get(CATEGORY_COLUMN, first) if source else first
        return np.where(own < 0, first, own).astype(np.int64)


def _flags(image: ImageAnnotations) -> tuple[Ids, Ids]:
    """`iscrowd` of each head, and `ignore`, -1 where it had no such key; as in the source while they mean the same."""
    now = image.ignore.astype(np.int64)
    stored = np.asarray(image.extra.get(IGNORE_COLUMN, np.full(len(image), -1)), dtype=np.int64)
    same = (stored > 0) == image.ignore
    crowd = np.where(same & (stored >= 0), stored & 1, now)
    return crowd, np.where(stored < 0, -1, np.where(same, stored >> 1, now))


def _with_kept(
    records: list[WrittenHead | dict[str, Any]], image: ImageAnnotations, xywh: Boxes
) -> list[WrittenHead | dict[str, Any]]:
    """The records with the keys kept from their source; without those of the box where the box has changed."""
    if KEYS_COLUMN not in image.extra:
        return records
    off = off_centre(image) | ~image.has_box
    for row in np.flatnonzero(known(image.extra[KEYS_COLUMN])).tolist():
        kept: dict[str, Any] = msgspec.json.decode(image.extra[KEYS_COLUMN][row])
        before = np.round(to_xywh(from_xywh(np.array([kept["bbox"]], dtype=np.float64))), DECIMALS)
        if not np.array_equal(before[0], xywh[row]):
            kept = {key: value for key, value in kept.items() if key not in _OF_THE_BOX}
        record = {**msgspec.to_builtins(records[row]), **kept}
        if "keypoints" in kept and off[row]:
            record["point"] = np.round(image.points[row], DECIMALS).tolist()
        if record.get("keypoints", ()) is None:
            record = {key: value for key, value in record.items() if key not in {"keypoints", "num_keypoints"}}
        records[row] = record
    return records


def _merged_keys(sources: Sequence[CocoFile], path: Path) -> dict[str, Any]:
    """Top-level keys of a file made from these sources: those of the first, with the categories of all."""
    keys: dict[str, Any] = {"info": {"description": "heads"}, "licenses": []} if not sources else {}
    categories: dict[int, dict[str, Any]] = {}
    for source in sources:
        keys = {**source.keys, **keys}
        for category in source.categories:
            if categories.setdefault(category["id"], category) != category:
                raise DatasetLayoutError(
                    path, f"its sources mean different things by category {category['id']}; convert them one by one"
                )
    # Copy, because writing adds keys to a category and the source must not change.
    keys["categories"] = [dict(category) for category in categories.values()] or [dict(_HEAD_CATEGORY)]
    return keys


def _remove_others(folder: Path, written: set[Path]) -> None:
    # An earlier run over more splits left these files; they would be read as part of this data set.
    for other in set(written_files(folder)) - written:
        other.unlink()
