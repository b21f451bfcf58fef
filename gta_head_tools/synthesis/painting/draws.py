"""From people on a stage to sprites in a picture: which sprite, where, how large and in which light.

The exact boxes of the heads are computed here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

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
from gta_head_tools.synthesis.people.weaves import HEAD_MATERIALS
from gta_head_tools.synthesis.places.stage import Array, Stage, lamps_on

SUNS, LAMPS = 5, 7
"""Number of steps from no direct sun to full sun, and from no light of lamps to `_BRIGHTEST`."""
_BRIGHTEST = 2.0
_PENUMBRA = 0.16
"""Metres over which the shadow of a neighbour fades."""
_FINE = 1 / np.sqrt(2)
"""Texels per pixel of the sprites of heads: with fewer than one, no texel is skipped and the outline is complete."""
_SMOOTH = 60.0
"""Pixels per metre from which the steps between such texels are visible; such heads are interpolated."""
_EVEN = 2**-0.25
"""Texels per pixel of other sprites: the sizes of the atlas then give sometimes more than one and sometimes fewer."""
_HALFWAY = np.array([(low + high) / 2 for low, high in pairwise(ELEVATIONS)])
"""Degrees between neighbouring elevations."""

Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Seen:
    """N people as the camera sees them.

    Attributes:
        middles: (N, 2) pixels of the middles of the heads.
        scale: (N,) pixels per metre at that depth.
        depth: (N,) metres along the optical axis.
        feet: (N, 2) pixels.
        feet_depth: (N,) metres.
        tops: (N,) metres from the ground to the middle of the head.
        elevation: (N,) index into `ELEVATIONS`.
        towards: (N,) the facing with which a person would look at the camera, radians.
        distance: (N,) metres from the camera to the waist.
    """

    middles: Array
    scale: Array
    depth: Array
    feet: Array
    feet_depth: Array
    tops: Array
    elevation: Numbers
    towards: Array
    distance: Array


def see(stage: Stage, spots: Array, middles: Array) -> Seen:
    """How the camera sees feet at local spots (N, 3) and heads or things at local `middles` (N, 3) above them."""
    heads, depth = stage.see(middles)
    feet, feet_depth = stage.see(spots)
    waist = (spots + middles) / 2 - np.array([0.0, 0.0, stage.height])
    flat = np.hypot(middles[:, 0], middles[:, 1])
    down = np.degrees(np.arctan2(stage.height - middles[:, 2], flat))
    return Seen(
        middles=heads,
        scale=stage.focal / depth,
        depth=depth,
        feet=feet,
        feet_depth=feet_depth,
        tops=middles[:, 2] - spots[:, 2],
        elevation=np.searchsorted(_HALFWAY, down),
        towards=np.arctan2(-middles[:, 0], middles[:, 1]),
        distance=np.linalg.norm(waist, axis=1),
    )


def light_rows(light: Light) -> NDArray[np.uint32]:
    """(ELEVATIONS x SUNS x LAMPS, 1024) light on each normal of a sprite, as `Colours.lights`."""
    rows = []
    sun = np.linspace(0, 1, SUNS)[:, None, None, None]
    lamps = np.linspace(0, _BRIGHTEST, LAMPS)[None, :, None, None] * light.lamps
    for elevation in ELEVATIONS:
        bright, shade = light_table(light, elevation).astype(np.float32)
        # 0.7 of the light of lamps comes from all sides: from more distant lamps and from the bright floor.
        lamp = (0.7 * 256 + 0.4 * lamp_table(elevation))[:, None] * light.lamp_colour
        rows.append(shade + (bright - shade) * sun + lamp * lamps)
    return packed(np.minimum(np.stack(rows), 1023).astype(np.uint16).reshape(-1, 1024, 3), 10)


def _turned(numbers: Numbers, shapes: NDArray[np.intp], yaw: Array) -> tuple[Numbers, NDArray[np.bool_]]:
    """Shapes (N,) at a yaw, and whether each is mirrored; `numbers` (N,) are rows of `shapes` (kinds, YAWS)."""
    turn = np.rint(yaw / (2 * np.pi / YAWS)).astype(np.intp) % YAWS
    mirror = turn > YAWS // 2
    return shapes[numbers, np.where(mirror, YAWS - turn, turn)], mirror


@dataclass(frozen=True, slots=True)
class Sprites:
    """Sprites of a picture.

    Attributes:
        draws: (D,) DRAW, the nearest first.
        boxes: (N, 4) outline of each head as drawn.
    """

    draws: NDArray[np.record]
    boxes: Array


@dataclass(frozen=True, slots=True)
class Lot:
    """S sprites of one kind.

    Attributes:
        shapes: (S,) shape numbers.
        mirror: (S,) True where the sprite is mirrored.
        who: (S,) rows of `Seen`.
        size: (S,) 1 = as made.
        kind: "head", "body", "umbrella" or "thing". Bodies reach from the head to the feet, so they lean and shorten
            with the perspective.
    """

    shapes: Numbers
    mirror: NDArray[np.bool_]
    who: Numbers
    size: Array
    kind: Literal["head", "body", "umbrella", "thing"]


_ORDER = {"umbrella": 0.0, "thing": 0.0, "head": 1e-4, "body": 2e-4}
"""Metres added to the distance: sprites of one person are painted in this order."""


def people_lots(crowd: Crowd, seen: Seen) -> list[Lot]:
    """Heads, bodies and umbrellas of a crowd."""
    who = np.arange(len(crowd.spots))
    body = crowd.facing - seen.towards
    under = np.flatnonzero(crowd.umbrellas >= 0)
    heads, heads_mirrored = _turned(crowd.heads, HEADS, crowd.gaze - seen.towards)
    bodies, bodies_mirrored = _turned(crowd.bodies, BODIES, body)
    roofs, roofs_mirrored = _turned(crowd.umbrellas[under], UMBRELLAS, body[under])
    return [
        Lot(heads, heads_mirrored, who, crowd.head_sizes, "head"),
        Lot(bodies, bodies_mirrored, who, crowd.stature, "body"),
        Lot(roofs, roofs_mirrored, under, crowd.stature[under], "umbrella"),
    ]


def place(atlas: Atlas, lots: list[Lot], seen: Seen) -> Sprites:
    """Where the sprites of all lots lie in the picture; their light is still missing, see `illuminate`."""
    shapes, mirror, who, size = (
        np.concatenate([getattr(lot, column) for lot in lots]) for column in ("shapes", "mirror", "who", "size")
    )
    kinds = np.repeat([lot.kind for lot in lots], [len(lot.who) for lot in lots])
    heads, standing = kinds == "head", kinds == "body"
    scale = seen.scale[who] * size
    numbers = atlas.need(shapes, seen.elevation[who], np.where(heads, _FINE, _EVEN) * scale)
    rows = atlas.table[numbers]  # `need` may have replaced the table.
    draws = np.zeros(len(who), DRAW)
    for name in ("offset", "width", "height"):
        draws[name] = rows[name]
    draws["mirror"], draws["head"], draws["palette"] = mirror, heads, who
    draws["person"] = np.where(kinds == "thing", -1, who)
    draws["smooth"] = (heads & (scale > _SMOOTH)) | (rows["density"] < 0.98 * _FINE * scale)
    _map(draws, rows, seen, scale, standing)
    _sink(draws, seen, standing)
    order = np.repeat([_ORDER[lot.kind] for lot in lots], [len(lot.who) for lot in lots])
    near_first = np.argsort(seen.distance[who] + order, kind="stable")
    return Sprites(draws[near_first].view(np.recarray), _boxes(rows, mirror, seen, who, scale, heads))


def _map(
    draws: NDArray[np.void], rows: NDArray[np.void], seen: Seen, scale: Array, standing: NDArray[np.bool_]
) -> None:
    """Fill in the affine maps from pixels to texels, and the rectangles of pixels that the sprites can touch."""
    who = draws["palette"]
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
    """Fill in how the depth of a sprite changes from row to row."""
    who = draws["palette"]
    down = seen.feet[who, 1] - seen.middles[who, 1]
    deeper = np.where(standing, seen.feet_depth[who] - seen.depth[who], 0.0)
    steep = np.abs(down) < 2
    draws["depth_y"] = np.where(steep, 0.0, deeper / np.where(steep, 1.0, down))
    draws["depth"] = seen.depth[who] + draws["depth_y"] * (draws["top"] - seen.middles[who, 1])
    draws["deepest"] = seen.depth[who] + np.maximum(deeper, 0.0)


def _boxes(
    rows: NDArray[np.void], mirror: NDArray[np.bool_], seen: Seen, who: Numbers, scale: Array, heads: NDArray[np.bool_]
) -> Array:
    """(N, 4) outlines of the heads in pixels."""
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
        lamps: (N,) light of lamps.
        shade: (N,) metres above the ground up to which neighbours hide the sun.
        crowding: (N,) see `Dimmed`.
    """

    sun: Array
    lamps: Array
    shade: Array
    crowding: Array


