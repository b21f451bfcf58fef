"""Annotations of COCO as lines of JSON, from columns: by compiled code where all have the same keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from converters.formats.coco.coco_columns import DECIMALS
from converters.formats.coco.coco_records import WrittenHead
from gta_head_tools.annotations import Boxes, Ids, Mask, Points
from gta_head_tools.worth_compiling import worth_compiling

if TYPE_CHECKING:
    from converters.files.numbers.compiled_rows import Column, Style

_ENCODER = msgspec.json.Encoder()
_SAVED = 7e-7
"""Seconds that compiled code saves for each head."""


@dataclass(frozen=True, slots=True)
class WrittenHeads:
    """Annotations as they are written, each key a column of N values, rounded and finite.

    Attributes:
        id: of the annotation.
        image_id: of its image.
        category_id: of its category.
        xywh: (N, 4) `bbox`; `area` is width times height.
        crowd: `iscrowd`.
        ignored: `ignore`, -1 = left out.
        points: (N, 2) the head points.
        pointed: the point is written as `point`.
        marks: what stands beside the point among keypoints, 2 = visible, 1 = hidden.
        keyed: the point is written as a keypoint.
        track_id: of the person, below 0 = left out.
        visibility: NaN = left out.
        score: NaN = left out.
        box_known: left out where it is true.
    """

    id: Ids
    image_id: Ids
    category_id: Ids
    xywh: Boxes
    crowd: Ids
    ignored: Ids
    points: Points
    pointed: Mask
    marks: Ids
    keyed: Mask
    track_id: Ids
    visibility: NDArray[np.float64]
    score: NDArray[np.float64]
    box_known: Mask

    @property
    def area(self) -> NDArray[np.float64]:
        """(N,) width times height."""
        with np.errstate(over="ignore"):
            return np.asarray(self.xywh[:, 2] * self.xywh[:, 3])


def records_of(heads: WrittenHeads) -> list[WrittenHead | dict[str, Any]]:
    """The annotations as records."""
    pairs = heads.points.tolist()
    keyed = heads.keyed
    triples = [[*pair, mark] for pair, mark in zip(pairs, heads.marks.tolist(), strict=True)] if keyed.any() else []
    return list(
        map(
            WrittenHead,
            heads.id.tolist(),
            heads.image_id.tolist(),
            heads.category_id.tolist(),
            heads.xywh.tolist(),
            heads.area.tolist(),
            heads.crowd.tolist(),
            _set(heads.ignored >= 0, heads.ignored.tolist()),
            _set(heads.pointed, pairs),
            _set(keyed, triples),
            _set(keyed, repeat(1)),
            _set(heads.track_id >= 0, heads.track_id.tolist()),
            _set(~np.isnan(heads.visibility), heads.visibility.tolist()),
            _set(~np.isnan(heads.score), heads.score.tolist()),
            _set(~heads.box_known, repeat(False)),
        )
    )


def _set(mask: Mask, values: Iterable[Any]) -> Iterable[Any | UnsetType]:
    """`values` where the mask is true, nothing elsewhere."""
    if not mask.any():
        return repeat(UNSET)
    return [value if there else UNSET for value, there in zip(values, mask.tolist(), strict=False)]


def plain_lines(heads: WrittenHeads) -> bytes | None:
    """The lines of the same records, each ended by a comma and a newline; None where they have different keys."""
    masks = [heads.ignored >= 0, heads.pointed, heads.keyed, heads.track_id >= 0, ~heads.box_known]
    masks += [~np.isnan(heads.visibility), ~np.isnan(heads.score)]
    if any(mask[0] != mask[-1] or not (mask == mask[0]).all() for mask in masks):
        return None
    if not worth_compiling("converters.files.numbers.compiled_rows", len(heads.id) * _SAVED):
        return None
    from converters.files.numbers.compiled_rows import Style, written_rows

    line = _Line()
    line.add(b'{"id":', heads.id, Style.WHOLE)
    line.add(b',"image_id":', heads.image_id, Style.WHOLE)
    line.add(b',"category_id":', heads.category_id, Style.WHOLE)
    line.add_list(b',"bbox":[', heads.xywh, Style.JSON)
    line.add(b',"area":', _texts(heads.area), Style.TEXT)
    line.add(b',"iscrowd":', heads.crowd, Style.WHOLE)
    ignored, pointed, keyed, tracked, boxless, seen, scored = (bool(mask[0]) for mask in masks)
    if ignored:
        line.add(b',"ignore":', heads.ignored, Style.WHOLE)
    if pointed:
        line.add_list(b',"point":[', heads.points, Style.JSON)
    if keyed:
        line.add_list(b',"keypoints":[', heads.points, Style.JSON)
        line.constant = b","
        line.add(b"", heads.marks, Style.WHOLE)
        line.constant = b'],"num_keypoints":1'
    if tracked:
        line.add(b',"track_id":', heads.track_id, Style.WHOLE)
    if seen:
        line.add(b',"visibility":', _texts(heads.visibility), Style.TEXT)
    if scored:
        line.add(b',"score":', _texts(heads.score), Style.TEXT)
    end = line.constant + (b',"box_known":false' if boxless else b"") + b"},\n"
    # No whole number is left out: those that can be are known to be there.
    written = written_rows([*line.between, end], line.columns, line.styles, decimals=DECIMALS, empty=-(2**63))
    return written[0] if written else None


class _Line:
    """The columns of a line, and the constant texts between them."""

    def __init__(self) -> None:
        self.between: list[bytes] = []
        self.columns: list[Column] = []
        self.styles: list[Style] = []
        self.constant = b""

    def add(self, before: bytes, column: Column, style: Style) -> None:
        self.between.append(self.constant + before)
        self.columns.append(column)
        self.styles.append(style)
        self.constant = b""

    def add_list(self, before: bytes, table: NDArray[np.float64], style: Style) -> None:
        for place in range(table.shape[1]):
            self.add(b"," if place else before, table[:, place], style)
        self.constant = b"]"


def _texts(numbers: NDArray[np.float64]) -> bytes:
    return _ENCODER.encode(numbers.tolist())[1:-1]
