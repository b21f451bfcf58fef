"""Hair and hats as shells over the skull. What hangs below the chin does not count as head."""

from __future__ import annotations

from gta_head_tools.synthesis.people import weaves as m
from gta_head_tools.synthesis.people.shapes import Look, Rows, Triple, cone, ellipsoid, limb, look

Clip = tuple[Triple, float]

_STRANDS = look(m.HAIR, m.STRANDS, blend=0.006)
_CURLS = look(m.HAIR, m.CURLS, blend=0.006)
_CLOTH = look(m.HEADWEAR, m.HANGING, fold=0.5)
_SMOOTH = look(m.HEADWEAR)
_FOLDED = look(m.HEADWEAR, m.HANGING, fold=0.8, shade=0.92)
_BRIM = look(m.HEADWEAR, m.HANGING, fold=0.3, blend=0.002)


def _hairline(forehead: float) -> Clip:
    """Clip plane that keeps the face free; hair begins `forehead` metres above the middle of the head."""
    return (0.0, 0.75, -0.66), 0.75 * 0.08 - 0.66 * forehead


def _above(height: float, slope: float = 0.0) -> Clip:
    """Clip plane that ends hair at a height, lower towards the back by `slope`."""
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
            ellipsoid((middle, -0.01, 0.024), size, look(m.HAIR, m.STRANDS, blend=0.001),
                      clips=[_hairline(forehead), _above(nape)])
        )  # fmt: skip
    return rows


def _mane(low: float, breadth: float) -> Rows:
    """Hair that falls behind the ears down to `low`, and locks beside the face."""
    back: Clip = ((0.0, 1.0, -0.12), 0.012)
    rows = [
        cone((0, -0.018, 0.03), (0, -0.052, low), (0.076, 0.076 * breadth), (0.083, 0.06), _STRANDS, clips=[back]),
        ellipsoid((0, -0.052, low), (0.076 * breadth, 0.083 * breadth, 0.035), _STRANDS, clips=[back]),
    ]
    for side in (-1, 1):
        rows.append(ellipsoid((side * 0.064, -0.006, -0.045), (0.0175, 0.052, 0.125), _STRANDS, tilt=-0.1))
        rows.append(ellipsoid((side * 0.062 * breadth**0.5, 0.012, low + 0.1), (0.014, 0.04, 0.12), _STRANDS))
    return rows


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


_TIED = _cap(0.006, 0.066, -0.07)
_CAP = [
    *_cap(0.006, 0.05),
    ellipsoid((0, -0.008, 0.034), (0.0795, 0.1, 0.09), _SMOOTH, clips=[((0.0, 0.1, -1.0), -0.038)]),
    ellipsoid((0, 0.079, 0.044), (0.064, 0.095, 0.026), look(m.HEADWEAR, shade=0.94, blend=0.003),
              clips=[((0.0, 0.0, -1.0), -0.05), ((0.0, -1.0, 0.0), -0.05)]),
    ellipsoid((0, -0.008, 0.1245), (0.006, 0.006, 0.004), look(m.TRIM)),
]  # fmt: skip
"""A baseball cap, and the hair under it."""

