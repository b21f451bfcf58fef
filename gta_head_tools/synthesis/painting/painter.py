"""Sprites painted from front to back, so that nothing is painted where it would be hidden.

A sprite is a block of texels (`atlas.py`) that hold coverage, shade, normal and material. The colour of a texel is
looked up here: colour of the person's material x light on the normal x shade, then fog. Every pixel stores the share of
light from behind that still comes through, and its owner: the nearest sprite that covers at least half of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.compiled import compiled
from gta_head_tools.synthesis.places.stage import MARGIN

Paint = NDArray[np.uint32]
"""(H, W) one byte each, from the lowest: red, green, blue, and the share that comes through (255 = all)."""
Draws = NDArray[np.record]
"""(D,) DRAW."""
Owner = NDArray[np.uint16]
"""(H, W) 0 scenery, 2 k + 1 body of person k, 2 k + 2 head of person k, THING."""

THING = 65535
BAND = 32
"""Rows of a picture that are painted together, so that they stay in the processor's cache."""
_RUN = 16
"""Pixels of a row that are tested together: as many as one vector instruction processes."""

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

offset, width, height: its block of texels in the pool.
left, top, right, bottom: the pixels that it can touch, also beyond the picture.
u, v: place in the block, in texels, of the middle of pixel (left, top). u_x, u_y, v_x, v_y: change per pixel.
depth, depth_y, deepest: depth in row `top`, change per row, and the largest depth, metres along the optical axis.
shaded: row of `Colours.lights` without sun. Above picture row `shade_row`, shade_y steps of the sun are added per row,
    `suns` steps at most.
