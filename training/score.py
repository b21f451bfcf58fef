"""Scores of a trained method by every protocol, and the threshold above which its candidates count.

Of an image only rows of numbers are kept. Counts and localisation (NWPU-Crowd) use the candidates above the threshold;
average precision uses all candidates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gta_head_tools.annotations import ImageAnnotations, with_size
from gta_head_tools.evaluation.detection import BoxScores
from gta_head_tools.evaluation.localization import NwpuScores
from gta_head_tools.evaluation.protocols.counted_points import PointScoresByDistance
from gta_head_tools.evaluation.protocols.protocol import Row, Scores
from gta_head_tools.evaluation.protocols.registry import PROTOCOLS
from gta_head_tools.evaluation.protocols.sides import Side, counted, inside_roi
from gta_head_tools.pictures import Picture
from gta_head_tools.progress import Track, no_progress
from training.base import Map, Method, Prediction
from training.predict import as_annotations

Truth = tuple[Picture, ImageAnnotations]
"""A picture and its true heads."""


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
        mae: of the counts, on the images that the threshold was chosen on.
    """

    threshold: float
    mae: float


@dataclass(frozen=True, slots=True)
class ImageRow:
    """The numbers of one image.

    Attributes:
        path: of the picture.
        rows: by protocol.
        lost: see `Method.lost_heads`.
    """

    path: str
    rows: Mapping[str, Row]
    lost: int | None


@dataclass(frozen=True, slots=True)
class MethodScores:
    """Scores of a method on a set of images.

    Attributes:
        threshold: that was used.
        protocols: scores by protocol; only those that fit what the method predicts and what is known of the heads.
        crowding_bound: mean number of heads of an image that no decoding can tell apart: training cannot bring the MAE
            below it. None = unknown.
        images: in the order they were given.
    """

    threshold: float
    protocols: Mapping[str, Scores]
    crowding_bound: float | None
    images: tuple[ImageRow, ...]


def candidates_of(prediction: Prediction, true: ImageAnnotations) -> Candidates:
    """What the choice of a threshold uses of an image: within the region of interest, where it has one.

    Raises:
        ValueError: the method gives no scores.
    """
    if prediction.points is None or prediction.scores is None:
        raise ValueError("a threshold is for methods that give points with scores")
    scores, roi = np.asarray(prediction.scores, dtype=np.float64), true.info.roi
    inside = scores if roi is None else scores[roi.contains(prediction.points)]
    return Candidates(inside, len(_that_count(true)))


def _that_count(true: ImageAnnotations) -> ImageAnnotations:
    heads = counted(true)
    return heads if true.info.roi is None else heads.select(true.info.roi.contains(heads.points))


def choose_threshold(images: Sequence[Candidates]) -> Choice:
    """The threshold with the smallest MAE, over every score that occurs.

    The error is constant between two neighbouring scores. Of the intervals with the smallest error the widest is taken
    (of equally wide ones the highest), and the threshold is its middle. Scores are expected to lie within 0 and 1.

    Raises:
        ValueError: no images.

    >>> choose_threshold([Candidates(np.array([0.9, 0.8, 0.3]), 2), Candidates(np.array([0.7, 0.2]), 1)])
    Choice(threshold=0.5, mae=0.0)
    """
    if not images:
        raise ValueError("no images to choose a threshold on")
    heads = np.array([image.heads for image in images], dtype=np.int64)
    scores = np.concatenate([image.scores for image in images])
    owners = np.repeat(np.arange(len(images)), [len(image.scores) for image in images])
    order = np.argsort(-scores, kind="stable")
    scores = scores[order]
    errors = heads.sum() + np.concatenate([[0], np.cumsum(_changes(owners[order], heads))])
    # A threshold can separate the best m candidates from the rest only where the next one has a lower score.
    cuts = np.flatnonzero(np.concatenate([[True], scores[1:] < scores[:-1], [True]])) if len(scores) else np.array([0])
    ends = np.concatenate([[max(1.0, scores.max(initial=1.0))], scores, [min(0.0, scores.min(initial=0.0))]])
    low, high = _widest(errors[cuts] == errors[cuts].min(), ends[cuts + 1], ends[cuts])
    middle = (low + high) / 2
    return Choice(middle if middle < high else low, int(errors[cuts].min()) / len(images))


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


def tune_threshold(method: Method, images: Iterable[Truth], *, track: Track = no_progress) -> Choice | None:
    """Set the threshold of a method on images that it was not trained on; None for a method without scores.

    Raises:
        ValueError: no images.
    """
    if "scores" not in method.PREDICTS:
        return None
    found = [candidates_of(method.predict(picture), true) for picture, true in track(images, "choosing the threshold")]
    choice = choose_threshold(found)
    method.threshold = choice.threshold
    return choice


