"""Runs side by side in pictures: a row for each picture, and in it the target, the maps and the peaks of each run.

Below them the scores of each run by the size of heads. The time that each run takes is measured on these pictures.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.evaluation.protocols.sides import counted
from gta_head_tools.pictures import Picture
from gta_head_tools.progress import Track, no_progress
from training.base import Method
from training.figures.figure import FigureRow, Shown, draw_figure, show
from training.runs.checkpoint import load_method
from training.runs.run_folder import read_run_splits
from training.scores.compare import Row
from training.train_run import labelled


def draw_comparison(
    rows: Sequence[Row], *, device: str = "auto", track: Track = no_progress
) -> tuple[Picture, Mapping[str, float]]:
    """A figure of a few test pictures with the first seed of each row, and of the scores by size, over all seeds.

    Args:
        rows: at least one.
        device: see `find_device`.
        track: sees every run go by.

    Returns:
        The figure, and by name of the row the pictures that its network predicts in a second, one at a time.

    Raises:
        GtaHeadError: data or weights of a run cannot be read.
    """
    runs = [next(iter(row.runs.values())).run for row in rows]
    splits = read_run_splits(runs[0], track=track)
    images = list(labelled(splits, choose_pictures(splits.test)))
    shown: list[list[Shown]] = []
    speeds: dict[str, float] = {}
    for row, run in track(list(zip(rows, runs, strict=True)), "drawing"):
        method = load_method(run.folder, device, methods=[run.method])
        shown.append([show(method, picture, true, name=row.name) for picture, true in images])
        speeds[row.name] = pictures_per_second(method, [picture for picture, _ in images])
    figure = draw_figure(
        [
            FigureRow(true.info.name, picture, of_picture, true)
            for (picture, true), of_picture in zip(images, zip(*shown, strict=True), strict=True)
        ],
        sizes={row.name: row.by_size for row in rows},
    )
    return figure, speeds


def pictures_per_second(method: Method, pictures: Sequence[Picture]) -> float:
    """How many of these pictures a method predicts in a second, one at a time; it has predicted them before.

    A prediction ends with numbers in main memory, so that the work of a GPU is done when the clock stops.
    """
    start = time.perf_counter()
    for picture in pictures:
        method.predict(picture)
    return len(pictures) / (time.perf_counter() - start)


def choose_pictures(images: Sequence[ImageAnnotations]) -> list[ImageAnnotations]:
    """Of the pictures with heads: the one with the fewest, the one in the middle, and the one with the most."""
    counts = [len(counted(image)) for image in images]
    order = sorted(range(len(images)), key=lambda place: (counts[place], place))
    full = [place for place in order if counts[place]] or order
    return [images[full[place]] for place in sorted({0, len(full) // 2, len(full) - 1})]
