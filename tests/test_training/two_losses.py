"""The method of three layers with a choice of losses: what comparisons are tested with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from torch import Tensor

from gta_head_tools.errors import ConfigError
from gta_head_tools.pictures import Picture
from test_training.tiny import Tiny, TinyConfig
from training.base import Batch, Prediction


@dataclass(frozen=True, kw_only=True)
class PairConfig(TinyConfig):
    """Two losses, one of them with a setting."""

    epochs: int = 1
    loss: Literal["even", "steep"] = "even"
    power: float | None = None


class Pair(Tiny):
    """Even: that of Tiny. Steep: its square, or another power."""

    Config = PairConfig
    LOSSES = ("even", "steep")
    config: PairConfig

    def __init__(self, config: PairConfig) -> None:
        super().__init__(config)
        if config.power is not None and config.power < 1:
            raise ConfigError(f"power = {config.power}: at least 1 is needed")

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        power = 1.0 if self.config.loss == "even" else self.config.power or 2.0
        return {name: term**power for name, term in super().loss(batch, progress).items()}

    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:
        found = super().predict(picture)
        assert found.scores is not None
        heat = found.scores.astype("float32").reshape(picture.shape[0] // 4, picture.shape[1] // 4)
        return Prediction(found.count, found.points, found.scores, maps={"heat": heat} if maps else {})


METHOD = f"{__file__}:Pair"
TINY = f"{Path(__file__).with_name('tiny.py')}:Tiny"
