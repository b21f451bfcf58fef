"""Colours of people and things: mostly black, grey, navy, white and denim, as in a real crowd."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.synthesis.shapes import (
    ACCENT,
    BAG,
    BOTTOM,
    DARK,
    DRAPE,
    HAIR,
    HEADWEAR,
    INNER,
    LIPS,
    NECK,
    SHOES,
    SKIN,
    TOP,
    TRIM,
    VEIL,
    WHITE,
)  # fmt: skip

Palettes = NDArray[np.uint8]
"""(N, 16, 3) display RGB of each material of N people."""
MOODS = ("street", "match day", "rain", "office", "summer")

_SKIN = np.array([(232, 196, 172), (219, 176, 148), (198, 152, 120), (166, 118, 88), (124, 84, 62), (84, 56, 44)])
_HAIR = np.array([(26, 23, 22), (46, 36, 30), (74, 54, 40), (108, 82, 56), (168, 140, 98), (134, 130, 126)])
_NEUTRAL = np.array([(28, 28, 32), (52, 54, 58), (96, 98, 102), (34, 42, 62), (206, 204, 198), (70, 84, 108)])
_MUTED = np.array([(104, 92, 74), (86, 92, 72), (128, 108, 84), (92, 74, 72), (110, 124, 130), (140, 120, 100)])
_SATURATED = np.array([(150, 44, 46), (36, 78, 140), (188, 150, 52), (44, 108, 76), (196, 96, 46), (148, 62, 104)])


def draw_palettes(rng: np.random.Generator, people: int, mood: str) -> Palettes:
    """Colours (N, 16, 3) of `people`, dressed for one of `MOODS`."""
    if mood not in MOODS:
        raise ValueError(f"no mood {mood!r}: one of {MOODS}")
    palettes = np.zeros((people, 16, 3))
    for material in (TOP, BOTTOM, SHOES, HEADWEAR, ACCENT, BAG, INNER, TRIM):
        palettes[:, material] = _cloth(rng, people)
    skin, hair = _SKIN[rng.integers(0, len(_SKIN), people)], _HAIR[rng.integers(0, len(_HAIR), people)]
    palettes[:, SKIN] = palettes[:, NECK] = skin
    palettes[:, HAIR] = palettes[:, DRAPE] = hair
    palettes[:, VEIL] = palettes[:, HEADWEAR]
    palettes[:, DARK], palettes[:, WHITE], palettes[:, LIPS] = (34, 28, 28), (222, 220, 214), skin * (0.8, 0.6, 0.6)
    return palettes.round().astype(np.uint8)


def _cloth(rng: np.random.Generator, people: int) -> NDArray[np.float64]:
    which = rng.choice(3, people, p=(0.65, 0.23, 0.12))
    picks = rng.integers(0, 6, people)
    tones = np.stack([_NEUTRAL, _MUTED, _SATURATED])[which, picks]
    return np.clip(tones * rng.normal(1.0, 0.08, (people, 1)), 8, 240)


def stone_palettes(rng: np.random.Generator, statues: int) -> Palettes:
    """Colours (N, 16, 3) of statues: one stone, bronze or shop-window white from head to foot."""
    stones = np.array([(168, 164, 156), (122, 118, 112), (92, 104, 92), (216, 212, 204)])
    tones = stones[rng.integers(0, len(stones), statues)][:, None] * rng.normal(1.0, 0.03, (statues, 16, 1))
    return np.clip(tones, 0, 250).round().astype(np.uint8)


def thing_palettes(rng: np.random.Generator, kinds: NDArray[np.integer]) -> Palettes:
    """Colours (N, 16, 3) of things of those kinds (N,), rows of `THING_KINDS`."""
    return draw_palettes(rng, len(kinds), "summer")
