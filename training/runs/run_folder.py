"""The folder of a run: what was asked for, how far it came, and what came of it.

- `run.json`: method, every setting, the data and which of them each split holds, version of the code.
- `checkpoint.pt`: all that is needed to continue (`training/runs/checkpoint.py`).
- `log.csv`, `validation.csv`, `tensorboard/`: the course of the training.
- `predictions.png`: predictions on some test pictures.
- `scores.json`: written last; a run that has it is finished.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from converters.files.labels.scene_names import SPLITS
from gta_head_tools import __version__
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError, GtaHeadError
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.records import Record, read_record, write_record
from gta_head_tools.whole_files import make_folder, remove_partials
from training.config import TrainConfig, build_config
from training.named_code import absolute_name, trusted_name
from training.registry import find_method
from training.runs.processes import is_main_process
from training.samples.data import Splits, read_splits
from training.samples.splits import hash_of_heads, hash_of_pictures


def free_settings(config: TrainConfig) -> frozenset[str]:
    """Settings that do not change the result: a run may be continued with others."""
    judged = config.keep == "best" or config.schedule == "plateau"
    return frozenset({"cache", "workers"} if judged else {"cache", "workers", "validate_every"})


Split = Literal["test", "val", "train", "all"]
OTHER_RATE = "--resume other-lr"
"""What a user says to go on with another learning rate."""
_RATES = frozenset({"lr", "lr_end"})
_OURS = ("run.json", "checkpoint.pt", "log.csv", "validation.csv", "tensorboard", "scores.json", "predictions.png")


class _Data(msgspec.Struct):
    source: str
    format: str
    options: list[str]
    parts: dict[str, list[str]]
    skip_missing: bool = False
    heads: dict[str, str] = msgspec.field(default_factory=dict)
    pictures: dict[str, str] = msgspec.field(default_factory=dict)


class _RunRecord(Record):
    """`run.json`; `parts` are the splits, `heads` their `hash_of_heads`, `pictures` their `hash_of_pictures`.

    `rates` are the learning rates that the run had before, in their order.
    """

    FORMAT = "ghtools-run"
    WHAT = "record of a run"
    REMEDY = "name the folder of a run that was trained"

    code: str
    method: str
    config: dict[str, Any]
    data: _Data
    rates: list[dict[str, float]] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Run:
    """A run and its folder.

    Attributes:
        folder: of the run.
        method: name of the method, as for `find_method`.
        config: of the method.
        source: folder or file of the data.
        format_name: of the data.
        options: of that format, `key=value`.
        splits: names of scenes (or pictures) in train, val and test.
        skip_missing: images without a picture are left out.
        heads: hashes of the heads of train, val and test; empty = an earlier version made the run.
        pictures: hashes of their pictures; empty = an earlier version made the run.
    """

    folder: Path
    method: str
    config: TrainConfig
    source: Path
    format_name: str
    options: tuple[str, ...]
    splits: dict[str, list[str]]
    skip_missing: bool = False
    heads: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    @property
    def log(self) -> Path:
        return self.folder / "log.csv"

    @property
    def validation(self) -> Path:
        return self.folder / "validation.csv"

    @property
    def scores(self) -> Path:
        return self.folder / "scores.json"

    @property
    def picture(self) -> Path:
        """Predictions on some test pictures."""
        return self.folder / "predictions.png"

    @property
    def finished(self) -> bool:
        return self.scores.is_file()


def default_run_folder(method: str, config: TrainConfig) -> Path:
    """`runs/METHOD-LOSS-SEED`, without the loss where the method has only one."""
    name = method.rpartition(":")[2].lower().replace("-", "_")
    loss = getattr(config, "loss", None)
    return Path("runs") / "-".join(str(word) for word in (name, loss, config.seed) if word is not None)


def open_run(
    folder: Path,
    splits: Splits,
    *,
    method: str,
    config: TrainConfig,
    force: bool = False,
    other_rate: bool = False,
) -> Run:
    """A new run, or the one that is in the folder if it is of the same method, settings and data.

    Args:
        folder: of the run.
        splits: the data.
        method: name of the method.
        config: of the method.
        force: begin anew, whatever is there.
        other_rate: the run may go on with another learning rate than it began with, which its record then tells.

    Raises:
        ConfigError: another run is there; the message names what differs.
        DatasetLayoutError: the folder cannot be written.
    """
    method = absolute_name(method)
    heads: dict[str, str] = {name: hash_of_heads(splits[name]) for name in SPLITS}
    pictures: dict[str, str] = {name: hash_of_pictures(splits[name], splits.root) for name in SPLITS}
    data = (splits.source, splits.format_name, splits.options, splits.names, splits.skip_missing, heads, pictures)
    run = Run(folder, method, config, *data)
    if not is_main_process():
        return run
    remove_partials(make_folder(folder))
    if force:
        _clear(folder)
    path_of_record, record = folder / "run.json", _record(run)
    if path_of_record.exists():
        record.rates = _check_same(run, read_record(path_of_record, _RunRecord), other_rate=other_rate)
    elif any((folder / name).exists() for name in _OURS):
        raise ConfigError(f"{folder}: holds files of a run without its run.json; choose another --out, or say --force")
    write_record(path_of_record, record)
    return run


def _record(run: Run) -> _RunRecord:
    config = json.loads(json.dumps(asdict(run.config)))  # As it is read back: JSON has no tuples.
    of_data = (str(run.source), run.format_name, list(run.options), run.splits, run.skip_missing)
    data = _Data(*of_data, dict(run.heads), dict(run.pictures))
    return _RunRecord(code=__version__, method=run.method, config=config, data=data)


def _check_same(run: Run, had: _RunRecord, *, other_rate: bool) -> list[dict[str, float]]:
    """Refuse to continue what is another run; returns the learning rates that it had before those of `run`."""
    asked = _record(run)
    differ = [f"method {had.method}, not {run.method}"] if had.method != run.method else []
    names = (had.config.keys() | asked.config.keys()).difference(free_settings(run.config))
    changed = {name for name in names if had.config.get(name) != asked.config.get(name)}
    rates = had.rates + ([{name: had.config[name] for name in sorted(_RATES)}] if changed & _RATES else [])
    changed -= _RATES if other_rate else frozenset()
    differ += [f"{name}={had.config.get(name)}, not {asked.config.get(name)}" for name in sorted(changed)]
    for name in ("source", "format", "options"):
        old, new = getattr(had.data, name), getattr(asked.data, name)
        differ += [f"{name} of the data {old}, not {new}"] if old != new else []
    if not differ and had.data.parts != asked.data.parts:
        differ = ["other pictures in train, val and test"]
    for what, files in (("heads", "the labels"), ("pictures", "their files")):
        old, new = getattr(had.data, what), getattr(asked.data, what)
        where = [name for name in new if old and old.get(name) != new[name]]
        differ = differ or [f"other {what} in {' and '.join(where)}: {files} have changed since"] * bool(where)
    if differ:
        ways = "choose another --out, or say --force to begin anew"
        ways += f", or {OTHER_RATE} to go on with this one" if changed and changed <= _RATES else ""
        raise ConfigError(f"{run.folder}: holds a run with {'; '.join(differ)}; {ways}")
    return rates


def _clear(folder: Path) -> None:
    for name in _OURS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def read_run(folder: Path, methods: Sequence[str] = ()) -> Run:
    """The run in a folder.

    Args:
        folder: of the run.
        methods: that the user names; needed for a run of a user's own method, see `trusted_name`.

    Raises:
        DataFormatError: it holds no run.
        ConfigError: of a method or setting that this version does not have.
    """
    found = read_record(folder / "run.json", _RunRecord)
    try:
        method = trusted_name(found.method, methods)
        config = build_config(find_method(method).Config, found.config)
    except GtaHeadError as error:
        raise ConfigError(f"{folder}: is of a method or settings that are not here: {error}") from error
    data = found.data
    described = (Path(data.source), data.format, tuple(data.options), data.parts, data.skip_missing)
    return Run(folder, method, config, *described, data.heads, data.pictures)


def find_run(path: Path, methods: Sequence[str] = ()) -> Run | None:
    """The run at `path`; None where weights or an export are.

    Args:
        path: of a run, weights or an export.
        methods: see `read_run`.

    Raises:
        GtaHeadError: it cannot be read.
    """
    return read_run(path, methods) if (path / "run.json").is_file() else None


def images_of_split(
    run: Run | None, split: Split, path: Path, *, skip_missing: bool = False, track: Track = no_progress
) -> tuple[Splits, list[ImageAnnotations]]:
    """The data of a run, and the images of one of its splits.

    Args:
        run: None = at `path` is no run, which is an error.
        split: which images.
        path: for messages.
        skip_missing: leave out images without a picture.
        track: sees every picture go by as it is checked.

    Raises:
        ConfigError: no run, or it has no such images.
    """
    if run is None:
        raise ConfigError(f"{path}: is no folder of a run, so its splits are unknown; name the pictures")
    splits = read_run_splits(run, skip_missing=skip_missing, track=track)
    images = [*splits.train, *splits.val, *splits.test] if split == "all" else [*splits[split]]
    if not images:
        raise ConfigError(f"{path}: its run held out no pictures for {split}; take another --split")
    return splits, images


def read_run_splits(run: Run, *, skip_missing: bool = False, track: Track = no_progress) -> Splits:
    """The data of a run, split as for its training.

    Raises:
        ConfigError: they hold other pictures now.
    """
    needs = find_method(run.method).NEEDS
    splits = read_splits(
        run.source,
        run.config,
        needs=needs,
        format_name=run.format_name,
        options=run.options,
        skip_missing=skip_missing or run.skip_missing,
        track=track,
    )
    if splits.names != run.splits:
        raise ConfigError(f"{run.source}: holds other pictures than {run.folder} was trained on; give --data")
    return splits
