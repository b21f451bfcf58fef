"""Where on a stage people are visible, and spots there that keep a distance from each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.synthesis.places.stage import MARGIN, Array, Floor, Stage

CELLS = 5000
"""Approximate number of cells that the visible floor is divided into."""
SEAT = 0.54
"""Metres from seat to seat."""
EYE = 1.5
"""Height of the head joint that decides whether a cell is in view, metres."""
SHOULDER = 0.28
"""Metres that people keep away from solids."""


@dataclass(frozen=True, slots=True)
class Floors:
    """The floors (F) of a stage as columns.

    Attributes:
        bounds: (F, 4) x0 x1 y0 y1.
        terms: (F, 6) coefficients of the height, see `Floor.height`.
        rows: (F,) depth of the steps, metres, 0 = smooth.
        seats, queue: (F,) whether that is the use of the floor.
        facing: (F,) radians, NaN = any direction.
    """

    bounds: Array
    terms: Array
    rows: Array
    seats: NDArray[np.bool_]
    queue: NDArray[np.bool_]
    facing: Array

    def heights(self, spots: Array, floors: NDArray[np.intp]) -> Array:
        """Height (N,) of spots (N, 2) on the floors with the numbers `floors` (N,)."""
        x, y, rows, first = spots[:, 0], spots[:, 1], self.rows[floors], self.bounds[floors, 2]
        step = np.where(rows > 0, rows, 1.0)
        y = np.where(rows > 0, first + (np.floor((y - first) / step) + 0.5) * step, y)
        c = self.terms[floors].T
        heights: Array = c[0] + x * (c[1] + c[3] * x + c[4] * y) + y * (c[2] + c[5] * y)
        return heights

    def hold(self, spots: Array, floors: NDArray[np.intp]) -> NDArray[np.bool_]:
        """(N,) True for spots (N, 2) that are inside the floors with the numbers `floors` (N,)."""
        x0, x1, y0, y1 = self.bounds[floors].T
        inside: NDArray[np.bool_] = (spots[:, 0] > x0) & (spots[:, 0] < x1) & (spots[:, 1] > y0) & (spots[:, 1] < y1)
        return inside


@dataclass(frozen=True, slots=True)
class Ground:
    """M cells of floor where some part of a person is visible.

    Attributes:
        floors: of the stage.
        middles: (M, 2) local.
        half: (M, 2) half sides, metres.
        floor: (M,) number of the floor.
        seen: (M,) whether heads are visible there; in the other cells only lower parts of a body can be.
        depth: (M,) metres along the optical axis.
    """

    floors: Floors
    middles: Array
    half: Array
    floor: NDArray[np.intp]
    seen: NDArray[np.bool_]
    depth: Array

    @property
    def areas(self) -> Array:
        """(M,) square metres."""
        areas: Array = 4 * self.half[:, 0] * self.half[:, 1]
        return areas


def find_ground(stage: Stage, depth: NDArray[np.float32]) -> Ground:
    """The cells of a stage where people are visible.

    Args:
        stage: with its floors.
        depth: (H, W) of its scenery, metres along the optical axis.
    """
    floors = _columns(stage.floors)
    room = sum(floor.area * _looks(stage, floor, _rough(floor), depth).any(axis=0).mean() for floor in stage.floors)
    side = min(max(math.sqrt(room / CELLS), 0.4), 2.5)
    parts = []
    for number, floor in enumerate(stage.floors):
        middles, half = _cells(floor, side)
        seen, shows = _looks(stage, floor, middles, depth)
        kept = seen | shows
        parts.append((middles[kept], np.tile(half, (kept.sum(), 1)), np.full(kept.sum(), number), seen[kept]))
    middles, halves, whose, seen = (np.concatenate(column) for column in zip(*parts, strict=True))
    heights = floors.heights(middles, whose)
    _, far = stage.see(np.column_stack([middles, heights + EYE]))
    return Ground(floors, middles, halves, whose.astype(np.intp), seen, far)


def _rough(floor: Floor) -> Array:
    """Middles (M, 2) of about 1500 cells, to estimate the visible area."""
    return _cells(floor, math.sqrt(max(floor.area, 1.0) / 1500))[0]


def _columns(floors: tuple[Floor, ...]) -> Floors:
    return Floors(
        np.array([[floor.x0, floor.x1, floor.y0, floor.y1] for floor in floors]),
        np.array([floor.height for floor in floors]),
        np.array([floor.row for floor in floors]),
        np.array([floor.use == "seats" for floor in floors]),
        np.array([floor.use == "queue" for floor in floors]),
        np.array([math.nan if floor.facing is None else floor.facing for floor in floors]),
    )


def _cells(floor: Floor, side: float) -> tuple[Array, Array]:
    """Middles (M, 2) and half sides (2,) of cells of about that side; a floor of seats has one cell a seat."""
    wide, deep = floor.x1 - floor.x0, floor.y1 - floor.y0
    across = max(int(wide / SEAT), 1) if floor.use == "seats" else max(round(wide / side), 1)
    along = max(round(deep / floor.row), 1) if floor.row else max(round(deep / side), 1)
    x = floor.x0 + (np.arange(across) + 0.5) * wide / across
    y = floor.y0 + (np.arange(along) + 0.5) * deep / along
    half = np.array([wide / across, deep / along]) / 2
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2), half


def _looks(stage: Stage, floor: Floor, middles: Array, depth: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(2, M) whether heads are visible at spots (M, 2), and whether any part of a person may be in the picture."""
    heights = floor.heights(middles)
    free = stage.free(np.column_stack([middles, heights]), 0.0)
    seen, shows = np.zeros(len(middles), np.bool_), np.zeros(len(middles), np.bool_)
    for up in (EYE, 0.8, 0.1):
        pixels, far = stage.see(np.column_stack([middles, heights + up]))
        beyond = 0.35 * stage.focal / np.maximum(far, 0.5)
        near = np.all((pixels > -beyond[:, None]) & (pixels < stage.size + beyond[:, None]), axis=1) & (far > 0.8)
        shows |= near
        if up == EYE:
            seen = near & shown(pixels, far, depth)
    return np.stack([seen & free, shows & free])


