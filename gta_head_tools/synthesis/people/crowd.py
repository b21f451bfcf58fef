"""People on a stage: where they stand, which way they face, and how they look."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.synthesis.people.clothes import Palettes, draw_palettes
from gta_head_tools.synthesis.people.groups import FACING, QUEUE, WALKING, Company, draw_company
from gta_head_tools.synthesis.people.shape_index import (
    BODIES,
    BODY_CHILD,
    BODY_HEAD_HEIGHT,
    BODY_HEAD_SCALE,
    BODY_POSES,
    HEADS,
    UMBRELLAS,
)
from gta_head_tools.synthesis.people.spots import EYE, Floors, Ground, settle, shown
from gta_head_tools.synthesis.places.stage import Array, Stage

JOINT = 0.15
"""Distance of the head joint, which games give as the point of a head, below the middle of the head, as a share of
half the height of the head."""
HALF_HEAD = 0.1175
"""Half the height of the head of an adult with hair, metres."""
_MADE_AS = 1.70
"""Stature of the bodies of `BODY_KINDS`, metres."""
_ROOMY, _CLOSEST = 0.62, 0.34
"""Metres from one person to the next where there is much room, and where there is little."""
_OUTFITS = 360
"""Number of sets of colours in a scene."""

Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Cast:
    """The people who can appear in a scene.

    Attributes:
        heads: rows of `HEADS`.
        bodies: rows of `BODIES`.
        outfits: (O, 16, 3) colours of clothes, skin and hair.
        umbrellas: share of people with an umbrella in heavy rain.
        children: share of children.
        flow: (2,) directions that people walk in, radians.
    """

    heads: Numbers
    bodies: Numbers
    outfits: Palettes
    umbrellas: float
    children: float
    flow: Array


@dataclass(frozen=True, slots=True)
class Crowd:
    """N people.

    Attributes:
        spots: (N, 3) local points under them, at the height of the feet of a standing person.
        stature: (N,) size of the body, 1 = as made.
        heads: (N,) rows of `HEADS`.
        bodies: (N,) rows of `BODIES`.
        umbrellas: (N,) rows of `UMBRELLAS`, -1 = none.
        facing: (N,) direction of the body, radians: 0 = against the camera's direction, larger = to the right.
        gaze: (N,) direction of the head, the same.
        head_sizes: (N,) size of the head, 1 = as made.
        palettes: (N, 16, 3).
    """

    spots: Array
    stature: Array
    heads: Numbers
    bodies: Numbers
    umbrellas: Numbers
    facing: Array
    gaze: Array
    head_sizes: Array
    palettes: Palettes

    def select(self, rows: Numbers) -> Crowd:
        """The people at `rows`, in that order."""
        return Crowd(*(getattr(self, column.name)[rows] for column in fields(self)))

    @property
    def middles(self) -> Array:
        """(N, 3) middles of the heads, local."""
        return _raised(self.spots, BODY_HEAD_HEIGHT[self.bodies] * self.stature)

    @property
    def joints(self) -> Array:
        """(N, 3) head joints, local."""
        return _raised(self.middles, -JOINT * HALF_HEAD * self.head_sizes)


def _raised(spots: Array, up: Array) -> Array:
    return np.column_stack([spots[:, :2], spots[:, 2] + up])


def draw_cast(rng: np.random.Generator, rain: float) -> Cast:
    """A random cast; `rain` is the heaviest rain of the scene, which decides how people dress."""
    heads = rng.permutation(len(HEADS))[:28]
    bodies = rng.permutation(len(BODIES))[:26]
    mood = (
        "rain" if rain > 0 else str(rng.choice(["street", "match day", "office", "summer"], p=[0.5, 0.2, 0.15, 0.15]))
    )
    main = rng.uniform(-np.pi, np.pi)
    return Cast(
        heads, bodies, draw_palettes(rng, _OUTFITS, mood),
        umbrellas=float(rng.uniform(0.2, 0.5)),
        children=float(rng.uniform(0.0, 0.1)),
        flow=np.array([main, main + np.pi + rng.normal(0, 0.3)]),
    )  # fmt: skip


def draw_crowd(
    stage: Stage, ground: Ground, cast: Cast, people: int, *,
    depth: NDArray[np.float32], rain: float, rng: np.random.Generator,
) -> Crowd:  # fmt: skip
    """A crowd with `people` visible heads, or fewer if the floor is full, and some more people at the rim.

    Args:
        stage: the place.
        ground: of the stage.
        cast: the people who can appear.
        people: number of visible heads.
        depth: (H, W) of the scenery, metres.
        rain: 0..1, share of the cast's umbrellas that are used.
        rng: draws everything.
    """
    appeal = _appeal(ground, rng)
    company, local, counts = draw_company(ground, appeal, cast.flow, 0, rng), np.empty((0, 3)), np.empty(0, np.bool_)
    counted = 0
    for room in _elbow_rooms(ground, people):
        if counted >= people:
            break
        more = draw_company(ground, appeal, cast.flow, round(2.2 * (people - counted)) + 8, rng)
        stand = np.column_stack([more.spots, ground.floors.heights(more.spots, more.floor)])
        pixels, far = stage.see(stand + np.array([0.0, 0.0, EYE]))
        before = len(local)
        company, local = company.joined(more), np.concatenate([local, stand])
        counts = np.concatenate([counts, shown(pixels, far, depth)])
        settled = settle(local, counts, stage.blocked, wanted=people, room=room, before=before)
        company, local, counts = company.select(settled.kept), local[settled.kept], counts[settled.kept]
        counted, appeal = settled.counted, appeal**0.8
    return _dress(company, local, ground.floors, replace(cast, umbrellas=rain * cast.umbrellas), rng)


def _elbow_rooms(ground: Ground, people: int) -> list[float]:
    """Distances between people in metres to try in turn: first what the area allows for that many, then less."""
    area = float(ground.areas[ground.seen].sum())
    first = min(max(math.sqrt(0.35 * area / max(people, 1)), _CLOSEST), _ROOMY)
    return [max(first * share, _CLOSEST) for share in (1, 1, 0.93, 0.87, 0.8, 0.74, 0.68, 0.62, 0.56, 0.5)]


def _appeal(ground: Ground, rng: np.random.Generator) -> Array:
    """(M,) attraction of each cell: less at a distance, more around five places, very little in four gaps."""
    weights = ground.areas.astype(np.float32)
    reach = np.quantile(ground.depth, 0.9) if len(weights) else 1.0
    weights *= np.exp(-ground.depth / (reach * rng.uniform(0.5, 1.6))).astype(np.float32)
    field = np.full(len(weights), 0.35, np.float32)
    for share in (*rng.uniform(0.4, 2.5, 5), *(-rng.uniform(0.5, 1.0, 4))):
        if not len(weights):
            break
        middle = ground.middles[rng.integers(len(weights))]
        size = rng.uniform(0.04, 0.22) * reach if share > 0 else rng.uniform(0.02, 0.08) * reach
        distance = ((ground.middles - middle) ** 2).astype(np.float32) @ np.array([1, 1], np.float32)
        bump = np.exp(distance * np.float32(-0.5 / size**2))
        field = field + np.float32(share) * bump if share > 0 else field * (1 + np.float32(share) * bump)
    weights *= field
    weights[ground.floors.seats[ground.floor]] += 0.15
    weights[ground.floors.queue[ground.floor]] *= 4
    return weights.astype(np.float64)


def _dress(company: Company, local: Array, floors: Floors, cast: Cast, rng: np.random.Generator) -> Crowd:
    """Give a company at local spots (N, 3) bodies in fitting poses, heads and clothes."""
    number = len(local)
    seated = floors.seats[company.floor]
    bodies = _bodies(company, seated, cast, rng)
    stature = np.clip(rng.normal(1.69, 0.09, number), 1.45, 1.98) / _MADE_AS
    head_sizes = BODY_HEAD_SCALE[bodies] * (0.5 + 0.5 * stature) * rng.normal(1.0, 0.025, number).clip(0.93, 1.07)
    dry = rng.random(number) >= cast.umbrellas
    umbrellas = np.where(dry | BODY_CHILD[bodies], -1, rng.integers(0, len(UMBRELLAS), number))
    return Crowd(
        spots=local,
        stature=stature,
        heads=cast.heads[rng.integers(0, len(cast.heads), number)],
        bodies=bodies,
        umbrellas=umbrellas.astype(np.intp),
        facing=company.facing,
        gaze=company.facing + rng.normal(0, np.radians(25), number).clip(-1.05, 1.05),
        head_sizes=head_sizes,
        palettes=cast.outfits[rng.integers(0, len(cast.outfits), number)],
    )


_DOES = {
    FACING: (("stand", 0.7), ("crossed", 0.15), ("phone", 0.15)),
    WALKING: (("walk", 0.9), ("phone", 0.1)),
    QUEUE: (("stand", 0.7), ("phone", 0.2), ("crossed", 0.1)),
}
_POSES = np.array(BODY_POSES)
_SEATED = (("sit", 0.93), ("stand", 0.04), ("cheer", 0.03))


def _bodies(company: Company, seated: NDArray[np.bool_], cast: Cast, rng: np.random.Generator) -> Numbers:
    """Rows (N,) of `BODIES`: a pose that fits what the person does, then a body of the cast in that pose."""
    number = len(seated)
    bodies = np.empty(number, np.intp)
    chance, pick = rng.random(number), rng.random(number)
    young = ~company.leads & (rng.random(number) < 3 * cast.children)
    for does, poses in (*_DOES.items(), (None, _SEATED)):
        rows = np.flatnonzero(seated if does is None else ~seated & (company.does == does))
        ends = np.cumsum([share for _, share in poses])
        which = np.searchsorted(ends[:-1], chance[rows])
        for index, (pose, _) in enumerate(poses):
            for child in (False, True):
                here = rows[(which == index) & (young[rows] == child)]
                if not len(here):
                    continue
                kinds = _kinds(cast, pose, child=child)
                bodies[here] = kinds[(pick[here] * len(kinds)).astype(np.intp)]
    return bodies


def _kinds(cast: Cast, pose: str, *, child: bool) -> Numbers:
    """Bodies of a cast in a pose; if it has none, those of all kinds; if there are none, standing ones."""
    for among in (cast.bodies, np.arange(len(BODIES))):
        for wanted in (pose, "stand" if pose != "sit" else "sit"):
            kinds: Numbers = among[(_POSES[among] == wanted) & (BODY_CHILD[among] == child)]
            if len(kinds):
                return kinds
    return _kinds(cast, "stand", child=False)
