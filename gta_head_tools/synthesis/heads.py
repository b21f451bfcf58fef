"""Heads: skull, face and hair or hat in many styles, all of nearly the same size."""

from __future__ import annotations

from dataclasses import dataclass

from gta_head_tools.synthesis.shapes import DARK, HAIR, NECK, SKIN, STRANDS, Solids, ellipsoid, limb, look, solids


@dataclass(frozen=True, slots=True)
class HeadStyle:
    """One head, however it is turned.

    Attributes:
        name: what it is, as in "long hair".
        solids: of the head, its neck and what hangs from it.
    """

    name: str
    solids: Solids


def _face() -> list[list[float]]:
    skin = look(SKIN)
    return [
        ellipsoid((0, 0.0, 0.01), (0.073, 0.094, 0.098), skin),
        ellipsoid((0, 0.022, -0.045), (0.056, 0.062, 0.064), skin),
        ellipsoid((0, 0.097, -0.015), (0.012, 0.02, 0.024), skin),
        ellipsoid((0.029, 0.078, 0.012), (0.014, 0.012, 0.006), look(DARK)),
        ellipsoid((-0.029, 0.078, 0.012), (0.014, 0.012, 0.006), look(DARK)),
        *limb((0, -0.01, -0.06), (0, -0.03, -0.19), (0.055, 0.058), look(NECK)),
    ]


def _crop(low: float) -> list[float]:
    cut = ((0.0, 0.8, -0.6), low)
    return ellipsoid((0, -0.008, 0.022), (0.0775, 0.1, 0.0955), look(HAIR, STRANDS), clips=[cut])


HEAD_STYLES = (
    HeadStyle("short", solids([*_face(), _crop(0.02)])),
    HeadStyle("receding", solids([*_face(), _crop(-0.01)])),
    HeadStyle("bald", solids(_face())),
)
