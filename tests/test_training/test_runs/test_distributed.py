"""Two processes learn what one does, however the heads are spread over them and a step is cut."""

from __future__ import annotations

import csv
import multiprocessing
import os
import socket
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from test_training.phased_tiny import PLAIN
from test_training.ragged_tiny import METHOD as RAGGED
from test_training.tiny import METHOD, TinyConfig, write_data
from test_training.whole_tiny import METHOD as WHOLE
from training.config import build_config
from training.runs.checkpoint import build_method, load_checkpoint
from training.runs.loop import train
from training.runs.run_folder import open_run
from training.samples.batch_plan import Plan
from training.samples.data import Splits, read_splits

SETTINGS: dict[str, object] = {
    "optimizer": "sgd",
    "schedule": "constant",
    "lr": 1e-3,
    "momentum": 0.0,
    "clip": 0.0,
    "dropout": 0.0,
}
ONE_STEP = SETTINGS | {"batch": 12, "epochs": 1}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the processes of this test are forked")


@pytest.fixture(scope="module")
def splits(tmp_path_factory: pytest.TempPathFactory) -> Splits:
    return read_splits(write_data(tmp_path_factory.mktemp("data")), TinyConfig())


def run_of(splits: Splits, folder: Path, settings: Mapping[str, object], method: str = METHOD) -> None:
    config = build_config(TinyConfig, settings)
    train(open_run(folder, splits, method=method, config=config), splits, device="cpu")


def one_of_two(rank: int, port: int, splits: Splits, folder: Path, settings: Mapping[str, object], method: str) -> None:
    torch.set_num_threads(1)
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1", "WORLD_SIZE": "2"}
    os.environ.update(place | {"RANK": str(rank), "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": "2"})
    run_of(splits, folder, settings, method)


def run_of_two(splits: Splits, folder: Path, settings: Mapping[str, object], method: str = METHOD) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fork = multiprocessing.get_context("fork")
    processes = [
        fork.Process(target=one_of_two, args=(rank, port, splits, folder, settings, method)) for rank in (0, 1)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, from Python 3.12 on
        for process in processes:
            process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]


def weights(folder: Path) -> torch.Tensor:
    return torch.cat([value.flatten() for value in load_checkpoint(folder / "checkpoint.pt")["model"].values()])


def losses(folder: Path) -> list[float]:
    with (folder / "log.csv").open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("accumulate", [1, 3])
def test_the_gradient_is_that_of_one_process(splits: Splits, tmp_path: Path, accumulate: int) -> None:
    run_of(splits, tmp_path / "one", ONE_STEP)
    run_of_two(splits, tmp_path / "two", ONE_STEP | {"accumulate": accumulate})
    start = build_method(METHOD, build_config(TinyConfig, ONE_STEP)).state_dict().values()
    before = torch.cat([value.flatten() for value in start])
    gradients = [(before - weights(tmp_path / name)) / 1e-3 for name in ("one", "two")]
    assert gradients[0].abs().max() > 1
    torch.testing.assert_close(gradients[1], gradients[0], rtol=0, atol=1e-3)
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-5)


def test_the_whole_course_is_that_of_one_process(splits: Splits, tmp_path: Path) -> None:
    settings = {"dropout": 0.0, "epochs": 3}
    run_of(splits, tmp_path / "one", settings)
    run_of_two(splits, tmp_path / "two", settings | {"accumulate": 2})
    torch.testing.assert_close(weights(tmp_path / "two"), weights(tmp_path / "one"), rtol=1e-3, atol=1e-5)
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-4)


@pytest.mark.parametrize("method", [RAGGED, PLAIN], ids=["ragged", "phases"])
def test_what_methods_ask_for_is_that_of_one_process(splits: Splits, tmp_path: Path, method: str) -> None:
    settings = SETTINGS | {"batch": 8, "epochs": 4, "lr": 1e-2}
    run_of(splits, tmp_path / "one", settings, method)
    run_of_two(splits, tmp_path / "two", settings | {"accumulate": 2}, method)
    torch.testing.assert_close(weights(tmp_path / "two"), weights(tmp_path / "one"), rtol=1e-4, atol=1e-6)
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-5)


@pytest.mark.parametrize("accumulate", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_whole_pictures_are_those_of_one_process(tmp_path: Path, accumulate: int) -> None:
    """A network sees the padding beside a picture, which is the same however the pictures are spread."""
    settings = SETTINGS | {"fit": "whole", "scale_low": 0.5, "batch": 4, "epochs": 2, "lr": 1e-2}
    unequal = read_splits(write_data(tmp_path, more=13), TinyConfig())
    run_of(unequal, tmp_path / "one", settings, WHOLE)
    run_of_two(unequal, tmp_path / "two", settings | {"accumulate": accumulate}, WHOLE)
    torch.testing.assert_close(weights(tmp_path / "two"), weights(tmp_path / "one"), rtol=1e-4, atol=1e-6)
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=1e-5)


def test_the_processes_hold_different_numbers_of_heads(splits: Splits) -> None:
    plan = Plan(len(splits.train), batch=12, epochs=1, accumulate=1, world=2, seed=0)
    heads = [sum(len(splits.train[index]) for _, index in plan.micro_batches(0, rank)[0].keys) for rank in (0, 1)]
    assert heads[0] != heads[1]
