"""A run that was stopped, at any moment and in any way, ends with the weights of one that was not."""

from __future__ import annotations

import csv
import multiprocessing
import os
import random
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
import torch

from test_training.tiny import METHOD, TinyConfig, write_data
from test_training.whole_tiny import METHOD as WHOLE
from training.runs import processes
from training.runs.checkpoint import load_checkpoint
from training.runs.loop import how_to_go_on, train
from training.runs.processes import StopOnSignal
from training.runs.run_folder import Run, open_run
from training.samples.data import Splits, read_splits

T = TypeVar("T")
CONFIG = TinyConfig()
LONG = replace(CONFIG, epochs=10)
FORKS = pytest.mark.skipif(sys.platform == "win32", reason="the processes of this test are forked")


@pytest.fixture(scope="module")
def splits(tmp_path_factory: pytest.TempPathFactory) -> Splits:
    return read_splits(write_data(tmp_path_factory.mktemp("data")), CONFIG)


@pytest.fixture(scope="module")
def unbroken(splits: Splits, tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    return finished(started(splits, tmp_path_factory.mktemp("unbroken")), splits)


def started(splits: Splits, folder: Path, config: TinyConfig = CONFIG) -> Run:
    return open_run(folder / "run", splits, method=METHOD, config=config)


def finished(run: Run, splits: Splits) -> dict[str, torch.Tensor]:
    weights = train(run, splits, device="cpu").state_dict()
    assert load_checkpoint(run.checkpoint)["epoch"] == run.config.epochs
    return weights


def same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


class StopAfter:
    """A `Track` that stops the training, like a user, once so many steps have gone by."""

    def __init__(self, steps: int, stop: Callable[[], None] = lambda: os.kill(os.getpid(), signal.SIGINT)) -> None:
        self.steps, self.stop = steps, stop

    def __call__(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        del total
        for place, item in enumerate(items):
            if label == "training" and place == self.steps:
                self.stop()
            yield item


def test_two_epochs_and_two_are_four(splits: Splits, unbroken: dict[str, torch.Tensor], tmp_path: Path) -> None:
    run = started(splits, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train(run, splits, device="cpu", track=StopAfter(5))
    assert "2 of 4 epochs (6 steps)" in how_to_go_on(run)
    assert same(finished(started(splits, tmp_path), splits), unbroken)


def test_ctrl_c_within_an_epoch(splits: Splits, unbroken: dict[str, torch.Tensor], tmp_path: Path) -> None:
    for steps in (0, 3, 2):
        with pytest.raises(KeyboardInterrupt):
            train(started(splits, tmp_path), splits, device="cpu", track=StopAfter(steps))
    assert "2 of 4 epochs (8 steps)" in how_to_go_on(started(splits, tmp_path))
    assert same(finished(started(splits, tmp_path), splits), unbroken)


def test_a_second_ctrl_c_is_obeyed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with StopOnSignal() as stop:
        for _ in range(3):
            signal.raise_signal(signal.SIGINT)  # one press, passed on by launchers
        assert stop.asked
        monkeypatch.setattr(processes, "_ONE_PRESS", -1.0)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_signals_act_as_before_where_they_are_lifted() -> None:
    with StopOnSignal() as stop:
        with pytest.raises(KeyboardInterrupt), stop.lifted():
            signal.raise_signal(signal.SIGINT)
        assert not stop.asked
        signal.raise_signal(signal.SIGINT)
        assert stop.asked


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with StopOnSignal() as stop:
            signal.raise_signal(signal.SIGINT)
        assert (stop.asked, signal.getsignal(signal.SIGINT)) == (False, signal.SIG_IGN)
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_seed_is_another_run(splits: Splits, unbroken: dict[str, torch.Tensor], tmp_path: Path) -> None:
    assert not same(finished(started(splits, tmp_path, replace(CONFIG, seed=1)), splits), unbroken)


def test_workers_change_nothing(splits: Splits, unbroken: dict[str, torch.Tensor], tmp_path: Path) -> None:
    assert same(finished(started(splits, tmp_path, replace(CONFIG, workers=2)), splits), unbroken)


def test_held_pictures_change_nothing(splits: Splits, unbroken: dict[str, torch.Tensor], tmp_path: Path) -> None:
    assert same(finished(started(splits, tmp_path, replace(CONFIG, cache=True)), splits), unbroken)


@pytest.mark.parametrize("batch", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_whole_pictures_of_several_sizes_continue_exactly(tmp_path: Path, batch: int) -> None:
    config = replace(CONFIG, fit="whole", scale_low=0.6, scale_high=1.4, batch=batch, epochs=2)
    unequal = read_splits(write_data(tmp_path, more=13), config)
    runs = [open_run(tmp_path / name, unequal, method=WHOLE, config=config) for name in ("straight", "stopped")]
    wanted = finished(runs[0], unequal)
    with pytest.raises(KeyboardInterrupt):
        train(runs[1], unequal, device="cpu", track=StopAfter(2))
    assert same(finished(runs[1], unequal), wanted)


def forked(work: Callable[[], None]) -> multiprocessing.process.BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=work)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, from Python 3.12 on
        process.start()
    return process


@FORKS
def test_a_signal_to_all_processes_of_a_run(splits: Splits, unbroken: dict[str, torch.Tensor], tmp_path: Path) -> None:
    run = started(splits, tmp_path, replace(CONFIG, workers=2))

    def work() -> None:
        os.setpgrp()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        train(run, splits, device="cpu", track=StopAfter(4, lambda: os.killpg(0, signal.SIGTERM)))

    process = forked(work)
    process.join(120)
    assert process.exitcode == 143
    assert load_checkpoint(run.checkpoint)["step"] == 5
    assert same(finished(run, splits), unbroken)


@FORKS
def test_killed_at_any_moment(splits: Splits, tmp_path: Path) -> None:
    straight, run = started(splits, tmp_path / "straight", LONG), started(splits, tmp_path / "killed", LONG)
    began = time.monotonic()
    wanted = finished(straight, splits)
    seconds = time.monotonic() - began
    delays: list[float] = []

    def work() -> None:
        train(run, splits, device="cpu")

    while len(delays) < 3:
        process = forked(work)
        delays.append(random.uniform(0.1, 0.3) * seconds)
        process.join(delays[-1])
        process.kill()
        process.join()
        if process.exitcode == 0:  # so fast is this machine
            break
        assert process.exitcode == -signal.SIGKILL
    assert len(delays) > 1
    assert same(finished(started(splits, tmp_path / "killed", LONG), splits), wanted), f"killed after {delays} seconds"
    assert course(run) == course(straight)


def course(run: Run) -> list[tuple[str, ...]]:
    """What the log says of each step, but for speed and memory."""
    with run.log.open() as file:
        return [
            tuple(row[name] for name in ("step", "epoch", "lr", "loss", "gradient")) for row in csv.DictReader(file)
        ]
