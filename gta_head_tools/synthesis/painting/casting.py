"""Casts sprites from solids with orthographic rays: the nearest hit, and blended normals where solids meet."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.synthesis.people.shapes import CHIN, Solids
from gta_head_tools.synthesis.people.weaves import DARK, DRAPE, HAIR, HEADWEAR, LIPS, NOTHING, VEIL

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]
Codes = NDArray[np.uint8]

VIEW = 33
"""Columns of a solid in the view frame, see `seen_solids`."""
_BEHIND = -1e9


def view_axes(yaw: float, elevation: float) -> Floats:
    """(3, 3) rows right, up and towards the camera, for a shape turned by `yaw` and seen from `elevation` (radians)."""
    cos, sin = math.cos(yaw), math.sin(yaw)
    turn = np.array([[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]])
    low, high = math.cos(elevation), math.sin(elevation)
    axes: Floats = np.array([[1.0, 0.0, 0.0], [0.0, -high, low], [0.0, low, high]]) @ turn
    return axes


def seen_solids(rows: Solids, axes: Floats) -> Floats:
    """Solids (N, ROW) in the view frame: (N, VIEW).

    Columns: affine map to the unit quadric 12, coefficients of the quadric 3, clip planes 8, extents 4 (left, right,
    low, high), material, shade, weave, weight of the weave and blend 5, 1 = a cone 1.
    """
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
    """Left, right, low and high (N, 4) of solids at `middle` (N, 3) with axes `spread` (N, axis, view)."""
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
def _nearest(solid: Floats, x: float, y: float, middle: float, root: float, floor: float) -> float:
    """The nearer of the crossings middle +- root that is within the ends and clip planes; _BEHIND if below `floor`."""
    lz = solid[6] * x + solid[7] * y - solid[11]
    for side in range(2):
        t: float = middle - root if side else middle + root
        if t < floor:
            break
        if solid[32] > 0.0 and not 0.0 <= lz + solid[8] * t <= 1.0:
            continue
        if solid[15] * x + solid[16] * y + solid[17] * t > solid[18]:
            continue
        if solid[19] * x + solid[20] * y + solid[21] * t <= solid[22]:
            return t
    return _BEHIND


@compiled
def _crossings(solid: Floats, y: float, curve: float) -> tuple[float, float, float, float, float]:
    """Coefficients for rays in the row at `y`: a ray hits if (p x + q) x + r >= 0; the middle is (s + t x) / curve."""
    lx, ly, lz = solid[1] * y - solid[9], solid[4] * y - solid[10], solid[7] * y - solid[11]
    form, line = solid[12], solid[13]
    s = -(solid[2] * lx + solid[5] * ly + form * solid[8] * lz + 0.5 * line * solid[8])
    t = -(solid[2] * solid[0] + solid[5] * solid[3] + form * solid[8] * solid[6])
    p = t * t - curve * (solid[0] ** 2 + solid[3] ** 2 + form * solid[6] ** 2)
    q = 2.0 * s * t - curve * (2.0 * (solid[0] * lx + solid[3] * ly + form * solid[6] * lz) + line * solid[6])
    r = s * s - curve * (lx * lx + ly * ly + form * lz * lz + line * lz + solid[14])
    return p, q, r, s, t


@compiled
def _meet(
    solid: Floats, up: Floats, x: float, y: float, t: float, ahead: float, old_code: int
) -> tuple[int, bool, float, float, float, float]:
    """A hit at depth `t`: material, whether on the inner side, weight of the old normal, weighted new normal."""
    gx = solid[0] * x + solid[1] * y + solid[2] * t - solid[9]
    gy = solid[3] * x + solid[4] * y + solid[5] * t - solid[10]
    gz = solid[12] * (solid[6] * x + solid[7] * y + solid[8] * t - solid[11]) + 0.5 * solid[13]
    nx, ny = solid[0] * gx + solid[3] * gy + solid[6] * gz, solid[1] * gx + solid[4] * gy + solid[7] * gz
    nz = solid[2] * gx + solid[5] * gy + solid[8] * gz
    size = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-30)
    inside = nz < 0.0
    if inside:
        size = -size
    code = int(solid[27])
    if code in (HAIR, HEADWEAR) and up[0] * x + up[1] * y + up[2] * t < CHIN:
        code = DRAPE if code == HAIR else VEIL
    near = max(0.0, 1.0 - abs(ahead) / (3.0 * solid[31] + 1e-9)) if code == old_code else 0.0
    old, new = (near, 1.0) if ahead >= 0.0 else (1.0, near)
    # The weight falls where a surface turns away from the camera, so that a limb leaves no rim on the solid it joins.
    old, new = old * old, new * new * size * ((nz * size) ** 2 + 0.02)
    return code, inside, old, new * nx, new * ny, new * nz


@compiled
def cast_solid(
    solid: Floats, up: Floats, frame: Floats, depth: Samples, normal: Samples, material: Codes, number: Codes, this: int
) -> None:
    """Cast one solid into a band of samples.

    Args:
        solid: (VIEW,) of `seen_solids`.
        up: (3,) height above the origin as a linear form of view coordinates.
        frame: (3,) x of column 0, y of row 0, metres per sample.
        depth: (H, W) position along the axis towards the camera of the nearest hit so far.
        normal: (H, W, 3) weighted sum of normals, not of unit length.
        material: (H, W) of the nearest hit.
        number: (H, W) solid of the nearest hit; 128 is added on its inner side.
        this: number of this solid.
    """
    x0, y0, step = frame[0], frame[1], frame[2]
    first = max(0, math.ceil((solid[23] - x0) / step))
    last = min(depth.shape[1] - 1, math.floor((solid[24] - x0) / step))
    top = max(0, math.ceil((y0 - solid[26]) / step))
    bottom = min(depth.shape[0] - 1, math.floor((y0 - solid[25]) / step))
    reach = 3.0 * solid[31]
    curve = solid[2] ** 2 + solid[5] ** 2 + solid[12] * solid[8] ** 2
    if abs(curve) < 1e-9:
        curve = 1e-9
    for row in range(top, bottom + 1):
        y = y0 - row * step
        p, q, r, s, slope = _crossings(solid, y, curve)
        left, right = first, last
        if p < 0.0:
            spread = q * q - 4.0 * p * r
            if spread <= 0.0:
                continue
            spread = math.sqrt(spread)
            left = max(first, math.ceil(((spread - q) / (2.0 * p) - x0) / step))
            right = min(last, math.floor(((-spread - q) / (2.0 * p) - x0) / step))
        for column in range(left, right + 1):
            x = x0 + column * step
            root = (p * x + q) * x + r
            if root < 0.0:
                continue
            floor = depth[row, column] - reach
            t = _nearest(solid, x, y, (s + slope * x) / curve, math.sqrt(root) / abs(curve), floor)
            if t == _BEHIND:
                continue
            ahead = t - depth[row, column]
            code, inside, old, nx, ny, nz = _meet(solid, up, x, y, t, ahead, material[row, column])
            normal[row, column, 0] = old * normal[row, column, 0] + nx
            normal[row, column, 1] = old * normal[row, column, 1] + ny
            normal[row, column, 2] = old * normal[row, column, 2] + nz
            if ahead >= 0.0:
                depth[row, column], material[row, column] = t, code
                number[row, column] = this + 128 * inside


@compiled
def _majority(
    finer: int, row: int, column: int, material: Codes, number: Codes, share: NDArray[np.int64]
) -> tuple[int, int, float]:
    """The most frequent material of a texel's samples, one solid of it, and the share of dark features and lips."""
    share[:] = 0
    covered = 0
    for y in range(row * finer, (row + 1) * finer):
        for x in range(column * finer, (column + 1) * finer):
            if material[y, x] < NOTHING:
                share[material[y, x]] += 1
                covered += 1
    code = 0
    for other in range(1, NOTHING):
        if share[other] > share[code]:
            code = other
    solid = 0
    for y in range(row * finer, (row + 1) * finer):
        for x in range(column * finer, (column + 1) * finer):
            if material[y, x] == code:
                solid = number[y, x] % 128
    dark = 0.0 if code in (DARK, LIPS) else (share[DARK] + share[LIPS]) / covered
    return code, solid, dark


