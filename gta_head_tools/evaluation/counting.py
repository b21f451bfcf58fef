"""Errors of counts: MAE, RMSE and NAE, whole and by scene, crowd level and luminance; GAME.

Papers of the field call the root of the mean squared error "MSE"; here it is RMSE. NAE is the mean of |error| / heads
over images with heads only. Crowd levels are those of NWPU-Crowd, S0 to S4: 0, 1-100, 101-500, 501-5000, more heads.
GAME(L) adds up the errors of 4^L equal cells of the image (Guerrero-Gomez-Olmedo et al., IbPRIA 2015). The mean over
scenes of the MAE is what WorldExpo'10 is judged by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from gta_head_tools.columns import Numbers, numbers_of
from gta_head_tools.regions import Region

CELLS = 8
"""Cells along each side at the finest level of GAME."""
_LEVEL_ENDS = (0, 100, 500, 5000)

Group = TypeVar("Group", bound=Hashable)


@dataclass(frozen=True, slots=True)
class CountRow:
    """Counts of one image.

    Attributes:
        predicted: count.
        heads: true count.
        scene: name of its scene.
        luminance: level by NWPU-Crowd's lists, None = unknown.
        game: errors at GAME levels 0 to 3, None = positions are unknown.
    """

    predicted: float
    heads: float
    scene: str = ""
    luminance: int | None = None
    game: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class CountErrors:
    """Errors over some images.

    Attributes:
        images: how many.
        heads: in all of them.
        mae: mean absolute error.
        rmse: root of the mean squared error.
        nae: mean of |error| / heads over the images with heads, None = there are none.
    """

    images: int
    heads: float
    mae: float
    rmse: float
    nae: float | None


@dataclass(frozen=True, slots=True)
class CountScores:
    """Errors of a data set.

    Attributes:
        counts: over all images.
        scenes: by name of the scene.
        scene_mae: mean over scenes of their MAE.
        levels: by crowd level, 0 to 4, those that occur.
        luminances: by luminance, those that occur; empty = unknown.
        empty: over the images without heads, None = there are none.
        game: mean GAME(0) to GAME(3), None = positions of an image are unknown.
    """

    counts: CountErrors
    scenes: Mapping[str, CountErrors]
    scene_mae: float
    levels: Mapping[int, CountErrors]
    luminances: Mapping[int, CountErrors]
    empty: CountErrors | None
    game: tuple[float, ...] | None


def update_counting(
    predicted: ArrayLike, heads: ArrayLike, *, scene: str = "", luminance: int | None = None
) -> CountRow:
    """The row of one image.

    Args:
        predicted: a count, or counts by cell (8, 8) from `count_cells` or `density_cells`.
        heads: the same of the truth; with cells of both the row has GAME.
        scene: name of its scene.
        luminance: level by NWPU-Crowd's lists.

    Raises:
        ValueError: neither a number nor (8, 8) numbers, or one that is not finite.

    >>> rows = [update_counting(predicted, true) for predicted, true in [(9, 10), (0, 0), (23, 20)]]
    >>> finish_counting(rows).counts
    CountErrors(images=3, heads=30.0, mae=1.3333333333333333, rmse=1.8257418583505538, nae=0.125)
    """
    guess, truth = (_cells_or_count(values, name) for values, name in ((predicted, "predicted"), (heads, "heads")))
    game = None
    if guess.size > 1 and truth.size > 1:
        errors = [np.abs(_coarser(guess - truth, 2**level)) for level in range(4)]
        game = tuple(math.fsum(cells.ravel()) for cells in errors)
    return CountRow(math.fsum(guess.ravel()), math.fsum(truth.ravel()), scene, luminance, game)


def finish_counting(rows: Iterable[CountRow]) -> CountScores:
    """The errors of a data set from the rows of its images.

    Raises:
        ValueError: no rows.
    """
    images = list(rows)
    scenes = _grouped(images, lambda row: row.scene)
    levels = _grouped(images, lambda row: crowd_level(row.heads))
    games = [row.game for row in images if row.game is not None]
    return CountScores(
        counts=count_errors((row.predicted, row.heads) for row in images),
        scenes=scenes,
        scene_mae=math.fsum(errors.mae for errors in scenes.values()) / max(len(scenes), 1),
        levels=levels,
        luminances=_grouped([row for row in images if row.luminance is not None], lambda row: row.luminance or 0),
        empty=levels.get(0),
        game=_means(games) if len(games) == len(images) else None,
    )


def count_errors(pairs: Iterable[tuple[float, float]]) -> CountErrors:
    """Errors from pairs of predicted and true count; the order of the images changes no digit.

    Raises:
        ValueError: no pairs.
    """
    counts = list(pairs)
    if not counts:
        raise ValueError("no images: there is nothing to score")
    errors = [predicted - heads for predicted, heads in counts]
    ratios = [abs(predicted - heads) / heads for predicted, heads in counts if heads > 0]
    return CountErrors(
        images=len(counts),
        heads=math.fsum(heads for _, heads in counts),
        mae=math.fsum(map(abs, errors)) / len(counts),
        rmse=math.sqrt(math.fsum(error * error for error in errors) / len(counts)),
        nae=math.fsum(ratios) / len(ratios) if ratios else None,
    )


def crowd_level(heads: float) -> int:
    """Crowd level of an image by its number of heads, 0 to 4.

    >>> [crowd_level(heads) for heads in (0, 1, 100, 101, 500, 5000, 5001)]
    [0, 1, 1, 2, 2, 3, 4]
    """
    return int(np.searchsorted(_LEVEL_ENDS, heads, side="left"))


def count_cells(points: ArrayLike, size: tuple[int, int]) -> Numbers:
    """(8, 8) how many points (N, 2) lie in each cell of an image of (width, height); those outside count at the border.

    Raises:
        ValueError: another shape, or a size that is not positive.
    """
    if min(size) <= 0:
        raise ValueError(f"size {size} is not positive: GAME needs the size of the image")
    places = np.floor(numbers_of(points, "points", width=2) * CELLS / np.array(size))
    columns, rows = np.clip(places, 0, CELLS - 1).astype(np.int64).T
    counts = np.bincount(rows * CELLS + columns, minlength=CELLS * CELLS)
    return counts.reshape(CELLS, CELLS).astype(np.float64)


def density_cells(density: ArrayLike, size: tuple[int, int] | None = None) -> Numbers:
    """(8, 8) sum of a density map (H, W) in each cell; what the map has at a place belongs to the cell of its middle.

    Args:
        density: of any resolution.
        size: (width, height) of the image, None = that of the map.

    Raises:
        ValueError: no map.
    """
    pixels = np.asarray(density, dtype=np.float64)
    if pixels.ndim != 2 or pixels.size == 0:
        raise ValueError(f"density has shape {pixels.shape}, expected (H, W)")
    sides = pixels.shape if size is None else size[::-1]
    middles = [_middles(n, side) * CELLS / side for n, side in zip(pixels.shape, sides, strict=True)]
    to_cell = [np.eye(CELLS)[middle.astype(np.int64)] for middle in middles]
    cells: Numbers = to_cell[0].T @ pixels @ to_cell[1]
    return cells


def density_within(density: ArrayLike, roi: Region, size: tuple[int, int]) -> Numbers:
    """A density map (H, W) that is zero where heads do not count; points are left out by `roi.contains`.

    Args:
        density: of any resolution.
        roi: where heads count, in pixels of the image; a pixel of the map counts if its centre does.
        size: (width, height) of the image.
    """
    pixels = np.asarray(density, dtype=np.float64)
    columns, rows = np.meshgrid(_middles(pixels.shape[1], size[0]), _middles(pixels.shape[0], size[1]))
    inside = roi.contains(np.stack([columns.ravel(), rows.ravel()], axis=1))
    return np.where(inside.reshape(pixels.shape), pixels, 0.0)


def _middles(count: int, length: int) -> Numbers:
    """(count,) middles, in pixels, of the rows or columns of a map of an image side of `length` pixels."""
    stride = -(-length // count)
    if -(-length // stride) != count:  # The map was resized, not summed in whole cells.
        return (np.arange(count) + 0.5) * length / count
    ends = np.minimum(np.arange(count + 1) * stride, length).astype(np.float64)  # The border may cut the last cell.
    return (ends[1:] + ends[:-1]) / 2


def _cells_or_count(values: ArrayLike, name: str) -> Numbers:
    array = np.asarray(values, dtype=np.float64)
    if array.shape not in {(), (CELLS, CELLS)} or not np.isfinite(array).all():
        raise ValueError(f"{name} is neither a finite number nor {CELLS} x {CELLS} of them, shape {array.shape}")
    return array


def _coarser(cells: Numbers, side: int) -> Numbers:
    block = CELLS // side
    sums: Numbers = cells.reshape(side, block, side, block).sum(axis=(1, 3))
    return sums


def _grouped(rows: Sequence[CountRow], key: Callable[[CountRow], Group]) -> dict[Group, CountErrors]:
    groups: dict[Group, list[tuple[float, float]]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append((row.predicted, row.heads))
    return {group: count_errors(pairs) for group, pairs in groups.items()}


def _means(games: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(math.fsum(level) / len(games) for level in zip(*games, strict=True))
