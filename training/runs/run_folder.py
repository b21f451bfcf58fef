"""The folder of a run: what was asked for, how far it came, and what came of it.

- `run.json`: method, every setting, the data and what of them each part holds, version of the code.
- `checkpoint.pt`: all that is needed to go on (`training/runs/checkpoint.py`).
- `log.csv`, `validation.csv`, `tensorboard/`: the course of the training.
- `scores.json`: written last; a run that has it is finished.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gta_head_tools import __version__
from gta_head_tools.errors import ConfigError, DataFormatError, GtaHeadError
from gta_head_tools.files import make_folder, remove_partials, write_text
from gta_head_tools.progress import Track, no_progress
from training.config import TrainConfig, build_config
from training.registry import find_method
from training.runs.processes import is_main_process
from training.samples.data import Splits, read_splits

FORMAT, VERSION = "ghtools-run", 1

FREE = ("cache", "workers", "validate_every")
"""Settings that change nothing about the result: a run may be continued with others."""

PICTURE = "predictions.png"
"""Of some test pictures."""

_OURS = ("run.json", "checkpoint.pt", "log.csv", "validation.csv", "tensorboard", "scores.json", PICTURE)


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
    """

    folder: Path
    method: str
    config: TrainConfig
    source: Path
    format_name: str
    options: tuple[str, ...]
    splits: dict[str, list[str]]

    @property
    def checkpoint(self) -> Path:
        """All that is needed to go on."""
        return self.folder / "checkpoint.pt"

    @property
    def log(self) -> Path:
        """Loss and speed by step."""
        return self.folder / "log.csv"

    @property
    def validation(self) -> Path:
        """Scores on the validation part by step, where they were asked for."""
        return self.folder / "validation.csv"

    @property
    def scores(self) -> Path:
        """What the run came to."""
        return self.folder / "scores.json"

    @property
    def finished(self) -> bool:
        """True once it has scores."""
        return self.scores.is_file()


def default_run_folder(method: str, config: TrainConfig) -> Path:
    """`runs/METHOD-LOSS-SEED`, without the loss where the method has but one."""
    name = method.rpartition(":")[2].lower().replace("-", "_")
    loss = getattr(config, "loss", None)
    return Path("runs") / "-".join(str(part) for part in (name, loss, config.seed) if part is not None)


def open_run(folder: Path, splits: Splits, *, method: str, config: TrainConfig, force: bool = False) -> Run:
    """A new run, or the one that is there already if it is of the same method, settings and data.

    Args:
        folder: of the run.
        splits: the data.
        method: name of the method.
        config: of the method.
        force: begin anew, whatever is there.

    Raises:
        ConfigError: another run is there; the message names what differs.
        DatasetLayoutError: the folder cannot be written.
    """
    path, separator, name = method.rpartition(":")
    method = f"{Path(path).resolve()}:{name}" if separator else method
    run = Run(folder, method, config, splits.source, splits.format_name, splits.options, splits.names)
    if not is_main_process():
        return run
    remove_partials(make_folder(folder))
    if force:
        _clear(folder)
    record = folder / "run.json"
    if record.exists():
        _check_same(run, _read_record(record))
    elif any((folder / name).exists() for name in _OURS):
        raise ConfigError(f"{folder}: holds files of a run without its run.json; choose another --out, or say --force")
    write_text(record, json.dumps(_record(run), indent=1) + "\n")
    return run


def _record(run: Run) -> dict[str, Any]:
    data = {"source": str(run.source), "format": run.format_name, "options": list(run.options), "parts": run.splits}
    return {
        "format": FORMAT,
        "version": VERSION,
        "code": __version__,
        "method": run.method,
        "config": asdict(run.config),
        "data": data,
    }


def _check_same(run: Run, there: dict[str, Any]) -> None:
    """Refuse to continue what is another run."""
    asked, had = json.loads(json.dumps(_record(run))), there  # as it would be read: JSON has no tuples
    differ = [f"method {had['method']}, not {run.method}"] if had["method"] != run.method else []
    settings = had["config"].keys() | asked["config"].keys()
    for name in sorted(settings.difference(FREE)):
        old, new = (record["config"].get(name) for record in (had, asked))
        differ += [f"{name}={old}, not {new}"] if old != new else []
    differ += [
        f"{name} of the data {had['data'][name]}, not {asked['data'][name]}"
        for name in ("source", "format", "options")
        if had["data"][name] != asked["data"][name]
    ]
    if not differ and had["data"]["parts"] != asked["data"]["parts"]:
        differ = ["other pictures in train, val and test"]
    if differ:
        raise ConfigError(
            f"{run.folder}: holds a run with {'; '.join(differ)}; choose another --out, or say --force to begin anew"
        )


def _clear(folder: Path) -> None:
    for name in _OURS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _read_record(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataFormatError(path, f"cannot be read ({error}); expected the record of a run") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT or found.get("version") != VERSION:
        raise DataFormatError(path, f"is no record of a run that this version knows ({FORMAT}, version {VERSION})")
    if (
        not isinstance(found.get("method"), str)
        or not isinstance(found.get("config"), dict)
        or not isinstance(found.get("data"), dict)
        or not {"source", "format", "options", "parts"} <= found["data"].keys()
    ):
        raise DataFormatError(path, "lacks method, config or data; expected the record of a run")
    return found


def read_run(folder: Path) -> Run:
    """The run in a folder.

    Raises:
        DataFormatError: it holds no run.
        ConfigError: of a method or setting that this version does not have.
    """
    found = _read_record(folder / "run.json")
    try:
        config = build_config(find_method(found["method"]).Config, found["config"])
    except GtaHeadError as error:
        raise ConfigError(f"{folder}: is of a method or settings that are not here: {error}") from error
    data = found["data"]
    return Run(
        folder, found["method"], config, Path(data["source"]), data["format"], tuple(data["options"]), data["parts"]
    )


def read_run_splits(run: Run, *, track: Track = no_progress) -> Splits:
    """The data of a run, parted as for its training.

    Raises:
        ConfigError: they hold other pictures now.
    """
    needs = find_method(run.method).NEEDS
    splits = read_splits(
        run.source, run.config, needs=needs, format_name=run.format_name, options=run.options, track=track
    )
    if splits.names != run.splits:
        raise ConfigError(f"{run.source}: holds other pictures than {run.folder} was trained on; give --data")
    return splits
