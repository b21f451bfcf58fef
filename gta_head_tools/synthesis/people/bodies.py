"""Kinds of bodies without heads: each is a build, a cut of clothes and a pose."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gta_head_tools.synthesis.people import garments
from gta_head_tools.synthesis.people import weaves as m
from gta_head_tools.synthesis.people.garments import Build
from gta_head_tools.synthesis.people.poses import POSES, Joints, Pose
from gta_head_tools.synthesis.people.shapes import Rows, Solids, limb, look, solids


@dataclass(frozen=True, slots=True)
class BodyKind:
    """One body, before it is turned.

    Attributes:
        name: build, clothes and pose in words.
        pose: "stand", "walk", "sit", "cheer", "phone" or "crossed".
        solids: of the body; the origin is the middle of the head.
        head_height: metres from the ground to the middle of the head.
        head_scale: size of the head, 1 = that of an adult.
    """

    name: str
    pose: str
    solids: Solids
    head_height: float
    head_scale: float = 1.0

    @property
    def child(self) -> bool:
        """Whether it is the body of a child."""
        return self.head_scale < 0.97


_BUILDS = {
    "man": Build(),
    "heavy man": Build(1.14, 1.16, belly=0.055, shoulders=1.04),
    "woman": Build(0.88, 0.9, bust=0.022, hips=1.12, shoulders=0.9),
    "slim woman": Build(0.81, 0.84, bust=0.016, hips=1.1, shoulders=0.87),
}


@dataclass(frozen=True, slots=True)
class _Cut:
    """Clothes.

    Attributes:
        thick: metres by which they are thicker than a shirt.
        loose: metres by which the trousers are wider.
        short: whether the sleeves are short.
        legs: what covers the legs, see `garments.leg`.
        skirt: its material, the height where it ends, and its flare, see `garments.skirt`.
    """

    thick: float = 0.0
    loose: float = 0.0
    short: bool = False
    legs: float = 1.0
    skirt: tuple[int, float, float] | None = None


_CUTS = {
    "T-shirt": _Cut(short=True),
    "T-shirt, shorts": _Cut(short=True, legs=0.5),
    "jumper": _Cut(thick=0.008, loose=0.01),
    "hoodie": _Cut(thick=0.012, loose=0.01),
    "open jacket": _Cut(thick=0.016),
    "coat": _Cut(thick=0.018, skirt=(m.TOP, -1.05, 1.14)),
    "dress": _Cut(short=True, legs=0.0, skirt=(m.TOP, -1.08, 1.3)),
    "long skirt": _Cut(thick=0.006, skirt=(m.BOTTOM, -1.42, 1.4)),
}


def _fronts(cut: str, build: Build) -> Rows:
    """The front and the collar of a cut."""
    if cut == "open jacket":
        return [*garments.front(build, 0.05, spread=0.05), *garments.collar(build)]
    if cut == "coat":
        return [*garments.front(build, 0.028, low=-0.45), *garments.collar(build)]
    return garments.hood() if cut == "hoodie" else []


def _shorter_step(joints: Joints) -> Joints:
    """Knee and ankle of a leg whose step a skirt shortens."""
    (x, y, z), (ankle_x, ankle_y, _) = joints
    return (x * 0.85, y * 0.3, z), (ankle_x * 0.9, ankle_y * 0.5, -1.49)


def _rows(build: Build, cut_name: str, pose: Pose, thing: str) -> Rows:
    cut, seated = _CUTS[cut_name], pose.name == "sit"
    skirt = None if seated else cut.skirt
    lower = replace(build, wide=0.84 * build.wide, hips=0.92) if skirt else build
    rows = [*garments.neck(build), *garments.trunk(build, thick=cut.thick), *_fronts(cut_name, build)]
    rows += garments.seat(build, cut.skirt[0] if cut.skirt else m.BOTTOM, seated=seated)
    if skirt:
        rows += garments.skirt(build, *skirt)
    for number, side in enumerate((1, -1)):
        rows += garments.arm(build, side, pose.arms[number], short=cut.short, thick=cut.thick * 0.7)
        joints = _shorter_step(pose.legs[number]) if skirt else pose.legs[number]
        rows += garments.leg(lower, side, joints, cover=1.0 if seated and cut.skirt else cut.legs, loose=cut.loose)
    if pose.holds:
        elbow, wrist = pose.arms[0 if pose.holds > 0 else 1]
        rows += garments.phone(wrist, elbow)
    if thing:
        rows += garments.backpack() if thing == "backpack" else garments.scarf(build)
    return rows


def _kind(build: str, cut: str, pose: str, thing: str = "") -> BodyKind:
    held = POSES[pose]
    name = ", ".join(filter(None, [build, cut, pose, thing]))
    return BodyKind(name, held.name, solids(_rows(_BUILDS[build], cut, held, thing)), held.head_height)


def _child(size: float, cut: str, pose: str, thing: str = "") -> BodyKind:
    """A child with a body of `size` times an adult's; its head is smaller than an adult's too, but by less."""
    held = POSES[pose]
    rows = solids(_rows(Build(1.02, 1.06), cut, held, thing))
    # Centres, axes and the heights of both clip planes are scaled; the taper and the surface are not.
    rows[:, 0:12] *= size
    rows[:, [17, 21]] *= size
    free = np.all(rows[:, 14:17] == 0, axis=1), np.all(rows[:, 18:21] == 0, axis=1)
    rows[free[0], 17] = rows[free[1], 21] = 1.0
    head = 0.9 + 0.1 * (size - 0.58) / 0.42
    neck = limb((0, -0.01, -0.06), (0, -0.02, -0.2 * size), (0.045 * head,) * 2, look(m.NECK))
    return BodyKind(f"child of {size:.0%}, {cut}, {pose}", held.name, np.vstack([rows, solids(neck)]),
                    held.head_height * size, head)  # fmt: skip


BODY_KINDS = (
    _kind("man", "T-shirt", "stand"),
    _kind("man", "T-shirt", "walk", "backpack"),
    _kind("man", "T-shirt, shorts", "walk"),
    _kind("man", "jumper", "walk"),
    _kind("heavy man", "jumper", "pockets"),
    _kind("man", "jumper", "crossed"),
    _kind("man", "hoodie", "pockets"),
    _kind("man", "hoodie", "walk", "backpack"),
    _kind("man", "hoodie", "phone"),
    _kind("man", "open jacket", "stand"),
    _kind("man", "open jacket", "walk"),
    _kind("man", "open jacket", "phone"),
    _kind("man", "coat", "pockets"),
    _kind("man", "coat", "walk", "scarf"),
    _kind("man", "T-shirt", "cheer"),
    _kind("man", "jumper", "clap", "scarf"),
    _kind("man", "open jacket", "sit"),
    _kind("heavy man", "jumper", "sit"),
    _kind("man", "hoodie", "sit, phone"),
    _kind("man", "T-shirt", "sit, cheer"),
    _kind("woman", "T-shirt", "stand"),
    _kind("slim woman", "T-shirt", "walk"),
    _kind("woman", "T-shirt, shorts", "walk"),
    _kind("slim woman", "jumper", "stand"),
    _kind("woman", "jumper", "crossed"),
    _kind("woman", "open jacket", "walk", "scarf"),
    _kind("slim woman", "open jacket", "phone"),
    _kind("woman", "hoodie", "walk", "backpack"),
    _kind("woman", "coat", "walk"),
    _kind("slim woman", "coat", "pockets", "scarf"),
    _kind("woman", "dress", "stand"),
    _kind("slim woman", "dress", "walk"),
    _kind("woman", "long skirt", "stand"),
    _kind("slim woman", "T-shirt", "cheer"),
    _kind("woman", "open jacket", "sit", "scarf"),
    _kind("slim woman", "T-shirt", "sit, phone"),
    _child(0.58, "jumper", "stand"),
    _child(0.7, "T-shirt, shorts", "walk"),
    _child(0.78, "hoodie", "walk", "backpack"),
    _child(0.7, "dress", "walk"),
    _child(0.75, "hoodie", "cheer"),
    _child(0.75, "jumper", "sit"),
)