dark_row: picture row from which neighbours take light, dark_y per row, until the share `darkest` is left.
palette: row of `Colours.palettes`. person: number, or -1 for a thing.
mirror: the sprite and its normals are mirrored. head: its head pixels belong to a head. smooth: interpolate texels.
"""


class Colours(NamedTuple):
    """Tables that turn materials and normals of texels into colours.

    Attributes:
        texels: (P,) the pool of `Atlas`.
        lights: (R, 1024) light on each normal, ten bits a colour, 256 = unchanged.
        palettes: (N, 16) colours of materials, dimmed by fog, eight bits a colour.
        veils: (N,) light that fog adds, eight bits a colour.
        head_materials: (16,) which materials are head.
        sun_rows: rows of `lights` from one step of the sun to the next.
    """

    texels: NDArray[np.uint32]
    lights: NDArray[np.uint32]
    palettes: NDArray[np.uint32]
    veils: NDArray[np.uint32]
    head_materials: NDArray[np.bool_]
    sun_rows: int


class Painting(NamedTuple):
    """People painted, N of them.

    Attributes:
        paint: (H, W).
        owner: (H, W).
        visible: (N,) number of visible pixels of each head.
        total: (N,) number of all pixels of each head, also those that are hidden or beyond the picture.
    """

    paint: Paint
    owner: Owner
    visible: NDArray[np.int32]
    total: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Buffers:
    """Memory that pictures of one background are painted in; allocating it anew would take as long as painting.

    Attributes:
        size: (H, W).
        depth: (H x W + 16) of the scenery, metres.
        near: (H, W / 16) smallest depth in each run of 16 pixels; few runs then need a test of every pixel.
        open: (H, W / 16) False where everything behind a run is already hidden.
        paint, owner: (H x W + 16) the last picture.
    """

    size: tuple[int, int]
    depth: NDArray[np.float32]
    near: NDArray[np.float32]
    open: NDArray[np.bool_]
    paint: Paint
    owner: Owner


def make_buffers(depth: NDArray[np.float32]) -> Buffers:
    """Buffers for people in front of scenery of a depth (H, W), metres."""
    near = np.minimum.reduceat(depth, np.arange(0, depth.shape[1], _RUN), axis=1)
    flat = np.append(depth.ravel(), np.zeros(_RUN, np.float32))
    paint, owner = np.zeros(flat.shape, np.uint32), np.zeros(flat.shape, np.uint16)
    return Buffers((depth.shape[0], depth.shape[1]), flat, near, np.empty(near.shape, np.bool_), paint, owner)


def paint(draws: Draws, colours: Colours, buffers: Buffers, people: int) -> Painting:
    """Paint people and things. The result lies in the buffers, so the next call overwrites it.

    Args:
        draws: (D,) DRAW, the nearest first.
        colours: of the sprites.
        buffers: to paint in.
        people: number of people, N.
    """
    (height, width), visible, total = buffers.size, np.zeros(people, np.int32), np.zeros(people, np.int32)
    heads = sum(1 << int(material) for material in np.flatnonzero(colours.head_materials))
    looks = colours.texels, colours.lights.ravel(), colours.palettes.ravel(), colours.veils
    picture = buffers.depth, buffers.near.ravel(), buffers.open.ravel(), buffers.paint, buffers.owner
    _count_heads(draws, colours.texels, heads, total)
    _paint(draws, looks, picture, (height, width, colours.sun_rows, heads), visible)
    end = height * width
    shape = height, width
    return Painting(buffers.paint[:end].reshape(shape), buffers.owner[:end].reshape(shape), visible, total)


_Looks = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]
"""Texels, lights, palettes and veils."""
_Picture = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], Paint, Owner]
"""Depth, near, open, paint and owner, all flat: slicing out a row would take longer than painting it."""
_Plan = tuple[int, int, int, int]
"""Rows and columns of the picture, `sun_rows` of `Colours`, and a bit mask of the head materials."""
_Row = tuple[Paint, Paint, Paint, Paint]
"""For a part of a row: texels, their light, the colours of their materials, and the resulting paint."""
Counts = NDArray[np.int32]
Word = np.uint32
_NONE = Word(0)


@compiled
def _count_heads(draws: Draws, texels: NDArray[np.uint32], heads: int, total: NDArray[np.int32]) -> None:
    """Count the head pixels of each sprite of a head into `total`."""
    for number in range(len(draws)):
        draw = draws[number]
        if not draw.head or draw.person < 0:
            continue
        offset, width, height = int(draw.offset), int(draw.width), int(draw.height)
        step_u, step_v = int(65536 * draw.u_x), int(65536 * draw.v_x)
        count = 0
        for y in range(draw.top, draw.bottom):
            u, v = _row_start(draw, y)
            first, last = _inside(0, int(draw.right - draw.left), v, step_v, 0, height << 16)
            first, last = _inside(first, last, u, step_u, 0, width << 16)
            u, v = u + first * step_u, v + first * step_v
            for _ in range(last - first):
                texel = int(np.int64(texels[np.uint64(offset + (v >> 16) * width + (u >> 16))]))
                u, v = u + step_u, v + step_v
                count += (texel >> 31) & (heads >> (texel & 15))
        total[draw.person] = count


@compiled
def _row_start(draw: np.record, y: int) -> tuple[int, int]:
    """Place (u, v) in the block of texels of the first pixel of row `y`, in 16.16 fixed point."""
    down = y - draw.top
    return int(65536 * (draw.u + draw.u_y * down)), int(65536 * (draw.v + draw.v_y * down))


@compiled
def _inside(first: int, last: int, place: int, step: int, low: int, high: int) -> tuple[int, int]:
    """The part of the steps first..last for which place + k * step lies in low..high."""
    begin, end = place + first * step, place + (last - 1) * step
    if low <= min(begin, end) and max(begin, end) < high:
        return first, last
    if step == 0:
        return 0, 0
    if step < 0:
        place, step, low, high = -place, -step, 1 - high, 1 - low
    return max(first, math.ceil((low - place) / step)), min(last, math.ceil((high - place) / step))


@compiled
def _settings(draw: np.record, wide: int) -> tuple[int, int, int, int, int, int, int, int, int, int, int]:
    """Offset, width and height of the texels, step_u and step_v in 16.16 fixed point, half a texel if smooth.

    Then the bits that mirror a normal code, the left pixel, first and end of the columns in the picture, and the owner.
    """
    left, body = int(draw.left), 2 * int(draw.person) + 1 if draw.person >= 0 else THING
    half, flip = 32768 if draw.smooth else 0, 31 if draw.mirror else 0
    step_u, step_v = int(65536 * draw.u_x), int(65536 * draw.v_x)
    low, high = max(0, -left), min(int(draw.right), wide) - left
    return int(draw.offset), int(draw.width), int(draw.height), step_u, step_v, half, flip, left, low, high, body


@compiled
def _light(draw: np.record, y: int, sun_rows: int) -> tuple[int, int, np.float32]:
    """Index of the light in row `y`, its gain in 256ths, and the depth in front of which scenery hides the sprite."""
    gain = int(256 * max(draw.darkest, min(1.0, 1.0 - (y - draw.dark_row) * draw.dark_y)))
    suns = max(0, min(int(draw.suns), int((draw.shade_row - y) * draw.shade_y + 0.5)))
    nearest = np.float32(min(draw.depth + draw.depth_y * (y - draw.top), draw.deepest) - MARGIN)
    return 1024 * (int(draw.shaded) + suns * sun_rows), gain, nearest


@compiled
def _paint(draws: Draws, looks: _Looks, picture: _Picture, plan: _Plan, visible: NDArray[np.int32]) -> None:
    """Paint band by band: sprites lie all over the picture, and a band stays in the processor's cache."""
    height, width = plan[0], plan[1]
    runs = (width + _RUN - 1) // _RUN
    row = np.empty((4, 4 * (width + 2 * _RUN)), np.uint32)
    for band in range(0, height, BAND):
        end = min(band + BAND, height)
        picture[2][band * runs : end * runs] = True
        picture[3][band * width : end * width] = 255 << 24
        picture[4][band * width : end * width] = 0
        _paint_band(draws, (band, end), looks, picture, plan, (row[0], row[1], row[2], row[3]), visible)


