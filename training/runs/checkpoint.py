"""Checkpoints to continue from, and exports to use: never a pickled object, so that loading one runs no code.

A checkpoint is one dict of tensors and plain values. It holds no state of random numbers: every step seeds them from
the run's seed and its own number, so that a run continues as if it had never stopped, on any number of processes.
"""

from __future__ import annotations

import hashlib
import pickle
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import torch

from gta_head_tools import __version__
from gta_head_tools.errors import ConfigError, DataFormatError, GtaHeadError
from gta_head_tools.records import Record, read_record, write_record
from gta_head_tools.whole_files import replacing
from training.base import Method
from training.config import TrainConfig, build_config
from training.named_code import trusted_name
from training.registry import find_method
from training.runs.kept import kept_weights
from training.runs.processes import find_device

FORMAT, VERSION = "ghtools-checkpoint", 1
_REMEDY = "copy it again if it is a copy, or train again with --force"
_DAMAGES = (
    *(RuntimeError, EOFError, ValueError, LookupError, AttributeError, TypeError, ArithmeticError, AssertionError),
    *(pickle.UnpicklingError, zipfile.BadZipFile, zlib.error, struct.error),
)
"""What reading a damaged file may raise, as tried with bytes changed and cut off at random."""


class _Weights(msgspec.Struct):
    """What a method is rebuilt from."""

    method: str
    config: dict[str, Any]
    threshold: float | None
    model: dict[str, Any]


class _Parts(msgspec.Struct):
    """What a checkpoint holds besides; each is only looked at where it is there."""

    best: _Best | None = None
    average: dict[str, torch.Tensor] | None = None
    buffers: dict[str, torch.Tensor] = {}
    model: dict[str, torch.Tensor] = {}
    step: int = 0
    epoch: int = 0


class _Best(msgspec.Struct):
    model: dict[str, torch.Tensor]
    mae: float


class _ExportRecord(Record):
    """The JSON beside exported weights."""

    FORMAT = "ghtools-weights"
    WHAT = "description of exported weights"
    REMEDY = "export again"

    code: str
    sha256: str
    method: str
    config: dict[str, Any]
    threshold: float | None
    epoch: int
    step: int


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        path: of the file.
        state: tensors and plain values: model, optimizer, scaler, rates, average, best, epoch, step, method, ...

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    with replacing(path) as partial, partial.open("wb") as file:
        try:
            torch.save({"format": FORMAT, "version": VERSION, "code": __version__} | state, file)
        except RuntimeError as error:
            if isinstance(error.__context__, OSError):  # PyTorch hides a full disk behind an error about its offsets.
                raise error.__context__ from error
            raise


