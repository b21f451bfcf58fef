"""Box scores against pycocotools, whose limit on detections is set out of the way."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from gta_head_tools.evaluation.average_precision import THRESHOLDS
from gta_head_tools.evaluation.box_choice import choose
from gta_head_tools.evaluation.detection import COCO_AREAS, HEAD_AREAS, Areas, AreaScores, finish_boxes, update_boxes
from gta_head_tools.geometry import from_xywh, to_xywh
from test_core.nwpu_scorer import Array


@dataclass(frozen=True)
class Image:
    predicted: Array
    heads: Array
    scores: Array
    ignore: NDArray[np.bool_]


def score(images: list[Image], areas: Areas) -> dict[str, AreaScores]:
    rows = [update_boxes(one.predicted, one.heads, scores=one.scores, ignore=one.ignore, areas=areas) for one in images]
    return dict(finish_boxes(rows, areas=areas).areas)


def written(boxes: Array, decimals: int | None) -> list[list[float]]:
    """x y w h as a file gives them."""
    xywh = to_xywh(boxes)
    rows: list[list[float]] = (xywh if decimals is None else xywh.round(decimals)).tolist()
    return rows


def by_coco(images: list[Image], areas: Areas, decimals: int | None) -> dict[str, tuple[float, ...]]:
    """ap, ap50, ap75, ar of every range; -1 = there are no heads."""
    heads = [
        {"image_id": k, "bbox": box, "area": box[2] * box[3], "iscrowd": int(crowd)}
        for k, one in enumerate(images)
        for box, crowd in zip(written(one.heads, decimals), one.ignore.tolist(), strict=True)
    ]
    found = [
        {"image_id": k, "category_id": 1, "bbox": box, "score": sure}
        for k, one in enumerate(images)
        for box, sure in zip(written(one.predicted, decimals), one.scores.tolist(), strict=True)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "images": [{"id": k} for k in range(len(images))],
            "categories": [{"id": 1}],
            "annotations": [{**head, "id": k, "category_id": 1} for k, head in enumerate(heads, start=1)],
            "info": {},
        }
        truth.createIndex()
        judge = COCOeval(truth, truth.loadRes(found), "bbox")
        judge.params.maxDets = [10**6]
        judge.params.areaRng, judge.params.areaRngLbl = [list(ends) for ends in areas.values()], list(areas)
        judge.evaluate()
        judge.accumulate()
    precision, recall = (
        judge.eval[name][:, ..., place, 0] for name in ("precision", "recall") for place in [slice(None)]
    )
    return {
        name: (
            precision[..., 0, k].mean(),
            precision[0, :, 0, k].mean(),
            precision[5, :, 0, k].mean(),
            recall[:, 0, k].mean(),
        )
        for k, name in enumerate(areas)
    }


def compare(images: list[Image], areas: Areas, decimals: int | None = None) -> None:
    expected = by_coco(images, areas, decimals)
    for name, found in score(images, areas).items():
        ours = [-1 if value is None else value for value in (found.ap, found.ap50, found.ap75, found.ar)]
        np.testing.assert_allclose(ours, expected[name], rtol=0, atol=1e-12, err_msg=name)


def crowd(rng: np.random.Generator, count: int, *, whole: bool = False) -> Image:
    """Heads of all sizes, some ignored, and predictions near them, doubled, missing and false."""
    corners, sides = (
        rng.uniform(0, 600, (count, 2)),
        np.exp(rng.uniform(1, 5, (count, 1))) * rng.uniform(0.8, 1.2, (count, 2)),
    )
    heads = np.hstack([corners, corners + sides])
    near = heads[rng.integers(0, max(count, 1), count)] if count else heads
    size = (near[:, 2:] - near[:, :2])[:, [0, 1, 0, 1]]
    predicted = near + rng.normal(0, 0.08, near.shape) * size
    predicted[:, 2:] = np.maximum(predicted[:, 2:], predicted[:, :2] + 1)
    if whole:
        heads, predicted = heads.round(), predicted.round()
    scores = rng.integers(0, 50, count) / 50  # Many are equal.
    return Image(predicted, heads, scores, rng.random(count) < 0.05)


AREAS = pytest.mark.parametrize("areas", [COCO_AREAS, HEAD_AREAS], ids=["coco", "heads"])


def dense(count: int) -> list[Image]:
    """More heads an image than COCO's own limit."""
    rng = np.random.default_rng(0)
    return [crowd(rng, heads) for heads in rng.integers(101, 180, count)]


