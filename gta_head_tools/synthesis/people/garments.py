"""Trunk, limbs and clothes, as solids around the joints of a pose."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from gta_head_tools.synthesis.people import weaves as m
from gta_head_tools.synthesis.people.poses import SHOULDER, Joints
from gta_head_tools.synthesis.people.shapes import Rows, Triple, cone, ellipsoid, limb, look


@dataclass(frozen=True, slots=True)
class Build:
    """How a body differs from the mean.

    Attributes:
        wide: breadth of trunk and limbs, 1 = mean.
        deep: the same from front to back.
        belly: metres by which the belly stands out.
        bust: metres by which the breast stands out.
        hips: breadth of the hips, 1 = mean.
        shoulders: breadth of the shoulders, 1 = mean.
    """

    wide: float = 1.0
    deep: float = 1.0
    belly: float = 0.0
    bust: float = 0.0
    hips: float = 1.0
    shoulders: float = 1.0


def _between(start: Triple, end: Triple, share: float) -> Triple:
    rest = 1 - share
    return rest * start[0] + share * end[0], rest * start[1] + share * end[1], rest * start[2] + share * end[2]


def shoulder(build: Build, side: int) -> Triple:
    """The shoulder joint; side 1 = left, -1 = right."""
    return side * SHOULDER[0] * build.shoulders, SHOULDER[1], SHOULDER[2]


def neck(build: Build) -> Rows:
    """The neck, down to between the shoulders."""
    wide = 0.055 * (0.5 + 0.5 * build.shoulders) * (0.85 + 0.15 * build.wide)
    return limb((0, -0.01, -0.07), (0, -0.034, -0.2), (wide, wide), look(m.NECK, blend=0.01))


def trunk(build: Build, *, thick: float = 0.0) -> Rows:
    """Shoulders, breast and waist in one garment, `thick` metres thicker than a shirt."""
    cloth = look(m.TOP, m.BUNCHED, blend=0.03)
    wide, deep = build.wide, build.deep
    rows = [
        ellipsoid((0, -0.03, -0.33), (0.158 * wide + thick, 0.112 * deep + thick, 0.158), cloth),
        cone((0, -0.03, -0.33), (0, -0.02, -0.6), (0.158 * wide + thick, 0.145 * wide + thick),
             (0.112 * deep + thick, 0.1 * deep), cloth),
        cone((0, -0.022, -0.585), (0, -0.026, -0.68), (0.145 * wide + thick, 0.172 * wide * build.hips + thick),
             (0.103 * deep + thick, 0.1), cloth),
        ellipsoid((0, -0.045, -0.24), (0.15 * build.shoulders, 0.082 * deep + thick, 0.075), cloth),
        ellipsoid((0, -0.03, -0.188), (0.088, 0.083, 0.034), cloth),
    ]  # fmt: skip
    for side in (-1, 1):
        x, y, z = shoulder(build, side)
        root, start = (side * 0.034, -0.04, -0.154), 0.046 + thick * 0.5
        rows.append(cone(root, (x * 0.93, y, z + 0.012), (start + 0.004, 0.046 + thick), (start, start), cloth))
        rows.append(ellipsoid(root, (0.044 + thick * 0.3,) * 3, cloth))
        if build.bust:
            bust = (0.074, 0.05 + build.bust, 0.075)
            rows.append(ellipsoid((side * 0.058, 0.014, -0.395), bust, look(m.TOP, m.BUNCHED, blend=0.05)))
    if build.belly:
        rows.append(ellipsoid((0, 0.0, -0.56), (0.15 * wide, 0.085 + build.belly, 0.135), cloth))
    return rows


def arm(build: Build, side: int, joints: Joints, *, short: bool = False, thick: float = 0.0) -> Rows:
    """An arm in a sleeve; a short one ends above the elbow."""
    start, (elbow, wrist) = shoulder(build, side), joints
    cloth, skin = look(m.TOP, m.BUNCHED, blend=0.022), look(m.SKIN, blend=0.012)
    upper, middle = 0.052 * build.wide + thick, 0.042 * build.wide + thick
    if short:
        half = _between(start, elbow, 0.55)
        rows = limb(start, elbow, (0.043 * build.wide, 0.037), skin) + limb(elbow, wrist, (0.037, 0.026), skin)
        rows += [ellipsoid(start, (upper,) * 3, cloth), cone(start, half, (upper, upper), (upper, upper), cloth)]
    else:
        rows = limb(start, elbow, (upper, middle), cloth) + limb(elbow, wrist, (middle, 0.034 + thick), cloth)
    return rows + _hand(elbow, wrist, side)


def _hand(elbow: Triple, wrist: Triple, side: int) -> Rows:
    length = sum((b - a) ** 2 for a, b in zip(elbow, wrist, strict=True)) ** 0.5
    way = [(b - a) / length for a, b in zip(elbow, wrist, strict=True)]

    def along(metres: float, aside: float = 0.0, ahead: float = 0.0) -> Triple:
        return wrist[0] + metres * way[0] + aside, wrist[1] + metres * way[1] + ahead, wrist[2] + metres * way[2]

    skin = look(m.SKIN, blend=0.006)
    return [
        cone(along(-0.02), along(0.075), (0.024, 0.027), (0.021, 0.02), skin),
        ellipsoid(along(0.075), (0.022, 0.027, 0.027), skin),
        *limb(along(0.08, 0.0, 0.006), along(0.145, -side * 0.014, 0.022), (0.02, 0.013), skin),
        *limb(along(0.03, -side * 0.012, 0.02), along(0.085, -side * 0.018, 0.036), (0.011, 0.009), skin),
    ]


def leg(build: Build, side: int, joints: Joints, *, cover: float = 1.0, loose: float = 0.0) -> Rows:
    """A leg with its shoe; `cover` is 1 for trousers, 0.5 for shorts, 0 for bare skin."""
    knee, ankle = joints
    seated = knee[2] > -0.9
    hip = (side * 0.085 * build.hips, -0.02, -0.67 if seated else -0.745)
    cloth, skin = look(m.BOTTOM, m.BUNCHED, fold=0.9, blend=0.025), look(m.SKIN, blend=0.015)
    thigh, joint = 0.088 * build.wide * build.hips, 0.06 * build.wide + loose * 0.5
    if cover >= 1.0:
        rows = limb(hip, knee, (thigh, joint), cloth) + limb(knee, ankle, (joint, 0.05 + loose), cloth)
    else:
        x, y, z = _between(knee, ankle, 0.32)
        rows = [
            *limb(hip, knee, (thigh * 0.9, 0.05), skin),
            cone(knee, ankle, (0.052, 0.037), (0.056, 0.04), skin),
            ellipsoid((x, y - 0.012, z), (0.048, 0.05, 0.12), skin),
        ]
        if cover > 0.0:
            wide, end = thigh + 0.006, _between(hip, knee, 0.88)
            rows += [ellipsoid(hip, (wide,) * 3, cloth), cone(hip, end, (wide, 0.078), (wide, wide), cloth)]
    return rows + _shoe(ankle)


def _shoe(ankle: Triple) -> Rows:
    x, y, z = ankle
    shoe = look(m.SHOES, blend=0.012)
    lift = 0.4 if y < -0.2 else 0.0
    return [
        ellipsoid((x, y + 0.005, z - 0.035), (0.04, 0.055, 0.048), shoe),
        ellipsoid((x * 1.06, y + 0.085, z - 0.05 - 0.1 * lift), (0.045, 0.105, 0.034), shoe, tilt=lift),
    ]


def seat(build: Build, material: int = m.BOTTOM, *, seated: bool = False) -> Rows:
    """The hips."""
    cloth = look(material, m.BUNCHED, fold=0.7, blend=0.03)
    z = -0.66 if seated else -0.71
    return [ellipsoid((0, -0.028, z), (0.163 * build.wide * build.hips, 0.118 * build.deep, 0.105), cloth)]


def skirt(build: Build, material: int, low: float, flare: float) -> Rows:
    """From the waist down to the height `low`, `flare` times as wide there as at the hips."""
    wide, deep = 0.162 * build.wide * build.hips, 0.14 * build.deep
    cloth = look(material, m.HANGING, fold=1.3, blend=0.03)
    return [
        cone((0, -0.022, -0.68), (0, -0.01, low), (wide, wide * flare), (deep, deep * flare), cloth),
        ellipsoid((0, -0.022, -0.68), (wide, deep, 0.12), cloth),
    ]


def front(build: Build, half: float, *, low: float = -0.66, spread: float = 0.0) -> Rows:
    """What shows under an open coat: a strip of `half` its width down the breast, `spread` wider a metre lower."""
    cloth = look(m.INNER, m.BUNCHED, fold=0.5, blend=0.004)
    sides = [((1.0, 0.0, spread), half - 0.3 * spread), ((-1.0, 0.0, spread), half - 0.3 * spread)]
    # The strip covers only the breast: a back half would show through the back of the coat.
    wide, deep = 0.13 * build.wide, 0.072 * build.deep + 0.02
    return [
        ellipsoid((0, 0.016, -0.33), (wide, deep, 0.175), cloth, clips=sides),
        cone((0, 0.016, -0.33), (0, 0.027, low), (wide, wide * 0.93), (deep, deep), cloth, clips=sides),
    ]


def collar(build: Build) -> Rows:
    """A ring of cloth around the neck."""
    cloth = look(m.TOP, m.HANGING, blend=0.008)
    return [
        cone((0, -0.022, -0.163), (0, -0.03, -0.233), (0.0705, 0.084), (0.0735, 0.075), cloth),
        ellipsoid((0, -0.028, -0.228), (0.0855 * build.wide, 0.087, 0.035), cloth),
    ]


def scarf(build: Build) -> Rows:
    """A scarf with one end down the breast."""
    ring = look(m.ACCENT, m.BUNCHED, blend=0.006)
    return [
        ellipsoid((0, -0.014, -0.157), (0.083, 0.083, 0.026), ring, tilt=-0.1),
        ellipsoid((0, -0.012, -0.186), (0.094, 0.092, 0.03), ring, tilt=-0.1),
        *limb((0.045, 0.07, -0.2), (0.052, 0.115 * build.deep + 0.005, -0.46), (0.032, 0.036), ring),
    ]


def hood() -> Rows:
    """A hood that lies on the back."""
    cloth = look(m.TOP, m.HANGING, blend=0.014)
    return [
        ellipsoid((0, -0.088, -0.185), (0.098, 0.05, 0.062), cloth),
        ellipsoid((0, -0.03, -0.175), (0.088, 0.075, 0.03), cloth, tilt=-0.35),
    ]


_STRAP = (
    (0.088, -0.14, -0.27),
    (0.094, -0.075, -0.172),
    (0.1, 0.02, -0.182),
    (0.118, 0.082, -0.3),
    (0.14, 0.05, -0.52),
)
"""Where the left strap of a backpack runs, from its top at the back over the shoulder."""


def backpack() -> Rows:
    """A pack on the back, with its straps."""
    bag, strap = look(m.BAG, m.BUNCHED, fold=0.6), look(m.BAG, shade=0.85, blend=0.003)
    rows = [
        ellipsoid((0, -0.2, -0.44), (0.145, 0.1, 0.21), bag),
        ellipsoid((0, -0.255, -0.52), (0.11, 0.075, 0.11), bag),
    ]
    for side in (-1, 1):
        for (x, y, z), end in pairwise(_STRAP):
            rows.append(cone((side * x, y, z), (side * end[0], *end[1:]), (0.023, 0.023), (0.014, 0.014), strap))
    return rows


def phone(wrist: Triple, elbow: Triple) -> Rows:
    """A phone in a hand."""
    way = [b - a for a, b in zip(elbow, wrist, strict=True)]
    size = sum(value * value for value in way) ** 0.5
    x, y, z = (w + 0.11 * v / size for w, v in zip(wrist, way, strict=True))
    return [ellipsoid((x, y + 0.02, z + 0.03), (0.036, 0.007, 0.072), look(m.DARK), tilt=-0.5)]
