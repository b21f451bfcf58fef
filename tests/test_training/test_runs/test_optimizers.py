"""Learning rates of each schedule, against the formulas that their papers give."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from test_training.tiny import Tiny, TinyConfig
from training.config import TrainConfig
from training.runs.optimizers import Rates, build_optimizer

STEPS, EPOCH = 2000, 50


def rates_of(steps: int = STEPS, *, factor: float = 1.0, **settings: Any) -> list[float]:
    config = TinyConfig(**{"lr": 1e-2, "lr_end": 1e-4, "warmup": 0} | settings)
    optimizer = build_optimizer(Tiny(config), config, factor=factor)
    rates = Rates(optimizer, config, steps=steps, steps_of_epoch=EPOCH, factor=factor)
    found = []
    for step in range(steps):
        rates.set_for(step)
        found.append(rates.now)
    return found


def test_half_a_cosine_after_a_rise() -> None:
    found = rates_of(warmup=500)
    assert found[:200] == pytest.approx([1e-4 + (1e-2 - 1e-4) * step / 200 for step in range(200)])
    done = [step / 1799 for step in range(1800)]
    assert found[200:] == pytest.approx([1e-4 + (1e-2 - 1e-4) * (1 + math.cos(math.pi * part)) / 2 for part in done])


def test_a_power_of_what_is_left() -> None:
    left = [1 - step / 1999 for step in range(STEPS)]
    assert rates_of(schedule="poly", poly_power=0.9) == pytest.approx(
        [1e-4 + (1e-2 - 1e-4) * part**0.9 for part in left]
    )


def test_steps_of_epochs() -> None:
    found = rates_of(schedule="step", decay_epochs=10, decay_rate=0.5)
    assert found == pytest.approx([1e-2 * 0.5 ** (step // (10 * EPOCH)) for step in range(STEPS)])


def test_a_constant_rate_and_the_shortest_run() -> None:
    assert set(rates_of(8, schedule="constant")) == {1e-2}
    assert rates_of(1) == [1e-2]
    assert rates_of(1, factor=0.5) == [5e-3]


def test_a_factor_scales_both_ends() -> None:
    assert rates_of(factor=0.5) == pytest.approx([rate / 2 for rate in rates_of()])


def test_a_plateau_lowers_the_rate_and_is_remembered() -> None:
    config = TinyConfig(lr=1e-2, lr_end=2e-3, schedule="plateau", decay_rate=0.5, decay_epochs=1)

    def made() -> tuple[torch.optim.Optimizer, Rates]:
        optimizer = build_optimizer(Tiny(config), config)
        return optimizer, Rates(optimizer, config, steps=STEPS, steps_of_epoch=EPOCH)

    optimizer, rates = made()
    seen = []
    for error in (5.0, 4.0, 4.5, 4.2, 4.1, 4.3, 4.4, 4.5):
        rates.judge(error)
        seen.append(rates.now)
        again, following = made()
        again.load_state_dict(optimizer.state_dict())
        following.load_state_dict(rates.state_dict())
        optimizer, rates = again, following
    assert seen == pytest.approx([1e-2, 1e-2, 1e-2, 5e-3, 5e-3, 2.5e-3, 2.5e-3, 2e-3])


def test_the_defaults_are_the_recipe_of_the_paper() -> None:
    assert (TrainConfig().lr, TrainConfig().lr_end, TrainConfig().schedule) == (1e-2, 1e-4, "cosine")
