"""Localization scores: the published numbers, and what must hold for any."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError
from gta_head_tools.evaluation.head_sizes import SizedHeads, annotated_heads, sized_heads
from gta_head_tools.evaluation.localization import NwpuScores, finish_nwpu, update_nwpu
from test_core.nwpu_scorer import Array, read_lines


def listed(rows: Array) -> SizedHeads:
    return SizedHeads(rows[:, :2], rows[:, 3], rows[:, 2], rows[:, 4].astype(np.int64), np.zeros(len(rows), dtype=bool))


def score(heads: Path, predicted: Path) -> NwpuScores:
    found = read_lines(predicted, 2)
    return finish_nwpu(update_nwpu(found[number], listed(rows)) for number, rows in read_lines(heads, 5).items())


@pytest.mark.samples
@pytest.mark.parametrize(
    ("name", "large", "small", "counts", "levels"),
    [
        (
            "fasterRCNN_val_0.8_0.3",
            (7407, 0.9639511, 0.0377450, 0.0726454),
            (6915, 0.8999219, 0.0352378, 0.06782),
            (377.264, 1051.2188, 0.7977138),
            (0, 0, 685, 3856, 2538, 328),
        ),
        (
            "VGG+GPR_val_k15",
            (102505, 0.6102505, 0.5223504, 0.5628895),
            (83737, 0.4985176, 0.4267114, 0.45983),
            (105.8, 504.4425, 0.9314319),
            (28, 5754, 61291, 32551, 2747, 134),
        ),
    ],
)
def test_published_numbers(
    samples: Path,
    name: str,
    large: tuple[float, ...],
    small: tuple[float, ...],
    counts: tuple[float, ...],
    levels: tuple[int, ...],
) -> None:
    folder = samples / "nwpu_val"
    scores = score(folder / "val_gt_loc.txt.gz", folder / f"{name}.txt.gz")
    for found, expected in ((scores.sigma_l, large), (scores.sigma_s, small)):
        assert found.tp == expected[0]
        assert (found.precision, found.recall) == pytest.approx(expected[1:3], abs=5e-8)
        assert found.f1 == pytest.approx(expected[3], abs=5e-6)
    errors = scores.counts
    assert errors.nae is not None
    assert (errors.mae, errors.rmse, errors.nae) == pytest.approx(counts, abs=5e-5)
    # Found by the dense search (tests/benchmarks/test_evaluation_speed.py compares every image).
    heads = read_lines(folder / "val_gt_loc.txt.gz", 5)
    totals = np.bincount(np.concatenate([rows[:, 4] for rows in heads.values()]).astype(int))
    assert scores.sigma_l.levels == tuple((np.array(levels) / totals).tolist())


@pytest.mark.samples
@pytest.mark.parametrize(
    ("part", "small", "large", "errors"),
    [
        ("A", (46001, 31777, 32969), (60819, 16959, 18151), (57.011, 103.357)),
        ("B", (25235, 13623, 13973), (32608, 6250, 6600), (7.025, 11.913)),
    ],
)
def test_fidtm_numbers(
    samples: Path, part: str, small: tuple[int, ...], large: tuple[int, ...], errors: tuple[float, ...]
) -> None:
    folder = samples / "fidtm_points"
    scores = score(folder / f"{part}_gt.txt.gz", folder / f"{part}_pred_fidt.txt.gz")
    assert (scores.sigma_s.tp, scores.sigma_s.fp, scores.sigma_s.fn) == small
    assert (scores.sigma_l.tp, scores.sigma_l.fp, scores.sigma_l.fn) == large
    assert (scores.counts.mae, scores.counts.rmse) == pytest.approx(errors, abs=5e-4)
    assert [recall is None for recall in scores.sigma_l.levels] == [True, False, True, True, True, True]


@st.composite
def images(draw: st.DrawFn) -> list[tuple[Array, SizedHeads]]:
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    counts = draw(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=6))
    made = []
    for found, wanted in counts:
        corners = rng.uniform(0, 60, (wanted, 2))
        boxes = np.hstack([corners, corners + rng.uniform(1, 40, (wanted, 2))])
        made.append((rng.uniform(0, 90, (found, 2)), sized_heads(boxes, ignore=rng.random(wanted) < 0.2)))
    return made


@given(crowd=images(), seed=st.integers(0, 99))
def test_shards_and_order_of_images_change_nothing(crowd: list[tuple[Array, SizedHeads]], seed: int) -> None:
    rows = [update_nwpu(*image) for image in crowd]
    shuffled = random.Random(seed).sample(rows, len(rows))
    assert finish_nwpu(shuffled) == finish_nwpu(rows)


@given(crowd=images())
def test_bounds(crowd: list[tuple[Array, SizedHeads]]) -> None:
    for row in (update_nwpu(*image) for image in crowd):
        assert row.sigma_s.tp <= row.sigma_l.tp <= min(row.predicted, row.heads)
        for hits in (row.sigma_l, row.sigma_s):
            assert hits.tp + hits.fn == row.heads == sum(hits.heads)
            assert hits.tp + hits.fp <= row.predicted
            assert hits.tp == sum(hits.found)
            assert all(found <= heads for found, heads in zip(hits.found, hits.heads, strict=True))
    scores = finish_nwpu(update_nwpu(*image) for image in crowd).sigma_l
    assert all(0 <= value <= 1 for value in (scores.precision, scores.recall, scores.f1))


@given(crowd=images(), seed=st.integers(0, 99))
def test_order_of_heads_and_predictions_changes_no_total(crowd: list[tuple[Array, SizedHeads]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    for found, heads in crowd:
        order = rng.permutation(len(heads.points))
        columns = (heads.points, heads.sigma_l, heads.sigma_s, heads.levels, heads.ignore)
        turned = SizedHeads(*(values[order] for values in columns))  # type: ignore[arg-type]  # of several types
        one, other = update_nwpu(found, heads), update_nwpu(rng.permutation(found), turned)
        assert (one.sigma_l.tp, one.sigma_l.fn) == (other.sigma_l.tp, other.sigma_l.fn)


def test_an_ignored_head_excuses_what_it_attracts() -> None:
    heads = sized_heads([[0, 0, 10, 10], [50, 0, 60, 10]], ignore=[False, True])
    hits = update_nwpu([[5, 5], [55, 5], [56, 5], [90, 90]], heads).sigma_l
    assert (hits.tp, hits.fp, hits.fn) == (1, 1, 0)


def test_images_without_heads_have_false_alarms_alone() -> None:
    rows = [update_nwpu([[1, 1], [2, 2]], sized_heads([])), update_nwpu([], sized_heads([]))]
    scores = finish_nwpu(rows)
    assert (scores.sigma_l.tp, scores.sigma_l.fp, scores.sigma_l.fn) == (0, 2, 0)
    assert (scores.sigma_l.precision, scores.sigma_l.f1, scores.sigma_l.level_mean) == (0, 0, None)
    assert scores.counts.nae is None


def test_nothing_to_score() -> None:
    with pytest.raises(ValueError, match="no images"):
        finish_nwpu([])
    wrong = listed(np.array([[1.0, 1.0, 2.0, 3.0, 6.0]]))
    with pytest.raises(ValueError, match="level"):
        update_nwpu([], wrong)


def test_radii_come_from_the_file_or_from_boxes() -> None:
    extra = {"sigma_s": [4], "sigma_l": [8], "level": [1]}
    listed_heads = annotated_heads(ImageAnnotations(ImageInfo("a.jpg"), [[5, 5]], extra=extra))
    boxed = annotated_heads(ImageAnnotations(ImageInfo("a.jpg"), [[5, 6]], boxes=[[0, 0, 6, 8]], ignore=[True]))
    assert (listed_heads.sigma_l.tolist(), listed_heads.levels.tolist()) == ([8], [1])
    assert (boxed.sigma_l.tolist(), boxed.points.tolist(), boxed.ignore.tolist()) == ([5], [[5, 6]], [True])
    with pytest.raises(ConfigError, match=r"a\.jpg: 1 heads have neither a box nor radii"):
        annotated_heads(ImageAnnotations(ImageInfo("a.jpg"), [[5, 5]]))
