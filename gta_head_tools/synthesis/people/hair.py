"""Hair and hats as separate shells over the skull; below the chin they hang and are no head."""

from __future__ import annotations

from gta_head_tools.synthesis.people.shapes import (
    CURLS,
    DARK,
    HAIR,
    HANGING,
    HEADWEAR,
    STRANDS,
    TRIM,
    Look,
    Triple,
    cone,
    ellipsoid,
    limb,
    look,
)

Rows = list[list[float]]
Clip = tuple[Triple, float]

_STRANDS = look(HAIR, STRANDS, blend=0.006)
_CURLS = look(HAIR, CURLS, blend=0.006)
_CLOTH = look(HEADWEAR, HANGING, fold=0.5)
_KNIT = look(HEADWEAR, CURLS, fold=0.35)
_SMOOTH = look(HEADWEAR)


def _hairline(forehead: float) -> Clip:
    """Leaves the face free; over the forehead hair begins `forehead` metres above the middle of the head."""
    return (0.0, 0.75, -0.66), 0.75 * 0.08 - 0.66 * forehead


def _above(height: float, slope: float = 0.0) -> Clip:
    """Ends at a height, further down at the back by `slope` metres a metre."""
    return (0.0, slope, -1.0), -height


def _cap(grow: float, forehead: float, nape: float = -0.075, surface: Look = _STRANDS, lift: float = 0.0) -> Rows:
    """Hair close to the skull, `grow` metres thick and `lift` higher on top."""
    half = (0.0715 + grow, 0.092 + grow, 0.085 + grow + lift)
    return [ellipsoid((0, -0.01, 0.024), half, surface, clips=[_hairline(forehead), _above(nape)])]


def _parted(grow: float, forehead: float, nape: float) -> Rows:
    """Two lobes that meet in a parting left of the middle."""
    rows = []
    for middle, half in ((0.011, 0.066), (-0.016, 0.06)):
        size = (half + grow * 0.5, 0.093 + grow, 0.084 + grow)
        rows.append(
            ellipsoid((middle, -0.01, 0.024), size, look(HAIR, STRANDS, blend=0.001),
                      clips=[_hairline(forehead), _above(nape)])
        )  # fmt: skip
    return rows


def _mane(low: float, breadth: float, surface: Look = _STRANDS) -> Rows:
    """Hair that falls behind the ears down to `low`, and locks beside the face."""
    back: Clip = ((0.0, 1.0, -0.12), 0.012)
    rows = [
        cone((0, -0.018, 0.03), (0, -0.052, low), (0.076, 0.076 * breadth), (0.083, 0.06), surface, clips=[back]),
        ellipsoid((0, -0.052, low), (0.076 * breadth, 0.083 * breadth, 0.035), surface, clips=[back]),
    ]
    for side in (-1, 1):
        rows.append(ellipsoid((side * 0.064, -0.006, -0.045), (0.0175, 0.052, 0.125), surface, tilt=-0.1))
        rows.append(ellipsoid((side * 0.062 * breadth**0.5, 0.012, low + 0.1), (0.014, 0.04, 0.12), surface))
    return rows


def _fringe() -> Rows:
    keep: Clip = ((0.0, 0.0, -1.0), -0.03)
    return [ellipsoid((0, 0.0, 0.024), (0.072, 0.094, 0.089), _STRANDS, clips=[keep, ((0.0, -1.0, 0.0), 0.0)])]


def _bob(low: float) -> Rows:
    """Hair to the jaw, open in front."""
    keep: Clip = ((0.0, 1.0, -0.25), 0.03)
    rows = [
        cone((0, -0.014, 0.04), (0, -0.018, low), (0.0755, 0.077), (0.093, 0.095), _STRANDS, clips=[keep]),
        ellipsoid((0, -0.018, low), (0.077, 0.095, 0.022), _STRANDS, clips=[keep]),
    ]
    for side in (-1, 1):
        rows.append(ellipsoid((side * 0.063, 0.012, -0.03), (0.016, 0.042, 0.085), _STRANDS, tilt=-0.12))
    return rows


def _tail(start: Triple, low: Triple) -> Rows:
    return limb(start, low, (0.024, 0.014), _STRANDS)


def _tied(forehead: float = 0.066) -> Rows:
    return _cap(0.006, forehead, -0.07)


