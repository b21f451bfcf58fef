"""The order of the samples: it depends on seed and epoch alone, not on the processes or on interruptions of a run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gta_head_tools.errors import ConfigError

Key = tuple[int, int]
"""Epoch and index of a sample."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one process takes at once, a micro-batch.

    Attributes:
        keys: of its samples.
        step: those of all samples of its step, over all processes.
    """

    keys: list[Key]
    step: list[Key]


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a run.

    Attributes:
        count: samples of an epoch.
        batch: samples of a step over all processes; the end of an epoch that fills no step is left out.
        epochs: of the run.
        accumulate: micro-batches of a step in each process.
        world: number of processes.
        seed: of the order.
    """

    count: int
    batch: int
    epochs: int
    accumulate: int
    world: int
    seed: int

    def __post_init__(self) -> None:
        if self.filled < self.accumulate * self.world:
            raise ConfigError(
                f"a step of {self.filled} pictures cannot be cut into {self.accumulate * self.world} parts "
                "(accumulate x processes); lower accumulate, or use fewer processes"
            )

    @property
    def filled(self) -> int:
        """Samples of a step: `batch`, or all samples where there are fewer."""
        return min(self.batch, self.count)

    @property
    def steps_of_epoch(self) -> int:
        return self.count // self.filled

    @property
    def steps(self) -> int:
        return self.epochs * self.steps_of_epoch

    def keys(self, step: int) -> list[Key]:
        """The samples of one step, over all processes."""
        epoch, place = divmod(step, self.steps_of_epoch)
        order = np.random.default_rng([2, self.seed, epoch]).permutation(self.count)
        return [(epoch, int(index)) for index in order[place * self.filled : (place + 1) * self.filled]]

    def micro_batches(self, step: int, rank: int) -> list[Part]:
        """The samples of one step in one process, cut into `accumulate` micro-batches."""
        keys = self.keys(step)
        bounds = np.linspace(0, len(keys), self.world * self.accumulate + 1).astype(int)
        cuts = [Part(keys[start:end], keys) for start, end in itertools.pairwise(bounds)]
        return cuts[rank * self.accumulate : (rank + 1) * self.accumulate]

    def stream(self, start: int, rank: int) -> Iterator[Part]:
        """The micro-batches of one process, from step `start` to the end of the run."""
        for step in range(start, self.steps):
            yield from self.micro_batches(step, rank)


def step_seed(seed: int, step: int, rank: int) -> int:
    """Seed of the random numbers in one step of one process, such as dropout."""
    return int(np.random.SeedSequence([3, seed, step, rank]).generate_state(1, np.uint64)[0])
