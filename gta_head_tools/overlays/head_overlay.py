"""Heads drawn on a picture, so that a wrong size is easy to see.

Boxes are coloured by size on a scale of ratios; small heads get thin lines. Points are dots of two tones, ignored heads
dashed frames of two greys, anchors thick frames with brackets at the corners: only size is shown by colour alone.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gta_head_tools import geometry
from gta_head_tools.annotations import Boxes, ImageAnnotations
from gta_head_tools.overlays.legend import Entry, Row, draw_legend
from gta_head_tools.overlays.marks import (
    BLACK,
    Corners,
    draw_anchors,
    draw_dashes,
    draw_dots,
    draw_frames,
    line_width,
    middles,
    pixel_corners,
)
from gta_head_tools.pictures import Picture

Span = tuple[float, float]
"""Smallest and largest size in pixels (sqrt of width times height) on the scale of colours."""

# From azure over magenta to yellow: lighter with size, and distinct for every kind of colour blindness. Neither end is
# as dark as a night picture or as white as snow.
_RAMP = np.array([[40, 125, 255], [150, 90, 255], [240, 75, 190], [255, 125, 80], [255, 205, 40]], dtype=np.float64)
_PALETTE = np.rint(
    np.stack([np.interp(np.linspace(0, len(_RAMP) - 1, 32), np.arange(len(_RAMP)), band) for band in _RAMP.T], axis=1)
).astype(np.uint8)
_RIM_FROM, _THICK_FROM = 20.0, 48.0
"""Sizes from which a line gets a dark rim, and from which it is two pixels wide, in pixels of a 2000 pixel picture."""
_CROWDED = 0.5
"""Share of the picture from which on all lines are thin and without rims, which would add up to a dark net."""


def size_span(boxes: Iterable[Boxes]) -> Span | None:
    """The sizes that the colours should cover: all but the smallest and largest hundredth; None = no box is known."""
    every = np.concatenate([np.empty(0), *map(geometry.sizes, boxes)])
    known = every[np.isfinite(every)]
    if not len(known):
        return None
    low, high = np.percentile(known, [1, 99])
    return float(low), float(max(high, low * 1.25))


def size_colours(sizes: NDArray[np.float64], span: Span) -> NDArray[np.uint8]:
    """Colours (N, 3) of sizes (N,) in pixels; beyond the span the ends stay."""
    colours: NDArray[np.uint8] = _PALETTE[_steps(sizes, span)]
    return colours


def _steps(sizes: NDArray[np.float64], span: Span) -> NDArray[np.int64]:
    place = np.log(np.maximum(sizes, 1e-6) / span[0]) / math.log(span[1] / span[0])
    return np.rint(np.clip(place, 0, 1) * (len(_PALETTE) - 1)).astype(np.int64)


def draw_heads(
    picture: Picture, annotations: ImageAnnotations, *, anchors: Boxes | None = None, span: Span | None = None
) -> Picture:
    """A copy of the picture with its heads and a legend.

    Args:
        picture: (H, W, 3) uint8 RGB.
        annotations: heads; heads without a box of positive size are drawn as points.
        anchors: (M, 4) boxes to mark.
        span: sizes that the colours cover, the same for all pictures of a scene; None = those of this picture.

    Raises:
        ValueError: the picture is not (H, W, 3) uint8.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError(f"a picture is (H, W, 3) uint8, got {picture.shape} {picture.dtype}")
    drawn = np.array(picture, order="C")
    height, width = drawn.shape[:2]
    unit = line_width(drawn)
    sizes = geometry.sizes(annotations.boxes)
    scale = span or size_span([annotations.boxes])
    rimmed = np.nansum(sizes**2) < _CROWDED * height * width
    if scale is not None:
        _draw_boxes(drawn, annotations, sizes, scale, unit, rimmed=rimmed)
    _draw_points(drawn, annotations, sizes, unit, rimmed=rimmed)
    marked = np.empty((0, 4)) if anchors is None else anchors
    draw_anchors(drawn, pixel_corners(marked, (width, height)), unit)
    taken = np.concatenate([annotations.points, geometry.centres(marked)])
    draw_legend(drawn, _legend(annotations, sizes, scale, len(marked), unit), taken)
    return drawn


def _draw_boxes(
    drawn: Picture, annotations: ImageAnnotations, sizes: NDArray[np.float64], span: Span, unit: int, *, rimmed: bool
) -> None:
    known = np.isfinite(sizes)
    corners = np.zeros((len(sizes), 4), dtype=np.int64)
    corners[known] = pixel_corners(annotations.boxes[known], (drawn.shape[1], drawn.shape[0]))
    weight = np.searchsorted([_RIM_FROM * unit, _THICK_FROM * unit], sizes, side="right") if rimmed else 0
    # Large heads first, so that they do not hide small ones. Boxes with one colour and width are drawn in one call.
    looks = np.where(known & ~annotations.ignore, _steps(np.where(known, sizes, 1.0), span) * 3 + weight, -1)
    for look in np.unique(looks[looks >= 0])[::-1].tolist():
        alike, heavy = corners[looks == look], look % 3
        colour = tuple(_PALETTE[look // 3].tolist())
        width = 2 * unit if heavy == 2 else unit
        if heavy:
            draw_frames(drawn, alike, BLACK, first=-unit, width=unit)
        draw_frames(drawn, alike, colour, width=width)
    draw_dashes(drawn, corners[known & annotations.ignore], unit)


def _draw_points(
    drawn: Picture, annotations: ImageAnnotations, sizes: NDArray[np.float64], unit: int, *, rimmed: bool
) -> None:
    room = math.sqrt(drawn.shape[0] * drawn.shape[1] / max(len(annotations), 1))
    alone = 3 if room > 50 * unit and max(drawn.shape) >= 1000 else 2
    by_size = [0, 1, 2] if rimmed else [0, 0, 1]
    radii = np.select([sizes < _RIM_FROM * unit, sizes < _THICK_FROM * unit, np.isfinite(sizes)], by_size, alone)
    for radius in (3, 2, 1, 0):
        draw_dots(drawn, annotations.points[radii == radius], radius * unit)


def _legend(
    annotations: ImageAnnotations, sizes: NDArray[np.float64], span: Span | None, anchors: int, unit: int
) -> list[Row]:
    rows: list[list[Entry]] = []
    if span is not None:
        steps = np.geomspace(*span, 4)
        words = [f"{step:.0f}" if step >= 9.95 else f"{step:.1f}" for step in steps]
        words[-1] += " px"
        marks = [
            functools.partial(draw_frames, colour=tuple(colour), width=3 * unit)
            for colour in size_colours(steps, span).tolist()
        ]
        rows.append([Entry("size"), *map(Entry, words, marks)])
    counts = {
        "head": (len(annotations), None),
        "without box": (int(np.count_nonzero(np.isnan(sizes))), _draw_dot_icon),
        "ignored": (int(np.count_nonzero(annotations.ignore)), functools.partial(draw_dashes, unit=unit)),
        "anchor": (anchors, functools.partial(_draw_anchor_icon, unit=unit)),
    }
    return [
        *rows,
        [
            Entry(f"{count} {word}{'s' * (word in {'head', 'anchor'} and count != 1)}", mark)
            for word, (count, mark) in counts.items()
            if count or word == "head"
        ],
    ]


def _draw_dot_icon(picture: Picture, corners: Corners) -> None:
    draw_dots(picture, middles(corners), 3)


def _draw_anchor_icon(picture: Picture, corners: Corners, unit: int) -> None:
    inset = 4 * unit
    draw_anchors(picture, corners + np.array([inset, inset, -inset, -inset]), unit)
