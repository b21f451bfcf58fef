"""Checks of the boxes of one image."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.checks.finding import Check, Finding, ImageCheck, box_findings


def check_degenerate(image: ImageAnnotations) -> Iterator[Finding]:
    """Boxes without area: a side is zero or negative."""
    sides = (image.boxes[:, 2:] - image.boxes[:, :2]).min(axis=1, initial=np.inf)
    wrong = sides <= 0
    if wrong.any():
        yield from box_findings(image, wrong, lambda _: "the box has no area", weights=-sides)


DEGENERATE: ImageCheck = Check(
    find=check_degenerate,
    severity="error",
    means="A box without area has no overlap with any other box, so training and scores fail on it or leave it out.",
    fix="`--fix swap` puts swapped corners in order, `--fix drop` leaves such heads out.",
)
