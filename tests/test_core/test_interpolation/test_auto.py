"""The default rule against a dense solve of its description, and its search for wrong anchors."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gta_head_tools.camera import Camera
from gta_head_tools.interpolation.auto import AutoModel
from gta_head_tools.interpolation.diagnosis import CONTRADICTION, diagnose
from gta_head_tools.interpolation.priors import slope_priors
from gta_head_tools.interpolation.rules import fit_sizes
from gta_head_tools.interpolation.size_model import SceneView
from test_core.reference_auto import average

Array = NDArray[np.float64]

SIZE = (1920, 1080)


def drawn(count: int, *, seed: int = 3) -> tuple[Array, Array]:
    """Heads (N, 2) and boxes (N, 2) of a plane with a step to the right, noise included."""
    rng = np.random.default_rng(seed)
    points = rng.uniform([0, 380], SIZE, (count, 2))
    sizes = (
        (10 + (points[:, 1] - 300) / 15) * np.exp(0.05 * rng.standard_normal(count)) * (1 + 0.3 * (points[:, 0] > 900))
    )
    return points, np.stack([sizes * 0.9, sizes / 0.9], axis=1)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 15])
@pytest.mark.parametrize("camera", [None, Camera((0, 0, 8), (-15, 0, 0), 50)])
def test_mean_and_errors_are_those_of_the_dense_solve(count: int, camera: Camera | None) -> None:
    heads, _ = drawn(200, seed=7)
    view = SceneView((heads,), SIZE, camera=camera)
    points, sizes = drawn(count)
    model = fit_sizes(points, sizes, view, trusted=np.ones(count, dtype=bool))
    assert isinstance(model, AutoModel)
    frame = view.frame
    mean, spread, single = average(
        heads,
        points,
        view.stretch.geometric(points, sizes),
        slope_priors(view),
        np.array(frame.centre),
        np.array(frame.sides),
    )
    kx, ky = view.stretch.factors(heads)
    kept = np.clip(mean, *model.limits)
    # Combinations of less than a thousandth are left out of the local part and of the errors.
    np.testing.assert_allclose(model.predict(heads).sizes / np.sqrt(kx * ky), kept, rtol=2e-3)
    np.testing.assert_allclose(model.errors(heads)[0], spread * mean / kept, rtol=0.05)
    assert model.head_spread == pytest.approx(single)


def test_the_wrong_ones_among_two_hundred_anchors_are_suspects() -> None:
    heads, _ = drawn(500, seed=7)
    points, sizes = drawn(200, seed=5)
    wrong = np.random.default_rng(0).choice(200, 20, replace=False)
    sizes[wrong] *= 2.2
    view = SceneView((heads,), SIZE, horizon=np.array([[0.0, 150.0], [1920.0, 150.0]]))
    model = fit_sizes(points, sizes, view)
    assert set(model.suspects) <= set(wrong.tolist())
    assert len(model.suspects) >= 15


@pytest.mark.parametrize("factor", [0.01, 10, 20, 50, 1000])
@pytest.mark.parametrize("count", [6, 12])
def test_a_huge_wrong_anchor_changes_nothing_but_is_named(count: int, factor: float) -> None:
    heads, _ = drawn(200, seed=7)
    view = SceneView((heads,), SIZE)
    for wrong in range(0, count, 2):
        points, sizes = drawn(count)
        sizes[wrong] *= factor
        model = fit_sizes(points, sizes, view)
        assert model.suspects == (wrong,)
        others = np.arange(count) != wrong
        alone = fit_sizes(points[others], sizes[others], view).predict(heads)
        assert np.array_equal(model.predict(heads).widths, alone.widths)
        assert np.array_equal(model.predict(heads).heights, alone.heights)
        assert model.expected_sizes[wrong] == pytest.approx(model.predict(points[[wrong]]).sizes[0])


def test_two_wrong_anchors_of_eight_are_both_named() -> None:
    view = SceneView((drawn(200, seed=7)[0],), SIZE)
    points, sizes = drawn(8)
    sizes[[1, 6]] *= [[3.0], [20.0]]
    assert set(fit_sizes(points, sizes, view).suspects) == {1, 6}


@pytest.mark.parametrize("rule", ["auto", "two-nearest", "affine"])
@pytest.mark.parametrize("count", [3, 8])
def test_a_contradiction_that_stays_in_the_fit_is_told_and_never_green(rule: str, count: int) -> None:
    heads, _ = drawn(200, seed=7)
    view = SceneView((heads,), SIZE)
    points, sizes = drawn(count)
    assert CONTRADICTION not in diagnose(fit_sizes(points, sizes, view, rule=rule), view, points, sizes).notes
    sizes[2] *= 1000
    model = fit_sizes(points, sizes, view, rule=rule, trusted=np.arange(count) == 2)
    judged = diagnose(model, view, points, sizes)
    assert model.suspects == ()
    assert CONTRADICTION in judged.notes
    assert judged.grade != "green"
