"""Umbrellas, and things that look like heads from afar but are none."""

from __future__ import annotations

from dataclasses import dataclass

from gta_head_tools.synthesis.shapes import ACCENT, DARK, TOP, Solids, cone, ellipsoid, limb, look, solids


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing, however it is turned.

    Attributes:
        name: what it is.
        solids: of the thing; the origin is the middle of what looks like a head.
        height: metres from the ground to the origin.
        palette: which of `THING_PALETTES` its colours are drawn from.
    """

    name: str
    solids: Solids
    height: float
    palette: str


UMBRELLA_STYLES = (
    solids(
        [
            ellipsoid((0, 0.1, 0.22), (0.5, 0.5, 0.3), look(ACCENT), clips=[((0.0, 0.0, -1.0), -0.26)]),
            *limb((0.16, 0.12, 0.5), (0.16, 0.14, -0.4), (0.008, 0.008), look(DARK)),
        ]
    ),
)
THING_KINDS = (
    Thing("ball", solids([ellipsoid((0, 0, 0), (0.11, 0.11, 0.11), look(TOP))]), 0.11, "ball"),
    Thing(
        "globe lamp",
        solids([ellipsoid((0, 0, 0), (0.14,) * 3, look(TOP)), cone((0, 0, -0.1), (0, 0, -3), (0.04, 0.05), (0.04, 0.05),
                                                                   look(DARK))]),
        3.0,
        "lamp",
    ),
)  # fmt: skip
