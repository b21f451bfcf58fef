"""The optimiser of a phase, and the learning rate of each of its steps."""

from __future__ import annotations

import logging
from typing import Any

import torch
from timm.scheduler.cosine_lr import CosineLRScheduler
from timm.scheduler.poly_lr import PolyLRScheduler
from timm.scheduler.scheduler import Scheduler
from timm.scheduler.step_lr import StepLRScheduler
from torch.optim.lr_scheduler import ReduceLROnPlateau

from training.base import Method
from training.config import TrainConfig

# In a run of one step it warns of arguments that no user gave.
logging.getLogger("timm.scheduler.cosine_lr").setLevel(logging.ERROR)


def build_optimizer(method: Method, config: TrainConfig, *, factor: float = 1.0) -> torch.optim.Optimizer:
    """The optimiser of what a method trains now.

    Args:
        method: a group of its parameters may carry an `lr_scale`.
        config: of the method.
        factor: of the learning rate.
    """
    groups = method.param_groups()
    lr, decay = factor * config.lr, config.weight_decay
    if config.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=config.momentum, weight_decay=decay)
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=lr, weight_decay=decay)


class Rates:
    """The learning rates of a phase: they follow from the number of the step, or from the course of the scores.

    Args:
        optimizer: whose rates are set; it must be new, because its rates are taken for the highest ones.
        config: of the method.
        steps: of the phase.
        steps_of_epoch: of the run.
        factor: of the learning rate.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        config: TrainConfig,
        *,
        steps: int,
        steps_of_epoch: int,
        factor: float = 1.0,
    ) -> None:
        self._optimizer = optimizer
        self._by_step: Scheduler | None = None
        self._by_score: ReduceLROnPlateau | None = None
        end = factor * config.lr_end
        for group in optimizer.param_groups:
            group["initial_lr"] = group["lr"]
        if config.schedule == "plateau":
            scales = [group.get("lr_scale", 1.0) for group in optimizer.param_groups]
            for group, scale in zip(optimizer.param_groups, scales, strict=True):
                group["lr"] *= scale
            self._by_score = ReduceLROnPlateau(
                optimizer,
                factor=config.decay_rate,
                patience=int(config.decay_epochs),
                min_lr=[scale * end for scale in scales],
            )
            return
        warmup = min(config.warmup, steps // 10)
        rise: dict[str, Any] = {
            "warmup_t": warmup, "warmup_lr_init": end, "warmup_prefix": True, "t_in_epochs": False
        }  # fmt: skip
        # The last step has the lowest rate, so that there is one interval less than steps.
        fall: dict[str, Any] = {"t_initial": max(steps - warmup - 1, 1), "lr_min": end}
        if config.schedule == "cosine":
            self._by_step = CosineLRScheduler(optimizer, **fall, **rise)
        elif config.schedule == "poly":
            self._by_step = PolyLRScheduler(optimizer, power=config.poly_power, **fall, **rise)
        else:
            every, rate = config.decay_epochs * steps_of_epoch, config.decay_rate
            constant = config.schedule == "constant"
            self._by_step = StepLRScheduler(optimizer, decay_t=every, decay_rate=1.0 if constant else rate, **rise)

    def set_for(self, step: int) -> None:
        """Set the rates of a step, counted from the begin of the phase."""
        if self._by_step is not None:
            self._by_step.step_update(step)

    def judge(self, error: float) -> None:
        """Lower the rates where the error on the validation split has stopped falling."""
        if self._by_score is not None:
            self._by_score.step(error)

    @property
    def now(self) -> float:
        """The rate of a group without a scale of its own."""
        group = self._optimizer.param_groups[0]
        return float(group["lr"]) / float(group.get("lr_scale", 1.0))

    def state_dict(self) -> dict[str, Any]:
        """What is remembered of the scores."""
        return {} if self._by_score is None else self._by_score.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        if self._by_score is not None:
            self._by_score.load_state_dict(state)
