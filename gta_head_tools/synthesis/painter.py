"""People painted from front to back: where nothing shows any more, nothing is painted.

A sprite is a block of texels (`atlas.py`): coverage, shade, normal and material of what is seen there. Its colour is
looked up here: palette of the person x light on that normal x shade, paler with fog. Every pixel knows what share of
what lies behind still comes through, and whose it is: that of the nearest sprite that covers at least half of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled, fetch

Paint = NDArray[np.uint32]
"""(H, W) red, green, blue, then the share that comes through (255 = all), one byte each from the lowest."""
Draws = NDArray[np.record]
"""(D,) DRAW."""
Owner = NDArray[np.uint16]
"""(H, W) 0 scenery, 2 k + 1 body of person k, 2 k + 2 head of person k, THING."""

THING = 65535
MARGIN = 0.45
"""Metres by which scenery must be nearer than a person to hide them: half a body, and the ground under the toes."""

DRAW = np.dtype(
    [
        ("offset", np.int32), ("width", np.int32), ("height", np.int32),
        ("left", np.int32), ("top", np.int32), ("right", np.int32), ("bottom", np.int32),
        ("u", np.float32), ("v", np.float32),
        ("u_x", np.float32), ("u_y", np.float32), ("v_x", np.float32), ("v_y", np.float32),
        ("depth", np.float32), ("depth_y", np.float32), ("deepest", np.float32),
        ("shaded", np.int32), ("suns", np.int32), ("shade_row", np.float32), ("shade_y", np.float32),
        ("dark_row", np.float32), ("dark_y", np.float32), ("darkest", np.float32),
        ("palette", np.int32), ("person", np.int32), ("mirror", np.bool_), ("head", np.bool_), ("smooth", np.bool_),
    ]
)  # fmt: skip
"""One sprite in a picture.

