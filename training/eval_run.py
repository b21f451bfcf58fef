"""Scores of a trained method by every protocol, on the pictures its run held out or on another data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from converters.base import read_image
from converters.convert import read_dataset
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError, DatasetLayoutError
from gta_head_tools.pictures import Picture
from gta_head_tools.progress import Track, no_progress
from training.base import Method
from training.checkpoint import load_method
from training.runs import read_run, read_run_parts
from training.score import MethodScores, score_method, summary
from training.sources import check_pictures
from training.train_run import describe_run, labelled

Truths = Iterator[tuple[Picture, ImageAnnotations]]
Split = Literal["test", "val", "train", "all"]


@dataclass(frozen=True, slots=True)
class EvalRequest:
    """What to score.

    Attributes:
        path: of a run, of an export or of weights.
        data: None = those of the run.
        split: which pictures; of data without splits, all.
        format_name: of the data, None = detected.
        options: `key=value` options of that format.
        device: see `find_device`.
    """

    path: Path
    data: Path | None = None
    split: Split = "test"
    format_name: str | None = None
    options: Sequence[str] = ()
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class EvalReport:
    """Scores.

    Attributes:
        told: what was scored, and the scores that runs are compared by.
        scores: by every protocol.
    """

    told: dict[str, Any]
    scores: MethodScores


def eval_run(request: EvalRequest, *, track: Track = no_progress) -> EvalReport:
    """Score a trained method.

    Raises:
        GtaHeadError: no such run, or data that cannot be read or have no such split.
    """
    method = load_method(request.path, request.device)
    is_run = (request.path / "run.json").is_file()
    told = describe_run(read_run(request.path), method) if is_run else _describe_export(request.path, method)
    if request.data is None:
        images = _of_the_run(request, is_run=is_run, track=track)
    else:
        images = _of_data(request, request.data, track)
        told |= {"data": str(request.data)}
    scores = score_method(method, images)
    return EvalReport(told | {"split": request.split} | summary(scores), scores)


def _describe_export(path: Path, method: Method) -> dict[str, Any]:
    config = method.config
    told = {"run": str(path), "method": type(method).__name__.lower(), "loss": getattr(config, "loss", None)}
    parameters = sum(parameter.numel() for parameter in method.parameters())
    return told | {"seed": config.seed, "epochs": config.epochs, "parameters": parameters}


def _of_the_run(request: EvalRequest, *, is_run: bool, track: Track) -> Truths:
    if not is_run:
        raise ConfigError(f"{request.path}: is no folder of a run, so say on what to score it with --data")
    parts = read_run_parts(read_run(request.path), track=track)
    images = [*parts.train, *parts.val, *parts.test] if request.split == "all" else [*parts[request.split]]
    if not images:
        raise ConfigError(f"{request.path}: its run held out no pictures for {request.split}; take another --split")
    return labelled(parts, track(images, "scoring"))


def _of_data(request: EvalRequest, data: Path, track: Track) -> Truths:
    _, dataset = read_dataset(data, format_name=request.format_name, options=request.options)
    infos = [info for scene in dataset.scenes for info in scene.images]
    splits = {info.split for info in infos}
    wanted = None if request.split == "all" or splits == {None} else request.split
    chosen = [info for info in infos if wanted in {None, info.split}]
    if not chosen:
        there = ", ".join(sorted(map(str, splits))) or "no pictures"
        raise DatasetLayoutError(data, f"has no split {wanted!r} (found: {there}); say --split all or one of these")
    check_pictures(dataset, chosen)
    return _read(dataset, wanted, len(chosen), track)


def _read(dataset: Dataset, wanted: str | None, count: int, track: Track) -> Truths:
    images = (image for image in dataset if wanted in {None, image.info.split})
    for true in track(images, "scoring", count):
        yield read_image(dataset.root, true.info, dataset.compose), true
