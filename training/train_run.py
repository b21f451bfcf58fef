"""A run from settings to scores: train, choose the threshold, score the pictures held out, draw some of them.

`scores.json` is written last. The same call again continues a run that was stopped, and returns the scores of a
finished run without any work.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from converters.render_crowds import render_scenes
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError, DataFormatError
from gta_head_tools.pictures import Picture, write_png
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.synthesis.generate import CrowdSettings
from gta_head_tools.whole_files import write_text
from training.asked_settings import gather_settings, read_recipe
from training.base import Method
from training.catalogue import RECIPES, find_recipe
from training.config import TrainConfig, build_config
from training.figures.figure import FigureRow, draw_figure, show
from training.registry import DEFAULT, find_method
from training.runs.checkpoint import store_calibration
from training.runs.loop import check_startable, how_to_go_on, train
from training.runs.processes import hold_folder, is_main_process
from training.runs.run_folder import Run, default_run_folder, open_run
from training.samples.colours import change_pictures
from training.samples.data import Splits, read_splits, tell_once
from training.samples.splits import hash_of_heads
from training.scores.by_size import BySize
from training.scores.score import Truth, score_method, summary, validate_method

SMALL_RECIPE = RECIPES / "rendered_small.toml"
SMALL_DATA = Path("runs/rendered-data")
SMALL_CROWDS = CrowdSettings(
    scenes=36, images=5, people=(40, 300), negatives=0.05, size=(960, 540), seed=1, min_visible=0.3
)  # fmt: skip
"""The small set, where the user gives no data: six kinds of places six times; half a minute to render on one core."""
SHOWN = 4
"""Test pictures in the picture of a run."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """What to train.

    Attributes:
        data: folder or label file; None = the small set is rendered.
        method: its name, or `path/file.py:Class`; None = that of the recipe, else the first that is registered.
        loss: see `parse_loss`; None = that of the recipe or the method.
        recipe: file of settings, or name of one that ships; None = the method's defaults, or the small set's recipe.
        pairs: `key=value` settings.
        seed: None = that of the recipe.
        epochs: None = those of the recipe.
        out: folder of the run; None = named by method, loss and seed.
        format_name: of the data; None = detected.
        options: `key=value` options of that format.
        resume: auto continues a run that is in the folder, other-lr also with another learning rate, never refuses to.
        force: begin anew.
        device: see `find_device`.
        skip_missing: leave out images without a picture.
    """

    data: Path | None = None
    method: str | None = None
    loss: str | None = None
    recipe: Path | None = None
    pairs: Sequence[str] = ()
    seed: int | None = None
    epochs: int | None = None
    out: Path | None = None
    format_name: str | None = None
    options: Sequence[str] = ()
    resume: Literal["auto", "other-lr", "never"] = "auto"
    force: bool = False
    device: str = "auto"
    skip_missing: bool = False


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What a run came to.

    Attributes:
        run: the run and its folder.
        scores: as in `scores.json`.
        again: the run was finished before this call.
        seconds: that this call took.
    """

    run: Run
    scores: dict[str, Any]
    again: bool
    seconds: float = 0.0


def train_run(request: TrainRequest, *, track: Track = no_progress) -> TrainReport | None:
    """Train and score; None in all processes but the main one.

    Raises:
        GtaHeadError: settings or data that cannot be used, or another run in the folder.
        KeyboardInterrupt: Ctrl-C, with a note of how to continue.
    """
    name, config = choose_settings(request)
    kind = find_method(name)
    data = request.data or render_scenes(SMALL_DATA, SMALL_CROWDS, jobs=None, track=track).truth
    splits = read_splits(
        data,
        config,
        needs=kind.NEEDS,
        format_name=request.format_name,
        options=request.options,
        skip_missing=request.skip_missing,
        track=track,
    )
    _check_judged(config, splits)
    config = kind.prepare(splits.train, config)
    folder = _check_place(request, splits, name, config)
    with hold_folder(folder):
        other_rate = request.resume == "other-lr"
        run = open_run(folder, splits, method=name, config=config, force=request.force, other_rate=other_rate)
        return _continue(request, run, splits, track)


def _continue(request: TrainRequest, run: Run, splits: Splits, track: Track) -> TrainReport | None:
    start = time.monotonic()
    # With --force, scores.json may still be there in other processes: the main one may not have removed it yet.
    if run.finished and not request.force:
        return TrainReport(run, read_scores(run), True) if is_main_process() else None
    try:
        method = train(run, splits, device=request.device, validate=partial(_validate, splits), track=track)
        if not is_main_process():
            return None
        return replace(finish_run(run, splits, method, track=track), seconds=time.monotonic() - start)
    except KeyboardInterrupt as stop:
        if is_main_process():
            stop.add_note(how_to_go_on(run))
        raise


def choose_settings(request: TrainRequest) -> tuple[str, TrainConfig]:
    """Name of the method and its configuration.

    Raises:
        GtaHeadError: a recipe that cannot be read, or settings that do not fit.
    """
    recipe = {} if request.recipe is None else read_recipe(find_recipe(request.recipe))
    if request.recipe is None and request.data is None:
        small = read_recipe(SMALL_RECIPE)
        recipe = small if request.method in {None, small["method"]} else {}
    method, settings = gather_settings(
        recipe, method=request.method, loss=request.loss, pairs=request.pairs, seed=request.seed, epochs=request.epochs
    )
    name = method or DEFAULT
    config = build_config(find_method(name).Config, settings)
    idle = config.without_effect()
    for key in (key.replace("-", "_") for key in settings):
        if key in idle:
            tell_once(f"{key} = {getattr(config, key)} has no effect: {idle[key]}")
    return name, config