def bright(stage: Stage, seen: Seen, spots: Array, sunlit: NDArray[np.uint8], dim: Dimmed) -> Bright:
    """Light on people at local spots (N, 3); `sunlit` (H, W) is that of the scenery."""
    height, width = sunlit.shape
    column = seen.feet[:, 0].clip(0, width - 1).astype(np.intp)
    row = (seen.feet[:, 1] - 1).clip(0, height - 1).astype(np.intp)
    lamps = lamps_on(stage.lamps, spots + np.array([0.0, 0.0, 1.2]))
    return Bright(sunlit[row, column] / 255, lamps, dim.shade, dim.crowding)


def illuminate(draws: NDArray[np.record], seen: Seen, bright: Bright) -> None:
    """Fill in the light of each sprite."""
    who = draws["palette"]
    sun = np.rint(bright.sun * (SUNS - 1)).astype(np.intp)
    lamp = np.rint(np.minimum(bright.lamps / _BRIGHTEST, 1) * (LAMPS - 1)).astype(np.intp)
    base = seen.elevation * SUNS
    draws["suns"], draws["shaded"] = sun[who], (base * LAMPS + lamp)[who]
    down = seen.feet[:, 1] - seen.middles[:, 1]
    metre = np.maximum(down / seen.tops, 0.15 * seen.scale)
    draws["shade_row"] = (seen.feet[:, 1] - down * (bright.shade - _PENUMBRA / 2) / seen.tops)[who].clip(-9e6, 9e6)
    draws["shade_y"] = ((SUNS - 1) / (_PENUMBRA * metre))[who]
    draws["dark_row"] = (seen.middles[:, 1] + 0.26 * metre)[who]
    reach = (0.75 * bright.crowding / (0.9 * metre))[who]
    draws["dark_y"] = np.where(draws["head"], 0.0, reach)
    draws["darkest"] = np.where(draws["head"], 1.0, 1 - 0.62 * bright.crowding[who])


