"""Sprites of all shapes at the sizes that pictures ask for; each is cast on first use and kept."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.synthesis.painting.casting import Floats, Samples, cast_band, seen_solids, view_axes
from gta_head_tools.synthesis.painting.surface import occlude, pack, settle, weave
from gta_head_tools.synthesis.people.shape_index import (
    BODIES,
    BODY_HEAD_HEIGHT,
    ELEVATIONS,
    IS_HEAD,
    SHAPES,
    YAW,
    YAWS,
    counted_materials,
    shape_solids,
)

LADDER = 4.0 * math.sqrt(2.0) ** np.arange(16)
"""The densities that sprites are cast at, texels per metre."""
POOL = 36_000_000
"""Greatest number of texels that are kept."""
_BAND = 48
"""Texel rows cast at a time, so that their samples stay in the processor's cache."""

ROW = np.dtype(
    [
        ("offset", np.int32), ("width", np.int32), ("height", np.int32), ("density", np.float32),
        ("origin_u", np.float32), ("origin_v", np.float32), ("foot_v", np.float32),
        ("left", np.float32), ("top", np.float32), ("right", np.float32), ("bottom", np.float32),
    ]
)  # fmt: skip
"""A sprite.

offset, width, height: its texels in the pool, row by row. A word for each row follows them: the first column that is
    not blank in the lower 16 bits, the end of those columns in the upper 16.
density: texels per metre.
origin_u, origin_v: place of the origin in texels; (0, 0) is the upper left corner of the first texel.
foot_v: texels from the upper edge down to the ground under the origin (only of bodies; else `origin_v`).
left, top, right, bottom: outline of the head, or of a whole shape that is no head, metres right and down of the origin.
"""


class Atlas:
    """The sprites of a process.

    Attributes:
        texels: uint32 (P,), alpha<<24 | shade<<16 | normal up<<9 | normal right<<4 | material.
        table: (R,) of `ROW`.
    """

    def __init__(self, limit: int = POOL) -> None:
        """Make an empty atlas that keeps at most `limit` texels."""
        self.limit = limit
        self.texels = np.empty(min(limit, 1 << 20), dtype=np.uint32)
        self.table = np.empty(1024, dtype=ROW)
        self._known = np.full((SHAPES, len(ELEVATIONS), len(LADDER)), -1, dtype=np.int32)
        self._rows = self._used = 0

    def need(
        self, shapes: NDArray[np.integer], elevations: NDArray[np.integer], texels_per_metre: Floats
    ) -> NDArray[np.int32]:
        """Rows (N,) of `table` for shapes (N,) seen from elevations (N,), at the asked density or the next one above.

        No density exceeds the last one of `LADDER`. A call can invalidate the rows, `table` and `texels` of earlier
        calls. If the pool cannot hold all sprites of one call, the largest ones come at a lower density.
        """
        steps = np.searchsorted(LADDER, np.asarray(texels_per_metre) * (1 - 1e-9)).clip(0, len(LADDER) - 1)
        while True:
            rows: NDArray[np.int32] = self._known[shapes, elevations, steps]
            missing = rows < 0
            if not missing.any():
                return rows
            wanted = np.unique(np.stack([shapes, elevations, steps], axis=1)[missing], axis=0)
            alone = self._rows == 0
            if all(self._add(*sprite) for sprite in wanted.tolist()):
                continue
            if alone:
                steps = np.minimum(steps, steps.max() - 1)
            self._clear()

    def _add(self, shape: int, elevation: int, step: int) -> bool:
        """Cast a sprite and store it; False if the pool is full."""
        if step < 0:
            raise ValueError(f"{self.limit} texels do not hold the smallest sprites of one call")
        texels, row = cast_sprite(shape, elevation, float(LADDER[step]))
        rows, columns = texels.shape[:2]
        size = rows * (columns + 1)
        if self._used + size > self.limit:
            return False
        if self._used + size > len(self.texels):
            longer = np.empty(min(max(2 * len(self.texels), self._used + size), self.limit), dtype=np.uint32)
            longer[: self._used] = self.texels[: self._used]
            self.texels = longer
        if self._rows == len(self.table):
            self.table = np.concatenate([self.table, np.empty_like(self.table)])
        block = self.texels[self._used : self._used + size]
        pack(texels, block[:-rows])
        block[-rows:] = _spans(block[:-rows].reshape(rows, columns))
        row["offset"] = self._used
        self.table[self._rows] = row[0]
        self._known[shape, elevation, step] = self._rows
        self._rows += 1
        self._used += size
        return True

    def _clear(self) -> None:
        self._known.fill(-1)
        self._rows = self._used = 0