def _check_judged(config: TrainConfig, splits: Splits) -> None:
    asked = "keep = best" if config.keep == "best" else "schedule = plateau"
    if (config.keep == "best" or config.schedule == "plateau") and not splits.val:
        raise ConfigError(f"{asked}: needs pictures that are held out for validation, and val_share is 0")


def _check_place(request: TrainRequest, splits: Splits, name: str, config: TrainConfig) -> Path:
    """Folder of the run, in which it may begin or continue, as far as that can be known before anything is written."""
    folder = request.out or default_run_folder(name, config)
    if request.resume == "never" and not request.force and (folder / "run.json").exists():
        raise ConfigError(f"{folder}: a run is there already; choose another --out, or say --force to begin anew")
    if request.force or not (folder / "checkpoint.pt").is_file():
        # Validate before the folder is made or cleared, so that a refused run neither blocks nor overwrites another.
        check_startable(name, config, len(splits.train), request.device)
    return folder


def _validate(splits: Splits, method: Method, epoch: int) -> Mapping[str, float]:
    """Scores on the validation split in the course of a training."""
    return {"epoch": epoch} | validate_method(method, _to_validate(splits, method, splits.val)) if splits.val else {}


def labelled(splits: Splits, images: Iterable[ImageAnnotations]) -> Iterator[Truth]:
    """Pictures, read one by one, with their heads."""
    return ((splits.read(image.info), image) for image in images)


def _to_validate(splits: Splits, method: Method, images: Iterable[ImageAnnotations]) -> Iterator[Truth]:
    """Pictures of the validation split, changed where the settings ask for that, with their heads."""
    found = labelled(splits, images)
    return change_pictures(found, method.config) if method.config.change_val else found


def finish_run(run: Run, splits: Splits, method: Method, *, track: Track = no_progress) -> TrainReport:
    """Choose the threshold, score the test split and write both.

    Raises:
        DataFormatError: a picture cannot be read.
        DatasetLayoutError: the folder of the run cannot be written.
    """
    scores = describe_run(run, method)
    if splits.val:
        seen = track(splits.val, "choosing the threshold")
        found = validate_method(method, _to_validate(splits, method, seen))
        store_calibration(run.checkpoint, method)
        scores |= {f"val_{name}": value for name, value in found.items() if name != "threshold"}
    elif method.score_threshold is not None:
        _log.warning("no pictures to choose a threshold on (val_share=0): candidates above %g count", method.threshold)
    if type(method).conclude is not Method.conclude:
        method.conclude(labelled(splits, track(splits.train, "fitting")))
        store_calibration(run.checkpoint, method)
    scores |= {"threshold": method.score_threshold}
    if splits.test:
        scores |= summary(score_method(method, labelled(splits, track(splits.test, "scoring"))))
        scores |= {"test_sha256": hash_of_heads(splits.test)}
        write_png(run.picture, draw_some(method, splits, scores))
    else:
        _log.warning("no pictures to score (test_share=0)")
    write_text(run.scores, json.dumps(scores, indent=1) + "\n")
    return TrainReport(run, scores, False)


def describe_run(run: Run, method: Method) -> dict[str, Any]:
    """A run, under the names that programs know."""
    return describe_method(method, run.folder, run.method) | {"data": str(run.source)}


def describe_method(method: Method, place: Path, name: str) -> dict[str, Any]:
    """A trained method, under the names that programs know.

    Args:
        method: with its weights.
        place: folder or file that it was loaded from.
        name: of the method.
    """
    config = method.config
    found = {"run": str(place), "method": name, "loss": getattr(config, "loss", None)}
    parameters = sum(parameter.numel() for parameter in method.parameters())
    return found | {"seed": config.seed, "epochs": config.epochs, "parameters": parameters}


def read_scores(run: Run) -> dict[str, Any]:
    """The scores of a finished run.

    Raises:
        DataFormatError: they cannot be read.
    """
    try:
        found = json.loads(run.scores.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataFormatError(
            run.scores, f"cannot be read ({error}); remove it and train on to have it anew"
        ) from error
    if not isinstance(found, dict) or not found.keys() >= {"method", "loss", "seed", "epochs", "threshold"}:
        raise DataFormatError(run.scores, "holds no scores; remove it and train on to have it anew")
    return found | {"run": str(run.folder)}


def draw_some(method: Method, splits: Splits, scores: Mapping[str, Any]) -> Picture:
    """A figure of some test pictures, spread evenly, and of the scores by size."""
    places = np.unique(np.linspace(0, len(splits.test) - 1, SHOWN).round().astype(int)).tolist()
    images = labelled(splits, [splits.test[place] for place in places])
    return draw_figure(
        [FigureRow(true.info.name, picture, (show(method, picture, true),), true) for picture, true in images],
        sizes={"predicted": BySize.of([scores])},
    )
