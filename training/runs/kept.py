"""What a run remembers of its weights besides the last ones: their moving average, and the best ones so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from timm.utils.model_ema import ModelEmaV3
from torch import Tensor

from training.base import Method
from training.config import TrainConfig

Weights = dict[str, Tensor]


class Kept:
    """Weights that are kept in the course of a run, and in its checkpoint.

    Args:
        method: with the weights to begin with.
        config: `average` and `keep` say what is kept.
        state: checkpoint that the run continues from; None = it begins.

    Attributes:
        validated: step whose validation was the last one, 0 = none.
        skipped: the last steps that were skipped, one after the other.
    """

    def __init__(self, method: Method, config: TrainConfig, state: Mapping[str, Any] | None) -> None:
        self._average = ModelEmaV3(method, decay=config.average) if config.average else None
        self._keeps_best = config.keep == "best"
        self._best: dict[str, Any] | None = None
        self.validated = self.skipped = 0
        if state is not None:
            self.validated, self._best = int(state.get("validated", state["step"])), state.get("best")
            if self._average is not None:
                self._average.module.load_state_dict(state["average"])

    def update(self, method: Method, *, sound: bool) -> None:
        """Take up the weights after a step; without `sound` the step was skipped."""
        self.skipped = 0 if sound else self.skipped + 1
        if sound and self._average is not None:
            self._average.update(method)

    def now(self, method: Method) -> Method:
        """The method as it would be used now: with the moving average where there is one."""
        return method if self._average is None else self._average.module

    def judge(self, method: Method, step: int, scores: Mapping[str, float]) -> None:
        """Keep the weights after `step` steps if their error is the lowest so far, see `Method.JUDGED_BY`."""
        if self._keeps_best and (self._best is None or scores[method.JUDGED_BY] < self._best["mae"]):
            weights = {name: value.detach().cpu().clone() for name, value in self.now(method).state_dict().items()}
            self._best = {"step": step, "mae": float(scores[method.JUDGED_BY]), "model": weights}

    def restore(self, method: Method) -> None:
        """Give the method the weights to be used."""
        method.load_state_dict(kept_weights(self.state_dict() | {"model": method.state_dict()}))

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint holds of it."""
        average = None if self._average is None else self._average.module.state_dict()
        return {"average": average, "best": self._best, "validated": self.validated}


def kept_weights(state: Mapping[str, Any]) -> Weights:
    """The weights of a checkpoint that are to be used: the best, else the average, else the last ones."""
    best, average = state.get("best"), state.get("average")
    chosen: Weights = best["model"] if best is not None else state["model"] if average is None else average
    buffers: Weights = state.get("buffers", {})
    return chosen | buffers
