"""People painted from front to back: where nothing shows any more, nothing is painted.

A sprite is a block of texels (`atlas.py`): coverage, shade, normal and material of what is seen there. Its colour is
looked up here: palette of the person x light on that normal x shade, paler with fog. Every pixel knows what share of
what lies behind still comes through, and whose it is: that of the nearest sprite that covers at least half of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled

Paint = NDArray[np.uint32]
"""(H, W) red, green, blue, then the share that comes through (255 = all), one byte each from the lowest."""
Draws = NDArray[np.record]
"""(D,) DRAW."""
Owner = NDArray[np.uint16]
"""(H, W) 0 scenery, 2 k + 1 body of person k, 2 k + 2 head of person k, THING."""

THING = 65535
BAND = 32
"""Rows of a picture that are painted together."""
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
    """Band by band, each small enough to stay in the cache: sprites jump about the picture."""
    heads = _bits(colours.head_materials)
    for number in range(len(draws)):
        draw = draws[number]
        if draw.head and draw.person >= 0:
            into.total[draw.person] = _count_head(draw, colours.texels, heads)
    # Flat arrays and places in them: a slice for every row costs more than painting the row.
    looks = colours.texels, colours.lights.ravel(), colours.palettes.ravel(), colours.veils.ravel()
    picture = depth.ravel(), into.paint.ravel(), into.owner.ravel()
    height, width = depth.shape
    for band in range(0, height, BAND):
        for number in range(len(draws)):
            draw = draws[number]
            first, end = max(int(draw.top), band), min(int(draw.bottom), band + BAND, height)
            if first >= end:
                continue
            labelled = draw.head and draw.person >= 0
            shown = _paint_sprite(draw, (first, end, width), colours.sun_rows, heads if labelled else 0, looks, picture)
            if labelled:
                into.visible[draw.person] += shown


_Looks = tuple[NDArray[np.uint32], NDArray[np.uint16], NDArray[np.uint8], NDArray[np.uint8]]
"""Texels, lights, palettes and veils."""
_Picture = tuple[NDArray[np.float32], NDArray[np.uint32], NDArray[np.uint16]]
"""Depth, paint and owner."""
_Part = tuple[int, int, np.float32]
"""First pixel and end of a part of a row, in the picture, and the depth from where on it is not hidden."""
_Walk = tuple[int, int, int, int, int, int]
"""Where texels begin, how wide their block is, place (u, v) of the first in it and its change from pixel to pixel."""
_Tint = tuple[int, int, int, int, tuple[int, int, int]]
"""Places of the light and the palette, the share of light left, what mirrors a normal, and the veil."""


@compiled
def _paint_sprite(
    draw: np.record, rows: tuple[int, int, int], sun_rows: int, heads: int, looks: _Looks, picture: _Picture
) -> int:
    """Some rows of one sprite; how many head pixels show."""
    left, top, person, width = int(draw.left), int(draw.top), int(draw.person), rows[2]
    whose = 2 * person + 1 if person >= 0 else THING, heads
    step_u, step_v = int(65536 * draw.u_x), int(65536 * draw.v_x)
    flip, shown, smooth = 31 if draw.mirror else 0, 0, bool(draw.smooth)
    veil = 3 * int(draw.palette)
    veils = int(looks[3][veil]), int(looks[3][veil + 1]), int(looks[3][veil + 2])
    for y in range(rows[0], rows[1]):
        u, v = _row_start(draw, y)
        start, end = _trimmed(_span((u, v), draw), (u, v), draw, looks[0])
        start, end = max(start, -left), min(end, width - left)
        if start >= end:
            continue
        gain = int(256 * max(draw.darkest, min(1.0, 1.0 - (y - draw.dark_row) * draw.dark_y)))
        nearest = np.float32(min(draw.depth + draw.depth_y * (y - top), draw.deepest) - MARGIN)
        suns = max(0, min(int(draw.suns), int((draw.shade_row - y) * draw.shade_y + 0.5)))
        light = 3072 * (int(draw.shaded) + suns * sun_rows)
        walk = int(draw.offset), int(draw.width), u + start * step_u, v + start * step_v, step_u, step_v
        tint = light, 48 * int(draw.palette), gain, flip, veils
        part = y * width + left + start, y * width + left + end, nearest
        if smooth:
            shown += _own_row(walk, part, whose, looks[0], picture)
            _smooth_row(walk, int(draw.height), part, tint, looks, picture)
        else:
            shown += _paint_row(walk, part, tint, whose, looks, picture)
    return shown


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
def _span(start: tuple[int, int], draw: np.record) -> tuple[int, int]:
    """First pixel and end (from the draw's left) of a row's part that lies inside the block of texels."""
    first, last = 0, int(draw.right - draw.left)
    first, last = _inside(first, last, start[0], int(65536 * draw.u_x), int(draw.width) << 16)
    return _inside(first, last, start[1], int(65536 * draw.v_x), int(draw.height) << 16)


@compiled
def _trimmed(
    span: tuple[int, int], start: tuple[int, int], draw: np.record, texels: NDArray[np.uint32]
) -> tuple[int, int]:
    """The same without what is blank in all rows of texels that it runs through (half of a body's block is)."""
    first, last = span
    if first >= last:
        return span
    rim, step_v = 1 if draw.smooth else 0, int(65536 * draw.v_x)
    one, other = (start[1] + first * step_v) >> 16, (start[1] + (last - 1) * step_v) >> 16
    low, high = 1 << 30, -1
    spans = int(draw.offset) + int(draw.width) * int(draw.height)
    for row in range(max(min(one, other) - rim, 0), min(max(one, other) + rim + 1, int(draw.height))):
        word = int(np.int64(texels[spans + row]))
        if word > 0:
            low, high = min(low, word & 65535), max(high, word >> 16)
    low, high = low - rim, high + rim
    return _inside(first, last, start[0] - (low << 16), int(65536 * draw.u_x), (high - low) << 16)


@compiled
def _inside(first: int, last: int, start: int, step: int, end: int) -> tuple[int, int]:
    """The steps between `first` and `last` that lie in 0..end."""
    if step == 0:
        return (first, last) if 0 <= start < end else (0, 0)
    if step > 0:
        return max(first, -(start // step)), min(last, -((start - end) // step))
    return max(first, (start - end) // -step + 1), min(last, start // -step + 1)


@compiled
def _count_head(draw: np.record, texels: NDArray[np.uint32], heads: int) -> int:
    """Pixels of a head's sprite that are head."""
    count = 0
    u_x, v_x, width = int(65536 * draw.u_x), int(65536 * draw.v_x), int(draw.width)
    for y in range(draw.top, draw.bottom):
        u, v = _row_start(draw, y)
        first, last = _span((u, v), draw)
        u, v = u + first * u_x, v + first * v_x
        for _ in range(last - first):
            texel = int(texels[np.uint64(draw.offset + (v >> 16) * width + (u >> 16))])
            u, v = u + u_x, v + v_x
            count += (texel >> 31) & (heads >> (texel & 15))
    return count


@compiled
def _colour(texel: int, tint: _Tint, looks: _Looks) -> tuple[int, int, int]:
    """Red, green and blue of a texel. Places are unsigned: signed ones would be tested for counting from the end."""
    lights, palettes = looks[1], looks[2]
    light = np.uint64(tint[0] + 3 * (((texel >> 4) & 1023) ^ tint[3]))
    palette, one, two = np.uint64(tint[1] + 3 * (texel & 15)), np.uint64(1), np.uint64(2)
    shade = (((texel >> 16) & 255) * tint[2]) >> 8
    red = ((int(palettes[palette]) * int(lights[light]) * shade) >> 16) + tint[4][0]
    green = ((int(palettes[palette + one]) * int(lights[light + one]) * shade) >> 16) + tint[4][1]
    blue = ((int(palettes[palette + two]) * int(lights[light + two]) * shade) >> 16) + tint[4][2]
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
def _paint_row(walk: _Walk, part: _Part, tint: _Tint, whose: tuple[int, int], looks: _Looks, picture: _Picture) -> int:
    """Paint a part of one row; how many head pixels show."""
    depth, paint, owner = picture
    texels = looks[0]
    offset, width, u, v, step_u, step_v = walk
    shown = 0
    for x in range(np.uint64(part[0]), np.uint64(part[1])):
        texel = int(texels[np.uint64(offset + (v >> 16) * width + (u >> 16))])
        u, v = u + step_u, v + step_v
        alpha = texel >> 24
        if alpha == 0:
            continue
        under = int(paint[x])
        if under >> 24 < 3 or depth[x] < part[2]:
            continue
        red, green, blue = _colour(texel, tint, looks)
        paint[x] = _over(under, alpha, red, green, blue)
        if alpha > 127 and owner[x] == 0:
            head = whose[1] >> (texel & 15) & 1
            owner[x] = whose[0] + head
            shown += head
    return shown


@compiled
def _own_row(walk: _Walk, part: _Part, whose: tuple[int, int], texels: NDArray[np.uint32], picture: _Picture) -> int:
    """The same without paint."""
    depth, paint, owner = picture
    offset, width, u, v, step_u, step_v = walk
    shown = 0
    for x in range(np.uint64(part[0]), np.uint64(part[1])):
        texel = int(texels[np.uint64(offset + (v >> 16) * width + (u >> 16))])
        u, v = u + step_u, v + step_v
        if texel >> 31 and paint[x] >> 24 >= 3 and depth[x] >= part[2] and owner[x] == 0:
            head = whose[1] >> (texel & 15) & 1
            owner[x] = whose[0] + head
            shown += head
    return shown


@compiled
def _smooth_row(walk: _Walk, rows: int, part: _Part, tint: _Tint, looks: _Looks, picture: _Picture) -> None:
    """Paint a part of one row, each pixel mixed from the four texels around."""
    depth, paint, _ = picture
    texels = looks[0]
    offset, width, u, v, step_u, step_v = walk
    u, v = u - 32768, v - 32768
    for x in range(np.uint64(part[0]), np.uint64(part[1])):
        under = int(paint[x])
        column, row, right, down = u >> 16, v >> 16, (u >> 8) & 255, (v >> 8) & 255
        u, v = u + step_u, v + step_v
        if under >> 24 < 3 or depth[x] < part[2]:
            continue
        total, reds, greens, blues = 0, 0, 0, 0
        for near_row, down_share in ((row, 256 - down), (row + 1, down)):
            for near_column, right_share in ((column, 256 - right), (column + 1, right)):
                if not (0 <= near_row < rows and 0 <= near_column < width):
                    continue
                texel = int(texels[np.uint64(offset + near_row * width + near_column)])
                weight = (texel >> 24) * down_share * right_share
                if weight > 0:
                    red, green, blue = _colour(texel, tint, looks)
                    total, reds = total + weight, reds + weight * red
                    greens, blues = greens + weight * green, blues + weight * blue
        if total >> 16 > 0:
            paint[x] = _over(under, total >> 16, reds // total, greens // total, blues // total)