offset, width, height: its block of texels. left .. bottom: the pixels it may touch, also beyond the picture.
u, v: place in the block (texels) of the middle of pixel (left, top); u_x .. v_y: their change from pixel to pixel.
depth: of its origin's row, depth_y its change from row to row, deepest its end, metres along the optical axis.
shaded: row of the light without sun; above shade_row it grows by shade_y steps of the sun per row, up to suns of them.
dark_row: where crowded neighbours begin to take light, dark_y of it per row, until darkest is left.
palette: row. person: number or -1 for a thing. mirror: the sprite runs the other way, so normals do.
head: its head pixels belong to the head. smooth: large enough to be drawn without steps.
"""


class Colours(NamedTuple):
    """What sprites' materials and normals turn into.

    Attributes:
        texels: (P,) pool.
        lights: (R, 1024, 3) light by row and normal, 256 = as is; steps of the sun are `sun_rows` apart.
        palettes: (N, 16, 3) colours of materials, fog taken off.
        veils: (N, 3) what fog adds.
        head_materials: (16,) which materials are head.
        sun_rows: rows of light from one step of the sun to the next.
    """

    texels: NDArray[np.uint32]
    lights: NDArray[np.uint16]
    palettes: NDArray[np.uint8]
    veils: NDArray[np.uint8]
    head_materials: NDArray[np.bool_]
    sun_rows: int


class Painting(NamedTuple):
    """People painted, N of them.

    Attributes:
        paint: (H, W).
        owner: (H, W).
        visible: (N,) pixels of each head that show.
        total: (N,) pixels of each head, those beyond the picture and behind something included.
    """

    paint: Paint
    owner: Owner
    visible: NDArray[np.int32]
    total: NDArray[np.int32]


def paint(draws: Draws, colours: Colours, depth: NDArray[np.float32], people: int) -> Painting:
    """People and things painted.

    Args:
        draws: (D,) DRAW, the nearest first.
        colours: of sprites.
        depth: (H, W) of the scenery, metres.
        people: how many, N.
    """
    painting = Painting(
        np.full(depth.shape, 255 << 24, np.uint32),
        np.zeros(depth.shape, np.uint16),
        np.zeros(people, np.int32),
        np.zeros(people, np.int32),
    )
    _paint(draws, colours, depth, painting)
    return painting


@compiled
def _paint(draws: Draws, colours: Colours, depth: NDArray[np.float32], into: Painting) -> None:
    height, width = depth.shape
    for number in range(len(draws)):
        draw = draws[number]
        left, top, person = int(draw.left), int(draw.top), int(draw.person)
        labelled = draw.head and person >= 0
        step = int(65536 * draw.u_x), int(65536 * draw.v_x)
        block = colours.texels[draw.offset : draw.offset + draw.width * draw.height]
        whose = 2 * person + 1 if person >= 0 else THING
        heads = _bits(colours.head_materials) if labelled else 0
        if labelled:
            into.total[person] = _count_head(draw, block, heads)
        palette, veil = colours.palettes[draw.palette], colours.veils[draw.palette]
        for y in range(max(top, 0), min(int(draw.bottom), height)):
            u, v = _row_start(draw, y)
            first, last = _span(u, v, draw)
            first, last = max(first, -left), min(last, width - left)
            if first >= last:
                continue
            gain = int(256 * max(draw.darkest, min(1.0, 1.0 - (y - draw.dark_row) * draw.dark_y)))
            nearest = np.float32(min(draw.depth + draw.depth_y * (y - top), draw.deepest) - MARGIN)
            suns = max(0, min(int(draw.suns), int((draw.shade_row - y) * draw.shade_y + 0.5)))
            light = colours.lights[draw.shaded + suns * colours.sun_rows]
            texels = block, int(draw.width), u + first * step[0], v + first * step[1], step
            looks = light, palette, veil, gain, 31 if draw.mirror else 0
            part = slice(left + first, left + last)
            _fetch_row(depth, into, min(y + 2, height - 1), left + first, left + last)
            here = depth[y, part], into.paint[y, part], into.owner[y, part]
            if draw.smooth:
                shown = _own_row(texels, nearest, (whose, heads), *here)
                _smooth_row(texels, looks, nearest, *here[:2])
            else:
                shown = _paint_row(texels, looks, nearest, (whose, heads), *here)
            if labelled:
                into.visible[person] += shown


@compiled
def _fetch_row(depth: NDArray[np.float32], into: Painting, row: int, first: int, last: int) -> None:
    """Call in a row ahead of time: sprites jump about the picture, and waiting for memory took a third of the time."""
    for place in range(first, last + 15, 16):
        fetch(depth[row], place)
        fetch(into.paint[row], place)


@compiled
def _bits(flags: NDArray[np.bool_]) -> int:
    bits = 0
    for place in range(len(flags)):
        bits |= int(flags[place]) << place
    return bits


@compiled
def _row_start(draw: np.record, y: int) -> tuple[int, int]:
    """Place in the block of texels of the first pixel of a row, in 65536ths."""
    down = y - draw.top
    return int(65536 * (draw.u + draw.u_y * down)), int(65536 * (draw.v + draw.v_y * down))


@compiled
def _span(u: int, v: int, draw: np.record) -> tuple[int, int]:
    """First pixel and end (from the draw's left) of a row's part that lies inside the block of texels."""
    first, last = 0, int(draw.right - draw.left)
    for start, step, size in ((u, int(65536 * draw.u_x), draw.width), (v, int(65536 * draw.v_x), draw.height)):
        end = int(size) << 16
        if step == 0:
            if start < 0 or start >= end:
                return 0, 0
        elif step > 0:
            first = max(first, -(start // step))
            last = min(last, -((start - end) // step))
        else:
            first = max(first, (start - end) // -step + 1)
            last = min(last, start // -step + 1)
    return first, last


@compiled
def _count_head(draw: np.record, block: NDArray[np.uint32], heads: int) -> int:
    """Pixels of a head's sprite that are head."""
    count = 0
    u_x, v_x, width = int(65536 * draw.u_x), int(65536 * draw.v_x), int(draw.width)
    for y in range(draw.top, draw.bottom):
        u, v = _row_start(draw, y)
        first, last = _span(u, v, draw)
        u, v = u + first * u_x, v + first * v_x
        for _ in range(last - first):
            texel = int(block[np.uint64((v >> 16) * width + (u >> 16))])
            u, v = u + u_x, v + v_x
            count += (texel >> 31) & (heads >> (texel & 15))
    return count


_Row = tuple[NDArray[np.uint32], int, int, int, tuple[int, int]]
_Looks = tuple[NDArray[np.uint16], NDArray[np.uint8], NDArray[np.uint8], int, int]


@compiled
def _colour(texel: int, looks: _Looks) -> tuple[int, int, int]:
    """Red, green and blue of a texel. Places are unsigned: signed ones would be tested for counting from the end."""
    light, palette, veil, gain, flip = looks
    material, code = np.uint64(texel & 15), np.uint64(((texel >> 4) & 1023) ^ flip)
    shade = (((texel >> 16) & 255) * gain) >> 8
    red = ((int(palette[material, 0]) * int(light[code, 0]) * shade) >> 16) + int(veil[0])
    green = ((int(palette[material, 1]) * int(light[code, 1]) * shade) >> 16) + int(veil[1])
    blue = ((int(palette[material, 2]) * int(light[code, 2]) * shade) >> 16) + int(veil[2])
    return min(255, red), min(255, green), min(255, blue)


@compiled
def _over(under: int, alpha: int, red: int, green: int, blue: int) -> int:
    """A pixel's paint with a colour behind it."""
    share = under >> 24
    if alpha == 255 and share == 255:
        return red | green << 8 | blue << 16
    cover = (alpha * share * 257 + 32768) >> 16
    weight = cover + (cover >> 7)
    word = (red * weight) >> 8 | (green * weight) >> 8 << 8 | (blue * weight) >> 8 << 16
    return under - (cover << 24) + word


@compiled
def _paint_row(
    texels: _Row,
    looks: _Looks,
    nearest: np.float32,
    whose: tuple[int, int],
    depth: NDArray[np.float32],
    paint: NDArray[np.uint32],
    owner: NDArray[np.uint16],
) -> int:
    """Paint a part of one row; how many head pixels show."""
    block, width, u, v, step = texels
    shown = 0
    for x in range(np.uint64(len(paint))):
        texel = int(block[np.uint64((v >> 16) * width + (u >> 16))])
        u, v = u + step[0], v + step[1]
        alpha = texel >> 24
        if alpha == 0:
            continue
        under = int(paint[x])
        if under >> 24 < 3 or depth[x] < nearest:
            continue
        red, green, blue = _colour(texel, looks)
        paint[x] = _over(under, alpha, red, green, blue)
        if alpha > 127 and owner[x] == 0:
            head = whose[1] >> (texel & 15) & 1
            owner[x] = whose[0] + head
            shown += head
    return shown


@compiled
def _own_row(
    texels: _Row,
    nearest: np.float32,
    whose: tuple[int, int],
    depth: NDArray[np.float32],
    paint: NDArray[np.uint32],
    owner: NDArray[np.uint16],
) -> int:
    """The same without paint."""
    block, width, u, v, step = texels
    shown = 0
    for x in range(np.uint64(len(paint))):
        texel = int(block[np.uint64((v >> 16) * width + (u >> 16))])
        u, v = u + step[0], v + step[1]
        if texel >> 31 and paint[x] >> 24 >= 3 and depth[x] >= nearest and owner[x] == 0:
            head = whose[1] >> (texel & 15) & 1
            owner[x] = whose[0] + head
            shown += head
    return shown


@compiled
def _smooth_row(
    texels: _Row, looks: _Looks, nearest: np.float32, depth: NDArray[np.float32], paint: NDArray[np.uint32]
) -> None:
    """Paint a part of one row, each pixel mixed from the four texels around."""
    block, width, u, v, step = texels
    u, v = u - 32768, v - 32768
    rows = len(block) // width
    for x in range(np.uint64(len(paint))):
        under = int(paint[x])
        column, row, right, down = u >> 16, v >> 16, (u >> 8) & 255, (v >> 8) & 255
        u, v = u + step[0], v + step[1]
        if under >> 24 < 3 or depth[x] < nearest:
            continue
        total, reds, greens, blues = 0, 0, 0, 0
        for near_row, down_share in ((row, 256 - down), (row + 1, down)):
            for near_column, right_share in ((column, 256 - right), (column + 1, right)):
                if not (0 <= near_row < rows and 0 <= near_column < width):
                    continue
                texel = int(block[np.uint64(near_row * width + near_column)])
                weight = (texel >> 24) * down_share * right_share
                if weight > 0:
                    red, green, blue = _colour(texel, looks)
                    total, reds = total + weight, reds + weight * red
                    greens, blues = greens + weight * green, blues + weight * blue
        if total >> 16 > 0:
            paint[x] = _over(under, total >> 16, reds // total, greens // total, blues // total)