def score_method(method: Method, images: Iterable[Truth], *, track: Track = no_progress) -> MethodScores:
    """Predict images and score them at the threshold of the method.

    Args:
        method: ready to predict.
        images: pictures with their true heads.
        track: sees every image go by.

    Raises:
        ValueError: no images.
    """
    rows = tuple(score_image(method, picture, true) for picture, true in track(images, "scoring"))
    return finish_scores(rows, method.threshold)


def score_image(method: Method, picture: Picture, true: ImageAnnotations) -> ImageRow:
    """The row of one image."""
    size = (picture.shape[1], picture.shape[0])
    true = true if true.info.sized else true.replace(info=with_size(true.info, size))
    prediction = method.predict(picture)
    lost = method.lost_heads(_that_count(true).boxes, size) if true.has_box.all() else None
    return ImageRow(true.info.path, image_rows(prediction, true, method.threshold), lost)


def image_rows(prediction: Prediction, true: ImageAnnotations, threshold: float) -> dict[str, Row]:
    """The rows of one image by all protocols that fit.

    Args:
        prediction: of its picture.
        true: its heads; what lies outside of its region of interest is left out.
        threshold: score above which candidates count.
    """
    every = as_annotations(true.info, prediction)
    above = as_annotations(true.info, prediction, threshold)
    fits: dict[str, ImageAnnotations] = {"counting": above}
    if prediction.points is not None and true.has_box.all():
        fits["nwpu"] = above
    if prediction.points is not None and prediction.scores is not None:
        fits["keypoint"] = every
        if prediction.boxes is not None and true.has_box.all():
            fits["boxes"] = every
    density = _density_of(prediction) if prediction.points is None else None
    sides = {name: (Side(found, density), Side(true)) for name, found in fits.items()}
    if true.info.roi is not None:
        sides = {name: (inside_roi(found, true), inside_roi(there, true)) for name, (found, there) in sides.items()}
    return {name: PROTOCOLS[name].update(*both) for name, both in sides.items()}


def _density_of(prediction: Prediction) -> Map:
    """The density of a method without points; for one that only counts, a single cell that holds the count."""
    return np.full((1, 1), prediction.count) if prediction.density is None else prediction.density


def finish_scores(images: Sequence[ImageRow], threshold: float) -> MethodScores:
    """Scores from the rows of all images.

    Raises:
        ValueError: no images.
    """
    if not images:
        raise ValueError("no images: there is nothing to score")
    names = [name for name in PROTOCOLS if all(name in image.rows for image in images)]
    scores = {name: PROTOCOLS[name].finish([image.rows[name] for image in images]) for name in names}
    lost = [image.lost for image in images if image.lost is not None]
    bound = math.fsum(lost) / len(images) if len(lost) == len(images) else None
    return MethodScores(threshold, scores, bound, tuple(images))


def summary(scores: MethodScores) -> dict[str, Any]:
    """The scores that runs are compared by, under the names that programs know; None where there is none."""
    counting, places, boxes = (scores.protocols.get(name) for name in ("counting", "nwpu", "boxes"))
    assert isinstance(counting, PointScoresByDistance)
    counts = counting.counts
    told: dict[str, Any] = {"threshold": scores.threshold, "images": counts.images, "heads": int(counts.heads)}
    told |= {"mae": counts.mae, "rmse": counts.rmse, "nae": counts.nae}
    found = places.sigma_l if isinstance(places, NwpuScores) else None
    told |= {name: getattr(found, name, None) for name in ("f1", "precision", "recall")}
    whole = boxes.areas["all"] if isinstance(boxes, BoxScores) else None
    told |= {name: getattr(whole, name, None) for name in ("ap", "ap50", "ap75")}
    told |= {"scene_mae": counting.counting.scene_mae, "crowding_bound": scores.crowding_bound}
    told["scenes"] = {scene: errors.mae for scene, errors in counting.counting.scenes.items()}
    return told


def every_protocol(scores: MethodScores) -> dict[str, dict[str, Any]]:
    """All scores by protocol; errors of counts only under `counting`, which alone uses the threshold."""
    counts = {"images", "heads", "mae", "rmse", "nae"}
    keys = {name: PROTOCOLS[name].score_keys(found) for name, found in scores.protocols.items()}
    return {
        name: {key: value for key, value in found.items() if name == "counting" or key not in counts}
        for name, found in keys.items()
    }
