"""The model that ships sees the crowd of a photograph, and none in noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gta_head_tools.checks.count_checks import CROWD
from gta_head_tools.pictures import read_picture
from training.crowded import count_heads


def test_noise_and_an_even_picture_are_no_crowd() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    assert count_heads(noise) < CROWD
    assert count_heads(np.full((120, 160, 3), 90, dtype=np.uint8)) == 0
    assert count_heads(np.full((1, 5000, 3), 90, dtype=np.uint8)) == 0


@pytest.mark.samples
def test_a_crowd_on_a_photograph_is_seen(samples: Path) -> None:
    assert count_heads(read_picture(samples / "shanghaitech_test/part_B/IMG_10.jpg")) >= CROWD
