"""The quality of a scene's boxes: expected errors, suspect anchors, least certain heads, and how they are computed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from gta_head_tools.anchors.anchors import AnchorSet, Pair
from gta_head_tools.anchors.drawn_boxes import Ref
from gta_head_tools.annotations import Mask
from gta_head_tools.interpolation.diagnosis import SAMPLE, Grade
from gta_head_tools.interpolation.expectation import MEDIAN_OF_NORMAL, Expectation
from gta_head_tools.interpolation.scene_input import SceneInput
from gta_head_tools.interpolation.size_model import Flag, SizeModel
from gta_head_tools.interpolation.suggestions import Suggestion

Array = NDArray[np.float64]

HEAT_ROWS, HEAT_COLUMNS = 54, 96
TESTABLE = 4
"""Number of anchors from which a wrong one can be found by the others."""
WORST, APART = 5, 0.15
"""Number of least certain heads, and their least distance as a share of the extent of the heads."""


@dataclass(frozen=True, slots=True)
class AnchorQuality:
    """One anchor compared with the others; sizes are sqrt(width height) in pixels of the anchor file.

    Attributes:
        ref: the anchor.
        drawn: its size.
        expected: the size that the others predict; None = there are too few others (`TESTABLE`).
        suspect: it contradicts the others, and the fit gives it less weight.
    """

    ref: Ref
    drawn: float
    expected: float | None
    suspect: bool

    @property
    def residual(self) -> float | None:
        """Drawn size over expected size, less one."""
        return None if self.expected is None else self.drawn / self.expected - 1


@dataclass(frozen=True, slots=True)
class WorstSpot:
    """A head whose size is among the least certain of the scene.

    Attributes:
        image: index of the picture.
        row: of the head.
        point: x y.
        error: expected relative error of the size.
    """

    image: int
    row: int
    point: Pair
    error: float


@dataclass(frozen=True)
class HeatMap:
    """Expected relative error of sizes on a coarse grid over the whole picture.

    Attributes:
        errors: (54, 96) expected median error; NaN where no heads are near.
        extrapolated: (54, 96) True beyond the anchors.
        at_least: the errors are a lower bound.
    """

    errors: Array
    extrapolated: Mask
    at_least: bool


@dataclass(frozen=True)
class SceneQuality:
    """The quality of a scene's boxes.

    Attributes:
        anchors: the drawings that it belongs to; it is stale when the document shows others.
        expected: errors of the sizes and the overlap; None without an anchor or a head.
        grade: green, amber or red.
        checks: one per anchor, in the order of the file.
        worst: heads to look at, least certain first.
        heat: the error over the picture; None without an anchor.
        suggestions: heads to box next, best first; `Suggestion.image` is an index into the document's pictures.
        changed: short names of reviewed pictures whose boxes have changed by 5 % or more since.
        lost: anchors, pins and anchors of one image whose head is gone.
        given: without anchors, how many heads have a box in the data set.
        notes: sentences for the user.
        problem: why there are no boxes; "" = there are.
    """

    anchors: AnchorSet
    expected: Expectation | None = None
    grade: Grade = "red"
    checks: tuple[AnchorQuality, ...] = ()
    worst: tuple[WorstSpot, ...] = ()
    heat: HeatMap | None = None
    suggestions: tuple[Suggestion, ...] = ()
    changed: tuple[str, ...] = ()
    lost: tuple[Ref, ...] = ()
    given: int = 0
    notes: tuple[str, ...] = field(default=())
    problem: str = ""


def anchor_checks(anchors: AnchorSet, fits: Sequence[tuple[SceneInput, SizeModel]]) -> tuple[AnchorQuality, ...]:
    """Each anchor compared with the others, in the order of the file.

    Args:
        anchors: the drawings.
        fits: the poses that have anchors, and their models.
    """
    expected: dict[int, tuple[float | None, bool]] = {}
    for pose, model in fits:
        testable = len(pose.matched.anchors) >= TESTABLE
        for row, (number, size) in enumerate(zip(pose.matched.numbers, model.expected_sizes, strict=True)):
            known = testable and bool(np.isfinite(size))
            expected[int(number)] = float(size) if known else None, row in model.suspects
    found = []
    for number, anchor in enumerate(anchors.anchors):
        x0, y0, x1, y1 = anchor.box
        drawn = float(np.sqrt((x1 - x0) * (y1 - y0)))
        if anchor.use == "ignore" and fits:
            expected[number] = float(fits[0][1].predict(np.array([anchor.point])).sizes[0]), False
        found.append(AnchorQuality(Ref("anchor", number), drawn, *expected.get(number, (None, False))))
    return tuple(found)


def worst_spots(
    scene: SceneInput, fits: Sequence[tuple[SceneInput, SizeModel]], pictures: Collection[str] | None = None
) -> tuple[WorstSpot, ...]:
    """The least certain heads of the scene, some way apart from each other.

    Args:
        scene: all of it.
        fits: the poses that have anchors, and their models.
        pictures: paths of the images that can be looked at; None = all.
    """
    numbers = {image.info.path: number for number, image in enumerate(scene.images)}
    spots: list[WorstSpot] = []
    for pose, model in fits:
        images = np.repeat(np.arange(len(pose.rows)), [len(rows) for rows in pose.rows])
        rows, points = np.concatenate(pose.rows), pose.view.points
        shown = np.array([pictures is None or image.info.path in pictures for image in pose.images])
        seen = np.flatnonzero(shown[images])
        thin = seen[:: max(1, -(-len(seen) // SAMPLE))]
        images, rows, points = images[thin], rows[thin], points[thin]
        errors, free = model.errors(points)[0], np.ones(len(points), dtype=bool)
        for _ in range(WORST):
            if not free.any():
                break
            worst = int(np.argmax(np.where(free, errors, -1.0)))
            (x, y), error = points[worst].tolist(), float(errors[worst])
            number = numbers[pose.images[int(images[worst])].info.path]
            spots.append(WorstSpot(number, int(rows[worst]), (x, y), error * MEDIAN_OF_NORMAL))
            free &= np.hypot(*(points - points[worst]).T) > APART * pose.view.frame.length
    return tuple(sorted(spots, key=lambda spot: -spot.error)[:WORST])


def heat_map(pose: SceneInput, model: SizeModel, *, at_least: bool) -> HeatMap:
    """The expected error over the picture, near the heads of one pose."""
    width, height = pose.view.size
    cell = np.array([width / HEAT_COLUMNS, height / HEAT_ROWS])
    columns, rows = np.meshgrid(np.arange(HEAT_COLUMNS), np.arange(HEAT_ROWS))
    middles = (np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5) * cell
    shape = HEAT_ROWS, HEAT_COLUMNS
    errors = (MEDIAN_OF_NORMAL * model.errors(middles)[0]).reshape(shape)
    extrapolated = ((model.predict(middles).flags & Flag.EXTRAPOLATED) > 0).reshape(shape)
    held = np.zeros(shape, dtype=bool)
    x, y = np.clip((pose.view.points / cell).astype(np.intp), 0, (HEAT_COLUMNS - 1, HEAT_ROWS - 1)).T
    held[y, x] = True
    errors[~binary_dilation(held, iterations=2)] = np.nan
    return HeatMap(errors, extrapolated, at_least)
