"""Colours of a crowd: as muted as a real one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gta_head_tools.synthesis.people.clothes import MOODS, draw_palettes, stone_palettes, thing_palettes
from gta_head_tools.synthesis.people.things import THING_KINDS
from gta_head_tools.synthesis.people.weaves import BOTTOM, DRAPE, HAIR, HEADWEAR, NECK, SKIN, TOP, VEIL


def shares(colours: NDArray[np.uint8]) -> tuple[float, float]:
    """Shares of colours (N, 3) that are dark or neutral or denim, and that are saturated."""
    red, green, blue = colours.astype(int).T
    high, low = colours.max(axis=1).astype(int), colours.min(axis=1).astype(int)
    chroma = (high - low) / high
    bluish = (blue >= green) & (green >= red) & (chroma < 0.55) & (high - low < 60)
    return float(np.mean((chroma < 0.11) | (high < 48) | bluish)), float(np.mean((high - low > 72) & (chroma > 0.6)))


@pytest.mark.parametrize("mood", MOODS)
def test_most_clothes_are_neutral(mood: str) -> None:
    palettes = draw_palettes(np.random.default_rng(5), 4000, mood)
    for material, most in ((TOP, 0.70), (BOTTOM, 0.80)):
        neutral, saturated = shares(palettes[:, material])
        assert 0.57 <= neutral <= most, (mood, material)
        assert saturated <= 0.165, (mood, material)
    both = shares(palettes[:, [TOP, BOTTOM]].reshape(-1, 3))
    assert 0.6 <= both[0] <= 0.75
    assert both[1] <= 0.15


def test_neck_and_hanging_hair_and_cloth_match_what_they_hang_from() -> None:
    palettes = draw_palettes(np.random.default_rng(1), 50, "street")
    assert palettes.shape == (50, 16, 3)
    for one, other in ((SKIN, NECK), (HAIR, DRAPE), (HEADWEAR, VEIL)):
        assert np.array_equal(palettes[:, one], palettes[:, other])


def test_the_same_seed_dresses_alike() -> None:
    first, second = (draw_palettes(np.random.default_rng(8), 30, "match day") for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, draw_palettes(np.random.default_rng(9), 30, "match day"))


def test_statues_are_of_one_stone() -> None:
    stones = stone_palettes(np.random.default_rng(0), 20).astype(int)
    assert np.ptp(stones.max(axis=2), axis=1).max() <= 45
    assert len(np.unique(stones[:, 0], axis=0)) > 5


def test_things_have_their_own_colours() -> None:
    kinds = np.arange(len(THING_KINDS))
    palettes = thing_palettes(np.random.default_rng(3), kinds)
    bush = next(row for row, thing in enumerate(THING_KINDS) if thing.name == "bush on a stem")
    red, green, blue = palettes[bush, TOP].astype(int)
    assert green > red
    assert green > blue


def test_an_unknown_mood_is_refused() -> None:
    with pytest.raises(ValueError, match="no mood"):
        draw_palettes(np.random.default_rng(0), 1, "gloomy")
