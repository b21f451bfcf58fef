"""What is odd in the annotations of a COCO file and cannot be seen in the heads: areas and ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from converters.formats.coco.coco_columns import Kept, Numbers, RawHeads
from gta_head_tools.annotations import Boxes, Ids, Mask
from gta_head_tools.dataset import LabelDefect

_LEAST = 0.5
"""Least area of an annotation without an outline, as a part of its box; 0.53 is usual for people without outlines."""
_LEAST_OUTLINED = 0.01
"""The same with an outline, which may be that of a thin thing."""


@dataclass(slots=True)
class AnnotationDefects:
    """Gathers the defects of the annotations of a file, piece by piece.

    Attributes:
        of: annotations of heads that were looked at.
        areas: annotations with a wrong area.
        first_area: number, area, width and height of the first of them.
        repeated: annotations with an id above 0 that an earlier one has.
        first_repeated: the first such id.
        below_one: annotations without an id, or with one of 0 or less.
        orphans: how many annotations refer to no image, or to no category, with record and value of the first of each.
    """

    of: int = 0
    areas: int = 0
    first_area: tuple[int, float, float, float] = (0, 0.0, 0.0, 0.0)
    repeated: int = 0
    first_repeated: int = 0
    below_one: int = 0
    orphans: dict[str, tuple[int, str, str]] = field(default_factory=dict)

    def add(self, raw: RawHeads, kept: Mapping[int, Kept], are_heads: Mask, first: int) -> None:
        """Look at a piece of the annotations.

        Args:
            raw: the annotations.
            kept: by row, keys that have no column.
            are_heads: (N,) True for annotations of heads.
            first: number of the first annotation in the file.
        """
        self.of += int(np.count_nonzero(are_heads))
        with np.errstate(invalid="ignore", over="ignore"):
            other = raw.area != raw.xywh[:, 2] * raw.xywh[:, 3]
        if not other.any():
            return
        wrong = other & are_heads & raw.box_known & _wrong_areas(raw.area, raw.xywh, _outlined(kept, len(raw)))
        if wrong.any():
            row = int(np.argmax(wrong))
            if not self.areas:
                self.first_area = first + row, float(raw.area[row]), *raw.xywh[row, 2:].tolist()
            self.areas += int(np.count_nonzero(wrong))

    def add_orphans(self, key: str, count: int, record: str, value: str) -> None:
        """Take up annotations whose image or category is not there.

        Args:
            key: that refers to it.
            count: of these annotations.
            record: the first of them.
            value: its key.
        """
        before, first, its = self.orphans.get(key, (0, record, value))
        self.orphans[key] = before + count, first, its

    def add_ids(self, ids: Ids, own: Mask) -> None:
        """Take up ids of heads.

        Args:
            ids: of all heads, -1 = none.
            own: (N,) False for ids below 1, and for those that an earlier head has.
        """
        repeated = ~own & (ids > 0)
        self.repeated, self.below_one = int(np.count_nonzero(repeated)), int(np.count_nonzero(ids <= 0))
        self.first_repeated = int(ids[np.argmax(repeated)]) if self.repeated else 0

    def told(self, file: Path) -> Iterator[LabelDefect]:
        """The defects as checks tell them."""
        for key, (count, record, value) in self.orphans.items():
            told = f"{count:,} annotations have the {key} of nothing that is there, and are left out; this is the first"
            yield LabelDefect(check="orphan-annotation", file=file, record=record, value=value, message=told)
        if self.areas:
            number, area, width, height = self.first_area
            told = (
                f"the area of {self.areas:,} of {self.of:,} annotations is neither that of the box nor of a part of it"
            )
            value = f"{area:.6g} for a box of {width:.6g} x {height:.6g}"
            yield LabelDefect(
                check="area-wrong", file=file, record=f"annotations[{number}].area", value=value, message=told
            )
        if self.repeated:
            told = f"{self.repeated:,} of {self.of:,} annotations have the id of an earlier one"
            value = str(self.first_repeated)
            yield LabelDefect(check="repeated-id", file=file, record="annotations", value=value, message=told)
        if self.below_one:
            told = "annotations have no id, or one that is a text, 0 or negative"
            value = f"{self.below_one:,} of {self.of:,}"
            yield LabelDefect(check="id-below-one", file=file, record="annotations", value=value, message=told)


def _wrong_areas(area: Numbers, xywh: Boxes, outlined: Mask) -> Mask:
    """(N,) True for an area that no box of this size has: numbers may be rounded, and sides counted to the last pixel.

    An annotation with an outline has the area of the outline, which is less than that of the box.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        width, height = xywh[:, 2], xywh[:, 3]
        low = np.minimum(np.maximum(width - 1, 0) * np.maximum(height - 1, 0), _LEAST * width * height)
        low = np.where(outlined, _LEAST_OUTLINED * width * height, low)
        wrong: Mask = (area > (width + 1) * (height + 1)) | (area <= 0) | (area < low)
        return wrong & (width > 0) & (height > 0)


def _outlined(kept: Mapping[int, Kept], count: int) -> Mask:
    """(N,) True for annotations with an outline or a mask."""
    outlined = np.zeros(count, dtype=bool)
    outlined[[row for row, keys in kept.items() if keys.get("segmentation")]] = True
    return outlined
