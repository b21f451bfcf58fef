"""The page that `ghtools evaluate --report` writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from converters.evaluate import ImageScore, ScoreReport, as_scored
from converters.files.pictures.pictures import has_picture, read_image
from converters.match_overlays import picture_side
from converters.pairing import Paired
from gta_head_tools import __version__
from gta_head_tools.errors import ConfigError, DataFormatError
from gta_head_tools.evaluation.protocols.sides import Side
from gta_head_tools.overlays.match_overlay import draw_both, draw_matching
from gta_head_tools.pictures import Picture
from gta_head_tools.report import scores as sections
from gta_head_tools.report.page import Section, build_page
from gta_head_tools.whole_files import write_text

WORST = 6
_WIDEST = 1600
"""Pixels across, of a picture in the page."""


def write_page(report: ScoreReport, file: Path, *, names: tuple[str, str]) -> tuple[str, ...]:
    """Write the report of an evaluation; what is wrong with pictures that could not be shown in it.

    Args:
        report: the scores.
        file: to write.
        names: of the predictions and of the truth.

    Raises:
        DatasetLayoutError: the place cannot be written.
        GtaHeadError: a label file cannot be read.
    """
    worst, unused = _worst(report)
    protocol, rows = report.options.by, [image.row for image in report.images]
    found = [
        sections.numbers_section(protocol, report.scores),
        sections.counts_section(rows),
        sections.places_section(protocol, report.scores, _details(report)),
        sections.curve_section(protocol, report.curve) if report.curve else None,
        worst,
        sections.tables_section(protocol, report.scores),
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
    return unused


def _details(report: ScoreReport) -> list[Any]:
    """What the plots of the protocol need of the images beyond their rows."""
    detail = report.options.by.detail
    if detail is None:
        return []
    return [detail(*as_scored(pair, report.pairing, report.options)) for pair in report.pairing]


def _worst(report: ScoreReport) -> tuple[Section | None, tuple[str, ...]]:
    """The section of the images with the most errors, among those with a picture, and the pictures it lacks."""
    side = picture_side(report.pairing)
    there = {info.path for scene in side.scenes for info in scene.images if has_picture(side, info)}
    if not there:
        return None, ()
    ranked = sorted(report.images, key=lambda image: (-_errors(report, image), image.place))
    on_truth = int(side is report.pairing.true)
    pictured = [image for image in ranked if report.pairing.pairs[image.place][on_truth] in there][:WORST]
    pairs = {pair.place: pair for pair in report.pairing.only(image.place for image in pictured)}
    shown: list[sections.ScoredPicture] = []
    unused: list[str] = []
    for image in pictured:
        try:
            picture = _picture(report, pairs[image.place])
        except DataFormatError as error:
            unused.append(str(error))
            continue
        shown.append(_drawn(report, image, pairs[image.place], picture))
    return (sections.worst_section(shown, _words(report)) if shown else None), tuple(unused)


def _errors(report: ScoreReport, image: ImageScore) -> float:
    """How bad an image is: heads missed and falsely predicted, or else the error of its count."""
    mistakes = report.options.by.mistakes
    return abs(image.row.predicted - image.row.heads) if mistakes is None else mistakes(image.row)


def _words(report: ScoreReport) -> str:
    counts_only = report.options.by.mistakes is None
    worst = "the largest error of the count" if counts_only else "the most heads missed or falsely predicted"
    return (
        f"Of the images with a picture, those with {worst}. Where heads have a size: green circles are heads found, "
        "with a line to the prediction; red circles with ticks are missed; magenta crosses are false. Circles have the "
        "radius within which a prediction counts (sigma_l). Where they have none: blue rings are heads, yellow crosses "
        "predictions."
    )


def _picture(report: ScoreReport, pair: Paired) -> Picture:
    side = picture_side(report.pairing)
    info = pair.true.info if side is report.pairing.true else pair.predicted.info
    return read_image(side.root, info, side.compose)


def _drawn(report: ScoreReport, image: ImageScore, pair: Paired, picture: Picture) -> sections.ScoredPicture:
    predicted, true = as_scored(pair, report.pairing, report.options)
    told = f"{image.row.predicted:,.10g} predicted, {image.row.heads:,.10g} true"
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
