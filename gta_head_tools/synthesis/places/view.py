"""How a stage's camera looks at level ground, before the place around it is built."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

HEAD = 0.235
"""Metres from chin to crown."""
SMALLEST, LARGEST = 6.0, 120.0
"""Smallest and largest height of a head that people are placed at, pixels in a picture of `LINES` lines."""
LINES = 1080


@dataclass(frozen=True, slots=True)
class View:
    """A camera above level ground that looks along it.

    Attributes:
        height: metres above the ground.
        pitch: degrees down.
        fov: vertical, degrees.
        aspect: width / height of the picture.
        people: the largest number of people in one picture.
    """

    height: float
    pitch: float
    fov: float
    aspect: float
    people: int = 300

    @property
    def half(self) -> float:
        """Half the width of the picture divided by the focal length: metres to each side per metre of depth."""
        return math.tan(math.radians(self.fov) / 2) * self.aspect

    def depth(self, along: float, up: float = 0.0) -> float:
        """Depth along the optical axis, metres, of a spot `along` metres ahead and `up` metres above the ground."""
        pitch = math.radians(self.pitch)
        return along * math.cos(pitch) + (self.height - up) * math.sin(pitch)

    def reach(self, along: float, up: float = 0.0) -> float:
        """Metres from the middle of the picture to its side at such a spot."""
        return self.half * self.depth(along, up)

    @property
    def near(self) -> float:
        """Metres along to the nearest spot where the head of a standing person is in the picture and not too large."""
        drop = self.height - 1.75
        steepest = math.radians(self.pitch + self.fov / 2)
        edge = drop / math.tan(steepest) if steepest < math.pi / 2 else -drop * math.tan(steepest - math.pi / 2)
        return max(edge + 0.3, self._along(HEAD * self._focal / LARGEST), 0.4)

    @property
    def far(self) -> float:
        """Metres along to the farthest spot in the picture where heads are large enough."""
        flattest = math.radians(self.pitch - self.fov / 2)
        top = self.height / math.tan(flattest) if flattest > 0.005 else math.inf
        return min(top, self._along(HEAD * self._focal / SMALLEST))

    @property
    def area(self) -> float:
        """Square metres of level ground in view between `near` and `far`."""
        length = max(self.far - self.near, 0.0)
        return length * (self.reach(self.near) + self.reach(self.far))

    @property
    def floor(self) -> float:
        """Share of the picture's height below the farthest people."""
        tilt = math.atan2(self.height, max(self.far, 1e-9)) - math.radians(self.pitch)
        return min(max(0.5 - 0.5 * math.tan(tilt) / math.tan(math.radians(self.fov) / 2), 0.0), 1.0)

    def width_for_people(self, far: float) -> float:
        """Width in metres that a strip from `near` to `far` needs to hold the people."""
        return 1.35 * ROOM * self.people / max(far - self.near, 1.0)

    @property
    def _focal(self) -> float:
        return LINES / 2 / math.tan(math.radians(self.fov) / 2)

    def _along(self, depth: float) -> float:
        pitch = math.radians(self.pitch)
        return (depth - self.height * math.sin(pitch)) / math.cos(pitch)


@dataclass(frozen=True, slots=True)
class Range:
    """Limits of the cameras of a layout.

    Attributes:
        heights: least and greatest height, metres.
        pitches: least and greatest pitch, degrees down.
        share: share of the ground in view that people can stand on.
    """

    heights: tuple[float, float] = (3.0, 25.0)
    pitches: tuple[float, float] = (5.0, 60.0)
    share: float = 0.7


FOVS = (30.0, 75.0)
ROOM = 0.5
"""Square metres that each person needs in a dense crowd."""


def draw_view(rng: np.random.Generator, people: int, aspect: float, *, allowed: Range) -> View:
    """A random camera with enough ground in view for the people, but not much more; the best of 400 tries."""
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
