"""A run that was stopped, at any moment and in any way, ends with the weights of one that was not."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from test_training.tiny import METHOD, TinyConfig, write_data

from training.checkpoint import load_checkpoint
from training.data import Parts, read_parts
from training.loop import train
from training.runs import Run, open_run

T = TypeVar("T")
CONFIG = TinyConfig()


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return read_parts(write_data(tmp_path_factory.mktemp("data")), CONFIG)


@pytest.fixture(scope="module")
def unbroken(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    return finished(started(parts, tmp_path_factory.mktemp("unbroken")), parts)


def started(parts: Parts, folder: Path, config: TinyConfig = CONFIG) -> Run:
    return open_run(folder / "run", parts, method=METHOD, config=config)


def finished(run: Run, parts: Parts) -> dict[str, torch.Tensor]:
    weights = train(run, parts, device="cpu").state_dict()
    assert load_checkpoint(run.checkpoint)["epoch"] == run.config.epochs
    return weights


def same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


class StopAfter:
    """A `Track` that sends a signal once so many steps have gone by."""

    def __init__(self, steps: int, number: int = signal.SIGINT) -> None:
        self.steps, self.number = steps, number

    def __call__(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        del total
        for place, item in enumerate(items):
            if label == "training" and place == self.steps:
                os.kill(os.getpid(), self.number)
            yield item


def test_two_epochs_and_two_are_four(parts: Parts, unbroken: dict[str, torch.Tensor], tmp_path: Path) -> None:
    run = started(parts, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train(run, parts, device="cpu", track=StopAfter(5))
    assert load_checkpoint(run.checkpoint)["epoch"] == 2
    assert same(finished(started(parts, tmp_path), parts), unbroken)


def test_ctrl_c_within_an_epoch(parts: Parts, unbroken: dict[str, torch.Tensor], tmp_path: Path) -> None:
    for stop in (0, 3, 2):
        with pytest.raises(KeyboardInterrupt):
            train(started(parts, tmp_path), parts, device="cpu", track=StopAfter(stop))
    assert load_checkpoint(tmp_path / "run" / "checkpoint.pt")["step"] == 8
    assert same(finished(started(parts, tmp_path), parts), unbroken)


def test_another_seed_is_another_run(parts: Parts, unbroken: dict[str, torch.Tensor], tmp_path: Path) -> None:
    assert not same(finished(started(parts, tmp_path, replace(CONFIG, seed=1)), parts), unbroken)