@AREAS
def test_8_dense_images(areas: Areas) -> None:
    compare(dense(8), areas)


@pytest.mark.slow
@AREAS
def test_200_dense_images(areas: Areas) -> None:
    compare(dense(200), areas)


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), counts=st.lists(st.integers(0, 12), min_size=1, max_size=4))
def test_small_images_with_whole_pixels(seed: int, counts: list[int]) -> None:
    """Whole pixels make overlaps equal, and equal to thresholds."""
    rng = np.random.default_rng(seed)
    images = [crowd(rng, count, whole=True) for count in counts]
    if sum(counts):
        compare(images, COCO_AREAS)
    else:
        assert score(images, COCO_AREAS)["all"] == AreaScores(0)


def near_threshold(rng: np.random.Generator, decimals: int) -> tuple[list[float], list[float]]:
    """A prediction and a head x y w h with that many decimals, whose overlap often is a threshold exactly."""
    left, top, *sides = np.concatenate([rng.uniform(0, 2000, 2), rng.uniform(2, 60, 2)]).round(decimals).tolist()
    share, side = rng.choice(THRESHOLDS), int(rng.integers(2))
    cut = [round(length * (share if side == axis else 1), decimals) for axis, length in enumerate(sides)]
    shift = rng.choice([0.0, 3.0]) * rng.normal(size=2)
    return [round(left + shift[0], decimals), round(top + shift[1], decimals), *cut], [left, top, *sides]


@pytest.mark.parametrize("decimals", [1, 2, 3])
def test_pairs_that_lie_on_a_threshold(decimals: int) -> None:
    rng = np.random.default_rng(decimals)
    pairs = [np.array(near_threshold(rng, decimals)) for _ in range(10_000)]
    overlaps = np.array([mask.iou(pair[:1], pair[1:], [0])[0, 0] for pair in pairs])[:, None]
    expected = overlaps >= np.minimum(THRESHOLDS, 1 - 1e-10)
    everywhere = np.array([[0.0, 1e10]])
    corners = [from_xywh(pair) for pair in pairs]
    bits = [int(choose(pair[:1], pair[1:], np.zeros(1, bool), everywhere)[0][0, 0]) for pair in corners]
    assert np.array_equal(np.array(bits)[:, None] >> np.arange(10) & 1, expected)
    assert (np.abs(overlaps - THRESHOLDS) < 1e-12).any(axis=1).sum() > 500


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), decimals=st.integers(1, 3))
def test_crowds_with_decimals(seed: int, decimals: int) -> None:
    rng = np.random.default_rng(seed)
    images = [crowd(rng, count) for count in (40, 7)]

    def rounded(boxes: Array) -> Array:
        return from_xywh(to_xywh(boxes).round(decimals))

    compare(
        [replace(one, predicted=rounded(one.predicted), heads=rounded(one.heads)) for one in images],
        HEAD_AREAS,
        decimals,
    )


@given(seed=st.integers(0, 10**6))
def test_order_and_bounds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = [crowd(rng, 9) for _ in range(3)]
    images = [Image(one.predicted, one.heads, rng.random(9), one.ignore) for one in images]
    order = rng.permutation(9)
    turned = [Image(one.predicted[order], one.heads, one.scores[order], one.ignore) for one in images[::-1]]
    found = score(images, HEAD_AREAS)
    assert found == score(turned, HEAD_AREAS)
    for scores in found.values():
        shares = (scores.ap, scores.ap50, scores.ap75, scores.ar)
        assert all(share is not None and 0 <= share <= 1 for share in shares) or not scores.heads


def test_perfect_and_rows_of_other_ranges() -> None:
    boxes = np.array([[0.0, 0, 9, 9], [20, 0, 60, 50]])
    row = update_boxes(boxes, boxes, scores=[1, 1])
    assert finish_boxes([row]).areas["all"] == AreaScores(2, 1, 1, 1, 1)
    assert finish_boxes([row]).areas["large"] == AreaScores(0)
    with pytest.raises(ValueError, match="other ranges of areas than all, below 8 px"):
        finish_boxes([row], areas=HEAD_AREAS)
    with pytest.raises(ValueError, match="scores has shape"):
        update_boxes(boxes, boxes, scores=[1])
