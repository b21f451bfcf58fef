"""One step of a training: losses and gradients of its micro-batches, over all processes."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from gta_head_tools.errors import GtaHeadError
from training.base import Batch, Method
from training.config import TrainConfig
from training.runs.kept import Kept
from training.runs.optimizers import Rates
from training.runs.phases import Span
from training.runs.processes import seed_device
from training.runs.run_folder import Run
from training.runs.run_log import add_up
from training.samples.batch_plan import Plan, step_seed


@dataclass(frozen=True, slots=True)
class Course:
    """What is the same in all steps of a run.

    Attributes:
        run: the settings and the folder.
        plan: the steps of the run.
        accelerator: devices, precision and processes.
        method: with the weights.
        kept: what is remembered of the weights so far.
    """

    run: Run
    plan: Plan
    accelerator: Accelerator
    method: Method
    kept: Kept

    @property
    def config(self) -> TrainConfig:
        return self.run.config


@dataclass(frozen=True, slots=True)
class Job(Course):
    """What the steps of a phase work on.

    Attributes:
        span: the steps of the phase.
        model: the method as accelerate wraps it.
        optimizer: of the phase, as accelerate wraps it.
        rates: of the optimiser.
        parameters: all that the phase trains.
    """

    span: Span
    model: nn.Module
    optimizer: torch.optim.Optimizer
    rates: Rates
    parameters: list[Tensor]


def next_batches(job: Job, loader: Iterator[Batch | GtaHeadError]) -> list[Batch]:
    """All micro-batches of a step: each is divided by the normaliser of the whole step, so all must be there first."""
    batches: list[Batch] = []
    for found in itertools.islice(loader, job.plan.accumulate):
        if isinstance(found, GtaHeadError):
            raise found
        batches.append({name: value.to(job.accelerator.device, non_blocking=True) for name, value in found.items()})
    return batches


def do_step(job: Job, batches: list[Batch], step: int, *, asked: bool) -> tuple[dict[str, Tensor], Tensor]:
    """One step of the optimiser; it is skipped where the gradient is not finite, which spares the weights.

    Returns:
        Losses and counts by name (0-d), scaled so that their mean over the processes is the value of the step. And
        (0-d) how many processes are asked to stop.
    """
    accelerator = job.accelerator
    seed_device(accelerator.device, step_seed(job.config.seed, step, accelerator.process_index))
    names = sorted(name for name in batches[0] if name.startswith("n_"))
    stops, *sums = accelerator.reduce(_shares(batches, names, asked=asked), "sum").unbind()
    normalisers = {
        name: total.clamp(min=1) / accelerator.num_processes
        for name, total in zip(["n_images", *names], sums, strict=True)
    }
    job.rates.set_for(step - job.span.start)
    values: dict[str, Tensor] = {}
    for batch in batches:
        last = batch is batches[-1]
        with contextlib.nullcontext() if last else accelerator.no_sync(job.model):
            terms = _checked(job.model(batch | normalisers, step / job.plan.steps))
            accelerator.backward(sum(terms.values()))
        add_up(values, {f"loss_{name}": value.detach() for name, value in terms.items()})
        add_up(values, _counts(batch, job.plan.filled / accelerator.num_processes))
    values["gradient"] = accelerator.clip_grad_norm_(job.parameters, job.config.clip or math.inf)
    sound = bool(values["gradient"].isfinite())
    if sound or accelerator.scaler is not None:  # The scaler skips the step, too, and scales less from then on.
        job.optimizer.step()
    job.optimizer.zero_grad()
    job.kept.update(job.method, sound=sound)
    values = values if sound else {name: torch.zeros_like(value) for name, value in values.items()}
    return values | {"skipped": torch.tensor(float(not sound), device=accelerator.device)}, stops


def _checked(terms: dict[str, Tensor]) -> dict[str, Tensor]:
    if not isinstance(terms, dict) or any(term.ndim for term in terms.values()) or not terms:
        told = {name: tuple(term.shape) for name, term in terms.items()} if isinstance(terms, dict) else type(terms)
        raise TypeError(f"loss() of a method returns its terms by name, each a tensor of shape (); found {told}")
    return terms


def _counts(batch: Batch, images: float) -> dict[str, Tensor]:
    """Sums of the targets that are one number a sample (heads, positives, ...), divided by a number of images."""
    numbers = {name: value for name, value in batch.items() if isinstance(value, Tensor) and value.ndim == 1}
    return {name: value.float().sum() / images for name, value in numbers.items()}


def _shares(batches: list[Batch], names: Sequence[str], *, asked: bool) -> Tensor:
    """(2 + names,) what the processes add up before a step: stops, images, and the normalisers of these names."""
    sums = [sum(batch[name].sum() for batch in batches) for name in names]
    shares = (asked, sum(len(batch["image"]) for batch in batches), *sums)
    device = batches[0]["image"].device
    return torch.stack([torch.as_tensor(each, dtype=torch.float32, device=device) for each in shares])
