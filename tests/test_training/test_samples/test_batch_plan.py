"""The order that samples come in."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.errors import ConfigError
from training.samples.batch_plan import Plan

PLANS = st.builds(
    Plan,
    count=st.integers(12, 60),
    batch=st.integers(12, 40),
    epochs=st.integers(1, 4),
    accumulate=st.integers(1, 3),
    world=st.integers(1, 4),
    seed=st.integers(0, 9),
)


@given(plan=PLANS)
def test_an_epoch_shows_each_sample_at_most_once(plan: Plan) -> None:
    keys = [key for step in range(plan.steps) for key in plan.keys(step)]
    assert max(Counter(keys).values()) == 1
    assert len(keys) == plan.epochs * (plan.count - plan.count % plan.filled)
    assert {epoch for epoch, _ in keys} == set(range(plan.epochs))


@given(plan=PLANS)
def test_processes_share_each_step(plan: Plan) -> None:
    batches = [batch for rank in range(plan.world) for batch in plan.micro_batches(0, rank)]
    assert [key for batch in batches for key in batch.keys] == plan.keys(0)
    assert all(batch.step == plan.keys(0) for batch in batches)
    sizes = [len(batch.keys) for batch in batches]
    assert len(sizes) == plan.world * plan.accumulate
    assert max(sizes) - min(sizes) <= 1


@given(plan=PLANS, start=st.integers(0, 3))
def test_a_stream_goes_on_where_another_stopped(plan: Plan, start: int) -> None:
    whole = list(plan.stream(0, plan.world - 1))
    assert whole[start * plan.accumulate :] == list(plan.stream(start, plan.world - 1))


def test_fewer_samples_than_a_batch_are_one_step() -> None:
    plan = Plan(count=3, batch=8, epochs=2, accumulate=1, world=1, seed=0)
    assert (plan.steps, sorted(plan.keys(1))) == (2, [(1, 0), (1, 1), (1, 2)])


def test_a_step_that_cannot_be_cut() -> None:
    with pytest.raises(ConfigError, match="3 pictures cannot be cut into 4 parts"):
        Plan(count=3, batch=8, epochs=2, accumulate=2, world=2, seed=0)
