"""Runs side by side in pictures: a row for each picture, and in it what each run was to learn, sees, and finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.evaluation.protocols import counted
from gta_head_tools.pictures import Picture
from gta_head_tools.progress import Track, no_progress
from training.base import Map
from training.compare import Row
from training.figure import PanelRow, Shown, draw_panels, target_map
from training.runs.checkpoint import load_method
from training.runs.run_folder import read_run_parts
from training.score import Truth
from training.train_run import labelled

Seen = list[tuple[Shown, Map | None]]
"""What a run makes of each picture, and what it was to learn."""


def draw_comparison(rows: Sequence[Row], *, device: str = "auto", track: Track = no_progress) -> Picture:
    """Panels of a few test pictures, with the first seed of each row.

    Args:
        rows: at least one.
        device: see `find_device`.
        track: sees every run go by.

    Raises:
        GtaHeadError: data or weights of a run cannot be read.
    """
    runs = [next(iter(row.runs.values())).run for row in rows]
    parts = read_run_parts(runs[0], track=track)
    shown = list(labelled(parts, choose_pictures(parts.test)))
    names = [(row.name, run.folder) for row, run in zip(rows, runs, strict=True)]
    seen = [_see(name, folder, shown, device) for name, folder in track(names, "drawing", len(names))]
    return draw_panels(_panels(shown, seen))


def _see(name: str, folder: Path, images: Sequence[Truth], device: str) -> Seen:
    method = load_method(folder, device)
    return [
        (Shown(name, method.predict(picture, maps=True), method.threshold), target_map(method, picture, true))
        for picture, true in images
    ]


def _panels(images: Sequence[Truth], seen: Sequence[Seen]) -> list[PanelRow]:
    """A row for each image; where runs learn different targets (a point, a Gaussian, a box), each shows its own."""
    rows = list(zip(images, zip(*seen, strict=True), strict=True))
    known = all(target is not None for _, runs in rows for _, target in runs)
    alike = known and all(_equal(target, runs[0][1]) for _, runs in rows for _, target in runs)
    found = []
    for (picture, true), runs in rows:
        shown = tuple(_with_target(each, target) if known and not alike else each for each, target in runs)
        found.append(PanelRow(true.info.name, picture, shown, heads=true, target=runs[0][1] if alike else None))
    return found


def _equal(target: Map | None, other: Map | None) -> bool:
    return target is not None and other is not None and np.array_equal(target, other)


def _with_target(shown: Shown, target: Map | None) -> Shown:
    own = {} if target is None else {"target": target}
    return replace(shown, prediction=replace(shown.prediction, maps={**own, **shown.prediction.maps}))


def choose_pictures(images: Sequence[ImageAnnotations]) -> list[ImageAnnotations]:
    """Of those with heads: the one with the fewest, the one in the middle, and the one with most."""
    counts = [len(counted(image)) for image in images]
    order = sorted(range(len(images)), key=lambda place: (counts[place], place))
    full = [place for place in order if counts[place]] or order
    return [images[full[place]] for place in sorted({0, len(full) // 2, len(full) - 1})]
