"""Where a picture lies on the screen: zoom and offset, without rounding. Pure; screen means logical pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gta_head_tools.anchors.anchors import Box, Pair

LARGEST = 32.0
SMALLEST = 0.02
_MARGIN = 8.0


@dataclass(frozen=True, slots=True)
class Viewport:
    """screen = image * zoom + offset.

    Attributes:
        zoom: screen pixels per image pixel.
        x, y: the offset.
    """

    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_image(self, screen: Pair) -> Pair:
        return (screen[0] - self.x) / self.zoom, (screen[1] - self.y) / self.zoom

    def to_screen(self, image: Pair) -> Pair:
        return image[0] * self.zoom + self.x, image[1] * self.zoom + self.y

    def zoomed(self, factor: float, at: Pair) -> Viewport:
        """Zoomed by a factor; the point of the picture at the place `at` of the screen stays there."""
        zoom = min(max(self.zoom * factor, SMALLEST), LARGEST)
        x, y = self.to_image(at)
        return Viewport(zoom, at[0] - x * zoom, at[1] - y * zoom)

    def panned(self, by: Pair, screen: Pair, picture: Pair) -> Viewport:
        """Moved; the middle of a screen of that size stays over the picture where it can."""
        spans = zip((self.x, self.y), by, screen, picture, strict=True)
        x, y = (_held(start, step, wide / 2, length * self.zoom) for start, step, wide, length in spans)
        return replace(self, x=x, y=y)


def _held(start: float, step: float, middle: float, length: float) -> float:
    """An offset moved by a step, limited so that the middle stays on the picture, or gets no farther from it."""
    low, high = min(middle - length, start), max(middle, start)
    return min(max(start + step, low), high)


def fitted(screen: Pair, picture: Pair) -> Viewport:
    """The whole picture in the middle of the screen."""
    room = (max(side - 2 * _MARGIN, 1.0) / max(length, 1.0) for side, length in zip(screen, picture, strict=True))
    return centred((0.0, 0.0, *picture), screen, min(room))


def centred(box: Box, screen: Pair, zoom: float) -> Viewport:
    """A box of the picture in the middle of the screen."""
    zoom = min(max(zoom, SMALLEST), LARGEST)
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return Viewport(zoom, screen[0] / 2 - x * zoom, screen[1] / 2 - y * zoom)
