"""What predictions are worth against the truth: sections of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.evaluation.detection import BoxScores
from gta_head_tools.evaluation.keypoints import KeypointScores
from gta_head_tools.evaluation.localization import NwpuScores
from gta_head_tools.evaluation.map_quality import MapScores
from gta_head_tools.evaluation.protocols import PointScoresByDistance, Row, Scores
from gta_head_tools.evaluation.score_tables import (
    counts_in,
    counts_of,
    curve_table,
    score_tables,
)
from gta_head_tools.pictures import Picture
from gta_head_tools.report import score_plots
from gta_head_tools.report.page import Section
from gta_head_tools.report.parts import Html, beside, figure, joined, key_numbers, paragraph, picture_figure, table


@dataclass(frozen=True, slots=True)
class ScoredPicture:
    """An image with what was found in it drawn.

    Attributes:
        name: of the image.
        told: its numbers, in words.
        drawn: the picture.
    """

    name: str
    told: str
    drawn: Picture


def numbers_section(scores: Scores) -> Section:
    """The numbers that a paper would name."""
    counts = counts_of(scores)
    shown = {"images": f"{counts.images:,}", "heads": f"{counts.heads:,.0f}", "MAE": f"{counts.mae:.1f}"}
    shown["RMSE"] = f"{counts.rmse:.1f}"
    if isinstance(scores, NwpuScores):
        shown["F1, large radius"] = f"{scores.sigma_l.f1:.3f}"
        shown["F1, small radius"] = f"{scores.sigma_s.f1:.3f}"
    elif isinstance(scores, BoxScores):
        shown["AP"] = _told(scores.areas["all"].ap)
        shown["AP50"] = _told(scores.areas["all"].ap50)
    elif isinstance(scores, KeypointScores):
        shown["AP, 20 px"] = _told(scores.sigma_20.map)
    elif isinstance(scores, MapScores):
        shown["SSIM"] = f"{scores.ssim:.3f}"
    return Section("", key_numbers(shown))


def tables_section(scores: Scores) -> Section:
    """All scores."""
    tables = [table(told.columns, told.rows, caption=told.title) for told in score_tables(scores)]
    return Section("Scores", joined(tables))


def counts_section(rows: Sequence[Row]) -> Section:
    """Predicted against true counts, and the error by how dense the crowd is."""
    predicted, heads = np.array([counts_in(row) for row in rows], dtype=np.float64).T
    far = int(np.count_nonzero(np.abs(predicted - heads) > heads))
    counts = score_plots.draw_counts(
        heads, predicted, alt=f"Predicted over true counts of {len(rows)} images; {far} are off by more than the count"
    )
    errors = score_plots.draw_count_errors(heads, predicted, alt="Error of the count over the true count")
    shown = [
        figure(counts, caption="Every image; on the line, both counts are equal. Both scales are of ratios."),
        figure(
            errors,
            caption="Error by density of the crowd: below the line too few were predicted. Images without heads are "
            "left out; errors beyond the scale lie on its edge.",
        ),
    ]
    return Section("Counts", beside(shown))


def places_section(scores: Scores, precision: Mapping[str, NDArray[np.float64]]) -> Section | None:
    """Precision and recall by size or distance, where the protocol has them.

    Args:
        scores: of the data set.
        precision: of `nwpu`, by the level of the head that is nearest to a prediction: name of the radius to (6,).
    """
    if isinstance(scores, NwpuScores):
        return Section("Precision and recall by size", beside(_by_level(scores, precision)))
    if isinstance(scores, BoxScores):
        areas = {name: area for name, area in scores.areas.items() if name != "all"}
        series = {"AP": [area.ap for area in areas.values()], "AR": [area.ar for area in areas.values()]}
        names = [name.replace(" px", "") for name in areas]
        drawn = score_plots.draw_by_size(
            names, series, "AP and AR", alt="Average precision and recall by size of the box"
        )
        told = "Average precision and recall of boxes by the side, in pixels, of a square of their area."
        return Section("Precision and recall by size", beside([figure(drawn, caption=told)]))
    if isinstance(scores, PointScoresByDistance) and scores.distances is not None:
        return Section("Places", beside([_by_distance(scores)]))
    return None


def _by_level(scores: NwpuScores, precision: Mapping[str, NDArray[np.float64]]) -> list[Html]:
    levels = [f"A{level}\n{size}" for level, size in enumerate(("≤ 10", "≤ 100", "≤ 1k", "≤ 10k", "≤ 100k", "> 100k"))]
    recall = {"large radius": scores.sigma_l.levels, "small radius": scores.sigma_s.levels}
    return [
        figure(
            score_plots.draw_by_size(levels, recall, "recall", alt="Recall by size of the head"),
            caption="Recall: the share of the heads that was found, by area of their box in square pixels.",
        ),
        figure(
            score_plots.draw_by_size(
                levels,
                {name: values.tolist() for name, values in precision.items()},
                "precision",
                alt="Precision by size",
            ),
            caption="Precision: the share of the predictions that found a head. A false alarm has no size, and counts "
            "for that of the nearest head; in images without heads it is left out here.",
        ),
    ]


def _by_distance(scores: PointScoresByDistance) -> Html:
    assert scores.distances is not None
    curve = scores.distances.curve
    series = {name: [point[place] for point in curve] for place, name in enumerate(("precision", "recall", "F1"))}
    pixels = [float(distance) for distance in range(1, len(curve) + 1)]
    drawn = score_plots.draw_shares(pixels, series, "farthest from the head, pixels", alt="Shares found by distance")
    return figure(drawn, caption="How many predictions and heads find each other within so many pixels.")


def curve_section(curve: Mapping[float, Scores]) -> Section:
    """Scores by the threshold from which predictions count."""
    told = curve_table(curve)
    parts = [table(told.columns, told.rows, caption=told.title)]
    hits = [scores.sigma_l for scores in curve.values() if isinstance(scores, NwpuScores)]
    if hits:
        series = {
            "precision": [s.precision for s in hits],
            "recall": [s.recall for s in hits],
            "F1": [s.f1 for s in hits],
        }
        drawn = score_plots.draw_shares(list(curve), series, "least score that counts", alt="Scores by threshold")
        parts.insert(0, beside([figure(drawn, caption="Precision, recall and F1 at the large radius by threshold.")]))
    return Section("What the threshold does", joined(parts))


def worst_section(pictures: Sequence[ScoredPicture], lead: str) -> Section:
    """The worst images, drawn.

    Args:
        pictures: the worst first.
        lead: what they are, and what the marks mean.
    """
    shown = [picture_figure(p.drawn, alt=f"{p.name}: {p.told}", caption=f"{p.name}: {p.told}") for p in pictures]
    return Section("The worst images", joined([paragraph(lead), *shown]))


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
