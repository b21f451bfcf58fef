from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.overlays.match_overlay import FALSE_ALARM, FOUND, MISSED, PREDICTED, TRUE
from test_training.spots import Spots, scene
from training.base import Prediction
from training.config import TrainConfig
from training.figure import FigureRow, Shown, draw_figure, target_map

SIZE = (320, 240)


def figure_row(*, heads: bool | ImageAnnotations = True, target: bool = True) -> FigureRow:
    picture, true = scene([(5, 5), (20, 20)], [(30, 10)], size=SIZE)
    method = Spots()
    learned = target_map(method, picture, true) if target else None
    shown = Shown("spots", method.predict(picture, maps=True), 0.3, learned)
    return FigureRow("a", picture, (shown,), (true if heads else None) if isinstance(heads, bool) else heads)


def colours(picture: object) -> set[tuple[int, ...]]:
    return set(map(tuple, np.asarray(picture).reshape(-1, 3).tolist()))


def test_cells_stand_side_by_side_at_one_scale() -> None:
    one = draw_figure([figure_row()], width=160)
    assert one.shape[1] == 4 * 160 + 3 * 6
    two = draw_figure([figure_row(), figure_row()], width=160)
    assert two.shape[0] - one.shape[0] > 120
    assert draw_figure([figure_row(target=False)], width=160).shape[1] == 3 * 160 + 2 * 6


def test_targets_have_one_column_where_runs_share_them_and_one_a_run_where_they_differ() -> None:
    row, width = figure_row(), 160 + 6
    run = row.runs[0]
    assert run.target is not None
    other = replace(run, name="other", target=run.target * np.float32(0.5))
    shared, own, unknown = (
        draw_figure([replace(row, runs=(run, each))], width=160).shape[1] + 6
        for each in (replace(other, target=run.target), other, replace(other, target=None))
    )
    assert (shared / width, own / width, unknown / width) == (2 + 2 * 2, 1 + 2 * 3, 1 + 2 * 2)


def test_a_map_lies_where_its_picture_lies() -> None:
    drawn = draw_figure([figure_row()], width=320)
    strip = (drawn.shape[0] - 240) // 2
    image, target, heat = (drawn[strip : strip + 240, left : left + 320] for left in (0, 326, 652))
    for cell in (image, target, heat):
        brightest = np.argwhere(cell.sum(axis=2) == cell.sum(axis=2).max())
        middle = brightest.mean(axis=0)
        assert middle == pytest.approx([12.5 * 8, 13 * 8], abs=4)  # of the cells (5, 5) and (20, 20)


def test_peaks_tell_found_missed_and_false() -> None:
    lacking = figure_row()
    assert {FOUND, FALSE_ALARM} <= colours(draw_figure([lacking], width=320))
    none = FigureRow(
        "a", lacking.picture, (Shown("x", Prediction(0, np.empty((0, 2)), np.empty(0)), 0.3),), lacking.heads
    )
    assert MISSED in colours(draw_figure([none]))
    bare = ImageAnnotations(scene([])[1].info, lacking.heads.points if lacking.heads else ())
    assert {TRUE, PREDICTED} <= colours(draw_figure([figure_row(heads=bare)], width=320))
    unknown = figure_row(heads=False, target=False)
    assert PREDICTED in colours(draw_figure([unknown], width=320))


def test_a_shrunk_map_keeps_its_peaks() -> None:
    picture, true = scene([(5, 5)], size=SIZE)
    fine = np.zeros((960, 1280), np.float32)
    fine[200, 300] = 1
    row = FigureRow("a", picture, (Shown("x", Prediction(1, maps={"heat": fine}), 0.5),), true)
    drawn = draw_figure([row], width=160)
    assert drawn[:, 166:326].reshape(-1, 3).sum(axis=1).max() > 600


def test_rows_of_other_runs_are_misuse() -> None:
    row = figure_row()
    with pytest.raises(ValueError, match="same runs"):
        draw_figure([row, replace(row, runs=(replace(row.runs[0], name="other"),))])
    with pytest.raises(ValueError, match="same runs"):
        draw_figure([])


def test_the_target_is_cut_to_the_picture() -> None:
    picture, true = scene([(7, 5)], size=(64, 48))
    whole = target_map(Spots(TrainConfig(fit="letterbox", width=256, height=256)), picture, true)
    native = target_map(Spots(), picture, true)
    assert whole is not None
    assert native is not None
    assert (whole.shape, native.shape) == ((24, 32), (6, 8))
    assert (np.argwhere(whole).tolist(), np.argwhere(native).tolist()) == ([[22, 30]], [[5, 7]])
    assert target_map(Spots(), picture, ImageAnnotations(true.info, true.points)) is None
