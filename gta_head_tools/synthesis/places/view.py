"""How a stage's camera looks at level ground, before the place around it is built."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

HEAD = 0.235
"""Metres from chin to crown."""
SMALLEST, LARGEST = 6.0, 120.0
"""Pixels of a head's height, in a picture of `LINES` lines, between which people are placed."""
LINES = 1080


@dataclass(frozen=True, slots=True)
class View:
    """A camera over level ground, looking along.

    Attributes:
        height: metres above the ground.
        pitch: degrees down.
        fov: vertical, degrees.
        aspect: width / height of the picture.
        people: how many are to be seen at most.
    """

    height: float
    pitch: float
    fov: float
    aspect: float
    people: int = 300

    @property
    def half(self) -> float:
        """Half the picture's width over its focal length: metres to each side in a metre of depth."""
        return math.tan(math.radians(self.fov) / 2) * self.aspect

    def depth(self, along: float, up: float = 0.0) -> float:
        """Metres along the optical axis of a spot."""
        pitch = math.radians(self.pitch)
        return along * math.cos(pitch) + (self.height - up) * math.sin(pitch)

    def reach(self, along: float, up: float = 0.0) -> float:
        """Metres across from the middle to the picture's side at a spot."""
        return self.half * self.depth(along, up)

    @property
    def near(self) -> float:
        """Metres along of the nearest spot where a standing person's head is in the picture, and not too large."""
        drop = self.height - 1.75
        steepest = math.radians(self.pitch + self.fov / 2)
        edge = drop / math.tan(steepest) if steepest < math.pi / 2 else -drop * math.tan(steepest - math.pi / 2)
        return max(edge + 0.3, self._along(HEAD * self._focal / LARGEST), 0.4)

    @property
    def far(self) -> float:
        """Metres along of the farthest spot in the picture where heads are large enough."""
        flattest = math.radians(self.pitch - self.fov / 2)
        top = self.height / math.tan(flattest) if flattest > 0.005 else math.inf
        return min(top, self._along(HEAD * self._focal / SMALLEST))

    @property
    def area(self) -> float:
        """Square metres of level ground in view between near and far."""
        length = max(self.far - self.near, 0.0)
        return length * (self.reach(self.near) + self.reach(self.far))

    @property
    def floor(self) -> float:
        """Share of the picture's height below the farthest people."""
        tilt = math.atan2(self.height, max(self.far, 1e-9)) - math.radians(self.pitch)
        return min(max(0.5 - 0.5 * math.tan(tilt) / math.tan(math.radians(self.fov) / 2), 0.0), 1.0)

    def width_for_people(self, far: float) -> float:
        """Metres that a strip from near to far must be wide to hold the people."""
        return 1.35 * ROOM * self.people / max(far - self.near, 1.0)

    @property
    def _focal(self) -> float:
        return LINES / 2 / math.tan(math.radians(self.fov) / 2)

    def _along(self, depth: float) -> float:
        pitch = math.radians(self.pitch)
        return (depth - self.height * math.sin(pitch)) / math.cos(pitch)


@dataclass(frozen=True, slots=True)
class Range:
    """What cameras of a layout may do.

    Attributes:
        heights: least and greatest, metres.
        pitches: least and greatest, degrees down.
        share: of the ground in view that people can stand on.
        longest: metres along at which the place ends at the latest.
    """

    heights: tuple[float, float] = (3.0, 25.0)
    pitches: tuple[float, float] = (5.0, 60.0)
    share: float = 0.7
    longest: float = math.inf


FOVS = (30.0, 75.0)
ROOM = 0.5
"""Square metres a person needs where there are many."""


def draw_view(rng: np.random.Generator, people: int, aspect: float, *, allowed: Range) -> View:
    """A camera by chance that has ground for so many people in view, and not far too much."""
    least, most = ROOM * people / allowed.share, max(14.0 * people, 260.0) / allowed.share
    crowd = max(people, 20) / 20
    low, high = np.clip([3.0 * crowd**0.22, 8.0 * crowd**0.25], *allowed.heights)
    best, best_miss = None, math.inf
    for _ in range(400):
        height = math.exp(rng.uniform(math.log(low), math.log(high)))
        view = View(height, float(rng.uniform(*allowed.pitches)), float(rng.uniform(*FOVS)), aspect, people)
        area = view.area
        miss = max(least / max(area, 1e-6), area / most, 1.0) - 1 + max(0.42 - view.floor, 0.0) * 4
        if view.near > 30 or view.far < view.near + 3:
            miss += 10
        if miss < best_miss:
            best, best_miss = view, miss
        if miss == 0:
            break
    assert best is not None  # the first draw always has a finite miss
    return best