def shown(pixels: Array, far: Array, depth: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(N,) True for points at pixels (N, 2) and depth `far` (N,) that are in the picture and not behind scenery."""
    height, width = depth.shape
    inside: NDArray[np.bool_] = np.all((pixels >= 0) & (pixels < (width, height)), axis=1) & (far > 0)
    column, row = np.where(inside[:, None], pixels, 0).astype(np.intp).T
    clear: NDArray[np.bool_] = depth[row, column] > far - MARGIN
    return inside & clear


@dataclass(frozen=True, slots=True)
class Settled:
    """The candidates that found room.

    Attributes:
        kept: (K,) their numbers, in the order in which they settled.
        counted: how many of them count.
    """

    kept: NDArray[np.int64]
    counted: int


def settle(
    spots: Array, counts: NDArray[np.bool_], blocked: Array, *, wanted: int, room: float, before: int = 0
) -> Settled:
    """Take candidates in turn where no one stands within `room`, until `wanted` of those that count have settled.

    Args:
        spots: (N, 3) local.
        counts: (N,) whether a candidate counts.
        blocked: (B, 6) footprints that nobody can stand in, see `Stage.blocked`.
        wanted: how many of those that count are to settle.
        room: smallest distance between two people, metres.
        before: number of candidates at the start that have settled in an earlier call.
    """
    if not len(spots):
        return Settled(np.empty(0, np.int64), 0)
    kept = np.empty(len(spots), np.int64)
    number, counted = _settle(spots, counts, blocked, wanted, room, before, kept)
    return Settled(kept[:number], counted)


@compiled
def _settle(
    spots: Array,
    counts: NDArray[np.bool_],
    blocked: Array,
    wanted: int,
    room: float,
    before: int,
    kept: NDArray[np.int64],
) -> tuple[int, int]:
    """Fill `kept` (N,); returns how many settled and how many of these count. A grid finds neighbours quickly."""
    x0, y0 = spots[:, 0].min(), spots[:, 1].min()
    columns = int((spots[:, 0].max() - x0) / room) + 1
    rows = int((spots[:, 1].max() - y0) / room) + 1
    first = np.full((rows + 2, columns + 2), -1, np.int32)
    following = np.full(len(spots), -1, np.int32)
    number, counted = 0, 0
    for this in range(len(spots)):
        if counted >= wanted and this >= before:
            break
        x, y, z = spots[this, 0], spots[this, 1], spots[this, 2]
        column, row = int((x - x0) / room) + 1, int((y - y0) / room) + 1
        if this >= before and (
            _crowded(spots, first, following, this, column, row, room) or _is_blocked(blocked, x, y, z)
        ):
            continue
        following[this] = first[row, column]
        first[row, column] = this
        kept[number] = this
        number += 1
        counted += counts[this]
    return number, counted


@compiled
def _crowded(
    spots: Array,
    first: NDArray[np.int32],
    following: NDArray[np.int32],
    this: int,
    column: int,
    row: int,
    room: float,
) -> bool:
    """Whether a settled person stands within `room` metres of candidate `this`."""
    for near_row in range(row - 1, row + 2):
        for near_column in range(column - 1, column + 2):
            other = first[near_row, near_column]
            while other >= 0:
                dx, dy = spots[other, 0] - spots[this, 0], spots[other, 1] - spots[this, 1]
                dz = spots[other, 2] - spots[this, 2]
                if dx * dx + dy * dy + dz * dz < room * room:
                    return True
                other = following[other]
    return False


@compiled
def _is_blocked(blocked: Array, x: float, y: float, z: float) -> bool:
    """Whether a solid is within SHOULDER metres of a person who stands at (x, y, z)."""
    for this in range(len(blocked)):
        beside = blocked[this, 0] - SHOULDER < x < blocked[this, 1] + SHOULDER
        beside = beside and blocked[this, 2] - SHOULDER < y < blocked[this, 3] + SHOULDER
        if beside and blocked[this, 4] < z + 1.7 and blocked[this, 5] > z + 0.15:
            return True
    return False
