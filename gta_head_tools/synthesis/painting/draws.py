"""From people on a stage to sprites in a picture: which, where, how large, in which light; the heads' exact boxes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.synthesis.painting.atlas import Atlas
from gta_head_tools.synthesis.painting.light import Light, lamp_table, light_table
from gta_head_tools.synthesis.painting.painter import DRAW, Colours
from gta_head_tools.synthesis.painting.shadows import Dimmed
from gta_head_tools.synthesis.people.clothes import Palettes
from gta_head_tools.synthesis.people.crowd import Crowd
from gta_head_tools.synthesis.people.shape_index import (
    BODIES,
    ELEVATIONS,
    HEADS,
    THING_HEIGHT,
    THINGS,
    UMBRELLAS,
    YAWS,
)
from gta_head_tools.synthesis.people.shapes import HEAD_MATERIALS
from gta_head_tools.synthesis.places.stage import Array, Stage, lamps_on

SUNS, LAMPS = 5, 7
"""Steps from no direct sun to all of it, and from no lamp near to `_BRIGHTEST`."""
_BRIGHTEST = 2.0
_PENUMBRA = 0.16
"""Metres over which the shadow of a neighbour fades."""
_FINE, _SMOOTH = 1 / np.sqrt(2), 60.0
"""Texels a pixel that are asked for heads: fewer than one, so that none is passed over and the outline is all painted.
From so many pixels a metre on, that shows, and they are painted without steps."""
_EVEN = 2**-0.25
"""The same for others: at times a few more than one, at times a few less."""
_HALFWAY = np.array([(low + high) / 2 for low, high in pairwise(ELEVATIONS)])

Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Seen:
    """N people as the camera sees them.

    Attributes:
        middles: (N, 2) pixels of the middles of the heads.
        scale: (N,) pixels per metre there.
        depth: (N,) metres along the optical axis.
        feet: (N, 2) pixels.
        feet_depth: (N,) metres.
        elevation: (N,) which of `ELEVATIONS` they are seen from.
        towards: (N,) facing of one who looks at the camera, radians.
        distance: (N,) metres from the camera, of the waist.
    """

    middles: Array
    scale: Array
    depth: Array
    feet: Array
    feet_depth: Array
    elevation: Numbers
    towards: Array
    distance: Array


def see(stage: Stage, spots: Array, middles: Array) -> Seen:
    """How spots (N, 3) and heads or things above them (N, 3) look from the camera."""
    heads, depth = stage.see(middles)
    feet, feet_depth = stage.see(spots)
    waist = (spots + middles) / 2 - np.array([0.0, 0.0, stage.height])
    flat = np.hypot(middles[:, 0], middles[:, 1])
    down = np.degrees(np.arctan2(stage.height - middles[:, 2], flat))
    return Seen(
        heads, stage.focal / depth, depth, feet, feet_depth,
        np.searchsorted(_HALFWAY, down), np.arctan2(-middles[:, 0], middles[:, 1]), np.linalg.norm(waist, axis=1),
    )  # fmt: skip


def light_rows(light: Light) -> NDArray[np.uint32]:
    """(ELEVATIONS x SUNS x LAMPS, 1024) what sprites' normals get; see `Colours.lights`."""
    rows = []
    sun = np.linspace(0, 1, SUNS)[:, None, None, None]
    lamps = np.linspace(0, _BRIGHTEST, LAMPS)[None, :, None, None] * light.lamps
    for elevation in ELEVATIONS:
        bright, shade = light_table(light, elevation).astype(np.float32)
        # Lamps farther off and the bright floor light people's sides, which a lamp overhead hardly does.
        lamp = (0.7 * 256 + 0.4 * lamp_table(elevation))[:, None] * light.lamp_colour
        rows.append(shade + (bright - shade) * sun + lamp * lamps)
    return packed(np.minimum(np.stack(rows), 1023).astype(np.uint16).reshape(-1, 1024, 3), 10)


def _turned(numbers: Numbers, shapes: NDArray[np.intp], yaw: Array) -> tuple[Numbers, NDArray[np.bool_]]:
    """Shape (N,) for rows of a table of shapes at a yaw, and whether it is the mirror image."""
    turn = np.rint(yaw / (2 * np.pi / YAWS)).astype(np.intp) % YAWS
    mirror = turn > YAWS // 2
    return shapes[numbers, np.where(mirror, YAWS - turn, turn)], mirror


@dataclass(frozen=True, slots=True)
class Drawing:
    """Sprites of a picture, the nearest first.

    Attributes:
        draws: (D,) DRAW.
        boxes: (N, 4) the outline of each head as drawn.
    """

    draws: NDArray[np.record]
    boxes: Array


