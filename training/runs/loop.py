"""The one training loop: any method, on one or many processes, stopped at any moment and continued."""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from torch import nn
from torch.utils.data import DataLoader

from gta_head_tools.errors import ConfigError, GtaHeadError, LostWorkerError
from gta_head_tools.progress import Track, no_progress
from training.base import Batch, Method, check_hooks
from training.config import TrainConfig
from training.registry import find_method
from training.runs.checkpoint import build_method, load_checkpoint, load_weights, reading_state, save_checkpoint
from training.runs.kept import Kept
from training.runs.optimizers import Rates, build_optimizer
from training.runs.phases import Span, enter, spans_of
from training.runs.processes import (
    StopOnSignal,
    choose_precision,
    choose_workers,
    count_processes,
    find_device,
    quiet_worker,
    start_accelerator,
)
from training.runs.run_folder import OTHER_RATE, Run
from training.runs.run_log import EVERY, Meter, RunLog, is_report, label, memory_mib, steps_to_report
from training.runs.step import Course, Job, do_step, next_batches
from training.samples.batch_plan import Part, Plan
from training.samples.batches import Samples, collate
from training.samples.data import Splits, tell_once

SAVE_SECONDS = 600
"""Longest time between two checkpoints within an epoch; one is written at the next report after it."""
Validate = Callable[[Method, int], Mapping[str, float]]
"""Called with a method and the epochs done; returns scores by name, for the log."""


def train(
    run: Run,
    splits: Splits,
    *,
    device: str = "auto",
    validate: Validate | None = None,
    track: Track = no_progress,
) -> Method:
    """Train to the end, from the checkpoint of the run if there is one.

    Several processes (`torchrun`, `accelerate launch`) share each step; on several machines they share the folder, too.

    Args:
        run: with or without a checkpoint in its folder.
        splits: data; only `train` is read.
        device: see `find_device`.
        validate: called every `validate_every` epochs in the main process.
        track: sees every step go by.

    Returns:
        The trained method, ready to predict.

    Raises:
        ConfigError: no such device, settings that do not fit it, or gradients that are not finite in many steps.
        DataFormatError: a picture or the checkpoint cannot be read.
        KeyboardInterrupt: Ctrl-C, once the current step is done and saved; other signals act as before.
    """
    unused = find_method(run.method).UNUSED
    accelerator = start_accelerator(device, run.config.precision, unused_parameters=unused)
    accelerator.wait_for_everyone()  # The main process may still be removing an older run.
    state = load_checkpoint(run.checkpoint) if run.checkpoint.is_file() else None
    plan = _plan(run.config, len(splits.train), accelerator.num_processes)
    method = _place(accelerator, run, state)
    with reading_state(run.checkpoint):
        kept = Kept(method, run.config, state)
        step = 0 if state is None else int(state["step"])
    course = Course(run, plan, accelerator, method, kept)
    spans = spans_of(method.PHASES, plan)
    if step < plan.steps or _is_due(course, step):
        samples = Samples(splits.train, splits.read, run.method, run.config)
        if run.config.cache:
            samples.hold(track)
        log = RunLog(run, step, course.kept.validated, writes=accelerator.is_main_process)
        stream = plan.stream(step, accelerator.process_index)
        with log, StopOnSignal() as stop, _loading(accelerator, run.config, samples, stream) as loader:
            overall = iter(track(range(step, plan.steps), "training", plan.steps - step))
            watch = _Watch(log, stop, validate, track, overall)
            left = [span for span in spans if span.end > step] or spans[-1:]
            stopped = _run_phases(course, left, state, loader, watch)
        if stopped:
            accelerator.end_training()
            stop.let_through()
    accelerator.end_training()
    course.kept.restore(method)
    return method.eval()


def check_startable(method: str, config: TrainConfig, count: int, device: str) -> None:
    """Raise every error that a training would raise before its first step.

    Args:
        method: its name.
        config: of the method.
        count: pictures to train on.
        device: see `find_device`.

    Raises:
        GtaHeadError: no such device, settings that do not fit it, each other or the data, or that the method refuses.
    """
    check_hooks(find_method(method))
    choose_precision(find_device(device), config.precision)
    plan = _plan(config, count, count_processes())
    if plan.filled < config.batch:
        tell_once(
            f"batch = {config.batch}: there are only {count} pictures to train on, so each step takes all of them"
        )
    spans_of(build_method(method, config).PHASES, plan)


