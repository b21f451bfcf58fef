"""Simulated fixed-camera crowds whose exact head boxes are known: the yardstick of the size rules.

A head is an ellipsoid; its box is the extent of its outline, from the dual conic C* = K (R S R' - X X') K' (X the
centre in camera axes, R S R' the squared half axes; Hartley and Zisserman, Multiple View Geometry, 8.3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from test_core.crowd_places import (
    BODY,
    EYE_LEVEL,
    FLAT,
    HEAD_RADIUS,
    Array,
    Family,
    Ground,
    Integers,
    Places,
    Pose,
    draw_pose,
    to_world,
    visible,
)

Placement = Literal["random", "spread", "corner"]

FAMILIES: tuple[Family, ...] = ("plane", "two_plane", "curved", "tall", "wide")
PLACEMENTS: tuple[Placement, ...] = ("random", "spread", "corner")
IMAGES = 4
HEAD_SPREAD = 0.07
BODY_SPREAD, BODY_RANGE = 0.08, (1.55, 1.90)
PEOPLE_PER_SQUARE_METRE = 4.0
HEAD_SHAPE = np.array([0.78, 0.91, 1.0])
"""Half axes ear to ear, nose to nape, chin to crown, as shares of the radius."""
PEOPLE = (50, 3000)
REACH = (25.0, 100.0)
SMALLEST = 3.0
"""Metres to the farthest people, and pixels of the smallest head anybody would mark. The specification names neither:
they and the shapes of the grounds were set so that the paper's rule and a least-squares plane err as its tables say."""


@dataclass(frozen=True)
class Crowd:
    """A simulated scene; N heads in `IMAGES` images of one camera.

    Attributes:
        points: projected head centres (N, 2).
        images: image of each head (N,).
        boxes: exact boxes (N, 4).
        field: width and height of an average head at the same places (N, 2).
        zones: polygons (V, 2) that split the picture by ground; empty if there is but one.
        zone: zone of each head (N,), from the world and not from the polygon.
    """

    family: Family
    pose: Pose
    points: Array
    images: Integers
    boxes: Array
    field: Array
    zones: tuple[Array, ...]
    zone: Integers

    @property
    def sizes(self) -> Array:
        """Exact width and height (N, 2)."""
        return extents(self.boxes)

    @property
    def scale(self) -> Array:
        """Geometric size (N,) of an average head at each place."""
        scale: Array = np.sqrt(np.prod(self.field, axis=1))
        return scale

    def heads(self) -> tuple[Array, ...]:
        """Head points image by image."""
        return tuple(self.points[self.images == image] for image in range(IMAGES))


def extents(boxes: Array) -> Array:
    """Width and height (N, 2)."""
    return boxes[:, 2:] - boxes[:, :2]


def outlines(pose: Pose, centres: Array, axes: Array, headings: Array) -> Array:
    """Boxes (N, 4) x0 y0 x1 y1 around ellipsoids: world centres (N, 3), half axes (N, 3), headings (N,) radians."""
    cos, sin = np.cos(headings), np.sin(headings)
    spin = np.zeros((len(headings), 3, 3))
    spin[:, 0, 0], spin[:, 0, 1], spin[:, 1, 0], spin[:, 1, 1], spin[:, 2, 2] = cos, -sin, sin, cos, 1
    shaped = (pose.turn() @ spin) * axes[:, None, :]
    squared = shaped @ shaped.transpose(0, 2, 1)
    place = pose.see(centres)
    lows, highs = [], []
    for side in (0, 1):
        x, z = place[:, side], place[:, 2]
        xx, xz, zz = squared[:, side, side], squared[:, side, 2], squared[:, 2, 2]
        # Written out, because (xz - X Z)^2 - (xx - X^2)(zz - Z^2) loses every digit for a small head.
        root = np.sqrt(xz**2 - xx * zz + xx * z**2 + zz * x**2 - 2 * xz * x * z)
        middle, depth = x * z - xz, z**2 - zz
        lows.append(pose.size[side] / 2 + pose.focal * (middle - root) / depth)
        highs.append(pose.size[side] / 2 + pose.focal * (middle + root) / depth)
    return np.stack([*lows, *highs], axis=1)


