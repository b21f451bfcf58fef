"""Pictures of predictions against the truth: the scorer's own matching, one JPEG for each true image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.files.pictures.pictures import has_picture
from converters.pairing import Pairing, check_sizes
from converters.picture_writer import DrawOptions, draw_pictures
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.evaluation.head_sizes import annotated_heads
from gta_head_tools.overlays.match_overlay import draw_matching, match_at_large_radius
from gta_head_tools.pictures import Picture


@dataclass(frozen=True, slots=True)
class MatchReport:
    """What was drawn.

    Attributes:
        images: pictures that are there now.
        tp: found heads in them.
        fp: false alarms.
        fn: missed heads.
        current: pictures that an earlier run had drawn already.
        out: folder they lie in.
        unused: what is wrong with the pictures that are left out.
    """

    images: int
    tp: int
    fp: int
    fn: int
    current: int
    out: Path
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _MatchDrawing:
    """One drawing, see `Drawing`; `info` is that of the side whose picture it is drawn on."""

    info: ImageInfo
    predicted: ImageAnnotations
    true: ImageAnnotations
    target: Path

    @property
    def shown(self) -> tuple[list[object], list[NDArray[np.generic]]]:
        radii = [self.true.extra[name] for name in ("sigma_l", "level") if name in self.true.extra]
        sides = (self.predicted, self.true)
        return ["against", len(radii)], [c for of in sides for c in (of.points, of.boxes, of.ignore)] + list(radii)

    @property
    def counts(self) -> tuple[int, ...]:
        return match_at_large_radius(self.predicted, self.true).counts

    def draw(self, picture: Picture) -> Picture:
        return draw_matching(picture, self.predicted, self.true)


def render_matches(pairing: Pairing, out: Path, options: DrawOptions | None = None) -> MatchReport:
    """Draw found, missed and falsely predicted heads, matched at sigma_l as NWPU-Crowd's scorer does.

    Args:
        pairing: predictions and truth; images that the predictions alone have are not drawn where the pictures are
            those of the truth.
        out: folder to write to.
        options: which pictures, and how the work is done.

    Raises:
        ConfigError: a true head has neither a box nor radii, the pictures of both differ in size, or a limit below 1.
        DataFormatError: a label file that cannot be read.
        UnusedPicturesError: no picture at all can be used.
        DatasetLayoutError: pictures are missing, or `out` is in the way.
    """
    pictures = picture_side(pairing)
    counts, unused = draw_pictures(pictures, out, lambda targets: _drawings(pairing, targets), options or DrawOptions())
    tp, fp, fn, current = counts.sum(axis=0).tolist()
    return MatchReport(len(counts), tp, fp, fn, current, out, unused)


def picture_side(pairing: Pairing) -> Dataset:
    """The data set that has the pictures: the truth, unless only the predictions have any."""
    for side in (pairing.true, pairing.predicted):
        if any(has_picture(side, info) for scene in side.scenes for info in scene.images):
            return side
    return pairing.true


def _drawings(pairing: Pairing, targets: Mapping[str, Path]) -> Iterator[_MatchDrawing]:
    on_truth = picture_side(pairing) is pairing.true
    wanted = [place for place, paths in pairing.pairs.items() if paths[int(on_truth)] in targets]
    for pair in pairing.only(wanted):
        info = pair.true.info if on_truth else pair.predicted.info
        check_sizes(pair.predicted.info, pair.true.info)
        annotated_heads(pair.true)  # Raises for heads without a size, before any picture is drawn.
        yield _MatchDrawing(info, pair.predicted, pair.true, targets[info.path])
