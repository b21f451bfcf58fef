"""The page that `ghtools evaluate --report` writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from converters.evaluate import as_scored
from converters.files.pictures import has_picture
from converters.match_overlays import picture_side
from gta_head_tools import __version__
from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation.head_sizes import LEVELS, annotated_heads, nearest_levels
from gta_head_tools.evaluation.localization import NwpuScores, match_image
from gta_head_tools.evaluation.score_tables import counts_in, image_columns
from gta_head_tools.files import write_text
from gta_head_tools.overlays.match_overlay import draw_both, draw_matching
from gta_head_tools.pictures import Picture, read_picture
from gta_head_tools.report import scores as sections
from gta_head_tools.report.page import Section, build_page

if TYPE_CHECKING:
    from converters.evaluate import ImageScore, ScoreReport
    from converters.pairing import Paired
    from gta_head_tools.evaluation.protocols import Side

WORST = 6
_WIDEST = 1600
"""Pixels across, of a picture in the page."""


def write_page(report: ScoreReport, file: Path, *, names: tuple[str, str]) -> None:
    """Write the report of an evaluation.

    Args:
        report: the scores.
        file: to write.
        names: of the predictions and of the truth.

    Raises:
        DatasetLayoutError: the place cannot be written.
        GtaHeadError: a picture cannot be read.
    """
    rows = [image.row for image in report.images]
    found = [
        sections.numbers_section(report.scores),
        sections.counts_section(rows),
        sections.places_section(report.scores, _precision(report)),
        sections.curve_section(report.curve) if report.curve else None,
        _worst(report),
        sections.tables_section(report.scores),
    ]
    lead = f"{names[0]} against {names[1]}, by the protocol {report.options.protocol}."
    lead += " Only heads inside the regions of interest count." if report.options.roi else ""
    page = build_page(
        "Predicted heads against true ones",
        lead,
        [section for section in found if section is not None],
        foot=f"Made by ghtools {__version__} (`ghtools evaluate`).",
    )
    write_text(file, page)


def _precision(report: ScoreReport) -> dict[str, NDArray[np.float64]]:
    """Precision at both radii by the size of the nearest head."""
    if not isinstance(report.scores, NwpuScores):
        return {}
    hits, alarms = np.zeros((2, 2, LEVELS))
    for pair in report.pairing:
        predicted, true = as_scored(pair, report.pairing, report.options)
        heads, points = annotated_heads(true.heads), predicted.heads.points
        for radius, reach in enumerate((heads.sigma_l, heads.sigma_s)):
            matching = match_image(points, heads, reach)
            hits[radius] += np.bincount(heads.levels[matching.holder >= 0], minlength=LEVELS)
            near = nearest_levels(points[matching.false_alarm], heads)
            alarms[radius] += np.bincount(near, minlength=LEVELS)
    total = hits + alarms
    shares = np.divide(hits, total, out=np.full_like(hits, np.nan), where=total > 0)
    return {"large radius": shares[0], "small radius": shares[1]}


def _worst(report: ScoreReport) -> Section | None:
    """The images with the most errors, of those with a picture."""
    side = picture_side(report.pairing)
    there = {info.path for scene in side.scenes for info in scene.images if has_picture(side, info)}
    if not there:
        return None
    ranked = sorted(report.images, key=lambda image: (-_errors(image), image.place))
    on_truth = int(side is report.pairing.true)
    pictured = [image for image in ranked if report.pairing.pairs[image.place][on_truth] in there][:WORST]
    pairs = {pair.place: pair for pair in report.pairing.only(image.place for image in pictured)}
    shown = [_drawn(report, image, pairs[image.place]) for image in pictured]
    return sections.worst_section(shown, _words(report))


def _errors(image: ImageScore) -> float:
    """How bad an image is: heads missed and falsely predicted, else the error of its count."""
    told = image_columns(image.row)
    for name in ("_sigma_l", "_sigma_20", "_50"):
        if f"fp{name}" in told:
            return float(str(told[f"fp{name}"])) + float(str(told[f"fn{name}"]))
    predicted, heads = counts_in(image.row)
    return abs(predicted - heads)


def _words(report: ScoreReport) -> str:
    counted = report.options.protocol in {"counting", "density"}
    worst = "the largest error of the count" if counted else "the most heads missed or falsely predicted"
    return (
        f"Of the images with a picture, those with {worst}. Where heads have a size: green circles are heads found, "
        "with a line to the prediction; red circles with ticks are missed; magenta crosses are false. Circles have the "
        "radius within which a prediction counts (sigma_l). Where they have none: blue rings are heads, yellow crosses "
        "predictions."
    )


def _drawn(report: ScoreReport, image: ImageScore, pair: Paired) -> sections.ScoredPicture:
    side = picture_side(report.pairing)
    info = pair.true.info if side is report.pairing.true else pair.predicted.info
    path = side.root / info.path
    build = side.compose(side.root, info) if side.compose is not None and not path.is_file() else None
    picture = read_picture(path) if build is None else build()
    predicted, true = as_scored(pair, report.pairing, report.options)
    counts = counts_in(image.row)
    told = f"{counts[0]:,.10g} predicted, {counts[1]:,.10g} true"
    return sections.ScoredPicture(image.path, told, _narrowed(_drawing(picture, predicted, true)))


def _drawing(picture: Picture, predicted: Side, true: Side) -> Picture:
    try:
        return draw_matching(picture, predicted.heads, true.heads)
    except ConfigError:  # Heads without a size cannot be matched.
        return draw_both(picture, predicted.heads, true.heads)


def _narrowed(picture: Picture) -> Picture:
    from PIL import Image

    if picture.shape[1] <= _WIDEST:
        return picture
    height = round(picture.shape[0] * _WIDEST / picture.shape[1])
    return np.asarray(Image.fromarray(picture).resize((_WIDEST, height), Image.Resampling.LANCZOS))
