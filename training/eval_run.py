"""Scores of a trained method by every protocol, on the pictures its run held out or on another data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError
from gta_head_tools.pictures import Picture
from gta_head_tools.progress import Track, no_progress
from training.runs.checkpoint import load_method
from training.runs.run_folder import Run, Split, find_run, images_of_split
from training.samples.picture_source import Source, open_source
from training.scores.score import MethodScores, score_method, summary
from training.train_run import describe_method, describe_run, labelled

Truths = Iterator[tuple[Picture, ImageAnnotations]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalRequest:
    """What to score.

    Attributes:
        path: of a run, an export or weights.
        data: None = those of the run. Where the data of the run are named, its own splits are used, too.
        split: which pictures; all of them in data without splits.
        format_name: of the data; None = detected.
        options: `key=value` options of that format.
        device: see `find_device`.
        skip_missing: leave out images without a picture.
        methods: that the user names, see `trusted_name`.
    """

    path: Path
    data: Path | None = None
    split: Split = "test"
    format_name: str | None = None
    options: Sequence[str] = ()
    device: str = "auto"
    skip_missing: bool = False
    methods: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class EvalReport:
    """Scores.

    Attributes:
        told: what was scored, and the scores that runs are compared by.
        scores: by every protocol.
        notes: on the data, for the user.
        unused: what is wrong with pictures that are left out because they cannot be used.
    """

    told: dict[str, Any]
    scores: MethodScores
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


def eval_run(request: EvalRequest, *, track: Track = no_progress) -> EvalReport:
    """Score a trained method.

    Raises:
        GtaHeadError: no such run, or data that cannot be read or have no such split.
    """
    method = load_method(request.path, request.device, methods=request.methods)
    run = find_run(request.path, request.methods)
    if run is None:
        told = describe_method(method, request.path, type(method).__name__.lower())
    else:
        told = describe_run(run, method)
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    # A run is scored only on what it held out, also when --data names the data it was trained on.
    if request.data is None or (run is not None and request.data.resolve() == run.source):
        images = _of_the_run(request, run, track)
    else:
        source = _open_data(request, request.data, track)
        pairs = (pair for scene in source.dataset.scenes for pair in source.pictures(scene))
        images = iter(track(pairs, "scoring", source.dataset.image_count))
        notes, unused = source.notes, source.unused
        told |= {"data": str(request.data)}
    scores = score_method(method, images)
    return EvalReport(told | {"split": request.split} | summary(scores), scores, notes, unused)


def _of_the_run(request: EvalRequest, run: Run | None, track: Track) -> Truths:
    if run is None:
        raise ConfigError(f"{request.path}: is no folder of a run, so say on what to score it with --data")
    skip = request.skip_missing
    splits, images = images_of_split(run, request.split, request.path, skip_missing=skip, track=track)
    return labelled(splits, track(images, "scoring"))


def _open_data(request: EvalRequest, data: Path, track: Track) -> Source:
    split = None if request.split == "all" else request.split
    source = open_source(
        data,
        format_name=request.format_name,
        options=request.options,
        split=split,
        skip_missing=request.skip_missing,
        track=track,
    )
    if not source.heads_known:
        raise ConfigError(f"{data}: holds pictures alone, and scores need their true heads; give a data set")
    return source
