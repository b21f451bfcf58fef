"""The detectors over a feature pyramid, and what each of them is tested with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from training.detection import Detector
from training.methods.fcos import FCOS


@dataclass(frozen=True)
class Kind:
    """A detector.

    Attributes:
        method: its class.
        as_published: settings without the rule for small heads.
        lost: with these, share of the heads of 4, 6, 8, 12, 16 and 20 pixels without a slot, without and with `p2`.
        memory: bytes that matching 3,000 heads takes at the most.
        thin: settings of a network that learns four pictures in seconds.
        steps: of that training.
    """

    method: type[Detector]
    as_published: Mapping[str, object]
    lost: Mapping[bool, list[float]]
    memory: int
    thin: Mapping[str, object] = field(default_factory=dict)
    steps: int = 120


THIN = {"backbone": "pyramid", "backbone_channels": [16, 16, 16, 16], "pyramid_width": 16, "prior": 0.1}
KINDS = {
    "fcos": Kind(
        FCOS,
        {"small_heads": "none"},
        {False: [0.75, 0.44, 0, 0, 0, 0], True: [0, 0, 0, 0, 0, 0]},
        memory=40 << 20,
        thin={**THIN, "p2": True},
    ),
}