STYLES: dict[str, Rows] = {
    "bald": [],
    "crop": _cap(0.008, 0.066, lift=0.002),
    "buzz": _cap(0.0025, 0.07, -0.06, look(HAIR, blend=0.006)),
    "receding": _cap(0.006, 0.098),
    "ring": [ellipsoid((0, -0.014, 0.014), (0.077, 0.094, 0.08), _STRANDS, clips=[((0.0, 0.9, 0.45), 0.012),
                                                                                _above(-0.07)])],
    "side parting": _parted(0.012, 0.068, -0.075),
    "quiff": [*_cap(0.007, 0.07), ellipsoid((0.006, 0.045, 0.094), (0.052, 0.042, 0.026), _STRANDS, tilt=0.3)],
    "curls": _cap(0.012, 0.064, -0.07, _CURLS),
    "afro": [ellipsoid((0, -0.018, 0.026), (0.084, 0.1, 0.096), _CURLS, clips=[_hairline(0.062), _above(-0.07)])],
    "pixie": [*_cap(0.009, 0.06, -0.085), *limb((0.02, 0.07, 0.07), (-0.055, 0.052, 0.035), (0.02, 0.012), _STRANDS)],
    "bob": [*_parted(0.012, 0.066, -0.02), *_bob(-0.095)],
    "fringe bob": [*_cap(0.009, 0.06, -0.02), *_fringe(), *_bob(-0.085)],
    "long": [*_parted(0.011, 0.068, -0.04), *_mane(-0.27, 1.25)],
    "long fringe": [*_cap(0.009, 0.06, -0.04), *_fringe(), *_mane(-0.3, 1.15)],
    "long curls": [*_cap(0.012, 0.064, -0.04, _CURLS), *_mane(-0.24, 1.22, _CURLS)],
    "high ponytail": [*_tied(), *_tail((0, -0.108, 0.05), (0, -0.13, -0.13))],
    "low ponytail": [*_tied(), *_tail((0, -0.098, -0.03), (0, -0.115, -0.24))],
    "bun": [*_tied(), ellipsoid((0, -0.07, 0.088), (0.031, 0.031, 0.027), _STRANDS)],
    "low bun": [*_tied(), ellipsoid((0, -0.1, -0.03), (0.033, 0.028, 0.031), _STRANDS)],
    "headphones": [
        *_cap(0.008, 0.066),
        *[ellipsoid((side * 0.078, -0.004, -0.006), (0.013, 0.024, 0.03), look(DARK)) for side in (-1, 1)],
        ellipsoid((0, -0.004, 0.014), (0.0845, 0.11, 0.107), look(DARK),
                  clips=[((0, 1, 0), 0.006), ((0, -1, 0), 0.014)]),
    ],
}  # fmt: skip
"""Hair by the name of its cut."""


def _cap_hat(front: float) -> Rows:
    """A baseball cap; `front` is 1 where its brim is over the face and -1 where it is over the nape."""
    brim = ellipsoid(
        (0, 0.075 * front + 0.004, 0.044), (0.064, 0.095, 0.026), look(HEADWEAR, shade=0.94, blend=0.003),
        clips=[((0.0, 0.0, -1.0), -0.05), ((0.0, -front, 0.0), -0.05)],
    )  # fmt: skip
    crown = ellipsoid((0, -0.008, 0.034), (0.0795, 0.1, 0.09), _SMOOTH, clips=[((0.0, 0.1, -1.0), -0.038)])
    return [crown, brim, ellipsoid((0, -0.008, 0.1245), (0.006, 0.006, 0.004), look(TRIM))]


def _beanie() -> Rows:
    return [
        ellipsoid((0, -0.012, 0.036), (0.0795, 0.1, 0.098), _KNIT, clips=[((0.0, 0.35, -1.0), -0.032)]),
        cone((0, -0.008, 0.022), (0, -0.01, 0.064), (0.0795, 0.08), (0.0985, 0.0985),
             look(HEADWEAR, CURLS, fold=0.25, shade=0.93, blend=0.002), clips=[((0.0, 0.35, -1.0), -0.026)]),
    ]  # fmt: skip


def _helmet(material_top: float, slope: float) -> Rows:
    return [ellipsoid((0, -0.006, 0.04), (0.092, 0.118, material_top), _SMOOTH, clips=[((0.0, slope, -1.0), -0.042)])]


def _veil(opening: float, wide: float) -> Rows:
    """Cloth around the face that falls on the shoulders."""
    face: Clip = ((0.0, 1.0, 0.05), opening)
    return [
        ellipsoid((0, -0.008, 0.0), (0.08, 0.104, 0.1205), _CLOTH, clips=[face]),
        ellipsoid((0, 0.026, -0.126), (0.054, 0.056, 0.03), _CLOTH),
        cone((0, -0.002, -0.07), (0, -0.02, -0.235), (0.066, 0.066 * wide), (0.08, 0.1), _CLOTH,
             clips=[((0.0, 1.0, 1.6), -0.06)]),
        ellipsoid((0, -0.025, -0.225), (0.066 * wide, 0.1, 0.05), _CLOTH),
    ]  # fmt: skip


