"""Some thousand annotations of a COCO file, as columns: of plain ones by compiled code, of others from records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from converters.formats.coco.coco_records import (
    CATEGORY_COLUMN,
    ID_COLUMN,
    IGNORE_COLUMN,
    KEYS_COLUMN,
    HeadRecord,
)
from gta_head_tools.annotations import UNKNOWN, Boxes, Ids, Mask, Points
from gta_head_tools.geometry import any_in_row, centres, from_xywh, to_xywh
from gta_head_tools.worth_compiling import worth_compiling

if TYPE_CHECKING:
    from converters.files.numbers.compiled_records import Key

DECIMALS = 6
"""Digits after the point that coordinates are written with."""
_SAVED = 1.6e-8
"""Seconds that compiled code saves for each byte."""
_WHOLE = ("id", "image_id", "category_id", "iscrowd", "ignore", "num_keypoints", "track_id")
_FLOATS = {"bbox": 4, "area": 0, "point": 2, "keypoints": 3, "visibility": 0, "score": 0}

Numbers = NDArray[np.float64]
Columns = dict[str, NDArray[Any]]
"""Columns of heads by name: those of the model, and `image_id`."""
Kept = dict[str, Any]
"""Keys of one annotation that have no column."""


@dataclass(frozen=True, slots=True)
class RawHeads:
    """Annotations as they are written, each key a column of N values; -1 or NaN where an annotation lacks the key.

    Attributes:
        id: of the annotation.
        image_id: of its image.
        category_id: of its category.
        track_id: of the person.
        xywh: (N, 4) `bbox`.
        area: as it is written.
        crowd: `iscrowd`.
        ignored: 0 or 1.
        box_known: False where it is.
        point: (N, 2).
        triple: (N, 3) `keypoints` where these are three numbers.
        keyed: there are `keypoints` or `num_keypoints`.
        keypoint_keys: these two keys of an annotation, by its number.
        visibility: as it is written.
        score: as it is written.
    """

    id: Ids
    image_id: Ids
    category_id: Ids
    track_id: Ids
    xywh: Boxes
    area: Numbers
    crowd: Mask
    ignored: Ids
    box_known: Mask
    point: Points
    triple: Numbers
    keyed: Mask
    keypoint_keys: Callable[[int], Kept]
    visibility: Numbers
    score: Numbers

    def __len__(self) -> int:
        return len(self.id)


def scan(text: bytes) -> RawHeads | None:
    """Annotations whose values are all plain numbers; None where one has other keys or values.

    Args:
        text: what stands between the brackets of their list.
    """
    if not worth_compiling("converters.files.numbers.compiled_records", len(text) * _SAVED):
        return None
    from converters.files.numbers.compiled_numbers import MISSING
    from converters.files.numbers.compiled_records import scan_records

    if (values := scan_records(text, _scanned_keys())) is None:
        return None
    there = {name: column != MISSING for name, column in values.items() if column.dtype.kind == "i"}
    flags = (np.isin(values[name], (0, 1, MISSING)).all() for name in ("iscrowd", "ignore"))
    needed = (there["image_id"].all(), there["category_id"].all(), not np.isnan(values["bbox"]).any())
    if not all((*flags, *needed)):
        return None
    triple = values["keypoints"]
    has_triple = ~np.isnan(triple[:, 0])

    def keypoint_keys(row: int) -> Kept:
        keys = {"keypoints": triple[row].tolist()} if has_triple[row] else {}
        return {**keys, "num_keypoints": int(values["num_keypoints"][row])} if there["num_keypoints"][row] else keys

    return RawHeads(
        id=np.where(there["id"], values["id"], -1),
        image_id=values["image_id"],
        category_id=values["category_id"],
        track_id=np.where(there["track_id"], values["track_id"], -1),
        xywh=np.ascontiguousarray(values["bbox"]),
        area=values["area"],
        crowd=values["iscrowd"] == 1,
        ignored=np.where(there["ignore"], values["ignore"], -1),
        box_known=values["box_known"] != 0,
        point=values["point"],
        triple=triple,
        keyed=has_triple | there["num_keypoints"],
        keypoint_keys=keypoint_keys,
        visibility=values["visibility"],
        score=values["score"],
    )


def _scanned_keys() -> Sequence[Key]:
    from converters.files.numbers.compiled_records import Key

    floats = (Key(name, "float", count) for name, count in _FLOATS.items())
    return (*(Key(name, "whole") for name in _WHOLE), *floats, Key("box_known", "flag"))


def from_records(records: Sequence[HeadRecord]) -> RawHeads:
    """The same of decoded annotations."""

    def keypoint_keys(row: int) -> Kept:
        keys = {"keypoints": records[row].keypoints, "num_keypoints": records[row].num_keypoints}
        return {key: value for key, value in keys.items() if value is not None}

    nothing = (np.nan,) * 3
    triples = (record.keypoints for record in records)
    return RawHeads(
        id=_integers(record.id for record in records),
        image_id=_integers(record.image_id for record in records),
        category_id=_integers(record.category_id for record in records),
        track_id=_integers(record.track_id for record in records),
        xywh=_floats((record.bbox for record in records), 4),
        area=_floats((record.area for record in records), 1)[:, 0],
        crowd=np.array([record.iscrowd for record in records], dtype=bool),
        ignored=_integers(-1 if record.ignore is None else int(record.ignore) for record in records),
        box_known=np.array([record.box_known for record in records], dtype=bool),
        point=_floats((record.point or nothing[:2] for record in records), 2),
        triple=_floats((triple if triple is not None and len(triple) == 3 else nothing for triple in triples), 3),
        keyed=np.array(
            [record.keypoints is not None or record.num_keypoints is not None for record in records], dtype=bool
        ),
        keypoint_keys=keypoint_keys,
        visibility=_floats((record.visibility for record in records), 1)[:, 0],
        score=_floats((record.score for record in records), 1)[:, 0],
    )


def usual_columns(raw: RawHeads, kept: dict[int, Kept], headed: set[int]) -> Columns:
    """The columns that are always there; what they cannot hold is added to `kept`."""
    boxes = from_xywh(raw.xywh)
    points = centres(boxes)
    by_keypoint = _head_points(raw, headed)
    if by_keypoint.any():
        points[by_keypoint] = raw.triple[by_keypoint, :2]
    if (given := ~np.isnan(raw.point[:, 0])).any():
        points[given] = raw.point[given]
    _keep_inexact(raw, boxes, kept)
    boxes[~raw.box_known] = np.nan
    return {
        "points": points,
        "boxes": boxes,
        "ids": raw.track_id,
        "ignore": raw.crowd | (raw.ignored > 0),
        "image_id": raw.image_id,
        ID_COLUMN: raw.id,
        CATEGORY_COLUMN: raw.category_id,
    }


def rare_columns(raw: RawHeads, kept: dict[int, Kept], headed: set[int]) -> Columns:
    """The columns that only some annotations fill; keypoints that are not a head point are added to `kept`."""
    visibility = raw.visibility
    by_keypoint = _head_points(raw, headed)
    if headed:
        # None says that writing must not make keypoints for this head.
        for row in np.flatnonzero(~raw.keyed & np.isin(raw.category_id, list(headed))).tolist():
            kept.setdefault(row, {})["keypoints"] = None
        visibility = np.where(by_keypoint & np.isnan(visibility) & (raw.triple[:, 2] == 1), 0.0, visibility)
    for row in np.flatnonzero(raw.keyed & ~by_keypoint).tolist():
        kept.setdefault(row, {}).update(raw.keypoint_keys(row))
    found: Columns = {}
    for name, numbers in (("visibility", visibility), ("score", raw.score)):
        if not np.isnan(numbers).all():
            found[name] = numbers
    if np.any(raw.ignored >= 0):
        found[IGNORE_COLUMN] = np.where(raw.ignored < 0, -1, 2 * raw.ignored + raw.crowd)
    if kept:
        found[KEYS_COLUMN] = np.full(len(raw), UNKNOWN["O"], dtype=object)
        for row, keys in kept.items():
            # The box is kept too: if it has changed, area and segmentation are out of date and are not written again.
            found[KEYS_COLUMN][row] = msgspec.json.encode({"bbox": raw.xywh[row].tolist(), **keys})
    return found


def _head_points(raw: RawHeads, headed: set[int]) -> Mask:
    """(N,) True where the keypoints are the one head point, visible (2) or hidden (1)."""
    if not headed:
        return np.zeros(len(raw), dtype=bool)
    return np.isin(raw.category_id, list(headed)) & np.isin(raw.triple[:, 2], (1, 2))


def _keep_inexact(raw: RawHeads, boxes: Boxes, kept: dict[int, Kept]) -> None:
    """Add to `kept` the boxes with more decimals than are written, and areas that are not width times height."""
    inexact = any_in_row(np.round(to_xywh(boxes), DECIMALS) != raw.xywh)
    own_area = ~np.isnan(raw.area) & (raw.area != raw.xywh[:, 2] * raw.xywh[:, 3])
    for row in np.flatnonzero(inexact | own_area).tolist():
        area = raw.area[row].item()
        kept.setdefault(row, {}).update({} if np.isnan(area) else {"area": area})


def _integers(values: Iterable[int]) -> Ids:
    return np.array(list(values), dtype=np.int64)


def _floats(values: Iterable[Any], width: int) -> Numbers:
    return np.array(list(values), dtype=np.float64).reshape(-1, width)
