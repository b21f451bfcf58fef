"""Colours of people and things. As in a real crowd, most clothes are black, grey, navy, white or denim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.synthesis.people import weaves as m
from gta_head_tools.synthesis.people.things import THING_KINDS

Palettes = NDArray[np.uint8]
"""(N, 16, 3) display RGB of the 16 materials of N people."""
Floats = NDArray[np.float64]
Shares = tuple[float, ...]

_SKIN = np.array(
    [(218, 181, 158), (210, 168, 143), (200, 154, 126), (186, 140, 110), (160, 114, 86), (130, 90, 68), (98, 66, 50),
     (72, 50, 40)]
)  # fmt: skip
_SKIN_SHARES = (0.17, 0.2, 0.17, 0.13, 0.1, 0.09, 0.08, 0.06)
_HAIR = np.array(
    [(24, 22, 22), (40, 32, 28), (62, 47, 37), (90, 69, 50), (124, 84, 54), (160, 132, 94), (118, 116, 114),
     (186, 184, 180)]
)  # fmt: skip
_FAIR_HAIR, _BLACK_HAIR = (0.2, 0.26, 0.2, 0.11, 0.03, 0.09, 0.08, 0.03), (0.74, 0.15, 0.02, 0, 0, 0, 0.06, 0.03)

_TONES = np.array(
    [
        # black, charcoal, dark and mid grey
        (26, 26, 29), (44, 46, 50), (70, 72, 76), (112, 115, 119),
        # navy, ink, denim dark and light
        (32, 38, 56), (38, 48, 74), (54, 66, 90), (92, 108, 132),
        # white, off-white, light grey
        (212, 211, 207), (198, 196, 188), (162, 164, 166),
        # muted: camel, khaki, olive, brown, maroon, dusty rose, sage, petrol, sand, plum
        (150, 122, 88), (112, 100, 74), (78, 82, 58), (86, 64, 50), (92, 48, 50), (160, 118, 116), (118, 134, 112),
        (50, 80, 82), (184, 166, 136), (84, 62, 80),
        # saturated: red, royal blue, mustard, green, orange, pink, turquoise
        (152, 42, 42), (42, 74, 134), (178, 140, 50), (42, 100, 68), (182, 94, 46), (166, 78, 114), (44, 118, 128),
    ]
)  # fmt: skip
_NEUTRAL, _MUTED, _SATURATED = slice(0, 11), slice(11, 21), slice(21, 28)


@dataclass(frozen=True, slots=True)
class _Mood:
    """Shares of neutral, muted and saturated tones in tops, weights of the neutral tones, and whether a team plays."""

    tops: Shares
    neutral: Shares
    team: bool = False


_EVEN = (5, 4, 3, 3, 4, 3, 3, 2, 4, 2, 2)
_DARKER = (7, 6, 4, 2, 6, 4, 3, 1, 1, 1, 1)
_LIGHTER = (3, 2, 2, 3, 2, 2, 2, 4, 7, 5, 4)
MOODS = {
    "street": _Mood((0.61, 0.28, 0.11), _EVEN),
    "match day": _Mood((0.6, 0.25, 0.15), _EVEN, team=True),
    "rain": _Mood((0.65, 0.24, 0.11), _DARKER),
    "office": _Mood((0.66, 0.3, 0.04), _DARKER),
    "summer": _Mood((0.6, 0.25, 0.15), _LIGHTER),
}
_BOTTOMS = (0.72, 0.26, 0.02)
_BOTTOM_NEUTRAL = (7, 4, 3, 2, 5, 5, 6, 4, 1, 1, 1)


def draw_palettes(rng: np.random.Generator, people: int, mood: str) -> Palettes:
    """Colours (N, 16, 3) of `people` dressed for one of `MOODS`; for "match day" each call draws one team colour."""
    if mood not in MOODS:
        raise ValueError(f"no mood {mood!r}: one of {tuple(MOODS)}")
    dress = MOODS[mood]
    team = _TONES[_SATURATED][rng.integers(0, 7)]
    palettes = np.zeros((people, 16, 3))
    palettes[:, m.TOP] = _cloth(rng, people, dress.tops, dress.neutral, team if dress.team else None)
    palettes[:, m.BOTTOM] = _cloth(rng, people, _BOTTOMS, _BOTTOM_NEUTRAL)
    palettes[:, m.INNER] = _cloth(rng, people, (0.8, 0.15, 0.05), _LIGHTER)
    palettes[:, m.ACCENT] = _cloth(rng, people, (0.5, 0.28, 0.22), dress.neutral)
    palettes[:, m.BAG] = _cloth(rng, people, (0.78, 0.18, 0.04), _DARKER)
    palettes[:, m.SHOES] = _cloth(rng, people, (0.8, 0.18, 0.02), (8, 4, 2, 1, 1, 1, 0, 0, 3, 2, 1))
    palettes[:, m.TRIM] = _cloth(rng, people, (0.7, 0.15, 0.15), _EVEN)
    hat = np.where(
        rng.random((people, 1)) < 0.3, palettes[:, m.TOP], _cloth(rng, people, (0.64, 0.24, 0.12), dress.neutral)
    )
    palettes[:, m.HEADWEAR] = palettes[:, m.VEIL] = hat
    if dress.team:
        loyal = rng.random(people) < 0.5
        palettes[np.ix_(loyal, np.array([m.ACCENT, m.TRIM]))] = team
    _draw_faces(rng, palettes)
    return palettes.round().clip(6, 245).astype(np.uint8)


def stone_palettes(rng: np.random.Generator, statues: int) -> Palettes:
    """Colours (N, 16, 3) of statues: each has one tone of stone, bronze or white for all materials."""
    stones = np.array([(168, 164, 156), (122, 118, 112), (92, 104, 92), (74, 62, 50), (206, 202, 194)])
    tones = stones[rng.integers(0, len(stones), statues)][:, None] * rng.normal(1.0, 0.025, (statues, 16, 1))
    return np.clip(tones, 6, 245).round().astype(np.uint8)


def thing_palettes(rng: np.random.Generator, kinds: NDArray[np.integer]) -> Palettes:
    """Colours (N, 16, 3) of things; `kinds` (N,) are indices into `THING_KINDS`."""
    palettes = draw_palettes(rng, len(kinds), "summer")
    stones = stone_palettes(rng, len(kinds))
    for row, kind in enumerate(np.asarray(kinds).tolist()):
        tones = THING_KINDS[kind].tones
        if tones == "stone":
            palettes[row] = stones[row]
        elif tones == "mannequin":
            palettes[row, [m.SKIN, m.HAIR, m.NECK, m.LIPS, m.WHITE, m.DARK]] = stones[row, 0]
        else:
            for material, choices in tones.items():  # type: ignore[union-attr]
                tone = np.array(choices[int(rng.integers(0, len(choices)))]) * rng.normal(1.0, 0.05)
                palettes[row, material] = tone.round().clip(6, 245)
    return palettes


def _cloth(
    rng: np.random.Generator, people: int, shares: Shares, neutral: Shares, team: Floats | None = None
) -> Floats:
    """Colours (N, 3) of one garment of each person; `team`, a colour, replaces most of the saturated ones."""
    chances = np.zeros(len(_TONES))
    chances[_NEUTRAL] = shares[0] * np.array(neutral) / sum(neutral)
    chances[_MUTED], chances[_SATURATED] = shares[1] / 10, shares[2] / 7
    which = rng.choice(len(_TONES), people, p=chances / chances.sum())
    tones = _TONES[which].astype(np.float64)
    if team is not None:
        tones[(which >= _SATURATED.start) & (rng.random(people) < 0.75)] = team
    return tones * rng.normal(1.0, 0.09, (people, 1)) * rng.normal(1.0, 0.015, (people, 3))


def _draw_faces(rng: np.random.Generator, palettes: Floats) -> None:
    """Draw skin, hair and features into `palettes` (N, 16, 3); dark skin comes with dark hair."""
    people = len(palettes)
    tone = rng.choice(len(_SKIN), people, p=_SKIN_SHARES)
    skin = _SKIN[tone] * rng.normal(1.0, 0.035, (people, 1)) * rng.normal(1.0, 0.012, (people, 3))
    fair, black = rng.choice(len(_HAIR), people, p=_FAIR_HAIR), rng.choice(len(_HAIR), people, p=_BLACK_HAIR)
    hair = _HAIR[np.where(tone >= 4, black, fair)] * rng.normal(1.0, 0.08, (people, 1))
    palettes[:, m.SKIN] = palettes[:, m.NECK] = skin
    palettes[:, m.HAIR] = palettes[:, m.DRAPE] = hair
    palettes[:, m.LIPS] = skin * (0.8, 0.62, 0.61)
    palettes[:, m.DARK], palettes[:, m.WHITE] = (34, 29, 28), (206, 202, 196)
