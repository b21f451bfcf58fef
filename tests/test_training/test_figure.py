from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.overlays.match_overlay import FALSE_ALARM, FOUND, MISSED, PREDICTED, TRUE
from test_training.spots import Spots, scene
from training.base import Prediction
from training.config import TrainConfig
from training.figure import PanelRow, Shown, draw_panels, target_map

SIZE = (320, 240)


def panel_row(**changes: object) -> PanelRow:
    picture, true = scene([(5, 5), (20, 20)], [(30, 10)], size=SIZE)
    method = Spots()
    shown = Shown("spots", method.predict(picture, maps=True), 0.3)
    known = {"heads": true, "target": target_map(method, picture, true), **changes}
    return PanelRow("a", picture, (shown,), **known)  # type: ignore[arg-type]  # whatever a test changes


def colours(picture: object) -> set[tuple[int, ...]]:
    return set(map(tuple, np.asarray(picture).reshape(-1, 3).tolist()))


def test_cells_stand_side_by_side_at_one_scale() -> None:
    one = draw_panels([panel_row()], width=160)
    assert one.shape[1] == 4 * 160 + 3 * 6
    two = draw_panels([panel_row(), panel_row()], width=160)
    assert two.shape[0] - one.shape[0] > 120
    assert draw_panels([panel_row(target=None)], width=160).shape[1] == 3 * 160 + 2 * 6


def test_a_map_lies_where_its_picture_lies() -> None:
    drawn = draw_panels([panel_row()], width=320)
    strip = (drawn.shape[0] - 240) // 2
    image, target, heat = (drawn[strip : strip + 240, left : left + 320] for left in (0, 326, 652))
    for cell in (image, target, heat):
        brightest = np.argwhere(cell.sum(axis=2) == cell.sum(axis=2).max())
        middle = brightest.mean(axis=0)
        assert middle == pytest.approx([12.5 * 8, 13 * 8], abs=4)  # of the cells (5, 5) and (20, 20)


def test_peaks_tell_found_missed_and_false() -> None:
    lacking = panel_row()
    assert {FOUND, FALSE_ALARM} <= colours(draw_panels([lacking], width=320))
    none = PanelRow(
        "a", lacking.picture, (Shown("x", Prediction(0, np.empty((0, 2)), np.empty(0)), 0.3),), lacking.heads
    )
    assert MISSED in colours(draw_panels([none]))
    bare = ImageAnnotations(scene([])[1].info, lacking.heads.points if lacking.heads else ())
    assert {TRUE, PREDICTED} <= colours(draw_panels([panel_row(heads=bare)], width=320))
    unknown = panel_row(heads=None, target=None)
    assert PREDICTED in colours(draw_panels([unknown], width=320))


def test_a_shrunk_map_keeps_its_peaks() -> None:
    picture, true = scene([(5, 5)], size=SIZE)
    fine = np.zeros((960, 1280), np.float32)
    fine[200, 300] = 1
    row = PanelRow("a", picture, (Shown("x", Prediction(1, maps={"heat": fine}), 0.5),), true)
    drawn = draw_panels([row], width=160)
    assert drawn[:, 166:326].reshape(-1, 3).sum(axis=1).max() > 600


def test_rows_of_other_runs_are_misuse() -> None:
    with pytest.raises(ValueError, match="same runs"):
        draw_panels([panel_row(), panel_row(target=None)])
    with pytest.raises(ValueError, match="same runs"):
        draw_panels([])


def test_the_target_is_cut_to_the_picture() -> None:
    picture, true = scene([(7, 5)], size=(64, 48))
    whole = target_map(Spots(TrainConfig(fit="letterbox", width=256, height=256)), picture, true)
    native = target_map(Spots(), picture, true)
    assert whole is not None
    assert native is not None
    assert (whole.shape, native.shape) == ((24, 32), (6, 8))
    assert (np.argwhere(whole).tolist(), np.argwhere(native).tolist()) == ([[22, 30]], [[5, 7]])
    assert target_map(Spots(), picture, ImageAnnotations(true.info, true.points)) is None