@dataclass(frozen=True, slots=True)
class Lot:
    """Sprites of one kind before they are sorted: columns (S,).

    Attributes:
        shapes: which.
        mirror: whether the other way round.
        who: row of `Seen`.
        size: 1 = as made.
        standing: whether they reach from the head to the feet, so that they lean and shorten with the perspective.
        order: small numbers come first among those at one place.
        heads: whether they are heads.
    """

    shapes: Numbers
    mirror: NDArray[np.bool_]
    who: Numbers
    size: Array
    standing: bool
    order: float
    heads: bool = False


def people_lots(crowd: Crowd, seen: Seen) -> list[Lot]:
    """Heads, bodies and umbrellas of a crowd."""
    who = np.arange(len(crowd.spots))
    body = crowd.facing - seen.towards
    under = np.flatnonzero(crowd.umbrellas >= 0)
    heads, heads_mirrored = _turned(crowd.heads, HEADS, crowd.gaze - seen.towards)
    bodies, bodies_mirrored = _turned(crowd.bodies, BODIES, body)
    roofs, roofs_mirrored = _turned(crowd.umbrellas[under], UMBRELLAS, body[under])
    return [
        Lot(heads, heads_mirrored, who, crowd.head_sizes, standing=False, order=1e-4, heads=True),
        Lot(bodies, bodies_mirrored, who, crowd.stature, standing=True, order=2e-4),
        Lot(roofs, roofs_mirrored, under, crowd.stature[under], standing=False, order=0),
    ]


def place(atlas: Atlas, lots: list[Lot], seen: Seen) -> Drawing:
    """Where the sprites of all lots lie in the picture, sorted, without light."""
    who = np.concatenate([lot.who for lot in lots])
    size = np.concatenate([lot.size for lot in lots])
    shapes, mirror = np.concatenate([lot.shapes for lot in lots]), np.concatenate([lot.mirror for lot in lots])
    standing = np.concatenate([np.full(len(lot.who), lot.standing) for lot in lots])
    heads = np.concatenate([np.full(len(lot.who), lot.heads) for lot in lots])
    order = np.concatenate([np.full(len(lot.who), lot.order) for lot in lots])
    scale = seen.scale[who] * size
    numbers = atlas.need(shapes, seen.elevation[who], np.where(heads, _FINE, _EVEN) * scale)
    rows = atlas.table[numbers]  # a new table, if sprites had to be cast
    draws = np.zeros(len(who), DRAW)
    for name in ("offset", "width", "height"):
        draws[name] = rows[name]
    draws["mirror"], draws["head"], draws["person"], draws["palette"] = mirror, heads, who, who
    draws["smooth"] = (heads & (scale > _SMOOTH)) | (rows["density"] < 0.98 * _FINE * scale)
    _map(draws, rows, seen, scale, standing)
    _sink(draws, seen, standing)
    near_first = np.argsort(seen.distance[who] + order, kind="stable")
    return Drawing(draws[near_first].view(np.recarray), _boxes(rows, mirror, seen, who, scale, heads))


def _map(
    draws: NDArray[np.void], rows: NDArray[np.void], seen: Seen, scale: Array, standing: NDArray[np.bool_]
) -> None:
    """Maps from pixels to texels, and the pixels that may be touched."""
    who = draws["person"]
    x, y = seen.middles[who].T
    down_x, down_y = np.where(standing[:, None], seen.feet[who] - seen.middles[who], (0.0, 1.0)).T
    length = np.hypot(down_x, down_y)
    down_x, down_y = down_x / length, down_y / length
    fine = rows["density"] / scale
    tall = np.where(standing, (rows["foot_v"] - rows["origin_v"]) / length, fine)
    tall = np.minimum(tall, 1.8 * fine)
    wide = np.where(draws["mirror"], -fine, fine)
    draws["u_x"], draws["u_y"] = wide * down_y, -wide * down_x
    draws["v_x"], draws["v_y"] = tall * down_x, tall * down_y
    across = np.stack([-rows["origin_u"], rows["width"] - rows["origin_u"]]) / wide
    along = np.stack([-rows["origin_v"], rows["height"] - rows["origin_v"]]) / tall
    corner_x = across[:, None] * down_y + along[None] * down_x
    corner_y = along[None] * down_y - across[:, None] * down_x
    for low, high, place, corners in (("left", "right", x, corner_x), ("top", "bottom", y, corner_y)):
        draws[low] = np.floor(place + corners.min(axis=(0, 1)))
        draws[high] = np.ceil(place + corners.max(axis=(0, 1)))
    to_x, to_y = draws["left"] + 0.5 - x, draws["top"] + 0.5 - y
    draws["u"] = rows["origin_u"] + draws["u_x"] * to_x + draws["u_y"] * to_y
    draws["v"] = rows["origin_v"] + draws["v_x"] * to_x + draws["v_y"] * to_y


