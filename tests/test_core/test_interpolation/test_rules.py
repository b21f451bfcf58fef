"""The rules by name on small scenes, and the table of edge cases."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.camera import Camera
from gta_head_tools.errors import ConfigError, UnknownNameError
from gta_head_tools.interpolation.auto import AutoModel
from gta_head_tools.interpolation.diagnosis import diagnose
from gta_head_tools.interpolation.rules import RULES, WITHOUT_ANCHORS, fit_sizes, two_nearest
from gta_head_tools.interpolation.size_model import Array, Flag, SceneView
from gta_head_tools.interpolation.zones import fit_zones
from test_core.reference_rules import two_nearest as plain_loop

SIZE = (1920, 1080)


def field(points: Array) -> Array:
    """A plane seen by a camera: 12 px at the top, 60 px at the bottom, a little slanted."""
    return 12 + 48 * points[:, 1] / 1080 + 4 * points[:, 0] / 1920


def crowd(seed: int = 0, count: int = 200) -> Array:
    rng = np.random.default_rng(seed)
    return rng.uniform([0, 100], SIZE, (count, 2))


def anchors(points: Array) -> Array:
    """Exact boxes, 0.8 as wide as high."""
    sizes = field(points)
    return np.stack([sizes * np.sqrt(0.8), sizes / np.sqrt(0.8)], axis=1)


VIEW = SceneView((crowd(),), SIZE)
FOUR = np.array([[200.0, 200.0], [1700.0, 250.0], [300.0, 1000.0], [1600.0, 900.0]])


@given(st.integers(1, 9), st.integers(0, 1000), st.booleans())
def test_two_nearest_is_the_papers_rule_bit_for_bit(count: int, seed: int, on_a_grid: bool) -> None:
    rng = np.random.default_rng(seed)
    heads, places = rng.uniform(0, 50, (20, 2)), rng.uniform(0, 50, (count, 2))
    if on_a_grid:  # ties, and heads on anchors
        heads, places = np.round(heads / 10), np.round(places / 10)
    sizes = rng.uniform(1, 9, (count, 2))
    expected = np.array(plain_loop(heads.tolist(), places.tolist(), sizes.tolist()))
    assert np.array_equal(two_nearest(heads, places, sizes), expected)


def test_two_nearest_comes_out_of_the_model_unchanged() -> None:
    sizes = anchors(FOUR)
    prediction = fit_sizes(FOUR, sizes, VIEW, rule="two-nearest").predict(crowd(1))
    raw = two_nearest(crowd(1), FOUR, sizes)
    assert np.array_equal(np.stack([prediction.widths, prediction.heights], 1), raw)


@pytest.mark.parametrize("rule", ["auto", "affine"])
def test_a_plane_is_recovered_from_four_exact_boxes(rule: str) -> None:
    prediction = fit_sizes(FOUR, anchors(FOUR), VIEW, rule=rule).predict(crowd(1))
    # The default rule leans on its prior a little; the plain plane is exact.
    np.testing.assert_allclose(prediction.sizes, field(crowd(1)), rtol=1e-9 if rule == "affine" else 0.06)
    np.testing.assert_allclose(prediction.widths / prediction.heights, 0.8)


def test_affine_falls_back_to_rows_and_then_to_a_constant() -> None:
    two = np.array([[900.0, 200.0], [950.0, 1000.0]])
    by_row = fit_sizes(two, np.array([[10.0, 10.0], [50.0, 50.0]]), VIEW, rule="affine")
    across = by_row.predict(np.array([[0.0, 600.0], [1900.0, 600.0]])).sizes
    assert across[0] == pytest.approx(across[1]) == pytest.approx(30.0)
    one = fit_sizes(two[:1], np.array([[10.0, 10.0]]), VIEW, rule="affine")
    assert set(one.predict(crowd(1)).sizes.round(9)) == {10.0}


def test_row_interpolates_in_y_and_averages_one_row() -> None:
    points = np.array([[0.0, 100.0], [500.0, 100.0], [100.0, 300.0]])
    model = fit_sizes(points, np.array([[10.0, 10.0], [20.0, 20.0], [40.0, 40.0]]), VIEW, rule="row")
    sizes = model.predict(np.array([[7.0, 50.0], [7.0, 200.0], [7.0, 999.0]])).sizes
    np.testing.assert_allclose(sizes, [15.0, 27.5, 40.0])


def test_spacing_needs_no_anchor_and_many_heads() -> None:
    grid = np.stack(np.meshgrid(np.arange(100, 1900, 60.0), np.arange(100, 1000, 60.0)), -1).reshape(-1, 2)
    model = fit_sizes(np.empty((0, 2)), np.empty((0, 2)), SceneView((grid,), SIZE), rule="spacing")
    np.testing.assert_allclose(model.predict(grid).sizes, 0.83 * 60, rtol=1e-6)
    assert diagnose(model, SceneView((grid,), SIZE), np.empty((0, 2)), np.empty((0, 2))).grade == "red"
    with pytest.raises(ConfigError, match="at least 30"):
        fit_sizes(np.empty((0, 2)), np.empty((0, 2)), SceneView((grid[:20],), SIZE), rule="spacing")


def test_camera_rule_is_exact_for_one_plane() -> None:
    camera = Camera((0, 0, 9), (-25, 0, 0), 50)
    view = SceneView((crowd(),), SIZE, camera=camera, ground=0.0)
    points = np.array([[900.0, 700.0], [200.0, 1000.0]])
    scale = camera.focal_length(1080) / camera.depth_on_plane(points, SIZE, 1.65)
    kx, ky = view.stretch.factors(points)
    model = fit_sizes(points, np.stack([0.2 * scale * kx, 0.25 * scale * ky], 1), view, rule="camera")
    prediction = model.predict(points)
    np.testing.assert_allclose(prediction.widths, 0.2 * scale * kx)
    np.testing.assert_allclose(prediction.heights, 0.25 * scale * ky)


def test_camera_rule_says_what_is_lacking() -> None:
    posed = SceneView((crowd(),), SIZE, camera=Camera((0, 0, 9), (-25, 0, 0), 50))
    with pytest.raises(ConfigError, match="--ground"):
        fit_sizes(np.empty((0, 2)), np.empty((0, 2)), posed, rule="camera")
    with pytest.raises(ConfigError, match="pose"):
        fit_sizes(FOUR, anchors(FOUR), VIEW, rule="camera")


def test_with_anchors_the_height_of_the_ground_does_not_matter() -> None:
    posed = SceneView((crowd(),), SIZE, camera=Camera((0, 0, 9), (-25, 0, 0), 50))
    low = np.array([[900.0, 700.0], [200.0, 1000.0]])
    found = [
        fit_sizes(low, anchors(low), replace(posed, ground=ground), rule="camera").predict(crowd(1)).sizes
        for ground in (None, 0.0, 3.0)
    ]
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_names_and_misuse() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'affine'"):
        fit_sizes(FOUR, anchors(FOUR), VIEW, rule="afine")
    assert fit_sizes(FOUR, anchors(FOUR), VIEW, rule="two_nearest").rule == "two-nearest"
    with pytest.raises(ConfigError, match="spacing"):
        fit_sizes(np.empty((0, 2)), np.empty((0, 2)), VIEW)
    with pytest.raises(ValueError, match="anchor 1"):
        fit_sizes(FOUR, np.array([[1.0, 1.0], [0.0, 1.0], [1.0, 1.0], [1.0, 1.0]]), VIEW)


EDGES = {
    "one": FOUR[:1],
    "two": FOUR[:2],
    "coincident": np.repeat(FOUR[:1], 3, axis=0),
    "collinear": np.array([[100.0, 100.0], [200.0, 200.0], [300.0, 300.0], [800.0, 800.0]]),
    "one row": np.array([[100.0, 500.0], [900.0, 500.0], [1800.0, 500.0]]),
    "one column": np.array([[100.0, 200.0], [100.0, 500.0], [100.0, 900.0]]),
    "corner": np.array([[10.0, 900.0], [60.0, 950.0], [90.0, 1000.0], [30.0, 1050.0], [100.0, 910.0]]),
    "many": crowd(3, 300),
}


@pytest.mark.parametrize("rule", [name for name in RULES if name not in WITHOUT_ANCHORS])
@pytest.mark.parametrize("case", EDGES)
def test_odd_anchors_give_finite_sizes_and_errors(rule: str, case: str) -> None:
    points = EDGES[case]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = fit_sizes(points, anchors(points), VIEW, rule=rule)
        prediction = model.predict(np.vstack([crowd(1), [[-500.0, -900.0], [5000.0, 5000.0]]]))
        judged = diagnose(model, VIEW, points, anchors(points))
    assert (prediction.widths >= 1).all()
    assert (prediction.heights >= 1).all()
    assert np.isfinite(prediction.sizes).all()
    assert judged.expected is not None
    assert 0 < judged.expected.field < judged.expected.heads < 5
    assert 0 < judged.expected.overlap < 1
    assert len(model.expected_sizes) == len(points)


def test_one_anchor_and_one_row_are_red_without_a_horizon_and_need_not_be_with_one() -> None:
    for case in ("one", "one row"):
        points = EDGES[case]
        model = fit_sizes(points, anchors(points), VIEW)
        assert diagnose(model, VIEW, points, anchors(points)).grade == "red"
    tilted = SceneView(VIEW.heads, SIZE, horizon=np.array([[0.0, -270.0], [1920.0, -360.0]]))
    points = EDGES["one row"]
    assert diagnose(fit_sizes(points, anchors(points), tilted), tilted, points, anchors(points)).grade != "red"


def test_clamps_are_flagged_and_positive() -> None:
    steep = np.array([[900.0, 400.0], [950.0, 1000.0], [100.0, 700.0], [1800.0, 700.0]])
    sizes = np.array([[4.0, 4.0], [60.0, 60.0], [32.0, 32.0], [32.0, 32.0]])
    model = fit_sizes(steep, sizes, VIEW, rule="affine")
    prediction = model.predict(np.array([[900.0, 20.0], [900.0, 700.0], [-5.0, 700.0]]))
    assert prediction.flags[0] & Flag.CLAMPED_LOW
    assert prediction.flags[0] & Flag.ABOVE_HORIZON
    assert prediction.flags[0] & Flag.EXTRAPOLATED
    assert not prediction.flags[1]
    assert prediction.flags[2] & Flag.OUTSIDE_IMAGE


def test_a_trusted_anchor_is_never_a_suspect() -> None:
    points = crowd(5, 10)
    sizes = anchors(points)
    sizes[3] *= 2.5
    assert fit_sizes(points, sizes, VIEW).suspects == (3,)
    trusted = np.arange(10) == 3
    assert 3 not in fit_sizes(points, sizes, VIEW, trusted=trusted).suspects


def test_a_suspect_is_named_with_the_size_the_others_say() -> None:
    points = crowd(5, 12)
    sizes = anchors(points)
    sizes[7] *= 0.45
    model = fit_sizes(points, sizes, VIEW)
    assert model.suspects == (7,)
    assert model.expected_sizes[7] == pytest.approx(field(points[7:8])[0], rel=0.1)


def test_more_than_two_hundred_anchors_are_thinned_not_refused() -> None:
    points = crowd(3, 300)
    model = fit_sizes(points, anchors(points), VIEW)
    assert isinstance(model, AutoModel)
    assert len(model.points) == 200
    np.testing.assert_allclose(model.predict(crowd(1)).sizes, field(crowd(1)), rtol=0.02)


def test_a_horizon_drawn_right_to_left_is_the_same_line() -> None:
    line = np.array([[0.0, -270.0], [1920.0, -360.0]])  # where the field vanishes
    left, right = (SceneView(VIEW.heads, SIZE, horizon=each) for each in (line, line[::-1]))
    sizes = [fit_sizes(FOUR[:1], anchors(FOUR[:1]), view).predict(crowd(1)).sizes for view in (left, right)]
    assert np.array_equal(sizes[0], sizes[1])
    blind = fit_sizes(FOUR[:1], anchors(FOUR[:1]), VIEW).predict(crowd(1)).sizes
    off = [np.median(np.abs(each / field(crowd(1)) - 1)) for each in (sizes[0], blind)]
    assert off[0] < 0.6 * off[1]


def test_zones_are_fitted_apart_and_others_take_the_scene() -> None:
    left = np.array([[0.0, 0.0], [960.0, 0.0], [960.0, 1080.0], [0.0, 1080.0]])
    points = np.array(
        [[100.0, 200.0], [800.0, 600.0], [400.0, 1000.0], [1100.0, 300.0], [1800.0, 600.0], [1300.0, 1000.0]]
    )
    sizes = anchors(points) * np.where(points[:, :1] < 960, 2.0, 1.0)
    model = fit_zones(points, sizes, VIEW, [left, left + np.array([0.0, 5000.0])])
    heads = crowd(1)
    inside = heads[:, 0] < 960
    np.testing.assert_allclose(model.predict(heads[inside]).sizes, 2 * field(heads[inside]), rtol=0.25)
    scene = fit_sizes(points, sizes, VIEW)
    assert np.array_equal(model.predict(heads[~inside]).sizes, scene.predict(heads[~inside]).sizes)
    assert len(model.expected_sizes) == 6
    assert np.isfinite(model.errors(heads)[0]).all()


def test_collinear_anchors_know_least_across_their_line() -> None:
    points = EDGES["collinear"]
    model = fit_sizes(points, anchors(points), VIEW)
    along, across = model.errors(np.array([[600.0, 600.0], [1400.0, 200.0]]))[0]
    assert across > 1.5 * along


def test_three_anchors_cannot_tell_a_wrong_one_and_say_so() -> None:
    model = fit_sizes(FOUR[:3], anchors(FOUR[:3]), VIEW)
    assert any("three or fewer" in note for note in diagnose(model, VIEW, FOUR[:3], anchors(FOUR[:3])).notes)


def test_duplicate_heads_are_both_kept_with_one_size() -> None:
    twice = np.array([[900.0, 500.0], [900.0, 500.0]])
    assert len(set(fit_sizes(FOUR, anchors(FOUR), VIEW).predict(twice).sizes)) == 1
