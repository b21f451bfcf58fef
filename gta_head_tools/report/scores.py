"""Scores of predictions against the truth: sections of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gta_head_tools.evaluation.protocols.protocol import Row, ScoreProtocol, Scores
from gta_head_tools.pictures import Picture
from gta_head_tools.report.markup import beside, figure, joined, key_numbers, paragraph, picture_figure, table
from gta_head_tools.report.page import Section
from gta_head_tools.report.score_plots import draw_count_errors, draw_counts, draw_shares


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


def numbers_section(protocol: ScoreProtocol, scores: Scores) -> Section:
    """The numbers that a paper would name."""
    counts = scores.counts
    shown = {"images": f"{counts.images:,}", "heads": f"{counts.heads:,.0f}", "MAE": f"{counts.mae:.1f}"}
    shown["RMSE"] = f"{counts.rmse:.1f}"
    return Section("", key_numbers({**shown, **protocol.headline(scores)}))


def tables_section(protocol: ScoreProtocol, scores: Scores) -> Section:
    """All scores."""
    tables = [table(told.columns, told.rows, caption=told.title) for told in protocol.tables(scores)]
    return Section("Scores", joined(tables))


def counts_section(rows: Sequence[Row]) -> Section:
    """Predicted against true counts, and the error by how dense the crowd is."""
    predicted, heads = np.array([(row.predicted, row.heads) for row in rows], dtype=np.float64).T
    far = int(np.count_nonzero(np.abs(predicted - heads) > heads))
    counts = draw_counts(
        heads, predicted, alt=f"Predicted over true counts of {len(rows)} images; {far} are off by more than the count"
    )
    errors = draw_count_errors(heads, predicted, alt="Error of the count over the true count")
    shown = [
        figure(counts, caption="Every image; on the line, both counts are equal. Both scales are of ratios."),
        figure(
            errors,
            caption="Error by density of the crowd: below the line too few were predicted. Images without heads are "
            "left out; errors beyond the scale lie on its edge.",
        ),
    ]
    return Section("Counts", beside(shown))


def places_section(protocol: ScoreProtocol, scores: Scores, details: Sequence[Any]) -> Section | None:
    """Precision and recall by size or distance, where the protocol has them.

    Args:
        protocol: by which the scores were made.
        scores: of the data set.
        details: what its `detail` gives for the images.
    """
    title, plots = protocol.plots(scores, details)
    drawn = [figure(draw_shares(plot), caption=plot.caption) for plot in plots]
    return Section(title, beside(drawn)) if drawn else None


def curve_section(protocol: ScoreProtocol, curve: Mapping[float, Scores]) -> Section:
    """Scores by the threshold from which predictions count."""
    told = protocol.curve_table(curve)
    drawn = [figure(draw_shares(plot), caption=plot.caption) for plot in protocol.threshold_plots(curve)]
    shown = table(told.columns, told.rows, caption=told.title)
    return Section("What the threshold does", joined([beside(drawn), shown] if drawn else [shown]))


def worst_section(pictures: Sequence[ScoredPicture], lead: str) -> Section:
    """The worst images, drawn.

    Args:
        pictures: the worst first.
        lead: what they are, and what the marks mean.
    """
    shown = [picture_figure(p.drawn, alt=f"{p.name}: {p.told}", caption=f"{p.name}: {p.told}") for p in pictures]
    return Section("The worst images", joined([paragraph(lead), *shown]))
