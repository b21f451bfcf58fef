"""The annotations of a COCO file as columns: decoded piece by piece, so that no list of all records ever exists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from converters.files.numbers.gathered_columns import GatheredColumns
from converters.files.numbers.long_text import ListText
from converters.files.records.json_file import no_json, wrong_value
from converters.formats.coco.coco_columns import (
    Columns,
    Kept,
    RawHeads,
    from_records,
    rare_columns,
    scan,
    usual_columns,
)
from converters.formats.coco.coco_defects import AnnotationDefects
from converters.formats.coco.coco_ids import Ids as CocoIds
from converters.formats.coco.coco_open import OpenedFile
from converters.formats.coco.coco_records import (
    CATEGORY_COLUMN,
    ID_COLUMN,
    HeadRecord,
    LooseHeadRecord,
    head_keypoint_categories,
)
from converters.formats.coco.coco_spellings import Spellings, spelt_otherwise
from gta_head_tools.annotations import Ids, Mask
from gta_head_tools.errors import DataFormatError
from gta_head_tools.repeated_keys import refuse_repeated_keys
from gta_head_tools.unreadable import collects

_ALWAYS: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {
    "points": (np.float64, (2,)),
    "boxes": (np.float64, (4,)),
    "ids": (np.int64, ()),
    "ignore": (np.bool_, ()),
    "image_id": (np.int64, ()),
    ID_COLUMN: (np.int64, ()),
}
"""Columns that every annotation fills: type, and shape of a row."""
_PIECE = 1_000_000
"""Bytes decoded at once: enough to be fast, and few enough that the records of a piece need little memory."""
_OVERLAP = 1 << 16
"""Bytes that are read after those, in which a record usually ends."""
_BETWEEN = re.compile(rb"\}\s*,\s*(?=\{)")
_KNOWN = frozenset(HeadRecord.__struct_fields__)
_FAST = msgspec.json.Decoder(list[HeadRecord])
_LOOSE = msgspec.json.Decoder(list[LooseHeadRecord])
_KEYS = msgspec.json.Decoder(list[dict[str, Any]])
_PLAIN = msgspec.json.Decoder(list[Any])


@dataclass(frozen=True, slots=True)
class FileHeads:
    """All annotations of a file.

    Attributes:
        columns: those of the annotations of the categories that are heads, in the order of the file; extra columns as
            in `coco_records`. They are taken out of here when the heads of all files are joined, to be held once.
        images: (N,) number of each head's image in the file.
        counts: annotations by id of their category, also of those that are no heads.
        next_id: larger than every annotation id.
        renumbered: heads whose annotation has no id of its own.
        defects: what checks tell of the annotations.
        outlined: annotations whose box is that of their outline or mask.
    """

    columns: Columns
    images: NDArray[np.int64]
    counts: Mapping[int, int]
    next_id: int
    renumbered: int
    outlined: int
    defects: AnnotationDefects


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
    image_ids, category_ids = _ids(opened.image_ids), _ids(opened.category_ids)
    headed = head_keypoint_categories(categories)
    spellings = Spellings.of(path, opened.image_ids, opened.category_ids, categories)
    if opened.annotations is None:
        raise DataFormatError(path, "expected a list of annotations; make the file again", record="annotations")
    gathered = GatheredColumns(len(opened.annotations))
    gathered.add({name: np.empty((0, *shape), dtype) for name, (dtype, shape) in _ALWAYS.items()}, 0)
    counts: Counter[int] = Counter()
    defects = AnnotationDefects()
    passed, next_id = 0, 1
    for raw, kept, done in _pieces(opened.annotations, spellings):
        part, seldom = usual_columns(raw, kept, headed), rare_columns(raw, kept, headed)
        there = _referring(part, passed, path, (image_ids, category_ids), defects)
        counts.update(_counted(part[CATEGORY_COLUMN]))
        next_id = max(next_id, int(part[ID_COLUMN].max(initial=0)) + 1)
        plainly = bool(heads) and bool((part[CATEGORY_COLUMN] == heads[0]).all())
        are_heads = np.ones(len(raw), dtype=bool) if plainly else np.isin(part[CATEGORY_COLUMN], heads)
        are_heads &= there
        defects.add(raw, kept, are_heads, passed)
        passed += len(raw)
        if not are_heads.all():
            part, seldom = ({name: values[are_heads] for name, values in of.items()} for of in (part, seldom))
        own_categories = part.pop(CATEGORY_COLUMN)
        if len(own_categories) and np.any(own_categories != heads[0]):
            seldom[CATEGORY_COLUMN] = own_categories
        gathered.add(part, done, seldom)
    columns = gathered.joined()
    images = _places(columns.pop("image_id"), image_ids)
    own = _own_ids(columns[ID_COLUMN])
    defects.add_ids(columns[ID_COLUMN], own)
    if not own.all():
        columns[ID_COLUMN] = np.where(own, columns[ID_COLUMN], -1)
    renumbered = len(own) - int(np.count_nonzero(own))
    return FileHeads(columns, images, counts, next_id, renumbered, spellings.outlined, defects)


def _ids(ids: CocoIds) -> Ids:
    return np.array(ids.numbers, dtype=np.int64)


def _runs(numbers: Ids) -> NDArray[np.intp]:
    """Where runs of equal numbers begin: neighbours mostly have one image and category, so few have to be looked up."""
    first = np.ones(len(numbers), dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
    return np.flatnonzero(first)


def _places(numbers: Ids, known: Ids) -> NDArray[np.int64]:
    """(N,) the place of each number in `known`, which has all of them."""
    order, runs = np.argsort(known), _runs(numbers)
    places = order[np.searchsorted(known, numbers[runs], sorter=order)]
    return np.repeat(places, np.diff(runs, append=len(numbers)))


def _own_ids(ids: Ids) -> Mask:
    """(N,) False for ids that are not above 0, or that of a head before."""
    if not len(ids) or (ids[0] > 0 and bool(np.all(ids[1:] > ids[:-1]))):
        return np.ones(len(ids), dtype=bool)
    own = np.zeros(len(ids), dtype=bool)
    own[np.unique(ids, return_index=True)[1]] = True
    return own & (ids > 0)


def _counted(numbers: Ids) -> dict[int, int]:
    """How often each number is there."""
    if len(numbers) and (numbers == numbers[0]).all():
        return {int(numbers[0]): len(numbers)}
    used, times = np.unique(numbers, return_counts=True)
    return dict(zip(used.tolist(), times.tolist(), strict=True))


def _pieces(text: ListText, spellings: Spellings) -> Iterator[tuple[RawHeads, dict[int, Kept], int]]:
    """Some thousand annotations at a time, by row their keys that `HeadRecord` does not declare, and where they end."""
    start, count = 0, 0
    while start < len(text):
        search = _PIECE
        part = text.part(start, min(start + _PIECE + _OVERLAP, len(text)))
        while True:
            cut = _BETWEEN.search(part, min(search, len(part)))
            if cut is None and start + len(part) < len(text):
                part = text.part(start, min(start + len(part) + max(_PIECE, len(part)), len(text)))
                continue
            heads = _decoded(part[: cut.start() + 1] if cut else part, spellings, count, last=cut is None)
            if heads is not None:
                break
            # The cut went through a record that itself holds objects, so the piece is no valid list. Cut further on.
            assert cut is not None
            search = cut.end()
        start += cut.end() if cut else len(part)
        count += len(heads[0])
        if len(heads[0]):
            yield *heads, start


def _decoded(piece: bytes, spellings: Spellings, first: int, *, last: bool) -> tuple[RawHeads, dict[int, Kept]] | None:
    """The annotations of a piece that begins with number `first`; None when it is cut at a wrong place."""
    if not spellings.needed and (raw := scan(piece)) is not None:
        return raw, {}  # A key that is there twice is none that is scanned.
    piece = b"[" + piece + b"]"
    heads = _from_text(piece, spellings, first, last=last)
    if heads is not None:
        _refuse_repeated_keys(spellings.path, piece, first)
    return heads


def _from_text(
    piece: bytes, spellings: Spellings, first: int, *, last: bool
) -> tuple[RawHeads, dict[int, Kept]] | None:
    """`_decoded` for a list of any annotations."""
    if spellings.needed:
        return _respelt(piece, spellings, first, last=last)
    try:
        return from_records(_FAST.decode(piece)), {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # An undeclared key, a wrong value or a wrong cut: the slower decoding below tells them apart.
    try:
        records = _LOOSE.decode(piece)
        own = [{key: record[key] for key in record.keys() - _KNOWN} for record in _KEYS.decode(piece)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _respelt(piece, spellings, first, last=last)
    if any(map(spelt_otherwise, set().union(*own))):
        return _respelt(piece, spellings, first, last=last)
    return from_records(records), {row: keys for row, keys in enumerate(own) if keys}


def _respelt(piece: bytes, spellings: Spellings, first: int, *, last: bool) -> tuple[RawHeads, dict[int, Kept]] | None:
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
    return from_records(records), {row: keys for row, keys in enumerate(own) if keys}


def _refuse_repeated_keys(path: Path, piece: bytes, first: int) -> None:
    try:
        refuse_repeated_keys(path, piece, record="annotations")
    except DataFormatError as error:
        raise _in_file(error, first) from None


def _in_file(error: DataFormatError, first: int) -> DataFormatError:
    """The error of a piece that begins with record number `first`, with the record's number in the whole file."""
    record = re.sub(r"\[(\d+)\]", lambda number: f"[{int(number[1]) + first}]", error.record or "", count=1)
    return DataFormatError(error.path, error.problem, record=record)


def _referring(
    part: Columns, first: int, path: Path, ids: tuple[NDArray[np.int64], NDArray[np.int64]], defects: AnnotationDefects
) -> Mask:
    """(N,) True for annotations whose image and category are there.

    Raises:
        DataFormatError: that is not so, and nobody collects errors.
    """
    there = np.ones(len(part["image_id"]), dtype=bool)
    columns = (
        ("image_id", part["image_id"], ids[0], "images"),
        ("category_id", part[CATEGORY_COLUMN], ids[1], "categories"),
    )
    for key, used, known, where in columns:
        runs = _runs(used)
        wrong = runs[~np.isin(used[runs], known)]
        if len(wrong):
            row = int(wrong[0])
            record, problem = f"annotations[{first + row}].{key}", f"nothing in {where} has the id {used[row]}"
            if not collects():
                raise DataFormatError(path, f"{problem}; add it, or remove the annotation", record=record)
            lost = ~np.isin(used, known)
            defects.add_orphans(key, int(np.count_nonzero(lost)), record, str(used[row]))
            there &= ~lost
    return there
