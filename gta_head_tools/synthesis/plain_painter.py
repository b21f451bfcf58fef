"""A picture of people on a stage: plain shapes in few colours, heads exactly as large as their boxes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gta_head_tools.pictures import Picture
from gta_head_tools.synthesis.plain_crowd import Crowd
from gta_head_tools.synthesis.plain_stage import SIZE, STEP, Array, Stage

LIGHTS = {
    "EXTRASUNNY": ((104, 160, 216), (214, 230, 240), 1.0),
    "CLEAR": ((120, 168, 212), (226, 232, 232), 0.97),
    "CLOUDS": ((150, 164, 180), (214, 216, 218), 0.9),
    "OVERCAST": ((158, 162, 168), (198, 200, 202), 0.82),
}
"""Weather to the colours of the sky above and at the horizon, and to brightness."""

_PAVING, _STAND = np.array([176, 168, 156]), np.array([150, 142, 140])
_SKIN = [(240, 205, 180), (224, 180, 150), (198, 148, 112), (148, 102, 74), (102, 70, 52)]
_HAIR = [(34, 28, 26), (62, 44, 32), (98, 70, 44), (164, 130, 80), (120, 118, 116), (24, 24, 28)]
_COATS = [
    (44, 48, 58), (70, 78, 92), (28, 30, 36), (120, 124, 130), (214, 210, 202), (52, 74, 110), (146, 54, 52),
    (76, 92, 72), (168, 138, 96), (90, 66, 84), (38, 62, 66), (196, 164, 68),
]  # fmt: skip
_TROUSERS = [(38, 40, 48), (56, 66, 88), (30, 30, 34), (96, 90, 82), (70, 72, 78)]
_SHIFT = 4
"""Drawing in sixteenths of a pixel."""

Colour = tuple[int, ...]
Pair = tuple[float, float]


def paint(stage: Stage, crowd: Crowd, weather: str) -> Picture:
    """The picture (H, W, 3) RGB of a crowd on a stage."""
    upper, haze, light = LIGHTS[weather]
    canvas = _sky(stage, np.array(upper), np.array(haze))
    easel = _Easel(canvas, stage, np.array(haze, dtype=np.float64), light)
    _paint_houses(easel)
    _paint_square(easel)
    _paint_stand(easel)
    joints = [stage.see(crowd.spots, crowd.heights * share) for share in (0.0, 0.48, 0.83)]
    depth = joints[0][1]
    for number in range(len(depth)):
        body = np.stack([pixels[number] for pixels, _ in joints])
        _paint_person(easel, body, crowd.boxes[number], float(depth[number]), int(crowd.looks[number]))
    return canvas


@dataclass(frozen=True, slots=True)
class _Easel:
    """A canvas, and how colours look on it."""

    canvas: Picture
    stage: Stage
    haze: Array
    light: float

    def mix(self, colour: Colour | Array, depth: float) -> tuple[float, ...]:
        """A colour in this light, paler with depth."""
        share = min(depth / 160, 0.6)
        return tuple((np.asarray(colour) * self.light * (1 - share) + self.haze * share).tolist())

    def fill(self, corners: Array, colour: tuple[float, ...]) -> None:
        """A polygon with corners (N, 2) in pixels from the picture's edge."""
        cv2.fillPoly(self.canvas, [_fixed(corners)], colour, cv2.LINE_AA, _SHIFT)

    def ellipse(self, middle: Array, half: Pair, colour: tuple[float, ...]) -> None:
        """An ellipse with half axes in pixels."""
        # OpenCV's smooth rim grows a shape by half a pixel.
        axes = np.rint((np.maximum(half, 0.5) - 0.5) * 2**_SHIFT).astype(int).tolist()
        centre = _fixed(middle).tolist()
        cv2.ellipse(self.canvas, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA, _SHIFT)

    def panel(self, spots: list[Pair], heights: list[float], colour: tuple[float, ...]) -> None:
        """A polygon in the world, from spots and heights above the square; left out unless all of it is in front."""
        corners, depth = self.stage.camera.project(self.stage.place(np.array(spots), np.array(heights)), SIZE)
        if depth.min() > 0:
            self.fill(corners, colour)


def _fixed(pixels: Array) -> NDArray[np.int32]:
    """Sixteenths of a pixel as OpenCV counts them, from the middle of the first pixel."""
    fixed: NDArray[np.int32] = np.rint((pixels - 0.5) * 2**_SHIFT).astype(np.int32)
    return fixed


def _sky(stage: Stage, upper: Array, haze: Array) -> Picture:
    pitch = math.radians(stage.camera.rotation[0])
    horizon = max(SIZE[1] / 2 + stage.camera.focal_length(SIZE[1]) * math.tan(pitch), 1.0)
    place = np.clip(np.arange(SIZE[1]) / horizon, 0, 1)[:, None]
    rows = upper * (1 - place) + haze * place
    return np.repeat(rows[:, None], SIZE[0], axis=1).round().astype(np.uint8)


