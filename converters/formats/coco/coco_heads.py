"""The annotations of a COCO file as columns: decoded piece by piece, so that no list of all records ever exists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from converters.files.json_file import no_json, wrong_value
from converters.formats.coco.coco_open import OpenedFile
from converters.formats.coco.coco_records import (
    CATEGORY_COLUMN,
    ID_COLUMN,
    IGNORE_COLUMN,
    KEYS_COLUMN,
    HeadRecord,
    LooseHeadRecord,
    head_keypoint_categories,
)
from converters.formats.coco.coco_spellings import Spellings, spelt_otherwise
from gta_head_tools.annotations import UNKNOWN, Boxes, Ids, ImageAnnotations, ImageInfo
from gta_head_tools.errors import DataFormatError
from gta_head_tools.geometry import centres, from_xywh, to_xywh

DECIMALS = 6
"""Digits after the point that coordinates are written with."""

_ALWAYS: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {
    "points": (np.float64, (2,)),
    "boxes": (np.float64, (4,)),
    "ids": (np.int64, ()),
    "ignore": (np.bool_, ()),
    "image_id": (np.int64, ()),
    ID_COLUMN: (np.int64, ()),
}
"""Columns that every annotation fills: type, and shape of a row."""
_PIECE = 4_000_000
"""Bytes decoded at once: enough to be fast, and few enough that the records of a piece need little memory."""
_BETWEEN = re.compile(rb"\}\s*,\s*(?=\{)")
_KNOWN = frozenset(HeadRecord.__struct_fields__)
_FAST = msgspec.json.Decoder(list[HeadRecord])
_LOOSE = msgspec.json.Decoder(list[LooseHeadRecord])
_KEYS = msgspec.json.Decoder(list[dict[str, Any]])
_PLAIN = msgspec.json.Decoder(list[Any])

Records = Sequence[HeadRecord]
Kept = dict[str, Any]
"""Keys of one annotation that have no column."""
Columns = dict[str, NDArray[Any]]
"""Columns of heads by name: those of the model, and `image_id`."""


@dataclass(frozen=True, slots=True)
class FileHeads:
    """All annotations of a file.

    Attributes:
        heads: annotations of the categories that are heads, in the order of the file; extra columns as in
            `coco_records`.
        images: (N,) number of each head's image in the file.
        counts: annotations by id of their category, also of those that are no heads.
        next_id: larger than every annotation id.
        renumbered: heads whose annotation has no id of its own.
        outlined: annotations whose box is that of their outline or mask.
    """

    heads: ImageAnnotations
    images: NDArray[np.int64]
    counts: Mapping[int, int]
    next_id: int
    renumbered: int
    outlined: int


@np.errstate(over="ignore")  # Boxes beyond float64 are findings of checks, and no warnings of numpy.
def read_heads(opened: OpenedFile, heads: Sequence[int]) -> FileHeads:
    """The heads among the annotations of a file.

    Args:
        opened: the file.
        heads: ids of the categories that are heads.

    Raises:
        DataFormatError: a record is not what it should be, or refers to no image or category.
    """
    path, categories = opened.path, opened.keys["categories"]
    image_ids, category_ids = _integers(opened.image_ids.numbers), _integers(opened.category_ids.numbers)
    headed = head_keypoint_categories(categories)
    spellings = Spellings.of(path, opened.image_ids, opened.category_ids, categories)
    columns = {name: np.empty((opened.most, *shape), dtype) for name, (dtype, shape) in _ALWAYS.items()}
    rare: list[tuple[int, Columns]] = []
    counts: Counter[int] = Counter()
    count, passed, next_id = 0, 0, 1
    for records, kept in _pieces(opened.annotations, spellings):
        part, seldom = _columns(records, kept, headed), _rare_columns(records, kept, headed)
        _check_references(part, passed, path, image_ids, category_ids)
        used, times = np.unique(part[CATEGORY_COLUMN], return_counts=True)
        counts.update(dict(zip(used.tolist(), times.tolist(), strict=True)))
        next_id = max(next_id, int(part[ID_COLUMN].max(initial=0)) + 1)
        are_heads = np.isin(part[CATEGORY_COLUMN], heads)
        if not are_heads.all():
            part, seldom = ({name: values[are_heads] for name, values in of.items()} for of in (part, seldom))
        own_categories = part.pop(CATEGORY_COLUMN)
        if len(own_categories) and np.any(own_categories != heads[0]):
            seldom[CATEGORY_COLUMN] = own_categories
        found = len(own_categories)
        for name, values in part.items():
            columns[name][count : count + found] = values
        rare += [(count, seldom)] if seldom else []
        count += found
        passed += len(records)
    columns = {name: values[:count] for name, values in columns.items()} | _whole(rare, count)
    order = np.argsort(image_ids)
    images = order[np.searchsorted(image_ids, columns.pop("image_id"), sorter=order)]
    columns[ID_COLUMN], renumbered = _own_ids(columns[ID_COLUMN])
    return FileHeads(_as_heads(columns), images, counts, next_id, renumbered, spellings.outlined)


def _own_ids(ids: Ids) -> tuple[Ids, int]:
    """The ids with -1 where one is not above 0, or that of a head before; and how many these are."""
    if not len(ids) or (ids[0] > 0 and bool(np.all(ids[1:] > ids[:-1]))):
        return ids, 0
    own = np.zeros(len(ids), dtype=bool)
    own[np.unique(ids, return_index=True)[1]] = True
    own &= ids > 0
    return np.where(own, ids, -1), int((~own).sum())


def _whole(rare: Sequence[tuple[int, Columns]], count: int) -> Columns:
    """Rare columns for all heads, from (first row, columns) of the pieces that have them; unknown values elsewhere."""
    whole: Columns = {}
    for start, part in rare:
        for name, values in part.items():
            empty = np.full(count, UNKNOWN[values.dtype.kind], dtype=values.dtype)
            whole.setdefault(name, empty)[start : start + len(values)] = values
    return whole


def _as_heads(columns: Columns) -> ImageAnnotations:
    for values in columns.values():
        values.flags.writeable = False  # So that the annotations take them as they are, without a copy.
    points, boxes, ids, ignore = (columns.pop(name) for name in ("points", "boxes", "ids", "ignore"))
    return ImageAnnotations(ImageInfo(""), points, boxes=boxes, ids=ids, ignore=ignore, extra=columns)


def _pieces(text: memoryview, spellings: Spellings) -> Iterator[tuple[Records, dict[int, Kept]]]:
    """Some thousand records of the list at a time, and, by row, their keys that `HeadRecord` does not declare."""
    if bytes(text[:1]) != b"[":
        raise DataFormatError(
            spellings.path, "expected a list of annotations; make the file again", record="annotations"
        )
    start, end, count = 1, len(text) - 1, 0
    while start < end:
        search = start
        while True:
            cut = _BETWEEN.search(text, min(search + _PIECE, end), end)
            piece = b"[" + bytes(text[start : cut.start() + 1 if cut else end]) + b"]"
            records = _decoded(piece, spellings, count, last=cut is None)
            if records is not None:
                break
            # The cut went through a record that itself holds objects, so the piece is no valid list. Cut further on.
            assert cut is not None
            search = cut.end()
        if records[0]:
            yield records
        count += len(records[0])
        start = cut.end() if cut else end


def _decoded(piece: bytes, spellings: Spellings, first: int, *, last: bool) -> tuple[Records, dict[int, Kept]] | None:
    """Records of a piece that begins with record number `first`; None when it is cut at a wrong place."""
    if spellings.needed:
        return _respelt(piece, spellings, first, last=last)
    try:
        return _FAST.decode(piece), {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # An undeclared key, a wrong value or a wrong cut: the slower decoding below tells them apart.
    try:
        records = _LOOSE.decode(piece)
        own = [{key: record[key] for key in record.keys() - _KNOWN} for record in _KEYS.decode(piece)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _respelt(piece, spellings, first, last=last)
    if any(map(spelt_otherwise, set().union(*own))):
        return _respelt(piece, spellings, first, last=last)
    return records, {row: keys for row, keys in enumerate(own) if keys}


def _respelt(piece: bytes, spellings: Spellings, first: int, *, last: bool) -> tuple[Records, dict[int, Kept]] | None:
    """`_decoded` for records as other programs spell them."""
    path = spellings.path
    try:
        found = _PLAIN.decode(piece)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if not last:
            return None
        if isinstance(error, msgspec.ValidationError):
            raise _in_file(wrong_value(path, error, None, record="annotations"), first) from error
        raise no_json(path, error, piece, record="annotations") from error
    usual = [spellings.annotation(record, first + row) for row, record in enumerate(found)]
    try:
        records = msgspec.convert(usual, list[LooseHeadRecord])
    except msgspec.ValidationError as error:
        raise _in_file(wrong_value(path, error, usual, record="annotations"), first) from error
    own = ({key: record[key] for key in record.keys() - _KNOWN} for record in usual)
    return records, {row: keys for row, keys in enumerate(own) if keys}


def _in_file(error: DataFormatError, first: int) -> DataFormatError:
    """The error of a piece that begins with record number `first`, with the record's number in the whole file."""
    record = re.sub(r"\[(\d+)\]", lambda number: f"[{int(number[1]) + first}]", error.record or "", count=1)
    return DataFormatError(error.path, error.problem, record=record)