def average_sizes(pose: Pose, centres: Array) -> Array:
    """Width and height (N, 2) of an average head at world centres (N, 3): mean radius, mean over headings."""
    axes = np.tile(HEAD_RADIUS * HEAD_SHAPE, (len(centres), 1))
    turns = np.arange(8) * math.pi / 8
    mean: Array = np.mean([extents(outlines(pose, centres, axes, np.full(len(centres), t))) for t in turns], axis=0)
    return mean


def simulate(family: Family, seed: int) -> Crowd:
    """The scene of that number; the same number gives the same scene."""
    rng = np.random.default_rng([FAMILIES.index(family), seed])
    while (crowd := _attempt(family, rng)) is None:
        pass
    return crowd


def _attempt(family: Family, rng: np.random.Generator) -> Crowd | None:
    """A scene, or None if the camera sees too few people, hardly any of one ground, or not the depth of `tall`."""
    pose = draw_pose(family, rng)
    reach = min(float(np.exp(rng.uniform(*np.log(REACH)))), pose.focal * 2 * HEAD_RADIUS / SMALLEST)
    ground = _draw_ground(family, pose, reach, rng)
    places = visible(pose, ground, reach, rng)
    room = int(places.metres.sum() * PEOPLE_PER_SQUARE_METRE * IMAGES)
    people = min(int(np.exp(rng.uniform(*np.log(PEOPLE)))), room, len(places.spots) // 2)
    if people < PEOPLE[0]:
        return None
    crowd = _settle(family, pose, ground, places.spots[_choose(places, people, rng)], rng)
    if len(crowd.points) < PEOPLE[0] or (ground.edge and min(np.mean(crowd.zone), np.mean(1 - crowd.zone)) < 0.1):
        return None
    if family == "tall" and not 25 <= crowd.scale.max() / crowd.scale.min() <= 36:
        return None
    return crowd


def _choose(places: Places, people: int, rng: np.random.Generator) -> Integers:
    """Spots taken: a random mix of evenly over the ground and evenly over the picture."""
    mix = rng.random()
    weights = mix * places.metres / places.metres.sum() + (1 - mix) * places.pixels / places.pixels.sum()
    return rng.choice(len(weights), size=people, replace=False, p=weights)


def _settle(family: Family, pose: Pose, ground: Ground, spots: Array, rng: np.random.Generator) -> Crowd:
    """People of their own height and head on the spots; who sticks out of the picture is left out."""
    radii = HEAD_RADIUS * (1 + HEAD_SPREAD * rng.standard_normal(len(spots)))
    bodies = np.clip(rng.normal(BODY, BODY_SPREAD, len(spots)), *BODY_RANGE)
    centres = to_world(pose, spots, ground.height(spots) + bodies - radii)
    boxes = outlines(pose, centres, radii[:, None] * HEAD_SHAPE, rng.uniform(0, math.pi, len(spots)))
    points = pose.project(centres)
    images = rng.integers(IMAGES, size=len(spots))
    zone = ground.beyond_edge(spots).astype(np.int64)
    keep = np.all((points > 0) & (points < pose.size), axis=1)
    zones = split_picture(pose, ground, points[keep], zone[keep]) if ground.edge else ()
    field = average_sizes(pose, centres[keep])
    return Crowd(family, pose, points[keep], images[keep], boxes[keep], field, zones, zone[keep])


def _draw_ground(family: Family, pose: Pose, reach: float, rng: np.random.Generator) -> Ground:
    if family == "two_plane":
        return _two_planes(pose, reach, rng)
    return _hill(pose, reach, rng) if family == "curved" else FLAT


def _middle(pose: Pose, reach: float, rng: np.random.Generator) -> float:
    """A distance in the middle of what the picture shows of flat ground, metres."""
    flat = visible(pose, FLAT, reach, rng)
    if not len(flat.spots):
        return 1.0
    distances = np.hypot(*flat.spots.T)
    order = np.argsort(distances)
    share = np.cumsum(flat.pixels[order]) / flat.pixels.sum()
    return float(distances[order][np.searchsorted(share, rng.uniform(0.3, 0.7))])


def _two_planes(pose: Pose, reach: float, rng: np.random.Generator) -> Ground:
    """A stand of 15-35 degrees, or a platform below the camera, beyond a line through the middle of the view."""
    turn = math.radians(rng.uniform(-90, 90))
    across = np.array([math.sin(turn), math.cos(turn)])
    start = across[1] * _middle(pose, reach, rng)
    slope = math.tan(math.radians(rng.uniform(15, 35)))
    step = float(rng.uniform(0.4, 0.9)) * (pose.height - EYE_LEVEL)
    stand = rng.random() < 0.4

    def height(spots: Array) -> Array:
        beyond = spots @ across - start
        raised: Array = np.where(beyond > 0, slope * beyond if stand else step, 0.0)
        return raised

    return Ground(height, (float(across[0]), float(across[1]), start), 0.0 if stand else step)


def _hill(pose: Pose, reach: float, rng: np.random.Generator) -> Ground:
    """A round hill whose steepest slope is 10-30 degrees."""
    ahead = _middle(pose, reach, rng) * rng.uniform(0.6, 1.3)
    top = np.array([ahead * math.tan(math.radians(rng.uniform(-20, 20))), ahead])
    width = ahead * rng.uniform(0.2, 0.5)
    height = width * math.exp(0.5) * math.tan(math.radians(rng.uniform(10, 30)))
    return Ground(lambda spots: height * np.exp(-((spots - top) ** 2).sum(axis=-1) / (2 * width**2)))


def split_picture(pose: Pose, ground: Ground, points: Array, zone: Integers) -> tuple[Array, ...]:
    """The picture cut along the edge of the raised ground at head level: polygons of zone 0 and 1."""
    a, b, c = ground.edge or (0.0, 0.0, 0.0)
    ends = np.array([[a * c - b, b * c + a], [a * c + b, b * c - a]])
    level = ground.step + EYE_LEVEL
    line = np.cross(*(pose.see(to_world(pose, ends, np.full(2, level)))))
    # To pixels: the line passes x when line . (x - centre, focal) = 0.
    width, height = pose.size
    normal, offset = line[:2], line[2] * pose.focal - line[:2] @ [width / 2, height / 2]
    if (zone - zone.mean()) @ (points @ normal) < 0:
        normal, offset = -normal, -offset
    picture = np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]])
    return _cut(picture, -normal, -offset), _cut(picture, normal, offset)