def cast_sprite(shape: int, elevation: int, density: float) -> tuple[Samples, NDArray[np.void]]:
    """The texels (H, W, 8) of one sprite, see `casting.resolve`, and its row (1,) of the table."""
    axes = view_axes(float(YAW[shape]), math.radians(ELEVATIONS[elevation]))
    view = seen_solids(shape_solids(shape), axes)
    finer = _samples(shape, density)
    left, right = math.floor(view[:, 23].min() * density) - 1, math.ceil(view[:, 24].max() * density) + 1
    bottom, top = math.floor(view[:, 25].min() * density) - 1, math.ceil(view[:, 26].max() * density) + 1
    texels = np.zeros((top - bottom, right - left, 8), dtype=np.float32)
    step = 1.0 / (density * finer)
    for first in range(0, top - bottom, _BAND):
        frame = np.array([left / density + step / 2, (top - first) / density - step / 2, step])
        cast_band(view, axes[:, 2].copy(), frame, finer, texels[first : first + _BAND])
    coarse = np.array([(left + 0.5) / density, (top - 0.5) / density, 1.0 / density])
    reach = 0.025 if IS_HEAD[shape] else 0.07
    occlude(texels, max(1, round(reach * density)), 1.0 / density, 0.6)
    weave(texels, view, axes, coarse, shape // YAWS * 3.7)
    settle(texels, axes, coarse, bool(IS_HEAD[shape]))
    row = np.zeros(1, dtype=ROW)
    row["width"], row["height"], row["density"] = right - left, top - bottom, density
    row["origin_u"], row["origin_v"] = -left, top
    row["foot_v"] = top + _above_ground(shape) * math.cos(math.radians(ELEVATIONS[elevation])) * density
    sides = _outline(texels, counted_materials(shape))
    row["left"], row["right"] = (sides[0] + left) / density, (sides[2] + left) / density
    row["top"], row["bottom"] = (sides[1] - top) / density, (sides[3] - top) / density
    return texels, row


def _spans(texels: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """(H,) first | end << 16 of the columns that are not blank in each row of texels (H, W)."""
    shown = texels >> 24 > 0
    first, end = shown.argmax(axis=1), shown.shape[1] - shown[:, ::-1].argmax(axis=1)
    spans: NDArray[np.uint32] = np.where(shown.any(axis=1), first | end << 16, 0).astype(np.uint32)
    return spans


def _outline(texels: Samples, counts: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the counted texels that are at least half covered: the exact box of a head."""
    inside = (texels[..., 0] >= 0.5) & counts[texels[..., 5].astype(np.intp).clip(0, 15)]
    if not inside.any():
        inside = texels[..., 0] >= texels[..., 0].max()
    columns, rows = np.flatnonzero(inside.any(axis=0)), np.flatnonzero(inside.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _samples(shape: int, density: float) -> int:
    """Samples along the side of a texel: more for small sprites, and for heads, whose outline is the exact box."""
    many, few = (45, 100) if IS_HEAD[shape] else (30, 90)
    return 4 if density < many else 3 if density < few else 2


def _above_ground(shape: int) -> float:
    """Metres from the ground to the origin of a body; 0 for other shapes."""
    first = int(BODIES[0, 0])
    is_body = first <= shape < first + BODIES.size
    return float(BODY_HEAD_HEIGHT[(shape - first) // YAWS]) if is_body else 0.0