COVERS: dict[str, Rows] = {
    "bald": [],
    "crop": _cap(0.008, 0.066, lift=0.002),
    "buzz": _cap(0.0025, 0.07, -0.06, look(m.HAIR, blend=0.006)),
    "side parting": _parted(0.012, 0.068, -0.075),
    "curls": _cap(0.012, 0.064, -0.07, _CURLS),
    "afro": [ellipsoid((0, -0.018, 0.026), (0.084, 0.1, 0.096), _CURLS, clips=[_hairline(0.062), _above(-0.07)])],
    "bob": [*_parted(0.012, 0.066, -0.02), *_bob(-0.095)],
    "long": [*_parted(0.011, 0.068, -0.04), *_mane(-0.27, 1.25)],
    "ponytail": [*_TIED, *_tail((0, -0.108, 0.05), (0, -0.13, -0.13))],
    "bun": [*_TIED, ellipsoid((0, -0.07, 0.088), (0.031, 0.031, 0.027), _STRANDS)],
    "cap": _CAP,
    "cap ponytail": [*_CAP, *_tail((0, -0.1, 0.0), (0, -0.12, -0.2))],
    "beanie": [
        *_cap(0.005, 0.05),
        ellipsoid((0, -0.012, 0.036), (0.0795, 0.1, 0.098), look(m.HEADWEAR, m.CURLS, fold=0.35),
                  clips=[((0.0, 0.35, -1.0), -0.032)]),
        cone((0, -0.008, 0.022), (0, -0.01, 0.064), (0.0795, 0.08), (0.0985, 0.0985),
             look(m.HEADWEAR, m.CURLS, fold=0.25, shade=0.93, blend=0.002), clips=[((0.0, 0.35, -1.0), -0.026)]),
    ],
    "hood": [
        *_cap(0.006, 0.06, -0.05),
        ellipsoid((0, -0.012, 0.012), (0.09, 0.112, 0.116), _CLOTH, clips=[((0.0, 1.0, -0.4), 0.042)]),
        cone((0, -0.015, -0.05), (0, -0.03, -0.2), (0.08, 0.105), (0.098, 0.1), _CLOTH,
             clips=[((0.0, 1.0, 0.6), -0.012)]),
        ellipsoid((0, -0.03, -0.195), (0.1, 0.1, 0.05), _CLOTH),
    ],
    "hijab": [
        ellipsoid((0, -0.008, 0.0), (0.08, 0.104, 0.1205), _CLOTH, clips=[((0.0, 1.0, 0.05), 0.062)]),
        ellipsoid((0, 0.026, -0.126), (0.054, 0.056, 0.03), _CLOTH),
        cone((0, -0.002, -0.07), (0, -0.02, -0.235), (0.066, 0.1386), (0.08, 0.1), _CLOTH,
             clips=[((0.0, 1.0, 1.6), -0.06)]),
        ellipsoid((0, -0.025, -0.225), (0.1386, 0.1, 0.05), _CLOTH),
        ellipsoid((0, -0.01, 0.024), (0.0765, 0.097, 0.09), _CLOTH, clips=[_hairline(0.066)]),
    ],
    "turban": [
        ellipsoid((0, -0.008, 0.062), (0.09, 0.112, 0.062), _CLOTH, clips=[((0.0, 0.35, -1.0), -0.03)]),
        ellipsoid((0, -0.004, 0.062), (0.094, 0.113, 0.036), _FOLDED, tilt=-0.25),
    ],
    "hard hat": [
        *_cap(0.006, 0.055),
        ellipsoid((0, -0.006, 0.04), (0.092, 0.118, 0.096), _SMOOTH, clips=[((0.0, 0.0, -1.0), -0.042)]),
        ellipsoid((0, 0.03, 0.046), (0.094, 0.128, 0.012), _SMOOTH),
        ellipsoid((0, -0.006, 0.052), (0.013, 0.112, 0.09), _SMOOTH, clips=[((0.0, 0.0, -1.0), -0.06)]),
    ],
    "sun hat": [
        *_cap(0.007, 0.06, -0.09),
        ellipsoid((0, -0.008, 0.052), (0.083, 0.104, 0.08), _SMOOTH, clips=[((0.0, 0.0, -1.0), -0.045)]),
        ellipsoid((0, -0.002, 0.06), (0.142, 0.158, 0.019), _BRIM, tilt=-0.06),
        cone((0, -0.008, 0.062), (0, -0.008, 0.082), (0.0845, 0.083), (0.106, 0.105), look(m.TRIM)),
    ],
}  # fmt: skip
"""What covers a skull, by name: a cut of hair, or a hat with the hair under it."""