def _columns(records: Records, kept: dict[int, Kept], headed: set[int]) -> Columns:
    """The columns that are always there; what they cannot hold is added to `kept`."""
    crowd = np.array([record.iscrowd for record in records], dtype=bool)
    ignored = np.array([record.ignore for record in records], dtype=bool)
    xywh = np.array([record.bbox for record in records], dtype=np.float64).reshape(-1, 4)
    boxes = from_xywh(xywh)
    points = centres(boxes)
    for row, record in enumerate(records):
        if record.point is not None:
            points[row] = record.point
        elif record.keypoints is not None and _is_head_point(record, headed):
            points[row] = record.keypoints[:2]
    boxes[[not record.box_known for record in records]] = np.nan
    _keep_inexact(records, xywh, kept)
    return {
        "points": points,
        "boxes": boxes,
        "ids": _integers(record.track_id for record in records),
        "ignore": crowd | ignored,
        "image_id": _integers(record.image_id for record in records),
        ID_COLUMN: _integers(record.id for record in records),
        CATEGORY_COLUMN: _integers(record.category_id for record in records),
    }


def _rare_columns(records: Records, kept: dict[int, Kept], headed: set[int]) -> Columns:
    """The columns that only some records fill; keypoints that are not a head point are added to `kept`."""
    visibility = [record.visibility for record in records]
    for row, record in enumerate(records):
        if record.keypoints is None and record.num_keypoints is None:
            if record.category_id in headed:
                # None says that writing must not make keypoints for this head.
                kept.setdefault(row, {})["keypoints"] = None
        elif not _is_head_point(record, headed):
            values = {"keypoints": record.keypoints, "num_keypoints": record.num_keypoints}
            kept.setdefault(row, {}).update({key: value for key, value in values.items() if value is not None})
        elif visibility[row] is None and record.keypoints is not None and record.keypoints[2] == 1:
            visibility[row] = 0.0
    columns: Columns = {}
    for name, numbers in (("visibility", visibility), ("score", [record.score for record in records])):
        if numbers.count(None) < len(numbers):
            columns[name] = np.array(numbers, dtype=np.float64)
    if any(record.ignore is not None for record in records):
        both = ((record.ignore, record.iscrowd) for record in records)
        columns[IGNORE_COLUMN] = _integers(-1 if flag is None else 2 * bool(flag) + bool(crowd) for flag, crowd in both)
    if kept:
        columns[KEYS_COLUMN] = np.full(len(records), UNKNOWN["O"], dtype=object)
        for row, keys in kept.items():
            # The box is kept too: if it has changed, area and segmentation are out of date and are not written again.
            columns[KEYS_COLUMN][row] = msgspec.json.encode({"bbox": records[row].bbox, **keys})
    return columns


