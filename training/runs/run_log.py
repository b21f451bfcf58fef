"""The course of a run: one line for people and programs in `log.csv`, curves in TensorBoard, a label for the bar."""

from __future__ import annotations

import csv
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from gta_head_tools.whole_files import replacing
from training.runs.run_folder import Run

EVERY = 20
"""Steps between two reports; the first reports come earlier."""
_EARLY = frozenset({1, 2, 5, 10})


def is_report(step: int, steps_of_epoch: int) -> bool:
    """True when `step` steps are reported: every `EVERY` steps, after each epoch, and a few times at the start."""
    return step in _EARLY or step % EVERY == 0 or step % steps_of_epoch == 0


def steps_to_report(step: int, steps_of_epoch: int) -> int:
    """Steps from `step` to the next report."""
    return next(more for more in range(1, EVERY + 1) if is_report(step + more, steps_of_epoch))


class RunLog:
    """Writes the reports of a run; rows after `step`, which an interrupted run has left, are removed first.

    Args:
        run: whose folder is written to.
        step: that the run continues from.
        validated: step of the last scores on the validation split.
        writes: False in all processes but the main one: then nothing is written.
    """

    def __init__(self, run: Run, step: int, validated: int, *, writes: bool) -> None:
        self._run, self._writes = run, writes
        self._board: SummaryWriter | None = None
        if writes:
            _remove_rows_after(run.log, step)
            _remove_rows_after(run.validation, validated)
            self._board = SummaryWriter(str(run.folder / "tensorboard"), purge_step=step + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._board is not None:
            self._board.close()

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """Write the values after `step` steps of training."""
        self._write(self._run.log, "train", step, values)

    def validated(self, step: int, values: Mapping[str, float]) -> None:
        """Write scores on the validation split."""
        self._write(self._run.validation, "val", step, values)

    def _write(self, path: Path, group: str, step: int, values: Mapping[str, float]) -> None:
        if self._board is None:
            return
        _append(path, {"step": step} | {name: f"{value:.6g}" for name, value in values.items()})
        for name, value in values.items():
            self._board.add_scalar(f"{group}/{name}", value, step)
        self._board.flush()


def _append(path: Path, row: Mapping[str, object]) -> None:
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def _remove_rows_after(path: Path, step: int) -> None:
    """Remove the rows after `step`: these steps are done again."""
    if not path.exists():
        return
    header, *rows = path.read_text("utf-8").splitlines() or [""]
    whole = [row.split(",") for row in rows if row.count(",") == header.count(",")]
    kept = [",".join(row) for row in whole if row[0].isdigit() and int(row[0]) <= step]
    with replacing(path) as partial:
        partial.write_text("\n".join([header, *kept]) + "\n", "utf-8")


def add_up(sums: dict[str, Tensor], values: Mapping[str, Tensor]) -> None:
    """Add values to the sums of the same names, in place."""
    for name, value in values.items():
        sums[name] = sums[name] + value if name in sums else value


class Meter:
    """Sums up the steps between two reports, on the device: reading values at every step would make the GPU wait."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._steps, self._start = 0, time.perf_counter()

    def add(self, values: Mapping[str, Tensor]) -> None:
        """Add the values (0-d) of one step."""
        add_up(self._sums, values)
        self._steps += 1

    def means(self, accelerator: Accelerator, images: int) -> dict[str, float]:
        """Means over the steps that were not skipped and all processes, NaN where all were.

        `skipped` is their number, `images_per_s` the speed for steps of so many images.
        """
        sums = accelerator.reduce(torch.stack(list(self._sums.values())), "mean").tolist()
        found = dict(zip(self._sums, sums, strict=True))
        skipped = found.pop("skipped")
        done = self._steps - skipped
        speed = self._steps * images / max(time.perf_counter() - self._start, 1e-9)
        means = {name: value / done if done else math.nan for name, value in found.items()}
        return means | {"skipped": skipped, "images_per_s": speed}


def memory_mib(device: torch.device) -> float:
    """Peak memory so far, MiB: of the GPU, or of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def label(epoch: int, epochs: int, values: Mapping[str, float]) -> str:
    """The text before the progress bar; a narrow terminal cuts its end."""
    start = f"epoch {epoch + 1}/{epochs}"
    if not values:
        return start
    terms = " ".join(f"{name[5:]} {value:.3g}" for name, value in values.items() if name.startswith("loss_"))
    speed, memory = values["images_per_s"], values["memory_mib"] / 1024
    return f"{start}, loss {values['loss']:.3g}, {speed:.3g} images/s, {memory:.1f} GiB ({terms})"
