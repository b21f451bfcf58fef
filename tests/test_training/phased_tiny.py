"""A method in three phases: its first layer, then a second network that begins as a copy of the first, then all."""

from __future__ import annotations

import copy

from torch import Tensor, nn

from test_training.tiny import Tiny, TinyConfig
from training.base import Batch, Phase


class PhasedTiny(Tiny):
    """Adds the marks of two networks; the second one has batch normalisation, whose statistics must not move early."""

    PHASES = (
        Phase("first", 2, ("network",)),
        Phase("second", 1, ("second", "normalise"), lr=0.5),
        Phase("all", 1),
    )

    def __init__(self, config: TinyConfig) -> None:
        super().__init__(config)
        self.second = copy.deepcopy(self.network)
        self.normalise: nn.Module = nn.BatchNorm2d(1)
        self.begun: list[str] = []

    def begin(self, phase: str) -> None:
        self.begun.append(phase)
        if phase == "second":
            self.second.load_state_dict(self.network.state_dict())

    def logits(self, image: Tensor) -> Tensor:
        scaled = image.to(next(self.parameters()).dtype) / 128 - 1
        return self.network(scaled) + self.normalise(self.second(scaled))  # type: ignore[no-any-return]

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        assert self.phase == ("first" if progress < 0.5 else "second" if progress < 0.75 else "all")
        return super().loss(batch, progress)


class PlainPhases(PhasedTiny):
    """Without normalisation, whose statistics differ between processes without a GPU."""

    def __init__(self, config: TinyConfig) -> None:
        super().__init__(config)
        self.normalise = nn.Identity()


METHOD = f"{__file__}:PhasedTiny"
PLAIN = f"{__file__}:PlainPhases"
