"""Bodies below the head: builds, poses and cuts of clothes, put together to kinds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gta_head_tools.synthesis.people import garments
from gta_head_tools.synthesis.people.garments import Build, Rows
from gta_head_tools.synthesis.people.poses import POSES, Joints, Pose
from gta_head_tools.synthesis.people.shapes import ACCENT, BOTTOM, DARK, INNER, NECK, TOP, Solids, limb, look, solids


@dataclass(frozen=True, slots=True)
class BodyKind:
    """One body, however it is turned.

    Attributes:
        name: what it wears and does.
        pose: "stand", "walk", "sit", "cheer", "phone" or "crossed".
        solids: of the body; the origin is the middle of its head.
        head_height: metres from the ground to the middle of the head.
        head_scale: size of its head, 1 = an adult's.
    """

    name: str
    pose: str
    solids: Solids
    head_height: float
    head_scale: float = 1.0

    @property
    def woman(self) -> bool:
        """Whether the body is a woman's."""
        return "woman" in self.name

    @property
    def child(self) -> bool:
        """Whether the head is smaller than an adult's."""
        return self.head_scale < 0.97


_BUILDS = {
    "man": Build(),
    "slim man": Build(0.92, 0.92),
    "broad man": Build(1.07, 1.05, shoulders=1.06),
    "heavy man": Build(1.14, 1.16, belly=0.055, shoulders=1.04),
    "woman": Build(0.88, 0.9, bust=0.022, hips=1.12, shoulders=0.9),
    "slim woman": Build(0.81, 0.84, bust=0.016, hips=1.1, shoulders=0.87),
    "heavy woman": Build(1.04, 1.1, belly=0.03, bust=0.035, hips=1.14, shoulders=0.94),
}


@dataclass(frozen=True, slots=True)
class _Cut:
    """Clothes: how they cover arms and legs, and how thick they are."""

    sleeve: float = 1.0
    legs: float = 1.0
    thick: float = 0.0
    hem: float = -0.7
    skirt: tuple[int, float, float] | None = None
    loose: float = 0.0
    stockings: int = BOTTOM


_CUTS = {
    "T-shirt": _Cut(sleeve=0.5),
    "T-shirt, shorts": _Cut(sleeve=0.5, legs=0.5),
    "shirt": _Cut(hem=-0.74, loose=0.004),
    "jumper": _Cut(thick=0.008, loose=0.01),
    "hoodie": _Cut(thick=0.012, loose=0.01),
    "open jacket": _Cut(thick=0.016),
    "suit": _Cut(thick=0.01, hem=-0.8),
    "padded jacket": _Cut(thick=0.02),
    "coat": _Cut(thick=0.018, skirt=(TOP, -1.05, 1.14)),
    "long coat": _Cut(thick=0.016, skirt=(TOP, -1.26, 1.2)),
    "anorak": _Cut(thick=0.018, hem=-0.86, loose=0.008),
    "dress": _Cut(sleeve=0.5, legs=0.0, skirt=(TOP, -1.08, 1.3)),
    "summer dress": _Cut(sleeve=0.0, legs=0.0, skirt=(TOP, -1.16, 1.45)),
    "blouse, skirt": _Cut(legs=0.0, skirt=(BOTTOM, -1.06, 1.05)),
    "long skirt": _Cut(thick=0.006, skirt=(BOTTOM, -1.42, 1.4)),
    "vest top": _Cut(sleeve=0.0, loose=-0.004),
    "work vest": _Cut(thick=0.012, loose=0.008),
}


def _fronts(cut: str, build: Build) -> Rows:
    """What closes a cut at the breast and the neck."""
    if cut in ("open jacket", "anorak"):
        zip_only = cut == "anorak"
        strip = (
            garments.front(build, DARK, 0.006, thick=0.02)
            if zip_only
            else garments.front(build, INNER, 0.05, thick=0.018, spread=0.05)
        )
        return [*strip, *garments.collar(build, TOP, -0.165, wide=0.074)]
    if cut in ("coat", "long coat"):
        return [
            *garments.collar(build, TOP, -0.16, wide=0.078),
            *garments.front(build, INNER, 0.028, thick=0.022, low=-0.45),
        ]
    plain = {
        "suit": garments.lapels(build),
        "padded jacket": garments.collar(build, TOP, -0.145, wide=0.078),
        "hoodie": garments.hood(),
        "shirt": garments.collar(build, TOP, -0.168, wide=0.068),
        "work vest": garments.front(build, ACCENT, 0.3, thick=0.015, low=-0.6)[1:],
    }
    return plain.get(cut, [])


