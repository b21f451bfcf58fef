"""Scores of one data set's heads against another's: reading, joining, scoring, and a table of the images."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from converters.datasets.image_table import write_rows
from converters.files.pictures.pictures import size_from_picture
from converters.formats.coco.coco_records import IMAGE_FACT
from converters.formats.density import read_density
from converters.formats.density_maps import DENSITY_MAP
from converters.pairing import Paired, Pairing, check_sizes
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation.odd_boxes import OddBoxes, find_odd, put_right, tell_odd
from gta_head_tools.evaluation.protocols.protocol import Row, ScoreProtocol
from gta_head_tools.evaluation.protocols.registry import PROTOCOLS
from gta_head_tools.evaluation.protocols.sides import Side, counted, inside_roi, scores_of
from gta_head_tools.parallel import run
from gta_head_tools.progress import Track, no_progress

THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(20))
"""Scores from which predictions count, for the curve over them, where all scores lie within 0 and 1."""


@dataclass(frozen=True, slots=True)
class ScoreOptions:
    """How to score.

    Attributes:
        protocol: a name of `PROTOCOLS`.
        roi: only heads inside the region of interest of the true image count.
        thresholds: also score what has at least a score of 0, .05, ... .95; of scores beyond 0 and 1, of 20 even steps
            from the lowest to the highest.
    """

    protocol: str = "counting"
    roi: bool = False
    thresholds: bool = False

    @property
    def by(self) -> ScoreProtocol:
        """The protocol itself."""
        return PROTOCOLS[self.protocol]


@dataclass(frozen=True, slots=True)
class ImageScore:
    """One image.

    Attributes:
        place: its number in the pairing.
        path: of the true image, or of the predicted one where it is alone.
        scene: of that image.
        row: of the protocol.
        by_threshold: rows of what counts from each threshold on; empty when they are not asked for.
        blind: ignored heads whose share of a predicted density map counts: a map does not say whose its mass is.
        rank: by which images stand in the scores, where that counts: of predictions with equal scores, those of the
            earlier image come first. COCO orders images by their id, other data sets by their place.
        odd: boxes of either side that are odd, where the protocol uses boxes.
    """

    place: int
    path: str
    scene: str
    row: Row
    by_threshold: tuple[Row, ...] = ()
    blind: int = 0
    rank: int = 0
    odd: tuple[OddBoxes, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """Scores of a data set.

    Attributes:
        options: how it was scored.
        scores: of all images, as the protocol makes them.
        images: in the order of the truth.
        curve: threshold to the scores of what counts from there on; empty when they are not asked for.
        pairing: the images themselves.
    """

    options: ScoreOptions
    scores: Any
    images: tuple[ImageScore, ...]
    curve: dict[float, Any]
    pairing: Pairing

    @property
    def notes(self) -> tuple[str, ...]:
        """What scoring found worth telling."""
        blind = sum(image.blind for image in self.images)
        told = "what density maps predict there counts, because a map does not say whose its mass is"
        blind_note = (f"{blind} ignored heads are no part of the truth; {told}",) if blind else ()
        return (*blind_note, *tell_odd(odd for image in self.images for odd in image.odd))

    @property
    def keys(self) -> dict[str, Any]:
        """The scores by the names that programs know."""
        return self.options.by.score_keys(self.scores)


def evaluate(
    pairing: Pairing,
    options: ScoreOptions,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> ScoreReport:
    """The scores of predictions.

    Args:
        pairing: predictions and truth.
        options: how to score.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler to use instead.
        track: sees every image go by.

    Raises:
        ConfigError: a side lacks what the protocol needs.
        GtaHeadError: a file that cannot be read.
    """
    if options.thresholds and not options.by.has_thresholds:
        raise ConfigError(f"--thresholds: {options.protocol} runs over all scores already; take nwpu or counting")
    levels = _levels(pairing.predicted) if options.thresholds else ()
    score, groups = _Score(options, levels), pairing.groups(options.by.batch)
    done = itertools.chain.from_iterable(run(score, groups, jobs=jobs, cluster=cluster))
    images = sorted(track(done, "images", len(pairing.pairs)), key=lambda image: image.place)
    finish = options.by.finish
    ranked = sorted(images, key=lambda image: image.rank)
    curve = zip(*(image.by_threshold for image in ranked), strict=True)
    return ScoreReport(
        options,
        finish(image.row for image in ranked),
        tuple(images),
        dict(zip(levels, map(finish, curve), strict=False)),
        pairing,
    )


def _levels(predicted: Dataset) -> tuple[float, ...]:
    """The scores from which predictions count, one after the other: they span those that are there."""
    least, most = 0.0, 1.0
    for image in predicted:
        if len(image) and "score" in image.extra:
            scores = scores_of(image, "--thresholds")
            least, most = min(least, float(scores.min())), max(most, float(scores.max()))
    if (least, most) == (0.0, 1.0):
        return THRESHOLDS
    lowest = min((float(image.extra["score"].min()) for image in predicted if len(image)), default=0.0)
    return tuple(np.linspace(lowest, most, len(THRESHOLDS)).tolist())


def write_image_table(report: ScoreReport, file: Path) -> None:
    """Write a CSV with one line for each image.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    columns = report.options.by.image_columns
    write_rows(file, [{"image": image.path, "scene": image.scene, **columns(image.row)} for image in report.images])


