"""Bodies below the head: builds, poses and cuts of clothes."""

from __future__ import annotations

from dataclasses import dataclass

from gta_head_tools.synthesis.shapes import (
    BOTTOM,
    NECK,
    SHOES,
    SKIN,
    TOP,
    Solids,
    cone,
    ellipsoid,
    limb,
    look,
    solids,
)  # fmt: skip

HEAD_HEIGHT = 1.583
"""Metres from the ground to the middle of the head of the standing adult of 1.70 m that bodies are made as."""


@dataclass(frozen=True, slots=True)
class BodyKind:
    """One body, however it is turned.

    Attributes:
        name: what it wears and does.
        pose: "stand", "walk", "sit", "cheer", "phone", "crossed" or "pockets".
        solids: of the body; the origin is the middle of its head.
        head_height: metres from the ground to the middle of the head.
        head_scale: size of its head, 1 = an adult's.
    """

    name: str
    pose: str
    solids: Solids
    head_height: float = HEAD_HEIGHT
    head_scale: float = 1.0

    @property
    def child(self) -> bool:
        """Whether the head is smaller than an adult's."""
        return self.head_scale < 0.97


def _plain(step: float) -> Solids:
    top, bottom, h = look(TOP), look(BOTTOM), HEAD_HEIGHT
    rows = [
        *limb((0, -0.03, -0.1), (0, -0.04, -0.24), (0.055, 0.07), look(NECK)),
        ellipsoid((0, -0.035, -0.25), (0.17, 0.09, 0.09), top),
        cone((0, -0.03, -0.25), (0, -0.02, -0.72), (0.175, 0.15), (0.11, 0.1), top),
        ellipsoid((0, -0.03, -0.25), (0.175, 0.11, 0.05), top),
        ellipsoid((0, -0.02, -0.72), (0.155, 0.115, 0.1), bottom),
    ]
    for side in (-1, 1):
        foot = side * step
        rows += limb((side * 0.19, -0.03, -0.27), (side * 0.22, -0.04, -0.55), (0.05, 0.042), top)
        rows += limb((side * 0.22, -0.04, -0.55), (side * 0.215, 0.03, -0.79), (0.042, 0.034), top)
        rows.append(ellipsoid((side * 0.215, 0.05, -0.86), (0.022, 0.04, 0.055), look(SKIN)))
        rows += limb((side * 0.08, -0.02, -0.75), (side * 0.085, foot * 0.6 + 0.01, -1.13), (0.085, 0.06), bottom)
        rows += limb((side * 0.085, foot * 0.6 + 0.01, -1.13), (side * 0.085, foot, 0.09 - h), (0.06, 0.045), bottom)
        rows.append(ellipsoid((side * 0.09, foot + 0.06, 0.045 - h), (0.048, 0.13, 0.05), look(SHOES)))
    return solids(rows)


BODY_KINDS = (BodyKind("plain", "stand", _plain(0.0)), BodyKind("plain", "walk", _plain(0.25)))