def _carried(thing: str, pose: Pose) -> Rows:
    rows: Rows = []
    if pose.holds:
        elbow, wrist = pose.arms[0 if pose.holds > 0 else 1]
        rows += garments.phone(wrist, elbow)
    if thing == "backpack":
        rows += garments.backpack()
    elif thing == "shoulder bag":
        rows += garments.shoulder_bag(1)
    elif thing == "carrier bag":
        rows += garments.carrier_bag(pose.arms[1][1])
    return rows


def _shorter_step(joints: Joints) -> Joints:
    """The same leg under a skirt."""
    (x, y, z), (ankle_x, ankle_y, _) = joints
    return (x * 0.85, y * 0.3, z), (ankle_x * 0.9, ankle_y * 0.5, -1.49)


def _rows(build: Build, cut_name: str, pose: Pose, thing: str) -> Rows:
    cut, seated = _CUTS[cut_name], pose.name == "sit"
    padded = cut_name == "padded jacket"
    lower = replace(build, wide=0.84 * build.wide, hips=0.92) if cut.skirt and not seated else build
    hem = max(cut.hem, -0.68) if seated else cut.hem
    rows = garments.neck(build)
    rows += garments.quilted(build) if padded else garments.trunk(build, thick=cut.thick, hem=hem)
    rows += [*_fronts(cut_name, build), *garments.seat(build, cut.skirt[0] if cut.skirt else BOTTOM, seated=seated)]
    if cut.skirt and not seated:
        rows += garments.skirt(build, *cut.skirt)
    for number, side in enumerate((1, -1)):
        rows += garments.arm(build, side, pose.arms[number], sleeve=cut.sleeve, thick=cut.thick * 0.7)
        bare = cut.legs if not seated or cut.skirt is None else 1.0
        joints = pose.legs[number]
        if cut.skirt and not seated:
            joints = _shorter_step(joints)
        rows += garments.leg(lower, side, joints, cover=bare, loose=cut.loose)
    if thing == "scarf":
        rows += garments.scarf(build)
    return rows + _carried(thing, pose)


def _kind(build: str, cut: str, pose: str, thing: str = "") -> BodyKind:
    held = POSES[pose]
    name = ", ".join(filter(None, [build, cut, pose, thing]))
    return BodyKind(name, held.name, solids(_rows(_BUILDS[build], cut, held, thing)), held.head_height)


def _child(size: float, cut: str, pose: str, thing: str = "") -> BodyKind:
    """A child whose body is `size` times an adult's, below a head that is less smaller."""
    held = POSES[pose]
    rows = solids(_rows(Build(1.02, 1.06), cut, held, thing))
    # Centres, axes and both cutting heights; the ratios and the surface stay.
    rows[:, 0:12] *= size
    rows[:, [17, 21]] *= size
    free = np.all(rows[:, 14:17] == 0, axis=1), np.all(rows[:, 18:21] == 0, axis=1)
    rows[free[0], 17] = rows[free[1], 21] = 1.0
    head = 0.9 + 0.1 * (size - 0.58) / 0.42
    neck = limb((0, -0.01, -0.06), (0, -0.02, -0.2 * size), (0.045 * head,) * 2, look(NECK))
    return BodyKind(f"child of {size:.0%}, {cut}, {pose}", held.name, np.vstack([rows, solids(neck)]),
                    held.head_height * size, head)  # fmt: skip


