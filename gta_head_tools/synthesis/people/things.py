"""Umbrellas, and things that look like heads from far away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gta_head_tools.synthesis.people import weaves as m
from gta_head_tools.synthesis.people.bodies import BODY_KINDS
from gta_head_tools.synthesis.people.heads import HEAD_STYLES
from gta_head_tools.synthesis.people.poses import HEAD_HEIGHT
from gta_head_tools.synthesis.people.shapes import Rows, Solids, Triple, cone, ellipsoid, limb, look, solids

Tones = Mapping[int, Sequence[Triple]] | str
"""Colours to choose from for each material. "stone": one tone for all materials. "mannequin": clothes of a person, but
skin and hair of one pale tone."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing, before it is turned.

    Attributes:
        name: what it is.
        solids: of the thing; the origin is the middle of the part that looks like a head.
        height: metres from the ground to the origin.
        tones: its colours.
    """

    name: str
    solids: Solids
    height: float
    tones: Tones


def _umbrella(radius: float, rise: float, lean: float, grip: float) -> Solids:
    """An umbrella over the head; its canopy leans back by `lean` metres."""
    cloth, stick = look(m.BAG, m.PANELS, fold=1.4), look(m.DARK)
    top = (0.02, -lean, 0.24 + rise)
    return solids(
        [
            ellipsoid((0.02, -lean, 0.14), (radius, radius, rise + 0.08), cloth, clips=[((0.0, 0.0, -1.0), -0.2)]),
            *limb(top, (0.02, -lean, 0.3 + rise), (0.006, 0.004), stick),
            *limb(top, (grip, 0.16, -0.36), (0.007, 0.007), stick),
        ]
    )


UMBRELLA_STYLES = (
    _umbrella(0.5, 0.26, 0.0, 0.13),
    _umbrella(0.46, 0.24, 0.08, 0.15),
)
_PALE: Sequence[Triple] = [(228, 226, 216), (214, 210, 196)]
_POSTS: Sequence[Triple] = [(44, 46, 48), (52, 62, 54), (96, 98, 100)]
_BALLS: Sequence[Triple] = [(222, 222, 218), (186, 96, 44), (170, 44, 44), (52, 88, 150), (196, 158, 60)]


def _ball(x: float, y: float, z: float, radius: float, material: int = m.TOP) -> list[float]:
    return ellipsoid((x, y, z), (radius,) * 3, look(material, m.ROUGH, fold=0.15, blend=0.002))


def _post(low: float, top: float = -0.08) -> list[float]:
    return cone((0, 0, low), (0, 0, top), (0.045, 0.032), (0.045, 0.032), look(m.DARK))


def _melons() -> Rows:
    """Seven fruits, the first of them at the origin, heaped up in a round basket."""
    rows = [cone((0, 0, -0.42), (0, 0, -0.08), (0.3, 0.38), (0.3, 0.38), look(m.BOTTOM, m.ROUGH)),
            ellipsoid((0, 0, -0.12), (0.35, 0.35, 0.03), look(m.DARK))]  # fmt: skip
    angles = np.arange(6) * np.pi / 3 + 0.3
    spots = [(0.0, 0.0, 0.0), *((0.21 * np.cos(angle), 0.21 * np.sin(angle), -0.075) for angle in angles)]
    for number, (x, y, z) in enumerate(spots):
        size = 0.099 + 0.0044 * (number * 3 % 5)
        rows.append(_ball(x, y, z, size, m.TOP if number % 3 else m.ACCENT))
    return rows


def _plinth(low: float, high: float, wide: float) -> Rows:
    stone = look(m.BOTTOM, m.ROUGH)
    return [
        cone((0, -0.03, low), (0, -0.03, high), (wide, wide * 0.9), (wide, wide), stone),
        ellipsoid((0, -0.03, high), (wide * 0.9, wide * 0.9, 0.03), stone),
        ellipsoid((0, -0.03, high - 0.05), (wide * 1.1, wide * 1.1, 0.045), stone),
    ]


def _figure(head: str, body: str, rows: Rows) -> Solids:
    """The head and the body with those names, on top of the solids `rows`."""
    parts = [next(style.solids for style in HEAD_STYLES if style.name == head)]
    parts.append(next(kind.solids for kind in BODY_KINDS if kind.name == body))
    return np.vstack([*parts, solids(rows)])


def _bust() -> Solids:
    head = next(style.solids for style in HEAD_STYLES if style.name == "side parting")
    stone = look(m.TOP, m.ROUGH)
    shoulders = [
        ellipsoid((0, -0.035, -0.25), (0.2, 0.1, 0.1), stone),
        *limb((0, -0.02, -0.1), (0, -0.03, -0.25), (0.052, 0.065), stone),
        cone((0, -0.03, -0.42), (0, -0.03, -0.28), (0.09, 0.13), (0.09, 0.1), stone),
    ]
    return np.vstack([head, solids([*shoulders, *_plinth(-1.75, -0.42, 0.19)])])


THING_KINDS = (
    Thing("globe lamp", solids([_ball(0, 0, 0, 0.15), _post(-3.2)]), 3.2, {m.TOP: _PALE, m.DARK: _POSTS}),
    Thing("ball", solids([_ball(0, 0, 0, 0.11), *[_ball(x, y, z, 0.05, m.DARK) for x, y, z in
                          ((0, 0.066, 0), (0.06, -0.02, 0.035), (-0.05, 0.01, 0.05), (-0.03, -0.05, -0.045))]]),
          0.11, {m.TOP: _BALLS, m.DARK: [(40, 40, 42), (90, 60, 40)]}),
    Thing("balloon", solids([ellipsoid((0, 0, 0), (0.115, 0.115, 0.14), look(m.TOP)),
                             cone((0, 0, -0.13), (0, 0, -0.75), (0.004, 0.003), (0.004, 0.003), look(m.WHITE))]),
          1.8, {m.TOP: _BALLS}),
    Thing("bust", _bust(), 1.75, "stone"),
    Thing("statue", _figure("short curls", "man, coat, pockets", _plinth(-2.7, -HEAD_HEIGHT, 0.42)), 2.7, "stone"),
    Thing("mannequin", _figure("bald", "woman, dress, stand", []), HEAD_HEIGHT, "mannequin"),
    Thing("melons", solids(_melons()), 0.95, {m.TOP: [(96, 118, 62), (168, 158, 84)], m.ACCENT: [(118, 132, 72)],
                                             m.BOTTOM: [(132, 104, 70), (96, 76, 54), (70, 92, 110)]}),
    Thing("round sign", solids([ellipsoid((0, 0.02, 0), (0.3, 0.012, 0.3), look(m.ACCENT)), _post(-2.2, 0.25),
                                ellipsoid((0, 0.03, 0), (0.24, 0.012, 0.24), look(m.WHITE))]),
          2.2, {m.ACCENT: [(170, 40, 40), (44, 76, 140)], m.DARK: _POSTS, m.WHITE: _PALE}),
    Thing("bush on a stem", solids([ellipsoid((0, 0, 0), (0.18, 0.18, 0.18), look(m.TOP, m.CURLS, fold=1.6)),
                                    _post(-1.5), cone((0, 0, -1.5), (0, 0, -1.15), (0.15, 0.19), (0.15, 0.19),
                                                      look(m.BOTTOM, m.ROUGH))]),
          1.5, {m.TOP: [(62, 84, 44), (74, 92, 58), (48, 70, 46)], m.BOTTOM: [(132, 104, 70), (96, 76, 54)],
                m.DARK: [(80, 64, 48)]}),
    Thing("bollard", solids([_ball(0, 0, 0, 0.1), cone((0, 0, -0.95), (0, 0, -0.05), (0.085, 0.07), (0.085, 0.07),
                                                       look(m.BOTTOM))]), 0.95, {m.TOP: _POSTS, m.BOTTOM: _POSTS}),
)  # fmt: skip
"""The kinds of things."""
