"""The phases of a training as steps, and the part of a method that a phase trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gta_head_tools.errors import ConfigError
from training.base import Method, Phase
from training.samples.batch_plan import Plan


@dataclass(frozen=True, slots=True)
class Span:
    """The steps of a phase.

    Attributes:
        phase: what is trained in them.
        start: its first step.
        end: the step after its last one.
    """

    phase: Phase
    start: int
    end: int

    @property
    def steps(self) -> int:
        """How many there are."""
        return self.end - self.start


def spans_of(phases: Sequence[Phase], plan: Plan) -> list[Span]:
    """The steps of each phase; borders lie between epochs, each phase has one epoch at the least.

    Raises:
        ConfigError: fewer epochs than phases.
    """
    if plan.epochs < len(phases):
        names = ", ".join(phase.name for phase in phases)
        raise ConfigError(f"epochs = {plan.epochs}: the method has {len(phases)} phases ({names}), each needs an epoch")
    ends = np.cumsum([phase.share for phase in phases])
    borders = np.rint(ends / ends[-1] * plan.epochs).astype(int)
    first = np.arange(len(phases))
    # Moved apart where a phase would have no epoch: from the first one on, then from the last one back.
    borders = np.maximum.accumulate(np.maximum(borders, first + 1) - first) + first
    borders = np.minimum(borders, plan.epochs - first[::-1])
    steps = [0, *(borders * plan.steps_of_epoch).tolist()]
    return [Span(phase, *steps[place : place + 2]) for place, phase in enumerate(phases)]


def enter(method: Method, phase: Phase) -> None:
    """Make the method ready to train in a phase: parts that it does not train keep their weights and statistics.

    Raises:
        ValueError: the phase trains no parameter of the method.
    """
    method.train()
    method.phase = phase.name
    for name, parameter in method.named_parameters():
        parameter.requires_grad_(name.startswith(phase.trains))
    if not any(parameter.requires_grad for parameter in method.parameters()):
        raise ValueError(f"phase {phase.name!r} trains {phase.trains}, and no parameter has a name that begins so")
    for name, module in method.named_modules():
        parameters = list(module.parameters())
        if name and not name.startswith(phase.trains) and not any(each.requires_grad for each in parameters):
            module.eval()
