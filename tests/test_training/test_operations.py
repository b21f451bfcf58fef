"""Multiply-adds against published numbers: tables 5 and 7 of DeepCount's paper, with the two misprints of table 7."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from training.config import build_config
from training.operations import Operations, count_operations, layer_operations
from training.registry import find_method

BACK_END_OF_CSRNET = (7247.8, 7247.8, 7247.8, 3623.9, 906.0, 226.5, 0.197)
BACK_END = (3623.9, 906.0, 906.0, 226.5, 226.5, 56.6, 56.6, 14.2, 14.2, 3.15, 0.001)
BRANCH_1 = (37.7, 100.7, 402.7, 1610.6, 6442.5, 1.6)
"""Millions, which table 5 prints as whole numbers: 226.5 as 226 and 37.7 as 37, the others rounded."""


def costs(method: str) -> dict[str, Operations]:
    kind = find_method(method)
    with torch.device("meta"):
        return layer_operations(kind(build_config(kind.Config, {})).network, torch.empty(1, 3, 384, 512))


def layers(found: dict[str, Operations], *parts: str) -> list[float]:
    """Millions by equation 7 of the convolutions in some parts of a network, in their order."""
    known = [name for part in parts for name in sorted(found) if f"{name}.".startswith(f"{part}.")]
    single = [name for name in known if not any(other.startswith(f"{name}.") for other in found)]
    return [found[name].equation_7 / 1e6 for name in single]


def test_back_ends_are_those_of_table_5() -> None:
    dilated = layers(costs("csrnet"), "back")
    assert sorted(dilated, reverse=True) == pytest.approx(BACK_END_OF_CSRNET, rel=0.003)
    found = layers(costs("deepcount"), "first", "stages", "vector", "count")
    assert found == pytest.approx(BACK_END, rel=0.03)
    # Table 7 prints this sum as the cost of branch 1, whose own rows in table 5 add up to 8596.
    assert sum(found) == pytest.approx(6033.5, abs=0.05)


def test_branches_are_those_of_tables_5_and_7() -> None:
    found = costs("deepcount")
    assert layers(found, "branches.1.layers", "branches.1.map") == pytest.approx(BRANCH_1, rel=0.02)
    branches = [found[f"branches.{n}"] for n in range(1, 6)]
    assert [each.equation_7 / 1e6 for each in branches] == pytest.approx([8595.7, 2152.1, 541.2, 138.4, 37.8], abs=0.06)
    # Equation 7 takes the size of the output, four times that of the input of a transposed convolution of stride 2.
    true = [each.multiply_adds / 1e6 for each in branches]
    assert true == pytest.approx([2143.8, 532.0, 129.1, 28.3, 3.2], abs=0.06)


@pytest.mark.parametrize(
    ("method", "settings", "giga_flops"),
    [
        ("csrnet", {}, 546.4),
        ("cannet", {}, 578.9),
        ("centernet", {"neck": "plain"}, 153.3),
        ("centernet", {"neck": "deformable"}, 129.2 + 35.8),
        ("fcos", {}, 259.2),
        ("retinanet", {}, 261.7),
        ("retinanet", {"norm": True, "coarse": "c5"}, 263.1),
        ("foveabox", {}, 260.5),
    ],
)
def test_pictures_of_the_mask_focal_loss(method: str, settings: dict[str, Any], giga_flops: float) -> None:
    found = count_operations(find_method(method), settings, size=(1088, 608))
    assert 2 * found.multiply_adds / 1e9 == pytest.approx(giga_flops, abs=0.06)


def test_operations_are_those_of_loops() -> None:
    with torch.device("meta"):
        network = nn.Sequential(nn.Conv2d(3, 4, (3, 5), stride=2), nn.ConvTranspose2d(4, 2, 3, stride=2, groups=2))
        found = layer_operations(network, torch.empty(2, 3, 9, 11))
    first, second = 2 * (4 * 4) * 4 * 3 * 15, 2 * (4 * 4) * 4 * 1 * 9
    assert (found["0"].multiply_adds, found["1"].multiply_adds) == (first, second)
    assert found["1"].equation_7 == 2 * (9 * 9) * 4 * 1 * 9
    assert found[""] == Operations(first + second, first + found["1"].equation_7)
