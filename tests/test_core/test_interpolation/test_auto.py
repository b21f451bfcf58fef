"""The default rule against a dense solve of its description, and its search for wrong anchors."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gta_head_tools.camera import Camera
from gta_head_tools.interpolation.auto import AutoModel
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
