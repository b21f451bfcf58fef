"""Phases: what they train, where their borders lie, and that a run continues exactly across them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.errors import ConfigError
from test_training.phased_tiny import METHOD, PhasedTiny
from test_training.test_runs.test_resume import StopAfter, same
from test_training.tiny import TinyConfig, write_data
from training.base import Phase
from training.registry import find_method
from training.runs.checkpoint import build_method
from training.runs.loop import train
from training.runs.phases import enter, spans_of
from training.runs.run_folder import Run, open_run
from training.samples.batch_plan import Plan
from training.samples.data import Splits, read_splits

CONFIG = TinyConfig()


@pytest.fixture(scope="module")
def splits(tmp_path_factory: pytest.TempPathFactory) -> Splits:
    return read_splits(write_data(tmp_path_factory.mktemp("data")), CONFIG)


def started(splits: Splits, folder: Path) -> Run:
    return open_run(folder, splits, method=METHOD, config=CONFIG)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.integers(1, 40))
def test_each_phase_has_an_epoch_and_all_epochs_are_given_out(shares: list[float], epochs: int) -> None:
    phases = [Phase(str(number), share) for number, share in enumerate(shares)]
    plan = Plan(count=10, batch=4, epochs=epochs, accumulate=1, world=1, seed=0)
    if epochs < len(phases):
        with pytest.raises(ConfigError, match="each needs an epoch"):
            spans_of(phases, plan)
        return
    spans = spans_of(phases, plan)
    assert [span.start for span in spans] == [0, *(span.end for span in spans[:-1])]
    assert spans[-1].end == plan.steps
    for span, share in zip(spans, shares, strict=True):
        done, wanted = span.steps / plan.steps_of_epoch, share / sum(shares) * epochs
        assert done >= 1
        assert done == int(done)
        assert abs(done - wanted) <= max(1, len(phases) - 1)


def test_what_a_phase_does_not_train_stays_as_it_is(splits: Splits, tmp_path: Path) -> None:
    run = started(splits, tmp_path)
    before = {name: value.clone() for name, value in build_method(METHOD, CONFIG).state_dict().items()}
    with pytest.raises(KeyboardInterrupt):
        train(run, splits, device="cpu", track=StopAfter(5))
    state = torch.load(run.checkpoint, weights_only=True)
    assert state["step"] == 6
    moved = {name for name, value in state["model"].items() if not torch.equal(value, before[name])}
    assert moved == {name for name in before if name.startswith("network.")}


@pytest.mark.parametrize("stops", [(5, 0, 1, 1), pytest.param((2, 2), marks=pytest.mark.slow)])
def test_a_run_continues_exactly_across_borders(splits: Splits, tmp_path: Path, stops: tuple[int, ...]) -> None:
    whole = train(started(splits, tmp_path / "whole"), splits, device="cpu").state_dict()
    for steps in stops:
        with pytest.raises(KeyboardInterrupt):
            train(started(splits, tmp_path / "cut"), splits, device="cpu", track=StopAfter(steps))
    assert same(train(started(splits, tmp_path / "cut"), splits, device="cpu").state_dict(), whole)


def test_rates_and_beginnings_are_those_of_the_phases(splits: Splits, tmp_path: Path) -> None:
    run = started(splits, tmp_path)
    method = train(run, splits, device="cpu")
    assert isinstance(method, find_method(METHOD))
    assert method.begun == ["first", "second", "all"]
    with run.log.open() as file:
        rates = {int(row["step"]): float(row["lr"]) for row in csv.DictReader(file)}
    assert rates[1] == pytest.approx(1e-2)
    assert rates[6] == pytest.approx(1e-3)
    assert rates[9] == pytest.approx(5e-4)
    assert rates[12] == pytest.approx(1e-3)


def test_a_phase_that_trains_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="trains \\('head',\\), and no parameter has a name that begins so"):
        enter(PhasedTiny(CONFIG), Phase("wrong", 1, ("head",)))
