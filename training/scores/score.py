"""Scores of a trained method by every protocol, and the threshold above which its candidates count.

Of an image only rows of numbers are kept. Counts and localisation (NWPU-Crowd) use the candidates above the threshold;
average precision uses all candidates. Densities are scored at the pixels of the picture, as `predict --to density`
writes them, against maps of the true heads that are drawn as the settings of the method say.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gta_head_tools.annotations import ImageAnnotations, with_size
from gta_head_tools.evaluation.counting import count_errors
from gta_head_tools.evaluation.detection import BoxScores
from gta_head_tools.evaluation.localization import NwpuScores
from gta_head_tools.evaluation.map_quality import WINDOW, MapScores
from gta_head_tools.evaluation.protocols.counted_points import PointScoresByDistance
from gta_head_tools.evaluation.protocols.protocol import Row, Scores
from gta_head_tools.evaluation.protocols.registry import PROTOCOLS
from gta_head_tools.evaluation.protocols.sides import Side, inside_roi
from gta_head_tools.maps.cells import at_pixels
from gta_head_tools.maps.kernels import Kernel
from gta_head_tools.pictures import Picture
from gta_head_tools.progress import Track, no_progress
from training.base import Map, Method, Prediction
from training.families.size_map import SizeErrors, size_scores
from training.predict import as_annotations
from training.scores.by_size import Sizes, bias_by_scene, recall_by_size, sizes_of
from training.scores.threshold import that_count

Truth = tuple[Picture, ImageAnnotations]
"""A picture and its true heads."""


@dataclass(frozen=True, slots=True)
class ImageRow:
    """The numbers of one image.

    Attributes:
        path: of the picture.
        rows: by protocol.
        lost: see `Method.lost_heads`.
        sizes: its heads by size, None = unknown.
        size_errors: of a method that gives sizes to known heads, and has no rows.
        counts: predicted and true, of a method that counts in several ways, by their names. They are of whole pictures,
            so that there are none where the picture has a region of interest.
    """

    path: str
    rows: Mapping[str, Row]
    lost: int | None
    sizes: Sizes | None = None
    size_errors: SizeErrors | None = None
    counts: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MethodScores:
    """Scores of a method on a set of images.

    Attributes:
        threshold: that was used; None = predictions have no scores.
        protocols: scores by protocol; only those that fit what the method predicts and what is known of the heads.
        crowding_bound: mean number of heads of an image that no decoding can tell apart: training cannot bring the MAE
            below it. None = unknown.
        images: in the order they were given.
        kernel: of the maps of true heads that densities were compared with; None = none were.
    """

    threshold: float | None
    protocols: Mapping[str, Scores]
    crowding_bound: float | None
    images: tuple[ImageRow, ...]
    kernel: Kernel | None = None


def validate_method(method: Method, images: Iterable[Truth], *, track: Track = no_progress) -> dict[str, float]:
    """Calibrate a method on images that it was not trained on, and score it there.

    Args:
        method: its hook `calibrate` is called, which by default chooses the threshold.
        images: pictures with their true heads.
        track: sees every image go by.

    Returns:
        `mae` of the counts; `f1` (NWPU-Crowd) where the method gives points and all heads have boxes; `threshold`. Of
        a method that gives sizes to known heads, those of `size_scores`.

    Raises:
        ValueError: no images.
    """
    truths = [*images] if _predicts_anew(method) else None
    found = [(method.predict(picture), true) for picture, true in track(truths or images, "choosing the threshold")]
    method.calibrate(found)
    if truths is not None:
        found = [(method.predict(picture), true) for picture, true in truths]
    sizes = [SizeErrors.of(each.sizes, true) for each, true in found if each.sizes is not None]
    if sizes:
        return {name: value for name, value in size_scores(sizes).items() if value is not None}
    rows = [image_rows(each, true, method.threshold, names=("counting", "nwpu")) for each, true in found]
    scores = summary(finish_scores([ImageRow("", row, None) for row in rows], method.score_threshold))
    return {name: scores[name] for name in ("mae", "f1", "threshold") if scores[name] is not None}


def _predicts_anew(method: Method) -> bool:
    """True where calibrating changes predictions themselves, not only which of the candidates count."""
    return type(method).calibrate is not Method.calibrate


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
    found = finish_scores(rows, method.score_threshold)
    return replace(found, kernel=_kernel_of(method) if "density" in found.protocols else None)


def _kernel_of(method: Method) -> Kernel:
    """How true heads are drawn: as the method learns them, where its settings say so."""
    return method.config if isinstance(method.config, Kernel) else Kernel()


def score_image(method: Method, picture: Picture, true: ImageAnnotations) -> ImageRow:
    """The row of one image."""
    size = (picture.shape[1], picture.shape[0])
    true = true if true.info.sized else true.replace(info=with_size(true.info, size))
    prediction = method.predict(picture)
    if prediction.sizes is not None:
        return ImageRow(true.info.path, {}, None, size_errors=SizeErrors.of(prediction.sizes, true))
    lost = method.lost_heads(that_count(true).boxes, size) if true.has_box.all() else None
    above = None if prediction.points is None else as_annotations(true.info, prediction, method.threshold)
    count = prediction.count if above is None else len(above)
    rows = image_rows(prediction, true, method.threshold, kernel=_kernel_of(method))
    heads = float(len(that_count(true)))
    named = {} if true.info.roi is not None else {name: (each, heads) for name, each in prediction.counts.items()}
    return ImageRow(true.info.path, rows, lost, sizes_of(above, true, count), counts=named)


def image_rows(
    prediction: Prediction,
    true: ImageAnnotations,
    threshold: float,
    *,
    names: Collection[str] = PROTOCOLS.keys(),
    kernel: Kernel | None = None,
) -> dict[str, Row]:
    """The rows of one image by all protocols that fit.

    Args:
        prediction: of its picture.
        true: its heads; what lies outside of its region of interest is left out.
        threshold: score above which candidates count.
        names: of the protocols.
        kernel: of the true heads in the map that a density is compared with; None = it is not compared.
    """
    every = as_annotations(true.info, prediction)
    above = as_annotations(true.info, prediction, threshold)
    density = _density_of(prediction, true)
    there = Side(true)
    fits = {"counting": (Side(above, density if prediction.points is None else None), there)}
    if prediction.points is not None and true.has_box.all():
        fits["nwpu"] = (Side(above), there)
    if prediction.points is not None and prediction.scores is not None:
        fits["keypoint"] = (Side(every), there)
        if prediction.boxes is not None and true.has_box.all():
            fits["boxes"] = (Side(every), there)
    if prediction.density is not None and kernel is not None and _can_be_drawn(true, kernel):
        fits["density"] = (Side(above, density), Side(true, kernel.density(true)))
    sides = {name: both for name, both in fits.items() if name in names}
    if true.info.roi is not None:
        sides = {name: (inside_roi(found, true), inside_roi(drawn, true)) for name, (found, drawn) in sides.items()}
    return {name: PROTOCOLS[name].update(*both) for name, both in sides.items()}


def _density_of(prediction: Prediction, true: ImageAnnotations) -> Map:
    """The density at the pixels of the picture; of a method that only counts, a single cell that holds the count."""
    if prediction.density is None:
        return np.full((1, 1), prediction.count)
    return at_pixels(prediction.density, true.info.size) if true.info.sized else prediction.density


def _can_be_drawn(true: ImageAnnotations, kernel: Kernel) -> bool:
    """True where there is a map of the true heads, which the protocol `density` needs to be of some size."""
    has_sigmas = kernel.sigma != "box" or bool((true.has_box | true.ignore).all())
    return has_sigmas and true.info.sized and min(true.info.size) >= WINDOW


def finish_scores(images: Sequence[ImageRow], threshold: float | None) -> MethodScores:
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
    errors = [image.size_errors for image in scores.images if image.size_errors is not None]
    if errors:
        return {"threshold": None, "crowding_bound": None} | size_scores(errors)
    counting, places, boxes = (scores.protocols.get(name) for name in ("counting", "nwpu", "boxes"))
    assert isinstance(counting, PointScoresByDistance)
    counts = counting.counts
    told: dict[str, Any] = {"threshold": scores.threshold, "images": counts.images, "heads": int(counts.heads)}
    told |= {"mae": counts.mae, "rmse": counts.rmse, "nae": counts.nae}
    found = places.sigma_l if isinstance(places, NwpuScores) else None
    told |= {name: getattr(found, name, None) for name in ("f1", "precision", "recall")}
    whole = boxes.areas["all"] if isinstance(boxes, BoxScores) else None
    told |= {name: getattr(whole, name, None) for name in ("ap", "ap50", "ap75")}
    likeness = scores.protocols.get("density")
    maps = likeness if isinstance(likeness, MapScores) else None
    told |= {name: getattr(maps, name, None) for name in ("ssim", "psnr", "background_ratio")}
    told |= {"true_maps": None if scores.kernel is None else scores.kernel.words}
    told["counts"] = _named_counts(scores.images)
    told |= {"scene_mae": counting.counting.scene_mae, "crowding_bound": scores.crowding_bound}
    sizes = [image.sizes for image in scores.images if image.sizes is not None]
    every = sizes if len(sizes) == len(scores.images) else []
    bias, scenes = bias_by_scene(every), counting.counting.scenes
    told["scenes"] = {
        scene: {"images": errors.images, "mae": errors.mae} | bias.get(scene, {}) for scene, errors in scenes.items()
    }
    return told | {"recall_by_size": recall_by_size(every)}


def _named_counts(images: Sequence[ImageRow]) -> dict[str, dict[str, float | None]]:
    """MAE, RMSE and NAE of each of the ways in which a method counts, by its name."""
    names = [name for name in images[0].counts if all(name in image.counts for image in images)]
    errors = {name: count_errors([image.counts[name] for image in images]) for name in names}
    return {name: {"mae": each.mae, "rmse": each.rmse, "nae": each.nae} for name, each in errors.items()}


def every_protocol(scores: MethodScores) -> dict[str, dict[str, Any]]:
    """All scores by protocol; errors of counts only under `counting`, which alone uses the threshold."""
    counts = {"images", "heads", "mae", "rmse", "nae"}
    keys = {name: PROTOCOLS[name].score_keys(found) for name, found in scores.protocols.items()}
    return {
        name: {key: value for key, value in found.items() if name == "counting" or key not in counts}
        for name, found in keys.items()
    }
