"""Devices, processes and signals: where a run computes, what its processes agree on, and how it is stopped."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import DistributedDataParallelKwargs

from gta_head_tools.errors import ConfigError
from gta_head_tools.locks import try_lock
from gta_head_tools.whole_files import make_folder
from training.config import TrainConfig


def is_main_process() -> bool:
    """True in the one process that writes; `torchrun` and `accelerate launch` number them in the environment."""
    return int(os.environ.get("RANK", "0")) == 0


def count_processes() -> int:
    """How many processes share each step."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def find_device(name: str) -> torch.device:
    """The device of that name.

    Args:
        name: auto (the GPU where there is one), cpu, cuda, cuda:N or mps.

    Raises:
        ConfigError: no such device here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"--device {name}: expected auto, cpu, cuda, cuda:N or mps") from error
    there = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    if device.type not in there:
        raise ConfigError(f"--device {name}: expected auto, cpu, cuda, cuda:N or mps")
    if (device.index or 0) >= there[device.type]:
        found = f"has {there[device.type]} of them" if there[device.type] else "finds none"
        raise ConfigError(f"--device {name}: PyTorch {found} here; say --device auto or cpu")
    return device


def start_accelerator(device: str, precision: str, *, unused_parameters: bool = False) -> Accelerator:
    """The object of accelerate that places tensors, scales losses and joins processes.

    Args:
        device: see `find_device`; with several processes on GPUs each has its own.
        precision: auto, no, bf16 or fp16.
        unused_parameters: see `Method.UNUSED`.

    Raises:
        ConfigError: no such device, or one that cannot compute in that precision.
    """
    where = find_device(device)
    precision = choose_precision(where, precision)
    if where.index is not None and where.type == "cuda":
        torch.cuda.set_device(where)
    # Accelerate keeps the settings of the first Accelerator of a process, and runs of another precision may follow.
    AcceleratorState._reset_state(reset_partial_state=True)
    wrapper = DistributedDataParallelKwargs(find_unused_parameters=unused_parameters)
    return Accelerator(cpu=where.type == "cpu", mixed_precision=precision, kwargs_handlers=[wrapper])


def choose_precision(device: torch.device, precision: str) -> str:
    """The precision that a device computes in: no, bf16 or fp16.

    Args:
        device: of the network.
        precision: auto, no, bf16 or fp16.

    Raises:
        ConfigError: the device cannot compute in that precision.
    """
    if precision == "auto":
        return "bf16" if device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0) else "no"
    if precision == "fp16" and device.type == "cpu":
        raise ConfigError("precision=fp16 needs a GPU; on a CPU say --set precision=bf16 or no")
    return precision


def seed_device(device: torch.device, seed: int) -> None:
    """Seed the random numbers of the CPU and of a device."""
    # Without a GPU in use torch.manual_seed keeps every call with its stack trace, which is a memory leak here.
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)


def choose_workers(config: TrainConfig, device: torch.device) -> int:
    """How many workers prepare samples: as many as asked for, else by the cores of this process.

    A GPU waits for its samples, so all cores prepare them. On a CPU the network itself takes nearly all of the time.
    """
    if config.workers is not None:
        return config.workers
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    cores //= int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if device.type != "cpu":
        return min(max(cores - 1, 1), 16)
    return 0 if config.cache else min(cores // 4, 16)


_held: list[int] = []
"""File descriptors of the folders that `hold_folder` has locked."""


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Lock the folder of a run, so that no other process trains in it; the system unlocks it when a process is killed.

    Raises:
        ConfigError: another process does so now.
        DatasetLayoutError: the folder cannot be made.
    """
    if sys.platform == "win32" or not is_main_process():
        yield
        return
    number = os.open(make_folder(folder), os.O_RDONLY)
    _held.append(number)
    try:
        if not try_lock(number):
            raise ConfigError(f"{folder}: another process trains in it; wait for its end, or choose another --out")
        yield
    finally:
        _held.remove(number)
        os.close(number)


def quiet_worker(_: int) -> None:
    """Start a worker that prepares samples: it ignores signals; the main process handles them and ends its workers."""
    import cv2

    for number in _held:  # A worker lives some seconds longer than a main process that is killed, and must not lock.
        os.close(number)
    _held.clear()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    cv2.setNumThreads(0)


_ONE_PRESS = 1.0
"""Seconds in which one press of Ctrl-C may arrive twice: from the terminal, and passed on by a launcher."""


class StopOnSignal:
    """Within it, Ctrl-C and SIGTERM only set `asked`; a second Ctrl-C interrupts at once.

    A signal that the process was started to ignore (SIGINT under `&` in a script) stays ignored, as is usual on Unix.
    """

    def __init__(self) -> None:
        self.asked, self._since = False, 0.0
        self._number: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._install()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Signals act as before within it, around work that may be interrupted at any point."""
        self._restore()
        try:
            yield
        finally:
            self._install()

    def _install(self) -> None:
        if threading.current_thread() is threading.main_thread():
            heard = [each for each in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(each) != signal.SIG_IGN]
            self._before = {number: signal.signal(number, self._note) for number in heard}

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _note(self, number: int, _: FrameType | None) -> None:
        if not self.asked:
            self._since = time.monotonic()
        elif number == signal.SIGINT and time.monotonic() - self._since > _ONE_PRESS:
            self._restore()
            signal.raise_signal(number)
        self.asked, self._number = True, self._number or number
        logging.getLogger(__name__).warning(
            "stopping after this step; Ctrl-C once more stops at once and saves nothing"
        )

    def let_through(self) -> None:
        """Do now what the signal would have done; when another process received it, raise as Ctrl-C does."""
        if self._number is not None:
            signal.raise_signal(self._number)
        raise KeyboardInterrupt
