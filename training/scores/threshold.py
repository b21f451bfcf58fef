"""The threshold above which candidates count, chosen by the errors of the counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations, Points
from gta_head_tools.evaluation.protocols.sides import counted


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What the choice of a threshold uses of an image.

    Attributes:
        scores: (K,) of all candidates.
        heads: true count.
    """

    scores: NDArray[np.float64]
    heads: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen threshold.

    Attributes:
        threshold: candidates with a higher score count.
        error: of the counts, on the images that the threshold was chosen on: their MAE or NAE.
    """

    threshold: float
    error: float


def candidates_of(points: Points, scores: NDArray[np.float64], true: ImageAnnotations) -> Candidates:
    """What the choice of a threshold uses of an image: within the region of interest, where it has one.

    Args:
        points: (K, 2) of all candidates.
        scores: (K,) of them.
        true: the heads of the image.
    """
    roi = true.info.roi
    known = np.asarray(scores, dtype=np.float64)
    return Candidates(known if roi is None else known[roi.contains(points)], len(that_count(true)))


def that_count(true: ImageAnnotations) -> ImageAnnotations:
    """The heads that count: not ignored, and within the region of interest where the image has one."""
    heads = counted(true)
    return heads if true.info.roi is None else heads.select(true.info.roi.contains(heads.points))


def choose_threshold(images: Sequence[Candidates], *, relative: bool = False) -> Choice:
    """The threshold with the smallest error of the counts, over every score that occurs.

    The error is constant between two neighbouring scores. Of the intervals with the smallest error the widest is taken
    (of equally wide ones the highest), and the threshold is its middle. Scores are expected to lie within 0 and 1.

    Args:
        images: to choose it on.
        relative: the error is the NAE over the images that have heads, so that a few pictures with many heads do not
            decide alone; else the MAE. Without any heads it is the MAE as well.

    Raises:
        ValueError: no images.

    >>> choose_threshold([Candidates(np.array([0.9, 0.8, 0.3]), 2), Candidates(np.array([0.7, 0.2]), 1)])
    Choice(threshold=0.5, error=0.0)
    """
    if not images:
        raise ValueError("no images to choose a threshold on")
    heads = np.array([image.heads for image in images], dtype=np.int64)
    weights = np.ones(len(heads))
    if relative and heads.any():
        weights = np.where(heads > 0, 1 / np.maximum(heads, 1), 0)
    scores = np.concatenate([image.scores for image in images])
    owners = np.repeat(np.arange(len(images)), [len(image.scores) for image in images])
    order = np.argsort(-scores, kind="stable")
    scores, owners = scores[order], owners[order]
    errors = heads @ weights + np.concatenate([[0], np.cumsum(_changes(owners, heads) * weights[owners])])
    # A threshold can separate the best m candidates from the rest only where the next one has a lower score.
    cuts = np.flatnonzero(np.concatenate([[True], scores[1:] < scores[:-1], [True]])) if len(scores) else np.array([0])
    ends = np.concatenate([[max(1.0, scores.max(initial=1.0))], scores, [min(0.0, scores.min(initial=0.0))]])
    least = errors[cuts].min()
    # Sums of shares differ by rounding where they are equal.
    low, high = _widest(errors[cuts] <= least + 1e-9, ends[cuts + 1], ends[cuts])
    middle = (low + high) / 2
    return Choice(middle if middle < high else low, float(least) / np.count_nonzero(weights))


def _changes(owners: NDArray[np.int64], heads: NDArray[np.int64]) -> NDArray[np.int64]:
    """(K,) what each candidate adds to the error of its image when counted after all better ones: -1 or 1."""
    by_image = np.argsort(owners, kind="stable")
    starts = np.searchsorted(owners[by_image], np.arange(len(heads)))
    rank = np.empty(len(owners), dtype=np.int64)
    rank[by_image] = np.arange(len(owners)) - starts[owners[by_image]]
    return np.where(rank < heads[owners], -1, 1)


def _widest(best: NDArray[np.bool_], lows: NDArray[np.float64], highs: NDArray[np.float64]) -> tuple[float, float]:
    """Ends of the widest run of neighbouring intervals that are all best; intervals go from high scores to low ones."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], best, [False]]).astype(np.int8)))
    first, last = edges[::2], edges[1::2] - 1
    widest = int(np.argmax(highs[first] - lows[last]))
    return float(lows[last[widest]]), float(highs[first[widest]])