def _sink(draws: NDArray[np.void], seen: Seen, standing: NDArray[np.bool_]) -> None:
    """Depths from row to row."""
    who = draws["person"]
    down = seen.feet[who, 1] - seen.middles[who, 1]
    deeper = np.where(standing, seen.feet_depth[who] - seen.depth[who], 0.0)
    steep = np.abs(down) < 2
    draws["depth_y"] = np.where(steep, 0.0, deeper / np.where(steep, 1.0, down))
    draws["depth"] = seen.depth[who] + draws["depth_y"] * (draws["top"] - seen.middles[who, 1])
    draws["deepest"] = seen.depth[who] + np.maximum(deeper, 0.0)


def _boxes(
    rows: NDArray[np.void], mirror: NDArray[np.bool_], seen: Seen, who: Numbers, scale: Array, heads: NDArray[np.bool_]
) -> Array:
    rows, mirror, scale = rows[heads], mirror[heads], scale[heads]
    left, right = rows["left"].astype(np.float64), rows["right"].astype(np.float64)
    left, right = np.where(mirror, -right, left), np.where(mirror, -left, right)
    x, y = seen.middles[who[heads]].T
    return np.stack([x + left * scale, y + rows["top"] * scale, x + right * scale, y + rows["bottom"] * scale], axis=1)


@dataclass(frozen=True, slots=True)
class Bright:
    """Light on N people.

    Attributes:
        sun: (N,) share of the sun that scenery lets through.
        lamps: (N,) strength of lamps.
        shade: (N,) metres above the ground below which there is no sun.
        crowding: (N,) how much neighbours take.
    """

    sun: Array
    lamps: Array
    shade: Array
    crowding: Array


def bright(stage: Stage, seen: Seen, spots: Array, sunlit: NDArray[np.uint8], dim: Dimmed) -> Bright:
    """Light on people at spots (N, 3)."""
    height, width = sunlit.shape
    column = seen.feet[:, 0].clip(0, width - 1).astype(np.intp)
    row = (seen.feet[:, 1] - 1).clip(0, height - 1).astype(np.intp)
    lamps = lamps_on(stage.lamps, spots + np.array([0.0, 0.0, 1.2]))
    return Bright(sunlit[row, column] / 255, lamps, dim.shade, dim.crowding)


def illuminate(draws: NDArray[np.record], seen: Seen, bright: Bright, tops: Array) -> None:
    """Fill in the light of each sprite; `tops` (N,) are metres from the ground to the middle of the head."""
    who = draws["person"]
    sun = np.rint(bright.sun * (SUNS - 1)).astype(np.intp)
    lamp = np.rint(np.minimum(bright.lamps / _BRIGHTEST, 1) * (LAMPS - 1)).astype(np.intp)
    base = seen.elevation * SUNS
    draws["suns"], draws["shaded"] = sun[who], (base * LAMPS + lamp)[who]
    down = seen.feet[:, 1] - seen.middles[:, 1]
    metre = np.maximum(down / tops, 0.15 * seen.scale)
    draws["shade_row"] = (seen.feet[:, 1] - down * (bright.shade - _PENUMBRA / 2) / tops)[who].clip(-9e6, 9e6)
    draws["shade_y"] = ((SUNS - 1) / (_PENUMBRA * metre))[who]
    draws["dark_row"] = (seen.middles[:, 1] + 0.26 * metre)[who]
    reach = (0.75 * bright.crowding / (0.9 * metre))[who]
    draws["dark_y"] = np.where(draws["head"], 0.0, reach)
    draws["darkest"] = np.where(draws["head"], 1.0, 1 - 0.62 * bright.crowding[who])


def colours(atlas: Atlas, lights: NDArray[np.uint32], palettes: Palettes, seen: Seen, light: Light) -> Colours:
    """What materials and normals look like on each person: fog thickens with distance."""
    clear = np.exp(-light.fog * seen.depth)[:, None]
    veils = np.rint(light.haze * (1 - clear)).astype(np.uint8)
    shown = np.rint(palettes * clear[:, :, None]).astype(np.uint8)
    return Colours(atlas.texels, lights, packed(shown, 8), packed(veils, 8), HEAD_MATERIALS, LAMPS)


def packed(colours: NDArray[np.unsignedinteger], bits: int) -> NDArray[np.uint32]:
    """One number (...) for red, green and blue (..., 3), from the lowest bits."""
    red, green, blue = (colours[..., channel].astype(np.uint32) for channel in range(3))
    words: NDArray[np.uint32] = red | green << np.uint32(bits) | blue << np.uint32(2 * bits)
    return words


def thing_lots(kinds: Numbers, yaw: Array) -> list[Lot]:
    """Things of those kinds (N,), each turned by `yaw` (N,)."""
    shapes, mirror = _turned(kinds, THINGS, yaw)
    return [Lot(shapes, mirror, np.arange(len(kinds)), np.ones(len(kinds)), standing=False, order=0)]


def thing_middles(spots: Array, kinds: Numbers) -> Array:
    """Origins (N, 3) of things that stand on spots (N, 3)."""
    return np.column_stack([spots[:, :2], spots[:, 2] + THING_HEIGHT[kinds]])