@dataclass(frozen=True, slots=True)
class _Watch:
    """What observes the steps."""

    log: RunLog
    stop: StopOnSignal
    validate: Validate | None
    track: Track
    overall: Iterator[int]


def _place(accelerator: Accelerator, run: Run, state: dict[str, Any] | None) -> Method:
    """The method on its device, with the weights of the checkpoint if there is one."""
    config = run.config
    method = build_method(run.method, config if state is None else replace(config, backbone_weights=""))
    if state is not None:
        load_weights(method, state["model"], run.checkpoint)
    if accelerator.num_processes > 1 and accelerator.device.type == "cuda":
        method = nn.SyncBatchNorm.convert_sync_batchnorm(method)  # type: ignore[no-untyped-call]
    layout = torch.channels_last if config.channels_last else torch.contiguous_format
    method = method.to(accelerator.device).to(memory_format=layout)
    if config.compile:
        method.network.compile()
    return method


def _run_phases(
    course: Course,
    spans: Sequence[Span],
    state: dict[str, Any] | None,
    loader: Iterator[Batch | GtaHeadError],
    watch: _Watch,
) -> bool:
    """Do the steps of these phases, the first of them from the checkpoint on; True when a signal stopped the run."""
    for span in spans:
        first = span.start if state is None else max(int(state["step"]), span.start)
        job = _begin(course, span, state if first > span.start else None)
        stopped = _run_steps(job, loader, first, watch)
        course.accelerator.unwrap_model(job.model, keep_fp32_wrapper=False)
        course.accelerator.free_memory()
        if stopped:
            return True
    next(watch.overall, None)
    return False


def _begin(course: Course, span: Span, state: dict[str, Any] | None) -> Job:
    """A phase with a new optimiser, or with that of the checkpoint `state`, which was written within the phase."""
    method, accelerator = course.method, course.accelerator
    enter(method, span.phase)
    if state is None:
        method.begin(span.phase.name)
    factor = span.phase.lr
    optimizer = build_optimizer(method, course.config, factor=factor)
    epoch = course.plan.steps_of_epoch
    rates = Rates(optimizer, course.config, steps=span.steps, steps_of_epoch=epoch, factor=factor)
    if state is not None:
        with reading_state(course.run.checkpoint):
            optimizer.load_state_dict(state["optimizer"])
            rates.load_state_dict(state.get("rates", {}))
            if accelerator.scaler is not None and state["scaler"]:
                accelerator.scaler.load_state_dict(state["scaler"])
    model, wrapped = accelerator.prepare(method, optimizer)
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    return Job(course.run, course.plan, accelerator, method, course.kept, span, model, wrapped, rates, parameters)


def _plan(config: TrainConfig, count: int, processes: int) -> Plan:
    return Plan(count, config.batch, config.epochs, config.accumulate, processes, config.seed)


@contextlib.contextmanager
def _loading(
    accelerator: Accelerator, config: TrainConfig, samples: Samples, stream: Iterator[Part]
) -> Iterator[Iterator[Batch | GtaHeadError]]:
    """The micro-batches of all steps to come, in one stream: an epoch is prepared while the last one ends.

    Raises:
        LostWorkerError: the system killed a worker.
    """
    workers = choose_workers(config, accelerator.device)
    loader = DataLoader(
        samples,
        batch_sampler=stream,  # type: ignore[arg-type]  # whatever it yields is handed to `Samples.__getitems__`
        num_workers=workers,
        collate_fn=collate,
        worker_init_fn=quiet_worker,
        pin_memory=accelerator.device.type == "cuda",
    )
    batches: Iterator[Batch | GtaHeadError] = iter(())
    try:
        batches = iter(loader)
        yield batches
    except RuntimeError as error:
        # PyTorch raises this error from its handler of SIGCHLD, wherever the main process is just then.
        if "DataLoader worker" not in str(error):
            raise
        # The lost worker may hold a lock that the others wait for, and these ignore SIGTERM.
        for worker in multiprocessing.active_children():
            worker.kill()
        raise LostWorkerError(workers, "--set workers") from error
    finally:
        # Workers ignore SIGINT; without this the process would wait for them forever at exit after an error.
        getattr(batches, "_shutdown_workers", lambda: None)()