def _cut(polygon: Array, normal: Array, offset: float) -> Array:
    """The part of a convex polygon (V, 2) where normal . x + offset >= 0."""
    corners = []
    for start, stop in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        here, there = start @ normal + offset, stop @ normal + offset
        if here >= 0:
            corners.append(start)
        if here * there < 0:
            corners.append(start + (stop - start) * here / (here - there))
    return np.array(corners).reshape(-1, 2)


def choose_anchors(crowd: Crowd, placement: Placement, count: int, rng: np.random.Generator) -> Integers:
    """Heads (count,) that somebody draws boxes on."""
    if placement == "random":
        return rng.choice(len(crowd.points), size=count, replace=False)
    if placement == "corner":
        corner = np.array(crowd.pose.size) * rng.integers(2, size=2)
        nearest = np.argsort(np.hypot(*(crowd.points - corner).T))[: max(count, len(crowd.points) // 10)]
        return rng.choice(nearest, size=count, replace=False)
    low, high = np.quantile(crowd.points, [0.01, 0.99], axis=0)
    places = (crowd.points - low) / (high - low)
    chosen = [int(np.argmax(places[:, 1])), int(np.argmin(places[:, 1]))][:count]
    while len(chosen) < count:
        gaps = np.min([np.hypot(*(places - places[index]).T) for index in chosen], axis=0)
        chosen.append(int(np.argmax(gaps)))
    return np.array(chosen)


def draw_boxes(crowd: Crowd, anchors: Integers, rng: np.random.Generator, *, noise: float = 0.05) -> Array:
    """Width and height (count, 2) as drawn by hand: off by a share `noise` and by 0.4 px per side."""
    exact = crowd.sizes[anchors]
    return np.maximum(
        exact * (1 + noise * rng.standard_normal(exact.shape)) + 0.4 * rng.standard_normal(exact.shape), 1.0
    )


def spoil(sizes: Array, rng: np.random.Generator) -> tuple[Array, int]:
    """The same boxes with one of them wrong by a factor of 2 or 1/2, and which one."""
    wrong = int(rng.integers(len(sizes)))
    changed = sizes.copy()
    changed[wrong] *= 2.0 if rng.random() < 0.5 else 0.5
    return changed, wrong
