"""Companies of people: one person alone, a group that talks or walks together, or a queue."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.synthesis.people.spots import Floors, Ground
from gta_head_tools.synthesis.places.stage import Array

FACING, WALKING, QUEUE = range(3)
"""What a company does: stand (in a group people face each other), walk in one direction, or wait in a row."""
_STEP = 0.66
"""Metres between neighbours in a company."""


@dataclass(frozen=True, slots=True)
class Company:
    """N people with the places where they would stand.

    Attributes:
        spots: (N, 2) local.
        floor: (N,) number of the floor.
        facing: (N,) radians: 0 = against the camera's direction, larger = to the right.
        does: (N,) FACING, WALKING or QUEUE.
        leads: (N,) True for the first person of each company.
    """

    spots: Array
    floor: NDArray[np.intp]
    facing: Array
    does: NDArray[np.intp]
    leads: NDArray[np.bool_]

    def select(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Company:
        """The people at `rows`, in that order."""
        return Company(*(getattr(self, column.name)[rows] for column in fields(self)))

    def joined(self, other: Company) -> Company:
        """These people, followed by the others."""
        pairs = ((getattr(self, column.name), getattr(other, column.name)) for column in fields(self))
        return Company(*(np.concatenate(pair) for pair in pairs))


def draw_company(ground: Ground, appeal: Array, flow: Array, people: int, rng: np.random.Generator) -> Company:
    """About `people` people on the ground, company by company.

    Args:
        ground: where they stand.
        appeal: (M,) weight of each cell of the ground.
        flow: (K,) directions that people walk in, radians.
        people: approximate number.
        rng: draws them.
    """
    if not len(appeal) or people <= 0:
        none = np.empty(0, np.intp)
        return Company(np.empty((0, 2)), none, np.empty(0), none, np.empty(0, np.bool_))
    leaders = max(people // 2, 1)
    ends = np.cumsum(appeal)
    cells = np.searchsorted(ends, rng.random(leaders) * ends[-1], side="right").clip(0, len(appeal) - 1)
    floor = ground.floor[cells]
    jitter = np.where(ground.floors.seats[floor, None], 0.12, 1.0) * rng.uniform(-1, 1, (leaders, 2))
    middles = ground.middles[cells] + jitter * ground.half[cells]
    does, sizes = _plans(ground.floors, floor, leaders, rng)
    whose = np.repeat(np.arange(leaders), sizes)[: people + 12]
    rank = np.arange(len(whose)) - (np.cumsum(sizes) - sizes)[whose]
    way = _ways(ground.floors, floor, flow, rng)
    offsets, facing = _places(does[whose], rank, sizes[whose], way[whose], rng)
    spots = middles[whose] + offsets
    fixed = ground.floors.facing[floor[whose]]
    turned = np.where(np.isnan(fixed), facing, fixed + rng.normal(0, 0.15, len(whose)))
    company = Company(spots, floor[whose], turned, does[whose], rank == 0)
    return company.select(ground.floors.hold(spots, company.floor))


def _plans(
    floors: Floors, floor: NDArray[np.intp], leaders: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """What each company does, and how many people it has."""
    chance = rng.random(leaders)
    does = np.where(chance < 0.55, FACING, WALKING)
    does[chance > 0.985] = QUEUE
    does[floors.queue[floor]] = QUEUE
    sizes = rng.choice([1, 2, 3, 4, 5], leaders, p=[0.5, 0.25, 0.13, 0.08, 0.04])
    sizes[does == QUEUE] = rng.integers(4, 13, (does == QUEUE).sum())
    sizes[floors.seats[floor]] = 1
    return does.astype(np.intp), sizes.astype(np.intp)


def _ways(floors: Floors, floor: NDArray[np.intp], flow: Array, rng: np.random.Generator) -> Array:
    """Direction (C,) in which each company walks, or in which one person alone looks, radians."""
    leaders = len(floor)
    way = flow[rng.integers(0, len(flow), leaders)] + rng.normal(0, 0.3, leaders)
    lost = rng.random(leaders) < 0.25
    way = np.where(lost, rng.uniform(-np.pi, np.pi, leaders), way)
    fixed = floors.facing[floor]
    return np.where(np.isnan(fixed), way, fixed)


def _places(
    does: NDArray[np.intp], rank: NDArray[np.intp], size: NDArray[np.intp], way: Array, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Offsets (N, 2) of people from the middle of their company, and the directions (N,) they face."""
    number = len(rank)
    ring = way + 2 * np.pi * rank / size + rng.normal(0, 0.18, number)
    radius = np.where(size > 1, _STEP / 2 / np.sin(np.pi / np.maximum(size, 2)), 0) * rng.uniform(0.95, 1.25, number)
    ahead = np.stack([np.sin(way), -np.cos(way)], axis=1)
    aside = np.stack([np.cos(way), np.sin(way)], axis=1)
    talk = radius[:, None] * np.stack([np.sin(ring), -np.cos(ring)], axis=1)
    row = (rank - (size - 1) / 2)[:, None] * _STEP
    wander = rng.normal(0, 1, (number, 2))
    walk = aside * row + ahead * wander[:, :1] * 0.16
    wait = -ahead * row * 1.1 + aside * (wander[:, :1] * 0.07 + np.sin(rank * 0.5)[:, None] * 0.15)
    offsets = np.where((does == FACING)[:, None], talk, np.where((does == WALKING)[:, None], walk, wait))
    inward = np.where(size > 1, ring + np.pi, way) + 0.25 * wander[:, 1]
    facing = np.where(does == FACING, inward, way + 0.12 * wander[:, 1])
    return offsets, facing
