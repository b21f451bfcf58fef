from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import nn

from gta_head_tools.errors import DataFormatError
from test_training.spots import Spots
from training.catalogue import count_parameters, describe, list_methods, recipe_names
from training.config import TrainConfig
from training.registry import METHODS, find_method


class Wide(Spots):
    PAPER = "a paper"
    LOSSES = ("mse",)
    VARIANTS: ClassVar = {"small": {"width": 8}, "large": {"width": 1 << 30}}

    def __init__(self, config: TrainConfig | None = None) -> None:
        super().__init__(config)
        self.network = nn.Conv2d(3, self.config.width, 8, stride=8)


def test_parameters_are_counted_without_holding_them() -> None:
    card = describe("wide", Wide, ("a",))
    assert card.parameters == {"small": 193 * 8, "large": 193 << 30}  # the larger one: 772 GiB
    assert {name: cost.multiply_adds for name, cost in card.operations.items()} == {
        "small": 64 * 48 * 192 * 8,
        "large": 64 * 48 * 192 << 30,
    }
    assert (card.paper, card.losses, card.recipes, card.needs) == ("a paper", ("mse",), ("a",), "boxes")
    assert torch.ones(1).device.type == "cpu"


def test_a_method_without_variants_has_one() -> None:
    assert describe("spots", Spots).parameters == {"default": count_parameters(Spots, {})} == {"default": 4}


def test_recipes_are_found_by_their_method(tmp_path: Path) -> None:
    for name, text in {"b": 'method = "centernet"', "a": 'method = "centernet"', "c": 'method = "iim"'}.items():
        (tmp_path / f"{name}.toml").write_text(f"# how to\n{text}\nepochs = 3\n", encoding="utf-8")
    assert recipe_names(tmp_path) == {"centernet": ("a", "b"), "iim": ("c",)}
    (tmp_path / "d.toml").write_text("method", encoding="utf-8")
    with pytest.raises(DataFormatError, match=r"d\.toml"):
        recipe_names(tmp_path)


def test_every_registered_method_describes_itself() -> None:
    cards = list_methods()
    assert [card.name for card in cards] == list(METHODS)
    for card in cards:
        assert card.paper
        assert card.licence
        assert card.input
        assert bool(card.losses) == hasattr(find_method(card.name).Config, "loss")
        assert min(card.parameters.values()) > 1000
        assert card.operations.keys() == card.parameters.keys()
        assert min(cost.multiply_adds for cost in card.operations.values()) > 1e8
