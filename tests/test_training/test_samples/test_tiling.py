"""Tiles that cover a picture, and maps put together again."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import avg_pool2d

from training.samples.tiling import run_tiled, tile_starts


@given(st.integers(1, 3000), st.integers(2, 600), st.data())
def test_tiles_cover_an_axis_and_stay_inside(size: int, tile: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, tile - 1))
    starts = tile_starts(size, tile=tile, overlap=overlap)
    assert starts[0] == 0
    assert starts[-1] == max(size - tile, 0)
    assert all(overlap <= first + tile - then < tile for first, then in pairwise(starts))


def pooled(image: Tensor) -> dict[str, Tensor]:
    """Maps of two strides that depend on nothing but their own cell."""
    means = avg_pool2d(image, 4)
    return {"mean": means, "first": means[:, :1].square(), "pixels": image.square()}


@pytest.mark.parametrize(("height", "width"), [(64, 64), (96, 160), (160, 32), (40, 200)])
def test_tiled_is_whole_where_cells_stand_alone(height: int, width: int) -> None:
    image = torch.rand((1, 3, height, width), generator=torch.Generator().manual_seed(0))
    found = run_tiled(pooled, image, tile=64, overlap=24, stride=4)
    for name, whole in pooled(image).items():
        torch.testing.assert_close(found[name], whole)


def test_overlaps_hold_the_mean() -> None:
    calls = iter([1.0, 4.0])
    found = run_tiled(
        lambda piece: {"a": torch.full((1, 1, 8, piece.shape[3] // 4), next(calls))},
        torch.zeros((1, 3, 32, 48)),
        tile=32,
        overlap=16,
        stride=4,
    )
    assert found["a"][0, 0, 0].tolist() == [1.0] * 4 + [2.5] * 4 + [4.0] * 4


def test_tiles_need_whole_cells_and_a_step() -> None:
    with pytest.raises(ValueError, match="stride 4"):
        run_tiled(pooled, torch.zeros((1, 3, 64, 66)), tile=32, overlap=16, stride=4)
    with pytest.raises(ValueError, match="overlap"):
        tile_starts(100, tile=20, overlap=20)
