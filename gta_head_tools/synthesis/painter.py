"""People painted from front to back: where nothing shows any more, nothing is painted.

A sprite is a block of texels (`atlas.py`): coverage, shade, normal and material of what is seen there. Its colour is
looked up here: palette of the person x light on that normal x shade, paler with fog. Every pixel knows what share of
what lies behind still comes through, and whose it is: that of the sprite that brings its coverage past one half.
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
MARGIN = 0.45
"""Metres by which scenery must be nearer than a person to hide them: half a body, and the ground under the toes."""

DRAW = np.dtype(
    [
        ("offset", np.int32), ("width", np.int32), ("height", np.int32),
        ("left", np.int32), ("top", np.int32), ("right", np.int32), ("bottom", np.int32),
        ("u", np.float32), ("v", np.float32),
        ("u_x", np.float32), ("u_y", np.float32), ("v_x", np.float32), ("v_y", np.float32),
        ("depth", np.float32), ("depth_y", np.float32), ("deepest", np.float32),
        ("sunny", np.int32), ("shaded", np.int32), ("shade_row", np.int32),
        ("dark_row", np.float32), ("dark_y", np.float32), ("darkest", np.float32),
        ("palette", np.int32), ("person", np.int32), ("mirror", np.bool_), ("head", np.bool_),
    ]
)  # fmt: skip
"""One sprite in a picture.

offset, width, height: its block of texels. left .. bottom: the pixels it may touch, also beyond the picture.
u, v: place in the block (texels) of the middle of pixel (left, top); u_x .. v_y: their change from pixel to pixel.
depth: of its origin's row, depth_y its change from row to row, deepest its end, metres along the optical axis.
sunny, shaded: rows of the light above and from shade_row on. dark_row: where crowded neighbours begin to take light,
dark_y of it per row, until darkest is left. palette: row. person: number or -1 for a thing.
mirror: the sprite runs the other way, so normals do. head: its head pixels belong to the head.
"""


class Colours(NamedTuple):
    """What sprites' materials and normals turn into.

    Attributes:
        texels: (P,) pool.
        lights: (R, 1024, 3) light by row and normal, 256 = as is.
        palettes: (N, 16, 3) colours of materials, fog taken off.
        veils: (N, 3) what fog adds.
        head_materials: (16,) which materials are head.
    """

    texels: NDArray[np.uint32]
    lights: NDArray[np.uint16]
    palettes: NDArray[np.uint8]
    veils: NDArray[np.uint8]
    head_materials: NDArray[np.bool_]


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
        labelled = draw.head and draw.person >= 0
        if labelled:
            into.total[draw.person] = _count_head(draw, colours)
        for y in range(max(draw.top, 0), min(draw.bottom, height)):
            u, v = _row_start(draw, y)
            first, last = _span(u, v, draw)
            first, last = max(first, -draw.left), min(last, width - draw.left)
            if first >= last:
                continue
            gain = int(256 * max(draw.darkest, min(1.0, 1.0 - (y - draw.dark_row) * draw.dark_y)))
            nearest = min(draw.depth + draw.depth_y * (y - draw.top), draw.deepest) - MARGIN
            shown = _paint_row(draw, colours, (y, first, last), (u, v), (gain, nearest), depth[y], into)
            if labelled:
                into.visible[draw.person] += shown


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
def _count_head(draw: np.record, colours: Colours) -> int:
    """Pixels of a head's sprite that are head."""
    count = 0
    u_x, v_x = int(65536 * draw.u_x), int(65536 * draw.v_x)
    for y in range(draw.top, draw.bottom):
        u, v = _row_start(draw, y)
        first, last = _span(u, v, draw)
        for x in range(first, last):
            texel = colours.texels[draw.offset + ((v + x * v_x) >> 16) * draw.width + ((u + x * u_x) >> 16)]
            if texel >> 31 and colours.head_materials[texel & 15]:
                count += 1
    return count


@compiled
def _paint_row(
    draw: np.record,
    colours: Colours,
    part: tuple[int, int, int],
    start: tuple[int, int],
    row: tuple[int, float],
    depth: NDArray[np.float32],
    into: Painting,
) -> int:
    """Paint pixels of row part[0] from part[1] to part[2], from the draw's left; how many head pixels show."""
    y, first, last = part
    gain, nearest = row
    paint, owner = into.paint[y], into.owner[y]
    light = colours.lights[draw.sunny if y < draw.shade_row else draw.shaded]
    palette, veil = colours.palettes[draw.palette], colours.veils[draw.palette]
    u_x, v_x = int(65536 * draw.u_x), int(65536 * draw.v_x)
    flip = 31 if draw.mirror else 0
    body = 2 * draw.person + 1 if draw.person >= 0 else THING
    head = body + 1 if draw.head and draw.person >= 0 else body
    shown = 0
    for x in range(first, last):
        place = draw.left + x
        under = paint[place]
        share = under >> 24
        if share < 3 or depth[place] < nearest:
            continue
        u, v = start[0] + x * u_x, start[1] + x * v_x
        texel = colours.texels[draw.offset + (v >> 16) * draw.width + (u >> 16)]
        alpha = texel >> 24
        if alpha == 0:
            continue
        material = texel & 15
        lit = light[((texel >> 4) & 1023) ^ flip]
        shade = (((texel >> 16) & 255) * gain) >> 8
        cover = (alpha * share * 257 + 32768) >> 16
        weight = cover + (cover >> 7)
        word = (share - cover) << 24
        for channel in range(3):
            colour = min(255, ((palette[material, channel] * ((lit[channel] * shade) >> 8)) >> 8) + veil[channel])
            word |= (((under >> (8 * channel)) & 255) + ((colour * weight) >> 8)) << (8 * channel)
        paint[place] = word
        if share - cover < 128 and owner[place] == 0:
            is_head = colours.head_materials[material]
            owner[place] = head if is_head else body
            shown += is_head
    return shown