def _paint_houses(easel: _Easel) -> None:
    rng = np.random.default_rng(round(abs(easel.stage.camera.location[0]) * 1000))
    along, left = easel.stage.reach + 25, -80.0
    while left < 80:
        wide, tall, tone = rng.uniform(9, 16), rng.integers(3, 5) * 3.2 + 1.5, rng.uniform(150, 205)
        wall = np.array([tone, tone * 0.96, tone * 0.9])
        right = left + wide
        easel.panel(
            [(left, along), (right, along), (right, along), (left, along)],
            [-30, -30, tall, tall],
            easel.mix(wall, along),
        )
        for floor in np.arange(1.4, tall - 1.5, 3.2):
            for door in np.arange(left + 1.2, right - 1.6, 2.4):
                corners = [(door, along), (door + 1.2, along), (door + 1.2, along), (door, along)]
                easel.panel(corners, [floor, floor, floor + 1.7, floor + 1.7], easel.mix(wall * 0.72, along))
        left = right


def _paint_square(easel: _Easel) -> None:
    far, near, tile = easel.stage.reach + 25, easel.stage.near() * 0.6, 2.5
    end = min(easel.stage.edge, far)
    easel.panel([(-200, end), (200, end), (60, near), (-60, near)], [0.0] * 4, easel.mix(_PAVING, end / 2))
    for row in range(int(end / tile), int(near / tile) - 1, -1):
        low, high = max(row * tile, near), min((row + 1) * tile, end)
        fade = 0.07 * max(0.0, 1 - low / far)
        for column in range(-24, 24):
            tone = _PAVING * (1 + fade * (-1) ** (row + column))
            left, right = column * tile, (column + 1) * tile
            corners = [(left, high), (right, high), (right, low), (left, low)]
            easel.panel(corners, [0.0] * 4, easel.mix(tone, low))


def _paint_stand(easel: _Easel) -> None:
    stage = easel.stage
    for row in reversed(range(int((stage.reach - stage.edge) / STEP) + 2 if stage.edge < stage.reach else 0)):
        low, along = row * STEP * stage.slope, stage.edge + row * STEP
        high, behind = low + STEP * stage.slope, along + STEP
        easel.panel([(-80, behind), (80, behind), (80, along), (-80, along)], [high] * 4, easel.mix(_STAND, along))
        riser = easel.mix(_STAND * 0.74, along)
        easel.panel([(-80, along), (80, along), (80, along), (-80, along)], [low, low, high, high], riser)


def _paint_person(easel: _Easel, body: Array, box: Array, depth: float, look: int) -> None:
    """Body (3, 2) is feet, hips and shoulders in the picture."""
    feet, hips, shoulders = body
    metre = easel.stage.camera.focal_length(SIZE[1]) / depth

    def shape(low: Array, high: Array, below: Pair, above: Pair, colour: Array) -> None:
        sides = np.zeros((4, 2))
        sides[:, 0] = above[0], above[1], below[1], below[0]
        easel.fill(np.stack([high, high, low, low]) + sides * metre, easel.mix(colour, depth))

    coat, trousers = np.array(_COATS[look % len(_COATS)]), np.array(_TROUSERS[look // 16 % len(_TROUSERS)])
    skin, hair = np.array(_SKIN[look // 128 % len(_SKIN)]), _HAIR[look // 1024 % len(_HAIR)]
    easel.ellipse(feet, (0.36 * metre, 0.11 * metre), easel.mix(_PAVING * 0.6, depth))
    shape(feet, hips, (-0.15, -0.03), (-0.16, 0.0), trousers * 0.85)
    shape(feet, hips, (0.03, 0.15), (0.0, 0.16), trousers)
    waist = hips + 0.12 * (feet - hips)
    shape(waist, shoulders, (-0.27, 0.27), (-0.21, 0.21), coat * 0.78)
    shape(waist, shoulders, (-0.17, 0.17), (-0.19, 0.19), coat)
    middle = (box[:2] + box[2:]) / 2
    easel.ellipse(shoulders, (0.21 * metre, 0.07 * metre), easel.mix(coat * 0.9, depth))
    shape(shoulders, middle, (-0.055, 0.055), (-0.05, 0.05), skin * 0.8)
    _paint_head(
        easel, middle, (box[2:] - box[:2]) / 2, easel.mix(hair, depth), easel.mix(skin, depth), look // 8192 % 4
    )


def _paint_head(
    easel: _Easel, middle: Array, half: Array, hair: tuple[float, ...], skin: tuple[float, ...], turn: int
) -> None:
    """Hair fills the box; the face lies on it, to the front or a side, or is turned away."""
    easel.ellipse(middle, (half[0], half[1]), hair)
    if turn < 3:
        aside = (0.0, -0.22, 0.22)[turn]
        easel.ellipse(middle + half * (aside, 0.2), (half[0] * 0.74, half[1] * 0.74), skin)
