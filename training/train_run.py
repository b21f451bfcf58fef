"""A run from settings to scores: train, choose the threshold, score the pictures held out, draw some of them.

`scores.json` is written last. The same call again goes on where it was stopped, and gives the scores of a finished run
without any work.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError, DataFormatError
from gta_head_tools.files import write_text
from gta_head_tools.pictures import Picture, write_png
from gta_head_tools.progress import Track, no_progress
from training.base import Method
from training.catalogue import RECIPES, find_recipe
from training.config import TrainConfig, build_config, gather_settings, read_recipe
from training.figure import PanelRow, Shown, draw_panels, target_map
from training.registry import find_method
from training.runs.checkpoint import store_threshold
from training.runs.loop import check_startable, how_to_go_on, train
from training.runs.processes import hold_folder, is_main_process
from training.runs.run_folder import PICTURE, Run, default_run_folder, open_run
from training.samples.data import Parts, read_parts
from training.samples.splits import hash_of_heads
from training.score import score_method, summary, tune_threshold
from training.small_data import small_data

SMALL_RECIPE = RECIPES / "rendered_small.toml"
SMALL_DATA = Path("runs/rendered-data")
"""What is trained on, and how, where nobody says on what."""
SHOWN = 4
"""Test pictures in the picture of a run."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What to train.

    Attributes:
        data: folder or label file, None = a small set that is rendered.
        method: its name, or `path/file.py:Class`; None = that of the recipe, else centernet.
        loss: see `parse_loss`; None = that of recipe or method.
        recipe: file of settings, or name of one that ships; None = the method's own, or that of the small set.
        pairs: `key=value` settings.
        seed: None = that of the recipe.
        epochs: None = those of the recipe.
        out: folder of the run, None = by method, loss and seed.
        format_name: of the data, None = detected.
        options: `key=value` options of that format.
        resume: auto goes on with a run that is there, never refuses to.
        force: begin anew.
        device: see `find_device`.
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
    resume: Literal["auto", "never"] = "auto"
    force: bool = False
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What a run came to.

    Attributes:
        run: and its folder.
        scores: as in `scores.json`.
        again: it was finished before.
        picture: of some predictions.
        seconds: that this call took.
    """

    run: Run
    scores: dict[str, Any]
    again: bool
    picture: Path
    seconds: float = 0.0


def train_run(request: TrainRequest, *, track: Track = no_progress) -> TrainReport | None:
    """Train and score; None in all processes but the main one.

    Raises:
        GtaHeadError: settings or data that cannot be used, or another run in the folder.
        KeyboardInterrupt: Ctrl-C, with a note of how to go on.
    """
    name, config = choose_settings(request)
    kind = find_method(name)
    data = small_data(SMALL_DATA, track=track) if request.data is None else request.data
    parts = read_parts(
        data, config, needs=kind.NEEDS, format_name=request.format_name, options=request.options, track=track
    )
    folder = _check_place(request, parts, name, config)
    with hold_folder(folder):
        run = open_run(folder, parts, method=name, config=config, force=request.force)
        return _go_on(request, run, parts, track)


def _go_on(request: TrainRequest, run: Run, parts: Parts, track: Track) -> TrainReport | None:
    start = time.monotonic()
    if run.finished and not request.force:  # Forced, it may be that the main process has not cleared it away yet.
        return TrainReport(run, read_scores(run), True, run.folder / PICTURE) if is_main_process() else None
    try:
        method = train(run, parts, device=request.device, validate=_Validate(parts), track=track)
        if not is_main_process():
            return None
        return replace(finish_run(run, parts, method, track=track), seconds=time.monotonic() - start)
    except KeyboardInterrupt as stop:
        if is_main_process():
            stop.add_note(how_to_go_on(run))
        raise


def choose_settings(request: TrainRequest) -> tuple[str, TrainConfig]:
    """Name of the method and its configuration.

    Raises:
        GtaHeadError: a recipe that cannot be read, or settings that do not fit.
    """
    file = request.recipe
    if file is None and request.data is None and request.method in {None, "centernet"}:
        file = SMALL_RECIPE
    recipe = {} if file is None else read_recipe(find_recipe(file))
    method, settings = gather_settings(
        recipe, method=request.method, loss=request.loss, pairs=request.pairs, seed=request.seed, epochs=request.epochs
    )
    name = method or "centernet"
    return name, build_config(find_method(name).Config, settings)


def _check_place(request: TrainRequest, parts: Parts, name: str, config: TrainConfig) -> Path:
    """Folder of the run, in which it may begin or go on as far as that can be known before anything is written."""
    folder = request.out or default_run_folder(name, config)
    if request.resume == "never" and not request.force and (folder / "run.json").exists():
        raise ConfigError(f"{folder}: a run is there already; choose another --out, or say --force to begin anew")
    if request.force or not (folder / "checkpoint.pt").is_file():
        # What cannot be trained must leave no trace: no run that is in the way of the next, none that is lost.
        check_startable(name, config, len(parts.train), request.device)
    return folder


@dataclass(frozen=True, slots=True)
class _Validate:
    """Scores on the validation part in the course of a training."""

    parts: Parts

    def __call__(self, method: Method, epoch: int) -> Mapping[str, float]:
        choice = tune_threshold(method, labelled(self.parts, self.parts.val)) if self.parts.val else None
        return {} if choice is None else {"epoch": epoch, "mae": choice.mae, "threshold": choice.threshold}


def labelled(parts: Parts, images: Iterable[ImageAnnotations]) -> Iterator[tuple[Picture, ImageAnnotations]]:
    """Pictures, read one by one, with their heads."""
    return ((parts.read(image.info), image) for image in images)


def finish_run(run: Run, parts: Parts, method: Method, *, track: Track = no_progress) -> TrainReport:
    """Choose the threshold, score the test part and write both.

    Raises:
        DataFormatError: a picture cannot be read.
        DatasetLayoutError: the folder of the run cannot be written.
    """
    told = describe_run(run, method)
    if parts.val:
        choice = tune_threshold(method, labelled(parts, track(parts.val, "choosing the threshold")))
        if choice is not None:
            store_threshold(run.checkpoint, choice.threshold)
            told |= {"val_mae": choice.mae}
    else:
        _log.warning("no pictures to choose a threshold on (val_share=0): candidates above %g count", method.threshold)
    told |= {"threshold": method.threshold}
    if parts.test:
        told |= summary(score_method(method, labelled(parts, track(parts.test, "scoring"))))
        told |= {"test_sha256": hash_of_heads(parts.test)}
        write_png(run.folder / PICTURE, draw_some(method, parts))
    else:
        _log.warning("no pictures to score (test_share=0)")
    write_text(run.scores, json.dumps(told, indent=1) + "\n")
    return TrainReport(run, told, False, run.folder / PICTURE)


def describe_run(run: Run, method: Method) -> dict[str, Any]:
    """What a run is, under the names that programs know."""
    config = run.config
    loss = getattr(config, "loss", None)
    parameters = sum(parameter.numel() for parameter in method.parameters())
    told = {"run": str(run.folder), "method": run.method, "loss": loss, "seed": config.seed, "epochs": config.epochs}
    return told | {"parameters": parameters, "data": str(run.source)}


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


def draw_some(method: Method, parts: Parts) -> Picture:
    """Panels of some test pictures, spread evenly."""
    places = np.unique(np.linspace(0, len(parts.test) - 1, SHOWN).round().astype(int)).tolist()
    rows = []
    for picture, true in labelled(parts, [parts.test[place] for place in places]):
        prediction = method.predict(picture, maps=True)
        target = target_map(method, picture, true)
        shown = (Shown("predicted", prediction, method.threshold),)
        rows.append(PanelRow(true.info.name, picture, shown, heads=true, target=target))
    targets = [row.target for row in rows]
    if any(target is None for target in targets):
        rows = [PanelRow(row.name, row.picture, row.runs, row.heads) for row in rows]
    return draw_panels(rows)
