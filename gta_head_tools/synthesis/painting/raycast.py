"""Rays against the solids of a stage: the solid that a pixel shows, and whether light reaches a point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.synthesis.places import materials as m
from gta_head_tools.synthesis.places.stage import BOX, CYLINDER, SLAB, Array, Solid, Stage

TILE = 16
"""Side of a tile in pixels; a ray is tested only against the solids that its tile can show."""
FORM = 20
"""Columns of a solid: kind, centre 3, half 3, cos, sin, material, detail 4, height 6."""
MISS = 1e30
"""Distance of a ray that hits nothing."""
HIT = 15
"""Columns of a hit: depth, solid, face, normal 3, position 3, u, v, blur u, blur v, unused, glass."""
_CELLS = 96
"""Cells along a side of the grid that rays of a light are sorted into."""
Indices = NDArray[np.int32]


class Lists(NamedTuple):
    """The solids that a ray through each cell of a grid can hit, nearest first.

    Attributes:
        start: (cells + 1,) where the solids of a cell begin in `items`.
        items: numbers of solids.
        nearest: (S,) smallest depth at which a solid can be hit.
        across: cells in a row of the grid.
    """

    start: Indices
    items: Indices
    nearest: Array
    across: int


def forms(solids: Sequence[Solid]) -> Array:
    """Solids as an array (S, FORM)."""
    rows = [
        (s.kind, *s.centre, *s.half, math.cos(s.turn), math.sin(s.turn), s.material, *s.detail, *s.height)
        for s in solids
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, FORM)


def corners(rows: Array) -> Array:
    """The corners (S, 8, 3) of the boxes around solids (S, FORM)."""
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float64)
    own = signs * rows[:, None, 4:7]
    cos, sin = rows[:, 7, None], rows[:, 8, None]
    turned = np.stack([own[..., 0] * cos - own[..., 1] * sin, own[..., 0] * sin + own[..., 1] * cos, own[..., 2]], 2)
    around: Array = rows[:, None, 1:4] + turned
    return around


def tiles(stage: Stage, rows: Array) -> Lists:
    """The solids that each tile of a stage's pictures can show."""
    width, height = stage.size
    across, down = -(-width // TILE), -(-height // TILE)
    ends = corners(rows)
    pixels, depth = stage.see(ends.reshape(-1, 3))
    pixels, depth = pixels.reshape(-1, 8, 2), depth.reshape(-1, 8)
    slab = rows[:, 0] == SLAB
    behind = depth.max(axis=1) <= 0
    cut = (depth.min(axis=1) <= 0.02) | slab
    low = np.where(cut[:, None], 0.0, np.nan_to_num(pixels).min(axis=1) - 1)
    high = np.where(cut[:, None], [width, height], np.nan_to_num(pixels).max(axis=1) + 1)
    cells = np.concatenate([low // TILE, high // TILE], axis=1)
    cells[behind & ~slab, 2:] = -1e9
    nearest = np.where(cut, 0.0, depth.min(axis=1))
    return _lists(cells, nearest, across, down)


def _lists(cells: Array, nearest: Array, across: int, down: int) -> Lists:
    """Lists of a grid of across x down cells; each solid covers the cells x0 y0 x1 y1 (S, 4), both ends included."""
    limit = np.array([across - 1, down - 1, across - 1, down - 1])
    floor = np.array([0, 0, -1, -1])
    clipped = np.clip(cells, floor, limit)
    clipped[:, :2] = np.minimum(np.clip(cells[:, :2], 0, None), np.array([across, down]))
    order = np.argsort(nearest, kind="stable").astype(np.int32)
    start, items = _fill(clipped.astype(np.int32), order, across, down)
    return Lists(start, items, nearest, across)


@compiled
def _fill(cells: Indices, order: Indices, across: int, down: int) -> tuple[Indices, Indices]:
    start = np.zeros(across * down + 1, dtype=np.int32)
    for s in range(len(cells)):
        for y in range(cells[s, 1], cells[s, 3] + 1):
            for x in range(cells[s, 0], cells[s, 2] + 1):
                start[y * across + x + 1] += 1
    for c in range(across * down):
        start[c + 1] += start[c]
    place = start[:-1].copy()
    items = np.empty(max(start[-1], 1), dtype=np.int32)
    for s in order:
        for y in range(cells[s, 1], cells[s, 3] + 1):
            for x in range(cells[s, 0], cells[s, 2] + 1):
                items[place[y * across + x]] = s
                place[y * across + x] += 1
    return start, items


@compiled
def _speckle(x: float, y: float, z: float) -> float:
    """A pseudo-random number 0..1 that belongs to a cell of the integer grid."""
    n = (math.floor(x) * 73856093) ^ (math.floor(y) * 19349663) ^ (math.floor(z) * 83492791)
    n = (n ^ (n >> 13)) * 1274126177 & 0x7FFFFFFF
    return ((n ^ (n >> 16)) & 0xFFFF) / 65536.0


@compiled
def _through(p: float, d: float, h: float) -> tuple[float, float]:
    """Distances at which a ray enters and leaves the space between -h and h."""
    inverse = 1.0 / math.copysign(max(abs(d), 1e-12), d)
    middle, reach = -p * inverse, h * abs(inverse)
    return middle - reach, middle + reach


@compiled
def _meet_box(f: Array, px: float, py: float, pz: float, dx: float, dy: float, dz: float) -> float:
    a, b = _through(px, dx, f[4])
    near, far = _through(pz, dz, f[6])
    near, far = max(near, a), min(far, b)
    if near > far:
        return MISS
    a, b = _through(py, dy, f[5])
    near, far = max(near, a), min(far, b)
    if near > far or near <= 1e-6:
        return MISS
    if f[9] == m.BARS:
        along = px + near * dx if f[4] > f[5] else py + near * dy
        if f[6] - (pz + near * dz) > f[12] and (along / f[10]) % 1.0 > f[11]:
            return MISS
    return near


@compiled
def _meet_round(f: Array, px: float, py: float, pz: float, dx: float, dy: float, dz: float) -> float:
    """An ellipsoid or an upright cylinder."""
    ix, iy, iz = 1 / f[4], 1 / f[5], 1 / f[6]
    px, py, pz, dx, dy, dz = px * ix, py * iy, pz * iz, dx * ix, dy * iy, dz * iz
    tube = f[0] == CYLINDER
    wz, vz = (0.0, 0.0) if tube else (pz, dz)
    a, b, c = dx * dx + dy * dy + vz * vz, px * dx + py * dy + wz * vz, px * px + py * py + wz * wz - 1
    root = b * b - a * c
    if root < 0 or a < 1e-14:
        return MISS
    root = math.sqrt(root)
    t = (-b - root) / a
    if tube:
        if not (t > 1e-6 and abs(pz + t * dz) <= 1):
            t = ((1.0 if pz > 0 else -1.0) - pz) / math.copysign(max(abs(dz), 1e-12), dz)
            x, y = px + t * dx, py + t * dy
            t = t if x * x + y * y <= 1 else MISS
        return t if t > 1e-6 else MISS
    if f[9] == m.FOLIAGE:
        # Rays pass between the leaves near the outline, where few leaves lie behind one another.
        for _ in range(2):
            if t > 1e-6:
                x, y, z = px + t * dx, py + t * dy, pz + t * dz
                length = math.sqrt(a)
                facing = abs(x * dx + y * dy + z * dz) / length
                grain = f[10]
                if facing > 0.75 * _speckle(x * f[4] * grain + 7.3 * f[1], y * f[5] * grain, z * f[6] * grain) + 0.08:
                    return t
            t = (-b + root) / a
        return MISS
    return t if t > 1e-6 else MISS


@compiled
def _meet_slab(f: Array, ox: float, oy: float, oz: float, dx: float, dy: float, dz: float) -> float:
    k0, kx, ky, kxx, kxy, kyy = f[14], f[15], f[16], f[17], f[18], f[19]
    c = k0 + kx * ox + ky * oy + kxx * ox * ox + kxy * ox * oy + kyy * oy * oy - oz
    b = kx * dx + ky * dy + 2 * kxx * ox * dx + kxy * (ox * dy + oy * dx) + 2 * kyy * oy * dy - dz
    a = kxx * dx * dx + kxy * dx * dy + kyy * dy * dy
    first, second = MISS, MISS
    if abs(a) < 1e-12:
        if b != 0:
            first = -c / b
    else:
        root = b * b - 4 * a * c
        if root < 0:
            return MISS
        # To avoid cancellation, one root comes from the sum of the roots and the other from their product.
        q = -0.5 * (b + math.copysign(math.sqrt(root), b))
        first, second = q / a, (c / q if q != 0 else MISS)
    low, high = min(first, second), max(first, second)
    for t in (low, high):
        if t > 1e-6 and abs(ox + t * dx - f[1]) <= f[4] and abs(oy + t * dy - f[2]) <= f[5]:
            return t
    return MISS


@compiled
def _meet(f: Array, ox: float, oy: float, oz: float, dx: float, dy: float, dz: float) -> float:
    """Distance, in units of the direction (dx, dy, dz), to the hit of a ray on a solid from outside, or MISS."""
    if f[0] == SLAB:
        return _meet_slab(f, ox, oy, oz, dx, dy, dz)
    x, y = ox - f[1], oy - f[2]
    px, py, pz = x * f[7] + y * f[8], y * f[7] - x * f[8], oz - f[3]
    vx, vy = dx * f[7] + dy * f[8], dy * f[7] - dx * f[8]
    if f[0] == BOX:
        return _meet_box(f, px, py, pz, vx, vy, dz)
    return _meet_round(f, px, py, pz, vx, vy, dz)


@compiled
def _describe(f: Array, hit: Array) -> None:
    """Fill in normal, face and texture position of a hit at hit[6:9]."""
    x, y = hit[6] - f[1], hit[7] - f[2]
    px, py, pz = x * f[7] + y * f[8], y * f[7] - x * f[8], hit[8] - f[3]
    nx, ny, nz, face = 0.0, 0.0, 1.0, 0
    if f[0] == SLAB:
        gx = f[15] + 2 * f[17] * hit[6] + f[18] * hit[7]
        gy = f[16] + f[18] * hit[6] + 2 * f[19] * hit[7]
        length = math.sqrt(gx * gx + gy * gy + 1)
        hit[3], hit[4], hit[5] = -gx / length, -gy / length, 1 / length
        hit[2], hit[9], hit[10] = 0.0, hit[6] - f[1], hit[7]
        return
    a, b, c = px / f[4], py / f[5], pz / f[6]
    u, v = px + f[4], pz + f[6]
    if f[0] == BOX:
        if abs(c) >= abs(a) and abs(c) >= abs(b):
            face, nz, v = (4 if c > 0 else 5), math.copysign(1.0, c), py + f[5]
        elif abs(a) >= abs(b):
            face, nx, nz, u = (0 if a > 0 else 1), math.copysign(1.0, a), 0.0, py + f[5]
        else:
            face, ny, nz = (2 if b > 0 else 3), math.copysign(1.0, b), 0.0
    elif f[0] == CYLINDER and abs(c) > 0.99999:
        face, nz, v = 4, math.copysign(1.0, c), py + f[5]
    else:
        nz = 0.0 if f[0] == CYLINDER else c / f[6]
        nx, ny = a / f[4], b / f[5]
        length = math.sqrt(nx * nx + ny * ny + nz * nz)
        nx, ny, nz = nx / length, ny / length, nz / length
        u = math.atan2(b, a) * f[4]
    hit[2], hit[9], hit[10] = face, u, v
    hit[3], hit[4], hit[5] = nx * f[7] - ny * f[8], nx * f[8] + ny * f[7], nz


@compiled
def _spread(hit: Array, f: Array, axes: Array, dx: float, dy: float, dz: float, focal: float) -> None:
    """Fill in hit[11:13]: the footprint of a pixel along both directions of the texture, metres."""
    nx, ny, nz = hit[3], hit[4], hit[5]
    facing = dx * nx + dy * ny + dz * nz
    facing = math.copysign(max(abs(facing), 1e-3), facing)
    if abs(nz) > 0.7:
        ux, uy, uz, vx, vy, vz = f[7], f[8], 0.0, -f[8], f[7], 0.0
    else:
        length = max(math.hypot(nx, ny), 1e-9)
        ux, uy, uz, vx, vy, vz = -ny / length, nx / length, 0.0, 0.0, 0.0, 1.0
    hit[11], hit[12] = 0.0, 0.0
    for k in range(2):
        rx, ry, rz = axes[k, 0], axes[k, 1], axes[k, 2]
        slip = (rx * nx + ry * ny + rz * nz) / facing
        sx, sy, sz = rx - dx * slip, ry - dy * slip, rz - dz * slip
        hit[11] += abs(sx * ux + sy * uy + sz * uz) * hit[0] / focal
        hit[12] += abs(sx * vx + sy * vy + sz * vz) * hit[0] / focal
    hit[11], hit[12] = min(hit[11], 100.0), min(hit[12], 100.0)


@compiled
def cast(xs: Array, ys: Array, lens: Array, rows: Array, lists: Lists, hits: Array) -> None:
    """Fill `hits` (N, HIT) with the first hits of rays through picture positions; solid -1 is the sky.

    Args:
        xs: (N,) pixels.
        ys: (N,) pixels.
        lens: (5, 3) right, up, forward; (height of the camera, focal length, half the width); (half the height, -, -).
        rows: (S, FORM).
        lists: of `tiles`.
        hits: (N, HIT).
    """
    oz, focal, middle_x, middle_y = lens[3, 0], lens[3, 1], lens[3, 2], lens[4, 0]
    for i in range(len(xs)):
        a, b = (xs[i] - middle_x) / focal, (middle_y - ys[i]) / focal
        dx = lens[2, 0] + a * lens[0, 0] + b * lens[1, 0]
        dy = lens[2, 1] + a * lens[0, 1] + b * lens[1, 1]
        dz = lens[2, 2] + a * lens[0, 2] + b * lens[1, 2]
        cell = int(ys[i]) // TILE * lists.across + int(xs[i]) // TILE
        best, found, glass = MISS, -1, MISS
        for k in range(lists.start[cell], lists.start[cell + 1]):
            s = lists.items[k]
            if lists.nearest[s] > best:
                break
            t = _meet(rows[s], 0.0, 0.0, oz, dx, dy, dz)
            if t < best:
                if rows[s, 9] == m.GLASS:
                    glass = min(glass, t)
                else:
                    best, found = t, s
        hit = hits[i]
        hit[0], hit[1], hit[14] = best, found, 1.0 if glass < best else 0.0
        hit[6], hit[7], hit[8] = best * dx, best * dy, oz + best * dz
        if found >= 0:
            _describe(rows[found], hit)
            _spread(hit, rows[found], lens, dx, dy, dz, focal)
        else:
            hit[2], hit[3], hit[4], hit[5] = 0.0, 0.0, 0.0, dz / math.sqrt(dx * dx + dy * dy + dz * dz)


@compiled
def _hidden(
    points: NDArray[np.float32],
    normals: NDArray[np.int8],
    towards: Array,
    reach: float,
    rows: Array,
    lists: Lists,
    frame: Array,
    open_to: NDArray[np.uint8],
) -> None:
    """Fill `open_to` (N,) with 255 where no solid is between a point and the light, else 0."""
    tx, ty, tz = towards[0], towards[1], towards[2]
    for i in range(len(points)):
        nx, ny, nz = normals[i, 0] / 127.0, normals[i, 1] / 127.0, normals[i, 2] / 127.0
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        x, y, z = x + nx * 0.03 + tx * 0.01, y + ny * 0.03 + ty * 0.01, z + nz * 0.03 + tz * 0.01
        open_to[i] = 255
        if nx * tx + ny * ty + nz * tz <= 0:
            open_to[i] = 0
            continue
        column = int((x * frame[0, 0] + y * frame[0, 1] + z * frame[0, 2] - frame[2, 0]) * frame[2, 2])
        line = int((x * frame[1, 0] + y * frame[1, 1] + z * frame[1, 2] - frame[2, 1]) * frame[3, 0])
        if column < 0 or line < 0 or column >= _CELLS or line >= _CELLS:
            continue
        cell = line * _CELLS + column
        for k in range(lists.start[cell], lists.start[cell + 1]):
            if _meet(rows[lists.items[k]], x, y, z, tx, ty, tz) < reach:
                open_to[i] = 0
                break


def reached(
    points: NDArray[np.float32], normals: NDArray[np.int8], towards: Array, rows: Array, *, reach: float = MISS
) -> NDArray[np.uint8]:
    """(N,) 255 where a light in direction `towards` reaches points (N, 3) with normals (N, 3) in 1/127, else 0.

    Slabs, glass, and solids more than `reach` metres away do not stop the light.
    """
    solid = rows[(rows[:, 0] != SLAB) & (rows[:, 9] != m.GLASS)]
    result = np.empty(len(points), dtype=np.uint8)
    side = np.cross(towards, [0.0, 1.0, 0.0] if abs(towards[1]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    frame = np.zeros((4, 3))
    frame[0], frame[1] = side, np.cross(side, towards)
    ends = corners(solid) @ frame[:2].T
    if not len(solid):
        ends = np.zeros((1, 8, 2))
    low, high = np.maximum(ends.min(axis=(0, 1)), -150.0), np.minimum(ends.max(axis=(0, 1)), 250.0)
    scale = _CELLS / np.maximum(high - low, 1e-3)
    frame[2], frame[3, 0] = (low[0], low[1], scale[0]), scale[1]
    cells = np.concatenate([(ends.min(axis=1) - low) * scale, (ends.max(axis=1) - low) * scale], axis=1)
    lists = _lists(np.floor(cells)[: len(solid)], np.zeros(len(solid)), _CELLS, _CELLS)
    _hidden(points, normals, towards, reach, solid, lists, frame, result)
    return result
