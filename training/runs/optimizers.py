"""The optimiser and the learning rate of each step."""

from __future__ import annotations

import math

import torch

from training.base import Method
from training.config import TrainConfig


def build_optimizer(method: Method, config: TrainConfig) -> torch.optim.Optimizer:
    """The optimiser of a method; a group of its parameters may carry a `scale` of the learning rate."""
    groups = method.param_groups()
    decay = config.weight_decay
    if config.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=config.lr, momentum=config.momentum, weight_decay=decay)
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, lr=config.lr, weight_decay=decay)


def learning_rate(step: int, steps: int, config: TrainConfig) -> float:
    """Learning rate of a step (from 0) of `steps`: linear warm-up from `lr_end`, then half a cosine or constant."""
    warmup = min(config.warmup, steps // 10)
    if step < warmup:
        return config.lr_end + (config.lr - config.lr_end) * (step + 1) / warmup
    if config.schedule == "constant":
        return config.lr
    done = (step - warmup) / max(steps - warmup - 1, 1)
    return config.lr_end + (config.lr - config.lr_end) * (1 + math.cos(math.pi * done)) / 2