def colours(atlas: Atlas, lights: NDArray[np.uint32], palettes: Palettes, seen: Seen, light: Light) -> Colours:
    """Colours of the materials of each person, with the fog of their distance."""
    clear = np.exp(-light.fog * seen.depth)[:, None]
    veils = np.rint(light.haze * (1 - clear)).astype(np.uint8)
    shown = np.rint(palettes * clear[:, :, None]).astype(np.uint8)
    return Colours(atlas.texels, lights, packed(shown, 8), packed(veils, 8), HEAD_MATERIALS, LAMPS)


def packed(colours: NDArray[np.unsignedinteger], bits: int) -> NDArray[np.uint32]:
    """One word (...) for red, green and blue (..., 3), `bits` each, red in the lowest."""
    red, green, blue = (colours[..., channel].astype(np.uint32) for channel in range(3))
    words: NDArray[np.uint32] = red | green << np.uint32(bits) | blue << np.uint32(2 * bits)
    return words


def thing_lots(kinds: Numbers, yaw: Array) -> list[Lot]:
    """Things of those kinds (N,), each turned by `yaw` (N,)."""
    shapes, mirror = _turned(kinds, THINGS, yaw)
    return [Lot(shapes, mirror, np.arange(len(kinds)), np.ones(len(kinds)), "thing")]


def thing_middles(spots: Array, kinds: Numbers) -> Array:
    """Origins (N, 3) of things that stand on spots (N, 3)."""
    return np.column_stack([spots[:, :2], spots[:, 2] + THING_HEIGHT[kinds]])