@compiled
def resolve(
    finer: int, depth: Samples, normal: Samples, material: Codes, number: Codes, solids: Floats, texels: Samples
) -> None:
    """Average samples into texels (H, W, 8): coverage (0 = empty), shade, normal 3, material, depth, solid."""
    share = np.zeros(NOTHING, dtype=np.int64)
    for row in range(texels.shape[0]):
        for column in range(texels.shape[1]):
            covered, nx, ny, nz, far, shade = 0, 0.0, 0.0, 0.0, 0.0, 0.0
            code, mixed, solid = NOTHING, False, 0
            for y in range(row * finer, (row + 1) * finer):
                for x in range(column * finer, (column + 1) * finer):
                    if material[y, x] >= NOTHING:
                        continue
                    mixed |= covered > 0 and code != material[y, x]
                    covered += 1
                    code, solid = int(material[y, x]), number[y, x] % 128
                    a, b, c = normal[y, x, 0], normal[y, x, 1], normal[y, x, 2]
                    size = 1.0 / math.sqrt(a * a + b * b + c * c + 1e-20)
                    nx, ny, nz = nx + size * a, ny + size * b, nz + size * c
                    far += depth[y, x]
                    shade += solids[solid, 28] * (0.55 if number[y, x] >= 128 else 1.0)
            texels[row, column, 0] = covered / (finer * finer)
            if covered == 0:
                continue
            shade /= covered
            if mixed:
                code, solid, dark = _majority(finer, row, column, material, number, share)
                shade *= 1.0 - 0.55 * dark
            size = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-20)
            texels[row, column, 1] = shade
            texels[row, column, 2], texels[row, column, 3], texels[row, column, 4] = nx * size, ny * size, nz * size
            texels[row, column, 5], texels[row, column, 6], texels[row, column, 7] = code, far / covered, solid


@compiled
def cast_band(
    solids: Floats, up: Floats, frame: Floats, finer: int, texels: Samples,
) -> None:  # fmt: skip
    """Fill a band of texels (H, W, 8) from solids (N, VIEW); `finer` samples a side, `frame` as in `cast_solid`."""
    height, width = texels.shape[0] * finer, texels.shape[1] * finer
    depth = np.full((height, width), _BEHIND, dtype=np.float32)
    normal = np.zeros((height, width, 3), dtype=np.float32)
    material = np.full((height, width), NOTHING, dtype=np.uint8)
    number = np.zeros((height, width), dtype=np.uint8)
    for this in range(len(solids)):
        cast_solid(solids[this], up, frame, depth, normal, material, number, this)
    resolve(finer, depth, normal, material, number, solids, texels)