BODY_KINDS = (
    _kind("man", "T-shirt", "stand"),
    _kind("slim man", "T-shirt", "walk", "backpack"),
    _kind("heavy man", "T-shirt", "pockets"),
    _kind("man", "T-shirt, shorts", "stand"),
    _kind("broad man", "T-shirt, shorts", "walk"),
    _kind("man", "shirt", "one hand in pocket"),
    _kind("slim man", "shirt", "walk"),
    _kind("heavy man", "shirt", "stand"),
    _kind("man", "shirt", "crossed"),
    _kind("man", "jumper", "walk", "shoulder bag"),
    _kind("broad man", "jumper", "pockets"),
    _kind("slim man", "hoodie", "pockets"),
    _kind("man", "hoodie", "walk, pockets", "backpack"),
    _kind("slim man", "hoodie", "phone"),
    _kind("man", "open jacket", "stand"),
    _kind("slim man", "open jacket", "walk"),
    _kind("broad man", "open jacket", "pockets"),
    _kind("man", "open jacket", "walk, phone"),
    _kind("man", "suit", "stand"),
    _kind("broad man", "suit", "walk"),
    _kind("slim man", "suit", "phone"),
    _kind("man", "padded jacket", "pockets"),
    _kind("broad man", "padded jacket", "walk"),
    _kind("man", "coat", "walk", "scarf"),
    _kind("man", "coat", "pockets"),
    _kind("slim man", "anorak", "walk", "backpack"),
    _kind("man", "anorak", "pockets"),
    _kind("heavy man", "anorak", "stand"),
    _kind("man", "work vest", "stand"),
    _kind("broad man", "work vest", "walk"),
    _kind("man", "jumper", "cheer"),
    _kind("slim man", "T-shirt", "cheer"),
    _kind("broad man", "open jacket", "fist"),
    _kind("man", "hoodie", "wave"),
    _kind("man", "jumper", "clap", "scarf"),
    _kind("slim man", "T-shirt", "picture"),
    _kind("man", "open jacket", "sit"),
    _kind("broad man", "jumper", "sit wide"),
    _kind("slim man", "hoodie", "sit, phone"),
    _kind("man", "T-shirt", "sit wide"),
    _kind("heavy man", "shirt", "sit, crossed"),
    _kind("man", "jumper", "sit, cheer", "scarf"),
    _kind("man", "padded jacket", "sit, clap"),
    _kind("woman", "T-shirt", "stand", "shoulder bag"),
    _kind("slim woman", "T-shirt", "walk"),
    _kind("slim woman", "vest top", "stand"),
    _kind("woman", "T-shirt, shorts", "walk"),
    _kind("woman", "shirt", "carrying"),
    _kind("woman", "jumper", "walk", "shoulder bag"),
    _kind("heavy woman", "jumper", "stand"),
    _kind("slim woman", "jumper", "crossed"),
    _kind("woman", "open jacket", "walk", "scarf"),
    _kind("slim woman", "open jacket", "phone"),
    _kind("woman", "padded jacket", "walk", "backpack"),
    _kind("heavy woman", "padded jacket", "pockets"),
    _kind("woman", "coat", "walk", "shoulder bag"),
    _kind("slim woman", "long coat", "pockets", "scarf"),
    _kind("woman", "long coat", "walk"),
    _kind("heavy woman", "coat", "stand", "carrier bag"),
    _kind("woman", "anorak", "stand"),
    _kind("slim woman", "summer dress", "walk"),
    _kind("woman", "dress", "stand", "shoulder bag"),
    _kind("woman", "blouse, skirt", "walk"),
    _kind("slim woman", "blouse, skirt", "phone"),
    _kind("woman", "long skirt", "stand"),
    _kind("heavy woman", "long skirt", "walk", "carrier bag"),
    _kind("woman", "suit", "walk"),
    _kind("slim woman", "T-shirt", "cheer"),
    _kind("woman", "open jacket", "clap"),
    _kind("woman", "hoodie", "picture"),
    _kind("woman", "open jacket", "sit", "scarf"),
    _kind("slim woman", "T-shirt", "sit, phone"),
    _kind("woman", "jumper", "sit, crossed"),
    _kind("heavy woman", "shirt", "sit"),
    _kind("slim woman", "hoodie", "sit, cheer"),
    _child(0.58, "jumper", "stand"),
    _child(0.7, "T-shirt, shorts", "walk"),
    _child(0.7, "anorak", "stand"),
    _child(0.78, "hoodie", "walk", "backpack"),
    _child(0.86, "T-shirt", "stand"),
    _child(0.7, "summer dress", "walk"),
    _child(0.75, "hoodie", "cheer"),
    _child(0.75, "jumper", "sit"),
)
