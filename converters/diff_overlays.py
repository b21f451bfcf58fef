"""Pictures of what changed between two data sets: one JPEG for each image that differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from converters.datasets.part import checked_limit
from converters.diff import DiffReport, ImageDiff
from converters.files.pictures.pictures import has_picture
from converters.match_overlays import picture_side
from converters.picture_writer import DrawOptions, draw_pictures
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.diff import DiffOptions, HeadDiff, diff_heads
from gta_head_tools.errors import ConfigError
from gta_head_tools.overlays.diff_overlay import draw_differences
from gta_head_tools.pictures import Picture


@dataclass(frozen=True, slots=True)
class _DiffDrawing:
    """One drawing, see `Drawing`; `info` is that of the side whose picture it is drawn on."""

    info: ImageInfo
    before: ImageAnnotations
    after: ImageAnnotations
    options: DiffOptions
    target: Path

    @property
    def _found(self) -> HeadDiff:
        return diff_heads(self.before, self.after, self.options)

    @property
    def shown(self) -> tuple[list[object], list[NDArray[np.generic]]]:
        sides = (self.before, self.after)
        columns: list[NDArray[np.generic]] = [c for of in sides for c in (of.points, of.boxes, of.ids, of.ignore)]
        columns += [of.extra[name] for of in sides for name in ("visibility", "score") if name in of.extra]
        return ["diff", self.options, len(self.before)], columns

    @property
    def counts(self) -> tuple[int, ...]:
        return tuple(self._found.counts.values())

    def draw(self, picture: Picture) -> Picture:
        return draw_differences(picture, self.before, self.after, self._found)


def check_limit(limit: int | None, out: Path | None) -> None:
    """Refuse a limit before the work begins.

    Args:
        limit: number of drawings, None = all.
        out: folder for drawings, None = nothing is drawn.

    Raises:
        ConfigError: the limit is below 1, or nothing is drawn.
    """
    if limit is not None and out is None:
        raise ConfigError(f"--limit {limit}: it is the number of drawings; say with --render DIR where to draw")
    if limit is not None:
        checked_limit(limit)


def render_differences(
    report: DiffReport, out: Path, options: DrawOptions | None = None
) -> tuple[int, tuple[str, ...]]:
    """Draw the images that differ on the pictures of the first data set, or of the second where only that has any.

    Args:
        report: what changed; images of the other side alone are not drawn.
        out: folder to write to.
        options: which pictures, and how the work is done; where a limit is given, those that differ most are drawn.

    Returns:
        How many pictures were drawn, and what is wrong with those that are left out.

    Raises:
        ConfigError: a limit below 1.
        UnusedPicturesError: no picture at all can be used.
        DatasetLayoutError: pictures are missing, or `out` is in the way.
    """
    options = options or DrawOptions()
    pictures = picture_side(report.pairing)
    side = int(pictures is report.pairing.true)
    infos = {info.path: info for scene in pictures.scenes for info in scene.images}
    wanted = [path for image in _most_different(report) if (path := report.pairing.pairs[image.place][side])]
    if options.limit is not None:
        there = [path for path in wanted if not options.skip_missing or has_picture(pictures, infos[path])]
        wanted = (there or wanted)[: checked_limit(options.limit)]
    if not wanted:
        return 0, ()
    shown = pictures.without(infos.keys() - set(wanted))
    drawn, unused = draw_pictures(shown, out, lambda targets: _drawings(report, side, targets), options)
    return len(drawn), unused


def _most_different(report: DiffReport) -> list[ImageDiff]:
    """The images that differ, those with the most differences first, then those of which a head moved farthest."""
    return sorted(
        report.changed,
        key=lambda image: (sum(image.counts.values()) + len(image.kinds), image.largest_move),
        reverse=True,
    )


def _drawings(report: DiffReport, side: int, targets: Mapping[str, Path]) -> Iterator[_DiffDrawing]:
    wanted = [place for place, paths in report.pairing.pairs.items() if paths[side] in targets]
    for pair in report.pairing.only(wanted):
        info = pair.true.info if side else pair.predicted.info
        yield _DiffDrawing(info, pair.true, pair.predicted, report.options, targets[info.path])
