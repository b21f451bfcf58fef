"""Which head an anchor belongs to: drawings joined to the columns of a scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.anchors.anchors import Anchor, AnchorSet
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import DataFormatError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Matched:
    """Anchors and the heads they belong to: columns of length N, in pixels of the anchor file.

    Attributes:
        anchors: as drawn.
        numbers: index of each anchor in its list in the file (N,).
        images: index of the image in the scene (N,).
        rows: index of the head in that image (N,).
        points: the heads (N, 2).
        boxes: as drawn (N, 4); in a scene, completed where the border of the picture cuts them.
    """

    anchors: tuple[Anchor, ...]
    numbers: NDArray[np.intp]
    images: NDArray[np.intp]
    rows: NDArray[np.intp]
    points: Array
    boxes: Array

    @property
    def sizes(self) -> Array:
        """Drawn width and height (N, 2)."""
        return self.boxes[:, 2:] - self.boxes[:, :2]

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """(N,) True for anchors that the user keeps: they never become suspects."""
        return np.array([anchor.use == "keep" for anchor in self.anchors], dtype=bool)

    @property
    def shifts(self) -> Array:
        """Box middle minus head point (N, 2), in units of the geometric size."""
        middles = (self.boxes[:, :2] + self.boxes[:, 2:]) / 2
        shifts: Array = (middles - self.points) / np.sqrt(self.sizes.prod(axis=1))[:, None]
        return shifts

    @property
    def offset(self) -> Array:
        """(2,) median of the shifts; zero without anchors."""
        return np.asarray(np.median(self.shifts, axis=0) if self.anchors else np.zeros(2), dtype=np.float64)

    def joined(self, other: Matched) -> Matched:
        """These anchors and then the others."""
        return Matched(
            (*self.anchors, *other.anchors),
            np.concatenate([self.numbers, other.numbers]),
            np.concatenate([self.images, other.images]),
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.points, other.points]),
            np.concatenate([self.boxes, other.boxes]),
        )

    def not_ignored(self) -> Matched:
        """Without the anchors that the user ignores."""
        return self.select(np.array([anchor.use != "ignore" for anchor in self.anchors], dtype=bool))

    def among(self, images: Sequence[int]) -> Matched:
        """The anchors of some images; `images` of the result counts these images from 0, in the order given."""
        places = {image: place for place, image in enumerate(images)}
        kept = self.select(np.array([int(image) in places for image in self.images], dtype=bool))
        return replace(kept, images=np.array([places[int(image)] for image in kept.images], dtype=np.intp))

    def select(self, mask: NDArray[np.bool_]) -> Matched:
        """The anchors where `mask` (N,) is true."""
        kept = tuple(anchor for anchor, keep in zip(self.anchors, mask, strict=True) if keep)
        return Matched(
            kept, self.numbers[mask], self.images[mask], self.rows[mask], self.points[mask], self.boxes[mask]
        )


def pixels_per_drawn(info: ImageInfo, drawn_on: tuple[int, int], *, path: Path) -> Array:
    """(2,) pixels of a picture per pixel of the anchor file.

    Args:
        info: of the picture, with its size known.
        drawn_on: `image_size` of the anchor file.
        path: the anchor file, for messages.

    Raises:
        DataFormatError: a picture of another shape.
    """
    scale = np.array([info.width / drawn_on[0], info.height / drawn_on[1]])
    if abs(scale[0] / scale[1] - 1) > 0.005:
        raise DataFormatError(
            path,
            f"is {drawn_on[0]}x{drawn_on[1]}, but the pictures are {info.width}x{info.height}: "
            "another shape. Draw the anchors on these pictures",
            None,
            "image_size",
        )
    return scale


def match_anchors(
    anchors: Sequence[Anchor], images: Sequence[ImageAnnotations], scale: Array, *, path: Path, key: str = "anchors"
) -> Matched:
    """Tie each anchor to the head of its image that is nearest to its point.

    Args:
        anchors: as drawn, in pixels of the anchor file.
        images: the scene.
        scale: (2,) pixels of the images per pixel of the anchor file.
        path: the anchor file, for messages.
        key: name of the list in that file, for messages.

    Raises:
        DataFormatError: an unknown image, or no head within max(2 px, half the size of the box).
    """
    names = {image.info.name: index for index, image in enumerate(images)}
    found = []
    for index, anchor in enumerate(anchors):
        record = f"{key}[{index}]"
        if anchor.image not in names:
            raise DataFormatError(path, _unknown_image(anchor.image, names), None, record)
        image = images[names[anchor.image]]
        row, distance = nearest_within(image, anchor, scale)
        if row < 0:
            where = f"the nearest one is {distance:.1f} px away" if np.isfinite(distance) else "the image has none"
            if np.any(scale != 1):
                where += f" (in pixels of image_size; the picture is {image.info.width}x{image.info.height})"
            raise DataFormatError(
                path,
                f"no head of image {anchor.image!r} at point ({anchor.point[0]:g}, {anchor.point[1]:g}); {where}. "
                "Move the anchor to a head, or remove it",
                None,
                record,
            )
        found.append((names[anchor.image], row, image.points[row] / scale))
    return Matched(
        tuple(anchors),
        np.arange(len(found)),
        np.array([image for image, _, _ in found], dtype=np.intp),
        np.array([row for _, row, _ in found], dtype=np.intp),
        np.array([point for _, _, point in found], dtype=np.float64).reshape(-1, 2),
        np.array([anchor.box for anchor in anchors], dtype=np.float64).reshape(-1, 4),
    )


def nearest_point(points: Array, point: ArrayLike) -> tuple[int, float]:
    """Row of `points` (N, 2) nearest to `point` (2,) and its distance in pixels; -1 and infinity without points."""
    if not len(points):
        return -1, float("inf")
    away = points - np.asarray(point, dtype=np.float64)
    best = int(np.argmin(away[:, 0] ** 2 + away[:, 1] ** 2))
    return best, float(np.hypot(*away[best]))


def nearest_within(image: ImageAnnotations, anchor: Anchor, scale: Array) -> tuple[int, float]:
    """Row of the anchor's head and its distance in pixels of the anchor file; the row is -1 if no head is near enough.

    A head is near enough within max(2 px, half the size of the box).
    """
    x0, y0, x1, y1 = anchor.box
    row, distance = nearest_point(image.points / scale, anchor.point)
    reach = max(2.0, 0.5 * float(np.sqrt((x1 - x0) * (y1 - y0))))
    return (row, distance) if distance <= reach else (-1, distance)


def _unknown_image(name: str, names: Mapping[str, int]) -> str:
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]!r}?" if near else f"; its images are {', '.join(list(names)[:3])}, ..."
    return f"image {name!r} is not in this scene{hint}"


def check_no_duplicates(images: Sequence[ImageAnnotations], anchors: AnchorSet, path: Path) -> None:
    """Refuse drawings on an image whose short name is taken twice in the scene.

    Raises:
        DataFormatError: naming both pictures.
    """
    used = {anchor.image for part in (anchors.anchors, anchors.pins, anchors.image_anchors) for anchor in part}
    used |= set(anchors.heads)
    seen: dict[str, str] = {}
    for image in images:
        name, picture = image.info.name, image.info.path
        if name in seen and name in used:
            raise DataFormatError(path, f"image {name!r} may be {seen[name]} or {picture}; rename one of them")
        seen[name] = picture
