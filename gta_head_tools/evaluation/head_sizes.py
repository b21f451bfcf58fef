"""Radii and levels of heads by their boxes, as NWPU-Crowd's localization scores need them.

A head's radii come from its box w x h: sigma_s = min(w, h) / 2 and sigma_l = sqrt(w^2 + h^2) / 2. Its level is A0 to A5
by the area of the box: (0, 10], (10, 10^2], ..., (10^4, 10^5], above. The published list puts whole powers of ten
into A0; read levels are taken as given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.columns import Numbers, flags_of, numbers_of
from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import written_xywh

LEVELS = 6
_AREA_ENDS = (10.0, 100.0, 1e3, 1e4, 1e5)

Levels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SizedHeads:
    """The heads of an image with their radii.

    Attributes:
        points: (N, 2) x y, pixels.
        sigma_l: (N,) large radius, pixels.
        sigma_s: (N,) small radius, pixels.
        levels: (N,) size, 0 to 5.
        ignore: (N,) not scored.
        boxes: (N, 4) x0 y0 x1 y1, NaN = unknown; None = the radii are as their file gives them.
    """

    points: Numbers
    sigma_l: Numbers
    sigma_s: Numbers
    levels: Levels
    ignore: NDArray[np.bool_]
    boxes: Numbers | None = None


def sized_heads(boxes: ArrayLike, *, points: ArrayLike | None = None, ignore: ArrayLike | None = None) -> SizedHeads:
    """Heads with the radii of their boxes.

    Args:
        boxes: (N, 4) x0 y0 x1 y1, pixels.
        points: (N, 2) of the heads, None = the middles of the boxes.
        ignore: (N,) not scored, None = all are scored.

    Raises:
        ValueError: a column of another shape, or a number that is not finite.

    >>> heads = sized_heads([[0, 0, 6, 8]])
    >>> heads.sigma_l.tolist(), heads.sigma_s.tolist(), heads.levels.tolist()
    ([5.0], [3.0], [1])
    """
    corners = numbers_of(boxes, "boxes", width=4)
    sides = written_xywh(corners)[:, 2:]
    middles = (corners[:, :2] + corners[:, 2:]) / 2
    return SizedHeads(
        middles if points is None else numbers_of(points, "points", width=2, count=len(corners)),
        np.hypot(sides[:, 0], sides[:, 1]) / 2,
        sides.min(axis=1, initial=np.inf) / 2,
        area_levels(sides.prod(axis=1)),
        flags_of(ignore, "ignore", count=len(corners)),
        corners,
    )


def area_levels(areas: ArrayLike) -> Levels:
    """(N,) level 0 to 5 of box areas (N,): a power of ten belongs to the level below it.

    >>> area_levels([10, 11, 100, 1e5, 2e5]).tolist()
    [0, 1, 1, 4, 5]
    """
    return np.searchsorted(_AREA_ENDS, np.asarray(areas, dtype=np.float64), side="left").astype(np.int64)


def nearest_levels(points: ArrayLike, heads: SizedHeads) -> Levels:
    """(P,) level of the scored head that is nearest to each point (P, 2); empty where there is none.

    >>> nearest_levels([[0, 0], [90, 90]], sized_heads([[0, 0, 3, 3], [80, 80, 110, 110]])).tolist()
    [0, 2]
    """
    from scipy.spatial import cKDTree

    scored = ~heads.ignore
    if not scored.any():
        return np.empty(0, dtype=np.int64)
    _, nearest = cKDTree(heads.points[scored]).query(numbers_of(points, "points", width=2))
    levels: Levels = heads.levels[scored][nearest]
    return levels


def annotated_heads(image: ImageAnnotations) -> SizedHeads:
    """The heads of annotations with the radii and levels that their file gives, else those of their boxes.

    Raises:
        ConfigError: a head that is not ignored has neither.
    """
    extra = image.extra
    if {"sigma_s", "sigma_l", "level"} <= extra.keys():
        large, small = (np.asarray(extra[name], dtype=np.float64) for name in ("sigma_l", "sigma_s"))
        return SizedHeads(image.points, large, small, np.asarray(extra["level"], dtype=np.int64), image.ignore)
    lacking = ~(image.has_box | image.ignore)
    if lacking.any():
        raise ConfigError(
            f"{image.info.path}: {int(lacking.sum())} heads have neither a box nor radii, which the protocol "
            "nwpu needs; make boxes with `ghtools interpolate-boxes`, or take another protocol"
        )
    filled = np.where(image.has_box[:, None], image.boxes, np.tile(image.points, 2))
    return replace(sized_heads(filled, points=image.points, ignore=image.ignore), boxes=image.boxes)