def load_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint, on the CPU.

    Raises:
        DataFormatError: it is missing, damaged, or something else.
    """
    if not path.is_file():
        raise DataFormatError(path, "no such file; expected the folder of a run that was trained, or its checkpoint")
    try:
        with zipfile.ZipFile(path) as archive:  # PyTorch itself does not compare the check sums that it writes.
            damaged = archive.testzip()
        with warnings.catch_warnings(action="ignore"):  # Anything wrong becomes an error below.
            found = None if damaged else torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        why = f"cannot be read as a checkpoint ({error.strerror or error})"
        raise DataFormatError(path, f"{why}; {_REMEDY}") from error
    except _DAMAGES as error:
        # The message of PyTorch is long, and advises to load the file in a way that runs any code in it.
        raise DataFormatError(path, f"is damaged, or no checkpoint of ghtools; {_REMEDY}") from error
    if damaged:
        raise DataFormatError(path, f"is damaged ({damaged} in it is not what was written); {_REMEDY}")
    if not isinstance(found, dict) or found.get("format") != FORMAT or found.get("version") != VERSION:
        problem = f"is no checkpoint that this version knows ({FORMAT}, version {VERSION})"
        todo = "take the version of ghtools that wrote it, or train again with --force"
        raise DataFormatError(path, f"{problem}; {todo}")
    try:
        msgspec.convert(found, _Parts)
    except msgspec.ValidationError as error:
        raise DataFormatError(path, f"is no checkpoint that can be used ({error}); {_REMEDY}") from error
    return found


@contextmanager
def reading_state(path: Path) -> Iterator[None]:
    """Context in which the state of a run is taken out of its checkpoint.

    Raises:
        DataFormatError: a part of it is missing, or is that of another run.
    """
    try:
        yield
    except _DAMAGES as error:
        raise DataFormatError(path, f"does not hold the state of this run; {_REMEDY}") from error


def store_calibration(path: Path, method: Method) -> None:
    """Put what was fitted on the validation split into a checkpoint: the threshold, and the buffers of the method."""
    trained = {name for name, _ in method.named_parameters()}
    buffers = {name: value.cpu() for name, value in method.state_dict().items() if name not in trained}
    save_checkpoint(path, load_checkpoint(path) | {"threshold": method.score_threshold, "buffers": buffers})


def build_method(name: str, config: TrainConfig) -> Method:
    """A method as its training begins, with weights drawn from the seed of its settings."""
    torch.manual_seed(config.seed)
    return find_method(name)(config)


def export_method(checkpoint: Path, out: Path) -> Path:
    """Write what is needed to use a method: `NAME.safetensors` and beside it `NAME.json`.

    Args:
        checkpoint: of a run.
        out: folder to write to.

    Returns:
        The file of the weights.

    Raises:
        DataFormatError: no checkpoint.
        DatasetLayoutError: the place cannot be written.
    """
    from safetensors.torch import save

    found = load_checkpoint(checkpoint)
    name = str(found.get("method")).rpartition(":")[2].lower()
    if not name.isidentifier():  # The file is named so, and its folder must not depend on what a checkpoint holds.
        raise DataFormatError(checkpoint, f"expected the name of a method, found {name!r}; {_REMEDY}")
    weights = out / f"{name}.safetensors"
    tensors = {key: value.contiguous() for key, value in kept_weights(found).items()}
    with replacing(weights) as partial:
        partial.write_bytes(save(tensors))
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    described = {key: found[key] for key in ("method", "config", "threshold", "epoch", "step")}
    write_record(weights.with_suffix(".json"), _ExportRecord(code=__version__, sha256=digest, **described))
    return weights


def load_method(path: Path, device: str = "auto", *, methods: Sequence[str] = ()) -> Method:
    """A trained method, ready to predict.

    Args:
        path: folder of a run or of an export, a checkpoint, or weights with their JSON beside them.
        device: see `find_device`.
        methods: that the user names; needed for weights of a user's own method, see `trusted_name`.

    Raises:
        DataFormatError: it holds no weights, or others than the method has.
        ConfigError: no such device, or a run that has no checkpoint yet.
    """
    where = find_device(device)
    file = _weights_in(path)
    found = _read_export(file) if file.suffix == ".safetensors" else _read_weights(file)
    try:
        # Weights of the backbone are among these, and their own file may be gone.
        settings = found.config | {"backbone_weights": ""}
        name = trusted_name(found.method, methods)
        method = build_method(name, build_config(find_method(name).Config, settings))
    except GtaHeadError as error:
        raise ConfigError(f"{file}: is of a method or settings that are not here: {error}") from error
    load_weights(method, found.model, file)
    method.threshold = method.threshold if found.threshold is None else found.threshold
    return method.to(where).eval()


def _is_sound(value: torch.Tensor, *, may_be_infinite: bool) -> bool:
    return not bool(torch.isnan(value).any()) and (may_be_infinite or bool(torch.isfinite(value).all()))


def load_weights(method: Method, weights: dict[str, torch.Tensor], path: Path) -> None:
    """Put weights into a method.

    Raises:
        DataFormatError: they are of another network, or some are no finite numbers.
    """
    # A buffer may hold an infinite threshold.
    infinite = dict(method.named_buffers())
    broken = next(
        (name for name, value in weights.items() if not _is_sound(value, may_be_infinite=name in infinite)), None
    )
    if broken is not None:
        problem = f"holds weights that are no finite numbers ({broken})"
        raise DataFormatError(path, f"{problem}; take an earlier copy, or train again with --force")
    try:
        method.load_state_dict(weights)
    except RuntimeError as error:
        raise DataFormatError(
            path,
            f"holds weights of another network ({str(error).splitlines()[-1].strip()}); take the code that trained it, "
            "or train again with --force",
        ) from error


def _weights_in(path: Path) -> Path:
    if not path.is_dir():
        return path
    if (path / "checkpoint.pt").is_file():
        return path / "checkpoint.pt"
    exports = sorted(path.glob("*.safetensors"))
    if len(exports) != 1:
        raise ConfigError(
            f"{path}: holds {len(exports) or 'no'} weights (checkpoint.pt or one .safetensors); check the path"
        )
    return exports[0]


def _read_weights(checkpoint: Path) -> _Weights:
    found = load_checkpoint(checkpoint)
    try:
        weights = msgspec.convert(found, _Weights)
    except msgspec.ValidationError as error:
        problem = f"is no checkpoint that can be used ({error})"
        raise DataFormatError(checkpoint, f"{problem}; train again with --force") from error
    weights.model = kept_weights(found)
    return weights


def _read_export(path: Path) -> _Weights:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    described = read_record(path.with_suffix(".json"), _ExportRecord)
    try:
        weights = load_file(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, SafetensorError) as error:
        raise DataFormatError(path, f"cannot be read as exported weights ({error}); export again") from error
    if digest != described.sha256:
        raise DataFormatError(path, f"is not the file that {path.stem}.json describes; export again")
    return _Weights(described.method, described.config, described.threshold, weights)