@dataclass(frozen=True, slots=True)
class _Score:
    """Scores a part of the images; runs in worker processes."""

    options: ScoreOptions
    levels: tuple[float, ...] = ()

    def __call__(self, pairing: Pairing) -> list[ImageScore]:
        return [self._score(pair, pairing) for pair in pairing]

    def _score(self, pair: Paired, pairing: Pairing) -> ImageScore:
        predicted, true = as_scored(pair, pairing, self.options)
        update = self.options.by.update
        rows = (update(part, true) for part in self._by_threshold(predicted))
        info = pair.true.info
        blind = int(true.heads.ignore.sum()) if predicted.density is not None and true.density is None else 0
        number = info.facts.get(IMAGE_FACT, {}).get("id")
        rank = number if isinstance(number, int) else pair.place
        sides = (("predicted", counted(pair.predicted)), ("true", pair.true)) if self.options.by.uses_boxes else ()
        odd = tuple(found for side, heads in sides if (found := find_odd(heads, side)))
        row = update(predicted, true)
        return ImageScore(pair.place, info.path, info.scene, row, tuple(rows), blind, rank, odd)

    def _by_threshold(self, predicted: Side) -> Iterable[Side]:
        if not self.options.thresholds:
            return
        if predicted.density is not None:
            raise ConfigError(f"{predicted.heads.info.path}: --thresholds: a density map has no scores; leave it out")
        scores = scores_of(predicted.heads, "--thresholds")
        for threshold in self.levels:
            yield Side(predicted.heads.select(scores >= threshold))


def as_scored(pair: Paired, pairing: Pairing, options: ScoreOptions) -> tuple[Side, Side]:
    """Predictions and truth of an image: what counts, with its density map where it has one.

    Raises:
        ConfigError: a region of interest is asked for and the image has none, or its two pictures differ in size.
        DataFormatError: a map or picture that cannot be read.
    """
    predicted, true = put_right(counted(pair.predicted)), put_right(pair.true)
    if options.by.needs_size and not true.info.sized:
        true = true.replace(info=size_from_picture(true.info, pairing.true.root))
        if not predicted.info.sized:
            predicted = predicted.replace(info=size_from_picture(predicted.info, pairing.predicted.root))
    check_sizes(predicted.info, true.info)
    # Predicted densities are scored as they are, negative values included.
    found, there = (
        _side(predicted, pairing.predicted.root, negative=True),
        _side(true, pairing.true.root, negative=False),
    )
    return (inside_roi(found, there.heads), inside_roi(there, there.heads)) if options.roi else (found, there)


def _side(heads: ImageAnnotations, root: Path, *, negative: bool) -> Side:
    if DENSITY_MAP not in heads.info.facts:
        return Side(heads)
    info, density = read_density(root, heads.info, negative=negative)
    return Side(heads.replace(info=info), density)
