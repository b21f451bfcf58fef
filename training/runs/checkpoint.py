"""Checkpoints to go on from, and exports to use: never a pickled object, so that loading one can run no code.

A checkpoint is one dict of tensors and plain values. It holds no state of random numbers: every step draws its own
from seed and step, so that a run goes on as if it had never stopped, on any number of processes.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import warnings
from pathlib import Path
from typing import Any

import torch

from gta_head_tools import __version__
from gta_head_tools.errors import ConfigError, DataFormatError, GtaHeadError
from gta_head_tools.files import replacing, write_text
from training.base import Method
from training.config import TrainConfig, build_config
from training.registry import find_method
from training.runs.processes import find_device

FORMAT, VERSION = "ghtools-checkpoint", 1
EXPORT_FORMAT = "ghtools-weights"


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        path: of the file.
        state: tensors and plain values: model, optimizer, scaler, epoch, step, method, config, threshold.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    with replacing(path) as partial, partial.open("wb") as file:
        try:
            torch.save({"format": FORMAT, "version": VERSION, "code": __version__} | state, file)
        except RuntimeError as error:
            if isinstance(error.__context__, OSError):  # a full disk, behind an error of torch about its own offsets
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
        with warnings.catch_warnings(action="ignore"):  # What it takes for odd is an error below, if it is wrong.
            found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise DataFormatError(path, f"cannot be read as a checkpoint ({error.strerror})") from error
    except (RuntimeError, EOFError, ValueError, KeyError, IndexError, pickle.UnpicklingError) as error:
        # What torch says here is long, and advises to load it in a way that runs whatever code is in it.
        raise DataFormatError(path, "is damaged, or no checkpoint of ghtools; train again with --force") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT or found.get("version") != VERSION:
        raise DataFormatError(path, f"is no checkpoint that this version knows ({FORMAT}, version {VERSION})")
    return found


def store_threshold(path: Path, threshold: float) -> None:
    """Put the threshold chosen on the validation part into a checkpoint."""
    save_checkpoint(path, load_checkpoint(path) | {"threshold": float(threshold)})


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
    name = str(found["method"]).rpartition(":")[2].lower()
    weights = out / f"{name}.safetensors"
    tensors = {key: value.contiguous() for key, value in found["model"].items()}
    with replacing(weights) as partial:
        partial.write_bytes(save(tensors))
    described = {
        "format": EXPORT_FORMAT,
        "version": VERSION,
        "code": __version__,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        **{key: found[key] for key in ("method", "config", "threshold", "epoch", "step")},
    }
    write_text(weights.with_suffix(".json"), json.dumps(described, indent=1) + "\n")
    return weights


def load_method(path: Path, device: str = "auto") -> Method:
    """A trained method, ready to predict.

    Args:
        path: folder of a run or of an export, a checkpoint, or weights with their JSON beside them.
        device: see `find_device`.

    Raises:
        DataFormatError: it holds no weights, or others than the method has.
        ConfigError: no such device, or a run that has no checkpoint yet.
    """
    where = find_device(device)
    file = _weights_in(path)
    found = _load_export(file) if file.suffix == ".safetensors" else load_checkpoint(file)
    _check_keys(found, file)
    try:
        # The weights of the backbone are among these, and their file may be gone.
        settings = found["config"] | {"backbone_weights": ""}
        method = build_method(found["method"], build_config(find_method(found["method"]).Config, settings))
    except GtaHeadError as error:
        raise ConfigError(f"{file}: is of a method or settings that are not here: {error}") from error
    load_weights(method, found["model"], file)
    method.threshold = method.threshold if found["threshold"] is None else found["threshold"]
    return method.to(where).eval()


def _check_keys(found: dict[str, Any], path: Path) -> None:
    kinds = {"method": str, "config": dict, "model": dict, "threshold": int | float | None}
    wrong = [key for key, kind in kinds.items() if not isinstance(found.get(key, ()), kind)]
    if wrong:
        raise DataFormatError(path, f"{wrong[0]} of these weights is missing or no {wrong[0]}; export or train again")


def load_weights(method: Method, weights: dict[str, torch.Tensor], path: Path) -> None:
    """Put weights into a method.

    Raises:
        DataFormatError: they are of another network.
    """
    try:
        method.load_state_dict(weights)
    except RuntimeError as error:
        raise DataFormatError(
            path, f"holds weights of another network ({str(error).splitlines()[-1].strip()})"
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


def _load_export(path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    beside = path.with_suffix(".json")
    try:
        described = json.loads(beside.read_text("utf-8"))
        weights = load_file(path)
    except (OSError, ValueError, SafetensorError) as error:
        raise DataFormatError(
            path, f"cannot be read as exported weights with {beside.name} beside them ({error})"
        ) from error
    if not isinstance(described, dict) or described.get("format") != EXPORT_FORMAT:
        raise DataFormatError(beside, f"does not describe weights ({EXPORT_FORMAT})")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != described.get("sha256"):
        raise DataFormatError(path, f"is not the file that {beside.name} describes: its hash is another; export again")
    return described | {"model": weights}