def _is_head_point(record: HeadRecord, headed: set[int]) -> bool:
    """True when its keypoints are the one head point, visible (2) or hidden (1)."""
    triple = record.keypoints or ()
    return record.category_id in headed and len(triple) == 3 and triple[2] in (1, 2)


def _integers(values: Iterable[int]) -> NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)


def _keep_inexact(records: Records, xywh: Boxes, kept: dict[int, Kept]) -> None:
    """Add to `kept` the boxes with more decimals than are written, and areas that are not width times height."""
    areas = np.array([record.area for record in records], dtype=np.float64)
    inexact = np.any(np.round(to_xywh(from_xywh(xywh)), DECIMALS) != xywh, axis=1)
    own_area = ~np.isnan(areas) & (areas != xywh[:, 2] * xywh[:, 3])
    for row in np.flatnonzero(inexact | own_area).tolist():
        area = records[row].area
        kept.setdefault(row, {}).update({} if area is None else {"area": area})


def _check_references(
    part: Columns, first: int, path: Path, image_ids: NDArray[np.int64], category_ids: NDArray[np.int64]
) -> None:
    columns = (
        ("image_id", part["image_id"], image_ids, "images"),
        ("category_id", part[CATEGORY_COLUMN], category_ids, "categories"),
    )
    for key, used, known, where in columns:
        wrong = np.flatnonzero(~np.isin(used, known))
        if len(wrong):
            row = int(wrong[0])
            problem = f"nothing in {where} has the id {used[row]}; add it, or remove the annotation"
            raise DataFormatError(path, problem, record=f"annotations[{first + row}].{key}")
