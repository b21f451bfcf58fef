"""What a network costs: the multiply-adds for one picture, counted on tensors that take no memory.

Activations, normalisation, pooling and resizing are not counted; they are few beside convolutions and products of
matrices. Equation 7 of DeepCount's paper is counted, too: it takes the size of a layer's output, which for a transposed
convolution of stride 2 is four times its true cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
import torchvision  # noqa: F401  # registers the deformable convolution
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from training.base import Method
from training.config import build_config

SIZE = (512, 384)
"""Width and height of the picture, that of DeepCount's tables."""


@dataclass(frozen=True, slots=True)
class Operations:
    """The cost of a network, or of a layer of it.

    Attributes:
        multiply_adds: a multiplication and an addition are one.
        equation_7: the same by equation 7 of DeepCount's paper.
    """

    multiply_adds: int
    equation_7: int


def count_operations(kind: type[Method], settings: Mapping[str, Any], *, size: tuple[int, int] = SIZE) -> Operations:
    """The cost of the network of a method for one picture.

    Args:
        kind: of the method.
        settings: of its variant.
        size: width and height of the picture, multiples of `kind.COARSEST`.
    """
    with torch.device("meta"):
        network = kind(build_config(kind.Config, settings)).network
    return layer_operations(network, torch.empty(1, 3, size[1], size[0], device="meta"))[""]


def layer_operations(network: nn.Module, image: Tensor) -> dict[str, Operations]:
    """The cost of every part of a network that does operations, by the name of the part; "" = all of it.

    Args:
        network: with an image as its input.
        image: (B, 3, H, W).
    """
    convolutions = torch.ops.aten.convolution, torch.ops.torchvision.deform_conv2d
    printed = FlopCounterMode(display=False, custom_mapping=dict.fromkeys(convolutions, _equation_7))
    true = FlopCounterMode(display=False, custom_mapping={torch.ops.torchvision.deform_conv2d: _equation_7})
    with printed, true, torch.inference_mode():
        network.eval()(image)
    ours, theirs = true.get_flop_counts(), printed.get_flop_counts()
    whole = type(network).__name__
    found: dict[str, Operations] = {}
    for name, parts in ours.items():
        if name == "Global" or name.startswith(f"{whole}."):
            # PyTorch counts a multiplication and an addition as two.
            known = Operations(sum(parts.values()) // 2, sum(theirs[name].values()) // 2)
            found["" if name == "Global" else name.removeprefix(f"{whole}.")] = known
    return found


def _equation_7(x: Any, weight: Any, *rest: Any, out_shape: Any = None, **more: Any) -> int:  # noqa: ARG001
    """Twice H W C K1 K2 C' of shapes (B, C, H, W), as PyTorch counts; true for all but transposed convolutions."""
    operations: int = 2 * out_shape[0] * prod(out_shape[2:]) * prod(weight)
    return operations
