"""Scores of a trained method by every protocol, on the pictures its run held out or on another data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError
from gta_head_tools.pictures import Picture
from gta_head_tools.progress import Track, no_progress
from training.base import Method
from training.runs.checkpoint import load_method
from training.runs.run_folder import read_run, read_run_parts
from training.samples.picture_source import open_source
from training.score import MethodScores, score_method, summary
from training.train_run import describe_run, labelled

Truths = Iterator[tuple[Picture, ImageAnnotations]]
Split = Literal["test", "val", "train", "all"]


@dataclass(frozen=True, slots=True)
class EvalRequest:
    """What to score.

    Attributes:
        path: of a run, of an export or of weights.
        data: None = those of the run, and so are the parts of these where they are named.
        split: which pictures; of data without splits, all.
        format_name: of the data, None = detected.
        options: `key=value` options of that format.
        device: see `find_device`.
        skip_missing: leave out images of `data` without a picture.
    """

    path: Path
    data: Path | None = None
    split: Split = "test"
    format_name: str | None = None
    options: Sequence[str] = ()
    device: str = "auto"
    skip_missing: bool = False


@dataclass(frozen=True, slots=True)
class EvalReport:
    """Scores.

    Attributes:
        told: what was scored, and the scores that runs are compared by.
        scores: by every protocol.
        notes: what is worth telling of the data.
    """

    told: dict[str, Any]
    scores: MethodScores
    notes: tuple[str, ...] = ()


def eval_run(request: EvalRequest, *, track: Track = no_progress) -> EvalReport:
    """Score a trained method.

    Raises:
        GtaHeadError: no such run, or data that cannot be read or have no such split.
    """
    method = load_method(request.path, request.device)
    is_run = (request.path / "run.json").is_file()
    run = read_run(request.path) if is_run else None
    told = _describe_export(request.path, method) if run is None else describe_run(run, method)
    notes: tuple[str, ...] = ()
    # Of data that it was trained on, a run is never scored on more than it held out, however they are named.
    if request.data is None or (run is not None and request.data.resolve() == run.source):
        images = _of_the_run(request, is_run=is_run, track=track)
    else:
        images, notes = _of_data(request, request.data, track)
        told |= {"data": str(request.data)}
    scores = score_method(method, images)
    return EvalReport(told | {"split": request.split} | summary(scores), scores, notes)


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


def _of_data(request: EvalRequest, data: Path, track: Track) -> tuple[Truths, tuple[str, ...]]:
    split = None if request.split == "all" else request.split
    source = open_source(
        data,
        format_name=request.format_name,
        options=request.options,
        split=split,
        skip_missing=request.skip_missing,
    )
    if not source.heads_known:
        raise ConfigError(f"{data}: holds pictures alone, and scores need their true heads; give a data set")
    images = (pair for scene in source.dataset.scenes for pair in source.pictures(scene))
    return iter(track(images, "scoring", source.dataset.image_count)), source.notes
