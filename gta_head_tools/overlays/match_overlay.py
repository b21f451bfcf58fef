"""What a scorer sees: predictions and true heads on a grey picture, matched as NWPU-Crowd matches them.

Found heads are green circles with a line to the prediction that found them; missed ones are red circles with four
ticks; false alarms are magenta crosses. Circles have the radius sigma_l, within which a head is found. What lies at an
ignored head counts for nothing and is grey. Shapes differ as much as colours.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations, Points
from gta_head_tools.evaluation.head_sizes import annotated_heads
from gta_head_tools.evaluation.localization import match_image, ratios
from gta_head_tools.evaluation.protocols.sides import counted
from gta_head_tools.overlays.legend import Entry, draw_legend
from gta_head_tools.overlays.marks import (
    Colour,
    Corners,
    draw_crosses,
    draw_rings,
    draw_strokes,
    draw_ticks,
    line_width,
    mark_reach,
    middles,
    toned_down,
)
from gta_head_tools.pictures import Picture

FOUND: Colour = (60, 225, 120)
MISSED: Colour = (255, 75, 60)
FALSE_ALARM: Colour = (255, 130, 255)
PASSED: Colour = (185, 185, 190)
TRUE: Colour = (90, 200, 255)
PREDICTED: Colour = (255, 190, 60)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Matched:
    """The heads and predictions of an image, by whether they were matched.

    Attributes:
        found: (T, 2) heads that were found.
        reach: (T,) their radii.
        finders: (T, 2) the predictions that found them.
        missed: (M, 2) heads that were not.
        missed_reach: (M,) their radii.
        false_alarms: (F, 2) predictions that found none.
        passed: (I, 2) ignored heads, and predictions that lie at one.
    """

    found: Points
    reach: NDArray[np.float64]
    finders: Points
    missed: Points
    missed_reach: NDArray[np.float64]
    false_alarms: Points
    passed: Points

    @property
    def counts(self) -> tuple[int, int, int]:
        """TP, FP and FN of the image."""
        return len(self.found), len(self.false_alarms), len(self.missed)


def match_at_large_radius(predicted: ImageAnnotations, true: ImageAnnotations) -> Matched:
    """Predictions and heads matched at sigma_l; ignored predictions are left out.

    Raises:
        ConfigError: a true head has neither a box nor radii.
    """
    points, heads = counted(predicted).points, annotated_heads(true)
    matching = match_image(points, heads, heads.sigma_l)
    found = matching.holder >= 0
    missed = ~found & ~heads.ignore
    excused = ~matching.false_alarm
    excused[matching.holder[found]] = False
    return Matched(
        found=heads.points[found],
        reach=heads.sigma_l[found],
        finders=points[matching.holder[found]],
        missed=heads.points[missed],
        missed_reach=heads.sigma_l[missed],
        false_alarms=points[matching.false_alarm],
        passed=np.concatenate([heads.points[heads.ignore], points[excused]]),
    )


def draw_matching(picture: Picture, predicted: ImageAnnotations, true: ImageAnnotations) -> Picture:
    """A grey copy of the picture with the matching and, in a corner, the counts and scores of this image.

    Args:
        picture: (H, W, 3) uint8 RGB.
        predicted: heads.
        true: heads, with boxes or radii.

    Raises:
        ConfigError: a true head has neither a box nor radii.
    """
    matched = match_at_large_radius(predicted, true)
    drawn, unit = toned_down(picture), line_width(picture)
    arm = mark_reach(picture, len(predicted) + len(true))
    draw_crosses(drawn, matched.passed, arm / 2, PASSED, unit)
    draw_rings(drawn, matched.found, matched.reach, FOUND, unit)
    draw_strokes(drawn, matched.found, matched.finders, FOUND, 2 * unit)
    draw_rings(drawn, matched.missed, matched.missed_reach, MISSED, unit)
    draw_ticks(drawn, matched.missed, matched.missed_reach, MISSED, unit)
    draw_crosses(drawn, matched.false_alarms, arm, FALSE_ALARM, unit)
    tp, fp, fn = matched.counts
    marks = [
        Entry(f"{tp} found (TP)", functools.partial(_ring_icon, colour=FOUND, unit=unit)),
        Entry(f"{fn} missed (FN)", functools.partial(_ring_icon, colour=MISSED, unit=unit)),
        Entry(f"{fp} false (FP)", functools.partial(_cross_icon, colour=FALSE_ALARM, unit=unit)),
    ]
    if len(matched.passed):
        marks.append(Entry("ignored", functools.partial(_cross_icon, colour=PASSED, unit=unit)))
    scores = "   ".join(f"{name} {share:.3f}" for name, share in zip(("P", "R", "F1"), ratios(tp, fp, fn), strict=True))
    draw_legend(drawn, [marks, [Entry(scores)]], np.concatenate([predicted.points, true.points]))
    return drawn


def draw_both(picture: Picture, predicted: ImageAnnotations, true: ImageAnnotations) -> Picture:
    """A grey copy of the picture with heads as rings and predictions as crosses: where heads have no size to match by.

    Args:
        picture: (H, W, 3) uint8 RGB.
        predicted: heads.
        true: heads.
    """
    drawn, unit = toned_down(picture), line_width(picture)
    points, heads = counted(predicted).points, counted(true).points
    arm = mark_reach(picture, len(points) + len(heads))
    draw_rings(drawn, heads, np.full(len(heads), arm + 1.0), TRUE, unit)
    draw_crosses(drawn, points, arm * 0.7, PREDICTED, unit)
    marks = [
        Entry(f"{len(heads)} heads", functools.partial(_ring_icon, colour=TRUE, unit=unit)),
        Entry(f"{len(points)} predicted", functools.partial(_cross_icon, colour=PREDICTED, unit=unit)),
    ]
    draw_legend(drawn, [marks], np.concatenate([points, heads]))
    return drawn


def _ring_icon(picture: Picture, corners: Corners, colour: Colour, unit: int) -> None:
    middle, side = middles(corners), float(corners[0, 2] - corners[0, 0] + 1)
    radius = np.array([side * 0.3])
    draw_rings(picture, middle, radius, colour, unit)
    if colour == MISSED:
        draw_ticks(picture, middle, radius, colour, unit)
    elif colour == FOUND:
        draw_strokes(picture, middle, middle + side * 0.12, colour, 2 * unit)


def _cross_icon(picture: Picture, corners: Corners, colour: Colour, unit: int) -> None:
    draw_crosses(picture, middles(corners), float(corners[0, 2] - corners[0, 0] + 1) * 0.3, colour, unit)
