"""Sprites cast from solids: orthographic rays, the nearest hit, normals blended where solids meet."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.synthesis.shapes import CHIN, DARK, DRAPE, HAIR, HEADWEAR, LIPS, NOTHING, VEIL, Solids

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]
Codes = NDArray[np.uint8]

VIEW = 33
"""Numbers of a solid as the rays see it."""
_BEHIND = -1e9


def view_axes(yaw: float, elevation: float) -> Floats:
    """Rows right, up and towards the camera of a shape turned by `yaw` and seen from `elevation`, both in radians."""
    cos, sin = math.cos(yaw), math.sin(yaw)
    turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    low, high = math.cos(elevation), math.sin(elevation)
    axes: Floats = np.array([[1.0, 0.0, 0.0], [0.0, -high, low], [0.0, low, high]]) @ turn
    return axes


def seen_solids(rows: Solids, axes: Floats) -> Floats:
    """Solids (N, ROW) in the view frame (N, VIEW): map to the unit form 12, form 3, planes 8, extents 4, surface 6."""
    view = np.empty((len(rows), VIEW))
    middle = rows[:, 0:3] @ axes.T
    spread = rows[:, 3:12].reshape(-1, 3, 3) @ axes.T
    inverse = np.linalg.inv(spread.transpose(0, 2, 1))
    view[:, 0:9] = inverse.reshape(-1, 9)
    view[:, 9:12] = np.einsum("nij,nj->ni", inverse, middle)
    grow = rows[:, 13] - 1.0
    cone = rows[:, 12] > 0
    view[:, 12] = np.where(cone, -grow * grow, 1.0)
    view[:, 13] = np.where(cone, -2.0 * grow, 0.0)
    view[:, 14] = -1.0
    for plane in (0, 1):
        first = 15 + 4 * plane
        view[:, first : first + 3] = rows[:, 14 + 4 * plane : 17 + 4 * plane] @ axes.T
        view[:, first + 3] = rows[:, 17 + 4 * plane]
    view[:, 23:27] = _extents(middle, spread, cone, rows[:, 13])
    view[:, 27:32] = rows[:, 22:27]
    view[:, 32] = cone
    return view


def _extents(middle: Floats, spread: Floats, cone: NDArray[np.bool_], taper: Floats) -> Floats:
    """Left, right, low and high (N, 4) of solids with axes `spread` (N, axis, view)."""
    sides = []
    for side in (0, 1):
        disc = np.hypot(spread[:, 0, side], spread[:, 1, side])
        ball = np.hypot(disc, spread[:, 2, side])
        end = middle[:, side] + spread[:, 2, side]
        low = np.where(cone, np.minimum(middle[:, side] - disc, end - disc * taper), middle[:, side] - ball)
        high = np.where(cone, np.maximum(middle[:, side] + disc, end + disc * taper), middle[:, side] + ball)
        sides += [low, high]
    return np.stack(sides, axis=1)


@compiled
def cast_solid(  # noqa: PLR0912, PLR0915 - one loop: calls inside it would cost more than they do
    solid: Floats, up: Floats, frame: Floats, depth: Samples, normal: Samples, material: Codes, number: Codes, this: int
) -> None:
    """One solid into a band of samples.

    Args:
        solid: (VIEW,) of `seen_solids`.
        up: (3,) height above the origin as a linear form of the view frame.
        frame: x of column 0, y of row 0, metres a sample.
        depth: (H, W) distance towards the camera of what is nearest so far.
        normal: (H, W, 3) sum of blended normals; its length means nothing.
        material: (H, W) of what is nearest.
        number: (H, W) which solid that is.
        this: the number of this solid.
    """
    rows, columns = depth.shape
    x0, y0, step = frame[0], frame[1], frame[2]
    first = max(0, math.ceil((solid[23] - x0) / step))
    last = min(columns - 1, math.floor((solid[24] - x0) / step))
    top = max(0, math.ceil((y0 - solid[26]) / step))
    bottom = min(rows - 1, math.floor((y0 - solid[25]) / step))
    m, form, tube = solid[0:9], solid[12], solid[32] > 0
    reach = solid[31]
    a = m[2] * m[2] + m[5] * m[5] + form * m[8] * m[8]
    for row in range(top, bottom + 1):
        y = y0 - row * step
        for column in range(first, last + 1):
            x = x0 + column * step
            lx = m[0] * x + m[1] * y - solid[9]
            ly = m[3] * x + m[4] * y - solid[10]
            lz = m[6] * x + m[7] * y - solid[11]
            half = m[2] * lx + m[5] * ly + form * m[8] * lz + 0.5 * solid[13] * m[8]
            c = lx * lx + ly * ly + form * lz * lz + solid[13] * lz + solid[14]
            root = half * half - a * c
            if root < 0.0 or abs(a) < 1e-12:
                continue
            root = math.sqrt(root)
            near, far = (-half + root) / a, (-half - root) / a
            if near < far:
                near, far = far, near
            for t in (near, far):
                if t < depth[row, column] - 3.0 * reach:
                    break
                z = lz + m[8] * t
                if tube and (z < 0.0 or z > 1.0):
                    continue
                if solid[15] * x + solid[16] * y + solid[17] * t > solid[18]:
                    continue
                if solid[19] * x + solid[20] * y + solid[21] * t > solid[22]:
                    continue
                gx, gy, gz = lx + m[2] * t, ly + m[5] * t, form * z + 0.5 * solid[13]
                nx = m[0] * gx + m[3] * gy + m[6] * gz
                ny = m[1] * gx + m[4] * gy + m[7] * gz
                nz = m[2] * gx + m[5] * gy + m[8] * gz
                size = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-30)
                inside = nz < 0.0
                if inside:
                    size = -size
                code = int(solid[27])
                if code in (HAIR, HEADWEAR) and up[0] * x + up[1] * y + up[2] * t < CHIN:
                    code = DRAPE if code == HAIR else VEIL
                ahead = t - depth[row, column]
                old, new = 1.0, 1.0
                if ahead >= 0.0:
                    old = max(0.0, 1.0 - ahead / (3.0 * reach + 1e-9))
                else:
                    new = max(0.0, 1.0 + ahead / (3.0 * reach + 1e-9))
                if material[row, column] != code:
                    old, new = (0.0, 1.0) if ahead >= 0.0 else (1.0, 0.0)
                # A limb's normals turn aside where it ends: fading it there leaves no rim on what it grows out of.
                facing = nz * size
                old, new = old * old, new * new * size * (facing * facing + 0.02)
                normal[row, column, 0] = old * normal[row, column, 0] + new * nx
                normal[row, column, 1] = old * normal[row, column, 1] + new * ny
                normal[row, column, 2] = old * normal[row, column, 2] + new * nz
                if ahead >= 0.0:
                    depth[row, column] = t
                    material[row, column] = code
                    number[row, column] = this + 128 * inside
                break


@compiled
def resolve(
    finer: int, depth: Samples, normal: Samples, material: Codes, number: Codes, solids: Floats, texels: Samples
) -> None:
    """Samples to texels (H, W, 8): coverage, shade, normal 3, material, depth, solid; coverage 0 where nothing is."""
    share = np.zeros(NOTHING, dtype=np.int64)
    for row in range(texels.shape[0]):
        for column in range(texels.shape[1]):
            share[:] = 0
            covered, nx, ny, nz, far, shade = 0, 0.0, 0.0, 0.0, 0.0, 0.0
            for y in range(row * finer, (row + 1) * finer):
                for x in range(column * finer, (column + 1) * finer):
                    code = material[y, x]
                    if code >= NOTHING:
                        continue
                    covered += 1
                    share[code] += 1
                    size = 1.0 / math.sqrt(normal[y, x, 0] ** 2 + normal[y, x, 1] ** 2 + normal[y, x, 2] ** 2 + 1e-20)
                    nx, ny, nz = nx + size * normal[y, x, 0], ny + size * normal[y, x, 1], nz + size * normal[y, x, 2]
                    far += depth[y, x]
                    solid = number[y, x] % 128
                    shade += solids[solid, 28] * (0.55 if number[y, x] >= 128 else 1.0)
            out = texels[row, column]
            out[0] = covered / (finer * finer)
            if covered == 0:
                continue
            code = 0
            for other in range(1, NOTHING):
                if share[other] > share[code]:
                    code = other
            solid = 0
            for y in range(row * finer, (row + 1) * finer):
                for x in range(column * finer, (column + 1) * finer):
                    if material[y, x] == code:
                        solid = number[y, x] % 128
            size = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-20)
            dark = (share[DARK] + share[LIPS]) / covered if code not in (DARK, LIPS) else 0.0
            out[1] = shade / covered * (1.0 - 0.55 * dark)
            out[2], out[3], out[4] = nx * size, ny * size, nz * size
            out[5], out[6], out[7] = code, far / covered, solid


@compiled
def head_extent(material: Codes, counts: NDArray[np.bool_], extent: NDArray[np.int64], first_row: int) -> None:
    """Grows extent (left, top, right, bottom; samples, half open) by the samples whose material counts."""
    for row in range(material.shape[0]):
        for column in range(material.shape[1]):
            code = material[row, column]
            if code < NOTHING and counts[code]:
                extent[0] = min(extent[0], column)
                extent[1] = min(extent[1], row + first_row)
                extent[2] = max(extent[2], column + 1)
                extent[3] = max(extent[3], row + first_row + 1)


@compiled
def cast_band(
    solids: Floats, up: Floats, frame: Floats, finer: int, texels: Samples, counts: NDArray[np.bool_],
    extent: NDArray[np.int64], first_row: int,
) -> None:  # fmt: skip
    """A band of texels (H, W, 8) from solids (N, VIEW); frame as `cast_solid`, of its first sample."""
    height, width = texels.shape[0] * finer, texels.shape[1] * finer
    depth = np.full((height, width), _BEHIND, dtype=np.float32)
    normal = np.zeros((height, width, 3), dtype=np.float32)
    material = np.full((height, width), NOTHING, dtype=np.uint8)
    number = np.zeros((height, width), dtype=np.uint8)
    for this in range(len(solids)):
        cast_solid(solids[this], up, frame, depth, normal, material, number, this)
    head_extent(material, counts, extent, first_row)
    resolve(finer, depth, normal, material, number, solids, texels)