@compiled
def _paint_band(  # noqa: PLR0912, PLR0915 - see below
    draws: Draws, band: tuple[int, int], looks: _Looks, picture: _Picture, plan: _Plan, row: _Row, visible: Counts
) -> None:
    """Paint all draws in one band. It is one function, because a call with array arguments takes longer than a row."""
    (texels, lights, palettes, veils), (depth, near, flags, paint, owner) = looks, picture
    found, lit, tone, made = row
    runs = (plan[1] + _RUN - 1) // _RUN
    for number in range(len(draws)):
        draw = draws[number]
        offset, width, height, step_u, step_v, half, flip, left, low, high, body = _settings(draw, plan[1])
        heads, shown = Word(plan[3] if draw.head and draw.person >= 0 else 0), _NONE
        veil, colours, taps = veils[draw.palette], 16 * int(draw.palette), 4 if half else 1
        for y in range(max(int(draw.top), band[0]), min(int(draw.bottom), band[1])):
            begin, end = y * runs + (left + low) // _RUN, y * runs + (left + high + _RUN - 1) // _RUN
            while begin < end and not flags[np.uint64(begin)]:
                begin += 1
            while begin < end and not flags[np.uint64(end - 1)]:
                end -= 1
            start, stop = max(low, _RUN * (begin - y * runs) - left), min(high, _RUN * (end - y * runs) - left)
            u, v = _row_start(draw, y)
            start, stop = _inside(start, stop, v, step_v, half, (height << 16) - half)
            first, last = width, 0
            for line in range(*_lines(v - half, step_v, start, stop, taps)):
                span = int(np.int64(texels[np.uint64(offset + width * height + line)]))
                if span > 0:
                    first, last = min(first, span & 65535), max(last, span >> 16)
            start, stop = _inside(start, stop, u, step_u, (first << 16) - half, (last << 16) + half)
            if start >= stop:
                continue
            light, gain, nearest = _light(draw, y, plan[2])
            begin, shift = (left + start) // _RUN, left - (left + start) // _RUN * _RUN
            size, place, run = (stop + shift + _RUN - 1) // _RUN * _RUN, y * plan[1] + _RUN * begin, y * runs + begin
            u, v = u - shift * step_u - half, v - shift * step_v - half
            for tap in range(taps):
                beside = offset + (tap >> 1) * width + (tap & 1)
                for k in range(_RUN):
                    found[np.uint64(tap * size + k)] = found[np.uint64((tap + 1) * size - _RUN + k)] = 0
                for k in range(start + shift, stop + shift):
                    at = np.uint64(tap * size + k)
                    line, column = (v + k * step_v) >> 16, (u + k * step_u) >> 16
                    texel = np.int64(texels[np.uint64(beside + line * width + column)])
                    found[at] = texel
                    lit[at] = lights[np.uint64(light + ((texel >> 4 & 1023) ^ flip))]
                    tone[at] = palettes[np.uint64(colours + (texel & 15))]
            for k in range(size * taps):
                made[k] = _shaded(found[k], lit[k], tone[k], Word(gain), veil)
            if half:
                _smooth(size, (u, v, step_u, step_v), found, made)
            for part in range(size // _RUN):
                if near[np.uint64(run + part)] < nearest:
                    _hide(part, place, nearest, depth, found, made)
                most = _NONE
                for k in range(part * _RUN, (part + 1) * _RUN):
                    at, there = np.uint64(k), np.uint64(place + k)
                    painted = _over(paint[there], made[at])
                    paint[there] = painted
                    most = max(most, painted)
                    head = np.uint32(heads >> (found[at] & 15) & 1)
                    new = found[at] >> 31 != 0 and owner[there] == 0
                    owner[there] = np.uint16(body + head) if new else owner[there]
                    shown = np.uint32(shown + (head if new else _NONE))
                flags[np.uint64(run + part)] = most >= 3 << 24
        if shown > 0:
            visible[draw.person] += shown


@compiled
def _smooth(size: int, walk: tuple[int, int, int, int], found: Paint, made: Paint) -> None:
    """Interpolate each pixel between the four texels around it; its owner is that of the nearest one."""
    u, v, step_u, step_v = walk
    for k in range(size):
        right, down = np.uint32((u + k * step_u) >> 8 & 255), np.uint32((v + k * step_v) >> 8 & 255)
        upper = _mixed(made[np.uint64(k)], made[np.uint64(size + k)], right)
        lower = _mixed(made[np.uint64(2 * size + k)], made[np.uint64(3 * size + k)], right)
        made[np.uint64(k)] = _mixed(upper, lower, down)
        nearest = np.int64(down >> 7) * 2 + np.int64(right >> 7)
        found[np.uint64(k)] = found[np.uint64(nearest * size + k)]


@compiled
def _hide(part: int, place: int, nearest: np.float32, depth: NDArray[np.float32], found: Paint, made: Paint) -> None:
    """Remove the pixels of a run that scenery hides."""
    for k in range(part * _RUN, (part + 1) * _RUN):
        if depth[np.uint64(place + k)] < nearest:
            found[np.uint64(k)] = made[np.uint64(k)] = 0


@compiled
def _lines(v: int, step: int, start: int, stop: int, taps: int) -> tuple[int, int]:
    """First and end of the lines of texels that a row of pixels passes through."""
    one, other = (v + start * step) >> 16, (v + (stop - 1) * step) >> 16
    return (min(one, other), max(one, other) + 1 + (taps > 1)) if start < stop else (0, 0)


@compiled
def _shaded(texel: Word, light: Word, tone: Word, gain: Word, veil: Word) -> Word:
    """Paint of a texel: its colour times its coverage, and its coverage."""
    u = Word
    shade = u(u(u(texel >> 16) & 255) * gain) >> 8
    red = u(min(u(u(u(u((tone & 255) * (light & 1023)) * shade) >> 16) + (veil & 255)), u(255)))
    green = u(min(u(u(u(u((tone >> 8 & 255) * (light >> 10 & 1023)) * shade) >> 16) + (veil >> 8 & 255)), u(255)))
    blue = u(min(u(u(u(u((tone >> 16 & 255) * (light >> 20)) * shade) >> 16) + (veil >> 16)), u(255)))
    alpha = u(texel >> 24)
    return _mixed(u(0), u(red | u(green << 8) | u(blue << 16) | u(255 << 24)), u(alpha + (alpha >> 7)))


@compiled
def _mixed(one: Word, other: Word, share: Word) -> Word:
    """Mix the four bytes of two words, `share` 256ths of `other`. It is all in uint32, so that it is vectorised."""
    u = Word
    rest = u(256 - share)
    even = u(u(u((one & 0xFF00FF) * rest) + u((other & 0xFF00FF) * share)) + 0x800080)
    odd = u(u(u((one >> 8 & 0xFF00FF) * rest) + u((other >> 8 & 0xFF00FF) * share)) + 0x800080)
    return u(u(even >> 8) & 0xFF00FF | odd & 0xFF00FF00)


@compiled
def _over(under: Word, colour: Word) -> Word:
    """The paint of a pixel with a colour added behind it."""
    u = Word
    share = u(under >> 24)
    behind = _mixed(u(0), colour, u(share + (share >> 7)))
    return u(u(under + (behind & 0xFFFFFF)) - (behind & 0xFF000000))