HATS: dict[str, Rows] = {
    "cap": [*_cap(0.006, 0.05), *_cap_hat(1.0)],
    "backward cap": [*_cap(0.006, 0.05), *_cap_hat(-1.0)],
    "cap ponytail": [*_cap(0.006, 0.05), *_cap_hat(1.0), *_tail((0, -0.1, 0.0), (0, -0.12, -0.2))],
    "beanie": [*_cap(0.005, 0.05), *_beanie()],
    "long beanie": [*_cap(0.006, 0.05, -0.04), *_mane(-0.25, 1.2), *_beanie()],
    "bobble hat": [*_cap(0.005, 0.05), *_beanie(), ellipsoid((0, -0.02, 0.146), (0.028,) * 3, look(TRIM, CURLS))],
    "hood": [
        *_cap(0.006, 0.06, -0.05),
        ellipsoid((0, -0.012, 0.012), (0.09, 0.112, 0.116), _CLOTH, clips=[((0.0, 1.0, -0.4), 0.042)]),
        cone((0, -0.015, -0.05), (0, -0.03, -0.2), (0.08, 0.105), (0.098, 0.1), _CLOTH,
             clips=[((0.0, 1.0, 0.6), -0.012)]),
        ellipsoid((0, -0.03, -0.195), (0.1, 0.1, 0.05), _CLOTH),
    ],
    "hijab": [
        *_veil(0.062, 2.1),
        ellipsoid((0, -0.01, 0.024), (0.0765, 0.097, 0.09), _CLOTH, clips=[_hairline(0.066)]),
    ],
    "headscarf": [*_cap(0.0005, 0.066, 0.03), *_veil(0.05, 1.9)],
    "turban": [
        ellipsoid((0, -0.008, 0.062), (0.09, 0.112, 0.062), _CLOTH, clips=[((0.0, 0.35, -1.0), -0.03)]),
        ellipsoid((0, -0.004, 0.062), (0.094, 0.113, 0.036), look(HEADWEAR, HANGING, fold=0.8, shade=0.92), tilt=-0.25),
    ],
    "cycle helmet": [
        *_cap(0.006, 0.055), *_helmet(0.094, 0.25),
        *[ellipsoid((x, 0.02, 0.116), (0.007, 0.06, 0.02), look(DARK)) for x in (-0.04, 0.0, 0.04)],
        *[cone((side * 0.08, 0.01, 0.03), (side * 0.03, 0.04, -0.108), (0.004, 0.004), (0.006, 0.006), look(DARK))
          for side in (-1, 1)],
    ],
    "hard hat": [
        *_cap(0.006, 0.055), *_helmet(0.096, 0.0),
        ellipsoid((0, 0.03, 0.046), (0.094, 0.128, 0.012), _SMOOTH),
        ellipsoid((0, -0.006, 0.052), (0.013, 0.112, 0.09), _SMOOTH, clips=[((0.0, 0.0, -1.0), -0.06)]),
    ],
    "sun hat": [
        *_cap(0.007, 0.06, -0.09),
        ellipsoid((0, -0.008, 0.052), (0.083, 0.104, 0.08), _SMOOTH, clips=[((0.0, 0.0, -1.0), -0.045)]),
        ellipsoid((0, -0.002, 0.06), (0.142, 0.158, 0.019), look(HEADWEAR, HANGING, fold=0.3, blend=0.002), tilt=-0.06),
        cone((0, -0.008, 0.062), (0, -0.008, 0.082), (0.0845, 0.083), (0.106, 0.105), look(TRIM)),
    ],
    "felt hat": [
        *_cap(0.007, 0.06),
        ellipsoid((0, -0.008, 0.05), (0.08, 0.1, 0.1), look(HEADWEAR, blend=0.004), clips=[((0.0, 0.0, -1.0), -0.045)]),
        ellipsoid((0, -0.002, 0.05), (0.122, 0.145, 0.016), look(HEADWEAR, blend=0.002)),
        cone((0, -0.008, 0.056), (0, -0.008, 0.08), (0.082, 0.078), (0.102, 0.098), look(TRIM)),
    ],
}  # fmt: skip
"""Hats by name, with the hair under them."""
