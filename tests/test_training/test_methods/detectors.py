"""The detectors over a feature pyramid, and what each of them is tested with."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor, nn

from gta_head_tools.geometry import around
from training.base import Sample
from training.families.detection import Detector
from training.methods.fcos import FCOS
from training.methods.foveabox import FoveaBox
from training.methods.retinanet import RetinaNet


@dataclass(frozen=True)
class Kind:
    """A detector.

    Attributes:
        method: its class.
        as_published: settings without the rule for small heads.
        lost: with these, share of the heads of 4, 6, 8, 12, 16 and 20 pixels without a slot, without and with `p2`.
        memory: bytes that matching 3,000 heads takes at the most.
        thin: settings of a network that learns four pictures in seconds.
        lr: of that training.
    """

    method: type[Detector]
    as_published: Mapping[str, object]
    lost: Mapping[bool, list[float]]
    memory: int
    thin: Mapping[str, object] = field(default_factory=dict)
    lr: float = 1e-2


THIN: dict[str, object] = {"backbone": "pyramid", "backbone_channels": [16] * 4, "pyramid_width": 16, "prior": 0.1}
KINDS = {
    "fcos": Kind(
        FCOS,
        {"small_heads": "none"},
        {False: [0.75, 0.44, 0, 0, 0, 0], True: [0, 0, 0, 0, 0, 0]},
        memory=40 << 20,
        thin={**THIN, "p2": True},
    ),
    "retinanet": Kind(
        RetinaNet,
        {"small_heads": "none"},
        {False: [1, 0.84, 0.61, 0.24, 0.17, 0.50], True: [0.62, 0.23, 0.16, 0.24, 0.17, 0.50]},
        memory=40 << 20,
        thin={**THIN, "p2": True, "ratios": [1.0], "norm": True},
        lr=4e-3,
    ),
    "foveabox": Kind(
        FoveaBox,
        {"small_heads": "none"},
        {False: [0.96, 0.91, 0.84, 0.64, 0.36, 0], True: [0.84, 0.64, 0.36, 0, 0, 0]},
        memory=40 << 20,
        thin={**THIN, "p2": True, "norm": True},
    ),
}


class Pyramid(nn.Module):
    """Our maps under the names that torchvision wants."""

    def __init__(self, inner: nn.Module, width: int) -> None:
        super().__init__()
        self.inner, self.out_channels = inner, width

    def forward(self, image: Tensor) -> OrderedDict[str, Tensor]:
        return OrderedDict((str(level), each) for level, each in enumerate(self.inner(image)))


def sparse(seed: int = 0, side: int = 128) -> Sample:
    """Heads far from each other, of every level up to stride 32, no two of one area, on noise."""
    rng = np.random.default_rng(seed)
    places, sides = (
        np.array([[22.0, 20], [100, 26], [28, 96], [92, 88]]),
        np.array([[9.0, 12], [17, 19], [31, 25], [66, 70]]),
    )
    boxes = around(places + rng.uniform(-2, 2, (4, 2)), *sides.T)
    picture = rng.integers(0, 255, (side, side, 3), dtype=np.uint8)
    return Sample(picture, (boxes[:, :2] + boxes[:, 2:]) / 2, boxes, np.zeros(4, np.bool_))