def _run_steps(job: Job, loader: Iterator[Batch | GtaHeadError], step: int, watch: _Watch) -> bool:
    """Do the steps of the phase from `step` on; True when a signal stopped the run before its end."""
    plan = job.plan
    _validate(job, step, watch)  # Where the run was stopped before the scores of its last epoch were there.
    told: dict[str, float] = {}
    saved = time.monotonic()
    while step < job.span.end:
        meter = Meter()
        more = steps_to_report(step, plan.steps_of_epoch)
        for _ in watch.track(range(more), label(step // plan.steps_of_epoch, plan.epochs, told), more):
            next(watch.overall)
            values, stop = do_step(job, next_batches(job, loader), step, asked=watch.stop.asked)
            meter.add(values)
            step += 1
            if watch.stop.asked if job.accelerator.num_processes == 1 else stop > 0:
                if is_report(step, plan.steps_of_epoch):
                    watch.log.report(step, _report(job, meter, step))
                _save(job, step)
                return True
        told = _report(job, meter, step)
        watch.log.report(step, told)
        if step % plan.steps_of_epoch == 0 or time.monotonic() - saved > SAVE_SECONDS:
            _save(job, step)
            saved = time.monotonic()
        _validate(job, step, watch)
    return False


def _report(job: Job, meter: Meter, step: int) -> dict[str, float]:
    found = meter.means(job.accelerator, job.plan.filled)
    terms = {name: value for name, value in found.items() if name.startswith("loss_")}
    loss = sum(terms.values())
    if job.kept.skipped >= min(EVERY, job.plan.steps_of_epoch):
        raise ConfigError(
            f"{job.run.folder}: the gradient was not finite in the last {job.kept.skipped} steps, up to step {step}; "
            f"go on from the checkpoint with {OTHER_RATE} and a lower lr, now {job.config.lr:g}, or begin anew with "
            "--force and --set precision=no"
        )
    epoch = step / job.plan.steps_of_epoch
    memory = memory_mib(job.accelerator.device)
    return {"epoch": epoch, "lr": job.rates.now, "loss": loss} | found | {"memory_mib": memory}


def _is_due(course: Course, step: int) -> bool:
    """True when scores on the validation split are asked for after `step` steps, and are not there yet."""
    every = course.config.validate_every * course.plan.steps_of_epoch
    return every > 0 and step > course.kept.validated and step % every == 0


def _validate(job: Job, step: int, watch: _Watch) -> None:
    """The scores on the validation split, where they are due after `step` steps and not there yet."""
    if watch.validate is None or not _is_due(job, step):
        return
    error = torch.zeros((), dtype=torch.float64, device=job.accelerator.device)
    if job.accelerator.is_main_process:
        with watch.stop.lifted():
            method = job.kept.now(job.method).eval()
            scores = watch.validate(method, step // job.plan.steps_of_epoch)
        watch.log.validated(step, scores)
        enter(job.method, job.span.phase)
        job.kept.judge(job.method, step, scores)
        error += scores.get(job.method.JUDGED_BY, math.nan)
    if job.config.schedule == "plateau" and step > job.span.start:
        job.rates.judge(broadcast(error).item())
    job.kept.validated = step
    if job.config.keep == "best" or job.config.schedule == "plateau":
        _save(job, step)


def _save(job: Job, step: int) -> None:
    if job.accelerator.is_main_process:
        scaler = job.accelerator.scaler
        state = {
            "method": job.run.method,
            "config": asdict(job.config),
            "threshold": None,
            "epoch": step // job.plan.steps_of_epoch,
            "step": step,
            "model": job.method.state_dict(),
            "optimizer": job.optimizer.state_dict(),
            "scaler": None if scaler is None else scaler.state_dict(),
            "rates": job.rates.state_dict(),
        }
        save_checkpoint(job.run.checkpoint, state | job.kept.state_dict())


def how_to_go_on(run: Run) -> str:
    """The message to a user whose training was stopped."""
    if not run.checkpoint.is_file():
        return f"{run.folder}: stopped before anything was saved; the same command begins again"
    state = load_checkpoint(run.checkpoint)
    done = f"{state['epoch']} of {run.config.epochs} epochs ({state['step']} steps)"
    return f"{run.folder}: saved after {done}; the same command goes on from there"
