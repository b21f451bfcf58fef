"""One image's heads as columns: the one data model that every room shares.

Coordinates are pixels from the outer corner of the top-left pixel, x to the right, y down; boxes are corners
`x0 y0 x1 y1`, half open, so that a width is `x1 - x0`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.camera import Camera
from gta_head_tools.files import composed, last_part_of, without_picture_suffix
from gta_head_tools.geometry import any_in_row, centres
from gta_head_tools.regions import Region

Points = NDArray[np.float64]
"""(N, 2) x y."""
Boxes = NDArray[np.float64]
"""(N, 4) x0 y0 x1 y1; a row of NaN = no box known."""
Ids = NDArray[np.int64]
"""(N,) person id within the scene, -1 = none."""
Mask = NDArray[np.bool_]
"""(N,) one flag per head."""
Column = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.bool_] | NDArray[np.object_]
"""(N,) what a format carries beyond the model; a column of objects holds bytes."""
UNKNOWN: Mapping[str, Any] = MappingProxyType({"f": np.nan, "i": -1, "b": False, "O": b""})
"""What stands in an extra column for a head without a value, by the kind of its dtype."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What is known about one picture besides its heads.

    Attributes:
        path: picture, POSIX, relative to the root of the data set.
        width: in pixels; 0 = nothing says (see `sized`).
        height: in pixels; 0 = nothing says.
        scene: name of the fixed camera it was taken with.
        frame: its number in a video, which counts from 0 or from 1, None = a still picture.
        split: train, val, test; None = the format has none.
        camera: pose and field of view, None = unknown.
        roi: where heads count, None = everywhere.
        name: short name that anchors and files made from it use, in the Unicode form NFC; the file name of `path`
            without the suffix of a picture, unless the format has a better one.
        facts: weather, hour and a format's own keys, read only.
        orientation: EXIF orientation by which the stored pixels are turned or mirrored before anybody sees them; size
            and heads are those of the turned picture. 1 = the stored pixels, whatever the tag of the picture says.
        measured: no label file gives the size; it was read from the picture.
    """

    path: str
    width: int = 0
    height: int = 0
    scene: str = ""
    frame: int | None = None
    split: str | None = None
    camera: Camera | None = None
    roi: Region | None = None
    name: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    orientation: int = 1
    measured: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        name = self.name or without_picture_suffix(last_part_of(self.path))
        object.__setattr__(self, "name", composed(name))
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))

    @property
    def sized(self) -> bool:
        """True when width and height are known."""
        return self.width > 0 and self.height > 0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    def __getstate__(self) -> tuple[Any, ...]:
        # A mapping proxy cannot be pickled, and annotations travel between worker processes.
        return tuple(
            dict(value) if f.name == "facts" else value for f in fields(self) for value in [getattr(self, f.name)]
        )

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        for f, value in zip(fields(self), state, strict=True):
            object.__setattr__(self, f.name, MappingProxyType(value) if f.name == "facts" else value)


@dataclass(frozen=True, slots=True, eq=False)
class ImageAnnotations:
    """All heads of one image, as columns of length N. Arrays are read only; a change gives a new object.

    The constructor checks structure, never geometry: a negative box must be loadable so that a check can report it.

    Attributes:
        info: the picture.
        points: float64 (N, 2), head centres, x y.
        boxes: float64 (N, 4), x0 y0 x1 y1; NaN = unknown.
        ids: int64 (N,), -1 = none.
        ignore: bool (N,), not counted in training or scores.
        extra: name to (N,) column, e.g. ``visibility`` and ``score``.
    """

    info: ImageInfo
    points: Points
    boxes: Boxes
    ids: Ids
    ignore: Mask
    extra: Mapping[str, Column]

    def __init__(
        self,
        info: ImageInfo,
        points: ArrayLike = (),
        *,
        boxes: ArrayLike | None = None,
        ids: ArrayLike | None = None,
        ignore: ArrayLike | None = None,
        extra: Mapping[str, ArrayLike] = _NOTHING,
    ) -> None:
        """Columns that are not given are filled with "unknown".

        Raises:
            ValueError: a column has the wrong shape or length.
        """
        put = object.__setattr__
        heads = _column(points, np.float64, (-1, 2), "points")
        count = len(heads)
        put(self, "info", info)
        put(self, "points", heads)
        put(
            self,
            "boxes",
            _column(_filled_with(np.nan, (count, 4)) if boxes is None else boxes, np.float64, (count, 4), "boxes"),
        )
        put(self, "ids", _column(_filled_with(-1, (count,)) if ids is None else ids, np.int64, (count,), "ids"))
        flags = _filled_with(False, (count,)) if ignore is None else ignore
        put(self, "ignore", _column(flags, np.bool_, (count,), "ignore"))
        columns = {name: _column(values, None, (count,), name) for name, values in extra.items()}
        put(self, "extra", MappingProxyType(columns))

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        return f"ImageAnnotations({self.info.path!r}, {len(self)} heads, {int(self.has_box.sum())} with boxes)"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.info, self.points, self.boxes, self.ids, self.ignore, dict(self.extra))

    @property
    def has_box(self) -> Mask:
        """(N,) True where a box is known."""
        known: Mask = ~any_in_row(np.isnan(self.boxes))
        return known

    def replace(self, **changes: Any) -> Self:
        """The same heads with some columns (or `info`) exchanged.

        Raises:
            ValueError: a column has the wrong shape or length.
        """
        columns: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        columns.update(changes)
        info = columns.pop("info")
        return type(self)(info, columns.pop("points"), **columns)

    def select(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """The heads at `rows` (mask or indices), in that order."""
        columns = {name: getattr(self, name)[rows] for name in ("points", "boxes", "ids", "ignore")}
        extra = {name: values[rows] for name, values in self.extra.items()}
        for values in (*columns.values(), *extra.values()):
            values.flags.writeable = False  # So that they are taken as they are, without a copy.
        return type(self)(self.info, columns.pop("points"), **columns, extra=extra)

    def same_as(self, other: ImageAnnotations, atol: float = 0.0) -> bool:
        """True when picture and every column agree; coordinates within `atol` pixels, unknown equals unknown."""
        if self.info != other.info or len(self) != len(other) or self.extra.keys() != other.extra.keys():
            return False
        near = [
            np.allclose(self.points, other.points, rtol=0, atol=atol, equal_nan=True),
            np.allclose(self.boxes, other.boxes, rtol=0, atol=atol, equal_nan=True),
            np.array_equal(self.ids, other.ids),
            np.array_equal(self.ignore, other.ignore),
        ]
        return all(near) and all(
            np.array_equal(values, other.extra[name], equal_nan=values.dtype.kind == "f")
            for name, values in self.extra.items()
        )


def _rebuild(
    info: ImageInfo, points: Points, boxes: Boxes, ids: Ids, ignore: Mask, extra: dict[str, Column]
) -> ImageAnnotations:
    return ImageAnnotations(info, points, boxes=boxes, ids=ids, ignore=ignore, extra=extra)


def _filled_with(value: float | bool, shape: tuple[int, ...]) -> NDArray[Any]:
    """A read-only array of one value, which `_column` takes without a copy."""
    array = np.full(shape, value)
    array.flags.writeable = False
    return array


def _column(values: ArrayLike, dtype: type[np.generic] | None, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    array = np.asarray(values, dtype=dtype)
    if array.size == 0 and len(shape) == 2 and shape[0] in (-1, 0):
        array = array.reshape(0, shape[1])
    fixed = slice(int(shape[0] == -1), None)
    if array.ndim != len(shape) or array.shape[fixed] != shape[fixed]:
        raise ValueError(f"column {name!r} has shape {array.shape}, expected {shape} (-1 = any length)")
    # The caller could change a writable array later, so it is copied; a read-only one is taken as it is.
    array = array.copy() if array.flags.writeable else array
    array.flags.writeable = False
    return array


def concat(parts: Sequence[ImageAnnotations]) -> ImageAnnotations:
    """The heads of several annotations of one picture, one after the other.

    An extra column that a part lacks is filled with `UNKNOWN` of its type.

    Raises:
        ValueError: no parts, or parts of different pictures.
    """
    if not parts or any(part.info != parts[0].info for part in parts):
        raise ValueError("concat needs at least one part, all of the same picture")
    return joined(parts)


def joined(parts: Sequence[ImageAnnotations]) -> ImageAnnotations:
    """`concat` of annotations of any pictures, at least one; its info is that of the first."""
    if len(parts) == 1:
        return parts[0]
    kinds = {name: values.dtype for part in parts for name, values in part.extra.items()}
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("points", "boxes", "ids", "ignore")]
    extra = {name: np.concatenate(list(_filled(parts, name, kind))) for name, kind in kinds.items()}
    for values in (*columns, *extra.values()):
        values.flags.writeable = False  # So that they are taken as they are, without a copy.
    points, boxes, ids, ignore = columns
    return ImageAnnotations(parts[0].info, points, boxes=boxes, ids=ids, ignore=ignore, extra=extra)


def _filled(parts: Iterable[ImageAnnotations], name: str, kind: np.dtype[Any]) -> Iterable[Column]:
    for part in parts:
        yield part.extra[name] if name in part.extra else np.full(len(part), UNKNOWN[kind.kind], dtype=kind)


def known(column: Column) -> Mask:
    """(N,) True where an extra column holds a value, see `UNKNOWN`."""
    empty = UNKNOWN[column.dtype.kind]
    filled: Mask = ~np.isnan(column) if column.dtype.kind == "f" else np.asarray(column != empty, dtype=np.bool_)
    return filled


def with_size(info: ImageInfo, size: tuple[int, int]) -> ImageInfo:
    """The same picture with width and height filled in."""
    return replace(info, width=size[0], height=size[1])


def off_centre(image: ImageAnnotations) -> Mask:
    """(N,) True for heads with a box whose point is not its middle, within a millionth of a pixel."""
    with np.errstate(over="ignore", invalid="ignore"):  # Boxes beyond float64 are findings of checks.
        middles = np.where(image.has_box[:, None], centres(image.boxes), image.points)
        return any_in_row(np.abs(middles - image.points) > 1e-6)
