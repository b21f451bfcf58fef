"""The choice of the threshold against trying every threshold, and scores against what was drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.evaluation.protocols.registry import PROTOCOLS
from gta_head_tools.maps.kernels import Kernel
from gta_head_tools.pictures import Picture
from gta_head_tools.regions import Region
from test_training.spots import Spots, scene
from training.base import Prediction
from training.scores.score import (
    every_protocol,
    image_rows,
    score_method,
    summary,
    validate_method,
)
from training.scores.threshold import Candidates, choose_threshold

LEVELS = st.sampled_from([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
IMAGES = st.lists(st.tuples(st.lists(LEVELS, max_size=6), st.integers(0, 6)), min_size=1, max_size=4)


def error_at(images: list[Candidates], threshold: float) -> float:
    return sum(abs(int((image.scores > threshold).sum()) - image.heads) for image in images) / len(images)


@given(IMAGES)
def test_no_other_threshold_is_better(drawn: list[tuple[list[float], int]]) -> None:
    images = [Candidates(np.array(scores, dtype=np.float64), heads) for scores, heads in drawn]
    choice = choose_threshold(images)
    tried = {threshold: error_at(images, threshold) for threshold in np.linspace(0, 1, 201).tolist()}
    assert choice.error == min(tried.values())
    assert error_at(images, choice.threshold) == choice.error
    best = [error == choice.error for error in tried.values()]
    runs = "".join("x" if good else " " for good in best).split()
    assert any(abs(choice.threshold - middle) < 0.01 for middle in middles_of_longest(best, max(map(len, runs))))


def middles_of_longest(best: list[bool], longest: int) -> list[float]:
    starts = [place for place, good in enumerate(best) if good and not (place and best[place - 1])]
    ends = [next((end for end in range(start, 201) if not best[end]), 201) - 1 for start in starts]
    return [(start + end) / 400 for start, end in zip(starts, ends, strict=True) if end - start + 1 >= longest - 1]


def test_of_equal_stretches_the_highest() -> None:
    images = [Candidates(np.array([0.75, 0.5, 0.25]), 2), Candidates(np.array([0.75, 0.5, 0.25]), 1)]
    assert choose_threshold(images).threshold == 0.5  # (1 + 1) / 2 errors from 0.25 to 0.75
    assert choose_threshold([Candidates(np.array([1.0, 1.0]), 0)]).threshold == 1.0
    assert choose_threshold([Candidates(np.empty(0), 3)]).threshold == 0.5


def test_neighbouring_numbers_are_kept_apart() -> None:
    low = 0.5
    high = float(np.nextafter(low, 1))
    threshold = choose_threshold([Candidates(np.array([low, high]), 1)]).threshold
    assert low <= threshold < high


def test_no_images_are_misuse() -> None:
    with pytest.raises(ValueError, match="no images"):
        choose_threshold([])


def test_a_relative_error_is_not_decided_by_one_crowd() -> None:
    few = [Candidates(np.array([0.9, 0.8, 0.4, 0.3]), 2), Candidates(np.array([0.7, 0.45]), 1)]
    images = [*few, Candidates(np.linspace(0.2, 0.65, 40), 40), Candidates(np.array([0.5]), 0)]
    assert choose_threshold(images).threshold < 0.2
    choice = choose_threshold(images, relative=True)
    tried = np.linspace(0, 1, 2001)
    errors = [
        np.mean([abs(int((image.scores > cut).sum()) - image.heads) / image.heads for image in images[:3]])
        for cut in tried
    ]
    assert choice.error == pytest.approx(min(errors))
    assert np.interp(choice.threshold, tried, errors) == pytest.approx(min(errors), abs=0.02)
    assert choose_threshold([Candidates(np.array([0.5]), 0)], relative=True).threshold == 0.75


def test_tuning_sets_the_threshold_between_heads_and_others() -> None:
    method = Spots()
    found = validate_method(method, [scene([(1, 1)], [(3, 3)]), scene([(2, 2), (5, 4)], [(0, 0)])])
    assert (found["mae"], found["f1"]) == (0, 1)
    assert method.threshold == pytest.approx((102 + 230) / 510)


def test_scores_of_a_drawn_scene() -> None:
    method = Spots()
    method.threshold = 0.3
    images = [scene([(1, 1), (3, 1), (5, 5)], [(0, 3)], name="a.png"), scene([(2, 2)], name="b.png")]
    told = summary(score_method(method, images))
    assert (told["images"], told["heads"], told["mae"], told["rmse"]) == (2, 4, 0.5, pytest.approx(0.5**0.5))
    assert told["nae"] == pytest.approx(1 / 6)
    assert (told["precision"], told["recall"], told["f1"]) == (0.8, 1, pytest.approx(8 / 9))
    assert told["scene_mae"] == 0.5
    # All four heads are 8 pixels wide; in scene a there is one prediction too many for three heads.
    assert told["scenes"] == {
        "a": {"images": 1, "mae": 1, "heads": 3, "median_side": 8, "error_per_head": pytest.approx(1 / 3)},
        "b": {"images": 1, "mae": 0, "heads": 1, "median_side": 8, "error_per_head": 0},
    }
    assert [(row["heads"], row["recall"]) for row in told["recall_by_size"]] == [
        (0, None), (0, None), (4, 1), (0, None), (0, None)
    ]  # fmt: skip
    assert told["ap50"] == pytest.approx(1)  # the false one has the lowest score
    assert (told["threshold"], told["crowding_bound"]) == (0.3, 0)


def test_average_precision_is_of_all_candidates_and_counts_of_those_above() -> None:
    method = Spots()
    method.threshold = 0.95
    scores = score_method(method, [scene([(1, 1), (3, 1)])])
    found = every_protocol(scores)
    assert found.keys() == {"counting", "nwpu", "keypoint", "boxes"}
    assert (found["counting"]["mae"], found["nwpu"]["sigma_l"]["recall"], found["boxes"]["ap50"]) == (2, 0, 1)
    assert not {"mae", "rmse"} & found["boxes"].keys()


def test_the_crowding_bound_counts_heads_that_share_a_cell() -> None:
    picture, true = scene([(1, 1), (1, 1), (4, 4)])
    assert summary(score_method(Spots(), [(picture, true), scene([(0, 0)])]))["crowding_bound"] == 0.5


def test_without_boxes_there_are_no_places() -> None:
    picture, true = scene([(1, 1)])
    bare = ImageAnnotations(true.info, true.points)
    told = summary(score_method(Spots(), [(picture, bare)]))
    assert (told["mae"], told["f1"], told["ap50"], told["crowding_bound"]) == (0, None, None, None)


def test_outside_of_a_region_of_interest_nothing_counts() -> None:
    picture, true = scene([(1, 1), (6, 4)], [(7, 4)])
    info = replace(true.info, roi=Region(np.array([[0, 0], [24, 0], [24, 24], [0, 24]], dtype=np.float64)))
    method = Spots()
    found = validate_method(method, [(picture, true.replace(info=info))])
    assert found["mae"] == 0
    assert found["threshold"] == pytest.approx(230 / 510)  # from 0 to the one head that counts
    told = summary(score_method(method, [(picture, true.replace(info=info))]))
    assert (told["heads"], told["mae"], told["f1"]) == (1, 0, 1)


def test_a_density_is_scored_by_its_sum() -> None:
    true = scene([(1, 1), (2, 1)])[1]
    rows = image_rows(Prediction(2.5, density=np.full((5, 4), 0.125, np.float32)), true, 0.5)
    assert rows.keys() == {"counting"}
    assert rows["counting"].predicted == pytest.approx(2.5, 1e-6)
    assert rows["counting"].heads == 2


def test_a_density_is_compared_with_the_map_of_the_true_heads() -> None:
    true = scene([(1, 1), (5, 3)])[1]
    drawn = Kernel(sigma=4).density(true)
    for values, least, most in ((drawn, 0.9999, 1), (drawn[::-1], 0, 0.9)):
        rows = image_rows(Prediction(2.0, density=values), true, 0.5, kernel=Kernel(sigma=4))
        assert rows.keys() == {"counting", "density"}
        found = PROTOCOLS["density"].finish([rows["density"]])
        assert least <= found.ssim <= most
        assert found.counts.mae == pytest.approx(0, abs=1e-5)
    without_boxes = ImageAnnotations(true.info, true.points)
    prediction = Prediction(2.0, density=drawn)
    assert image_rows(prediction, without_boxes, 0.5, kernel=Kernel(sigma="box")).keys() == {"counting"}


def test_a_count_alone_is_scored() -> None:
    true = scene([(1, 1), (2, 1)])[1]
    rows = image_rows(Prediction(2.5), true, 0.5)
    assert rows.keys() == {"counting"}
    assert (rows["counting"].predicted, rows["counting"].heads) == (2.5, 2)


class CountsTwice(Spots):
    """Counts its points, and also twice as many."""

    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:
        found = super().predict(picture, maps=maps)
        return replace(found, counts={"points": found.count, "double": 2 * found.count})


def test_each_way_to_count_has_its_errors() -> None:
    images = [scene([(1, 1), (4, 2)]), scene([(3, 3)], name="b.png")]
    found = summary(score_method(CountsTwice(), images))["counts"]
    assert found["points"] == {"mae": 0, "rmse": 0, "nae": 0}
    assert found["double"] == {"mae": 1.5, "rmse": pytest.approx(2.5**0.5), "nae": 1}
    picture, true = images[0]
    within = true.replace(info=replace(true.info, roi=Region(np.array([[0.0, 0.0], [30.0, 0.0], [30.0, 40.0]]))))
    assert summary(score_method(CountsTwice(), [(picture, within)]))["counts"] == {}
    assert summary(score_method(Spots(), images))["counts"] == {}
