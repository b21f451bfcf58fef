"""Heads as JSON in the way of NWPU-Crowd, which IIM shares: a file for each picture.

```
{"img_id": "0001.jpg", "human_num": 1, "points": [[x, y]], "boxes": [[x0, y0, x1, y1]]}
```

`boxes` are those of the `points`, in their order; a head without a box has the box null, and the list is empty where no
head has one. Files of cclabeler have the same keys, with `{"x": ..., "y": ...}` for a point.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from converters.files.arrays import matlab
from converters.files.labels.ann_points import POINTS
from converters.files.records.json_file import decode
from converters.files.records.json_keys import json_names
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import listed, read_unpacked

JSONS, MATS = "jsons", "mats"
"""Folders of the files of a data set."""
_DECIMALS = 6
_BEGINNING = 1 << 16
"""Bytes of a file that detection looks at."""
_COUNT = b'"human_num"'
_NUMBERS = re.compile(rb'"(points|boxes)"\s*:\s*\[\s*(null\s*,\s*)*\[')
"""The key of a list whose items are lists of numbers."""
_OBJECTS = re.compile(rb'"(points|boxes)"\s*:\s*\[\s*\{')
_MOST_FILES = 20
"""Files of a folder that detection looks at."""

Kind = Literal["heads", "objects", "empty", "other"]
"""What a file holds; one with objects is of cclabeler, and one without heads may be of both."""
_KINDS: tuple[Kind, ...] = ("heads", "objects", "empty")
"""Kinds of files that decide what a folder holds, the first that is there; a file of another kind may be damaged."""
_MOST_MATS = 3
"""MATLAB files of a folder that detection opens."""


class _Heads(msgspec.Struct):
    human_num: int | None
    points: list[tuple[float, float]]
    boxes: list[tuple[float, float, float, float] | None] | None = None


_DECODER = msgspec.json.Decoder(_Heads)


def kind_of_file(file: Path) -> Kind:
    """What a file holds, by its beginning.

    Raises:
        DatasetLayoutError: it cannot be read.
        DataFormatError: it is gzipped and damaged.
    """
    text = read_unpacked(file, _BEGINNING)
    if _COUNT not in text:
        return "other"
    return "heads" if _NUMBERS.search(text) else "objects" if _OBJECTS.search(text) else "empty"


def kind_of_dataset(path: Path) -> Kind:
    """What the first files in `jsons` hold, or, where there are none, the first in `mats`; some may be damaged.

    Raises:
        DatasetLayoutError: a folder or file cannot be read.
        DataFormatError: a file is gzipped and damaged.
    """
    if names := json_names(path / JSONS)[:_MOST_FILES]:
        kinds = [kind_of_file(path / JSONS / name) for name in names]
        return next((kind for kind in _KINDS if kind in kinds), "other")
    first = sorted(listed(path / MATS, "*.mat"))[:_MOST_MATS]
    return "heads" if any(matlab.has_variable(file, POINTS) for file in first) else "other"


def read_heads(file: Path, info: ImageInfo) -> ImageAnnotations:
    """The heads of an image.

    Raises:
        DataFormatError: the file holds something else, or another number of heads or boxes than it says.
    """
    heads = decode(file, _DECODER)
    count = len(heads.points)
    if heads.human_num not in {None, count}:
        problem = f"says {heads.human_num} heads, but {count} points are there; correct one of them"
        raise DataFormatError(file, problem, record="human_num")
    if heads.boxes and len(heads.boxes) != count:
        problem = f"{len(heads.boxes)} boxes for {count} points found, expected one each or none; correct it"
        raise DataFormatError(file, problem, record="boxes")
    boxes = [(np.nan,) * 4 if box is None else box for box in heads.boxes or ()]
    return ImageAnnotations(info, heads.points, boxes=boxes or None)


def heads_text(heads: ImageAnnotations, picture: str) -> bytes:
    """The text of the file of an image.

    Args:
        heads: of the image.
        picture: file name of its picture.
    """
    boxes = heads.boxes.round(_DECIMALS).tolist() if heads.has_box.any() else []
    known = heads.has_box.tolist()
    content = {
        "img_id": picture,
        "human_num": len(heads),
        "points": heads.points.round(_DECIMALS).tolist(),
        "boxes": [box if there else None for box, there in zip(boxes, known, strict=False)],
    }
    return msgspec.json.encode(content)
