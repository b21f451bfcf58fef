"""What lies under the cursor: heads, boxes and their handles. Places are in image pixels, reaches in screen pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from annotator_gui.gestures.box_geometry import HANDLES, centre, holds, shifted, sides
from gta_head_tools.anchors.anchors import Box, Pair
from gta_head_tools.annotations import Points

REACH = 12.0
"""Screen pixels within which a click that selects, or puts a box on a head, means a head."""
ON_HEAD, AT_LEAST = 4.0, 1.0
"""Most and fewest screen pixels within which a click lies on a head itself."""
NEIGHBOURS = 8
"""Number of heads around one whose spacing says how near the next head may be."""
HANDLE = 8.0
"""Side of a handle in screen pixels."""
SMALL = 24.0
"""Screen pixels: boxes with a shorter side carry their handles outside."""
LINE_REACH = 6.0
"""Screen pixels within which a click means a line or a vertex."""


class HeadFinder:
    """The heads of one frame, found by place.

    Attributes:
        points: (N, 2) the heads.
        spacing: (N,) pixels to the fourth nearest other head, a measure of crowding; infinite where there are fewer.
        apart: (N,) pixels to the nearest other head; infinite for an only one.
    """

    def __init__(self, points: Points) -> None:
        self.points = points
        self._tree = cKDTree(points) if len(points) else None
        self.spacing: NDArray[np.float64] = np.full(len(points), np.inf)
        self.apart = self.spacing
        if self._tree is not None and len(points) > 1:
            away = np.asarray(self._tree.query(points, k=5)[0], dtype=np.float64)
            self.apart, self.spacing = away[:, 1], away[:, -1]

    def nearest(self, point: Pair, reach: float = np.inf) -> int:
        """Row of the nearest head within `reach` pixels; -1 = none."""
        if self._tree is None:
            return -1
        distance, row = self._tree.query(point, distance_upper_bound=reach * (1 + 1e-9))
        return int(row) if np.isfinite(distance) else -1

    def on(self, point: Pair, zoom: float) -> int:
        """Row of the head that a point lies on; -1 = none.

        That is within a third of the distance between heads around there, and within `ON_HEAD` screen pixels.
        """
        row = self.nearest(point, ON_HEAD / zoom)
        if row < 0 or self._tree is None:
            return row
        # The newest head of a crowd has no near neighbour yet, but the heads around it show how near it will be.
        around = np.asarray(self._tree.query(self.points[row], k=min(NEIGHBOURS + 1, len(self.points)))[1])
        reach = max(float(self.apart[around].min()) / 3, AT_LEAST / zoom)
        return self.nearest(point, reach)

    def within(self, point: Pair, reach: float) -> NDArray[np.intp]:
        """Rows of all heads within `reach` pixels, nearest first."""
        if self._tree is None:
            return np.empty(0, dtype=np.intp)
        rows = np.asarray(self._tree.query_ball_point(point, reach), dtype=np.intp)
        away = np.hypot(*(self.points[rows] - np.asarray(point)).T)
        return rows[np.argsort(away, kind="stable")]

    def inside(self, box: Box) -> list[int]:
        """Rows of all heads in the box."""
        near = self.within(centre(box), float(np.hypot(*sides(box))) / 2 + 1e-9)
        return [int(row) for row in near if holds(box, (self.points[row, 0], self.points[row, 1]))]


def handle_centres(box: Box, zoom: float) -> NDArray[np.float64]:
    """Middles (8, 2) of the handles of a box, in the order of `HANDLES`.

    Args:
        box: in image pixels.
        zoom: screen pixels per image pixel.
    """
    width, height = sides(box)
    out, apart = 0.0, 0.0
    if min(width, height) * zoom < SMALL:
        # Handles of a small box lie outside of it, and so far apart that neighbours do not touch.
        out, apart = (HANDLE / 2 + 2) / zoom, (HANDLE + 4) / zoom
    across, down = max(width / 2 + out, apart), max(height / 2 + out, apart)
    x, y = centre(box)
    x0, y0, x1, y1 = x - across, y - down, x + across, y + down
    return np.array([[x0, y0], [x, y0], [x1, y0], [x1, y], [x1, y1], [x, y1], [x0, y1], [x0, y]])


def handle_at(box: Box, point: Pair, zoom: float) -> str | None:
    """The handle under a point; None = there is none. The middle of the box is never a handle."""
    away = np.abs(handle_centres(box, zoom) - np.asarray(point)).max(axis=1) * zoom
    nearest = int(np.argmin(away))
    # A press one pixel beside the square still counts.
    return HANDLES[nearest] if away[nearest] <= HANDLE / 2 + 1 else None


def boxes_at(boxes: list[Box], point: Pair, zoom: float) -> list[int]:
    """Indices of the boxes under a point, smallest first; a tiny box counts within a few screen pixels around it."""
    grace = LINE_REACH / 2 / zoom
    met = [
        index
        for index, box in enumerate(boxes)
        if holds((*shifted(box, (-grace, -grace))[:2], *shifted(box, (grace, grace))[2:]), point)
    ]
    return sorted(met, key=lambda index: sides(boxes[index])[0] * sides(boxes[index])[1])


def in_reach_of_line(start: Pair, end: Pair, point: Pair, zoom: float) -> bool:
    """True when the point lies within `LINE_REACH` of the line from `start` to `end`."""
    first, way = np.asarray(start), np.asarray(end) - np.asarray(start)
    length = float(way @ way)
    along = 0.0 if length == 0 else float(np.clip((np.asarray(point) - first) @ way / length, 0.0, 1.0))
    return float(np.hypot(*(first + along * way - np.asarray(point)))) * zoom <= LINE_REACH


def vertex_at(vertices: tuple[Pair, ...], point: Pair, zoom: float) -> int:
    """Index of the vertex under a point, -1 = none."""
    if not vertices:
        return -1
    away = np.hypot(*(np.asarray(vertices) - np.asarray(point)).T) * zoom
    return int(np.argmin(away)) if away.min() <= HANDLE else -1
