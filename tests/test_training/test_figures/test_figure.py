from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib import rcParams

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.geometry import around
from gta_head_tools.overlays.marks import Colour
from gta_head_tools.overlays.match_overlay import FALSE_ALARM, FOUND, MISSED, PREDICTED, TRUE
from test_training.spots import Spots, scene
from training.base import Prediction
from training.config import TrainConfig
from training.figures import figure
from training.figures.figure import FigureRow, Shown, draw_figure, target_map

SIZE = (320, 240)


def figure_row(*, heads: bool | ImageAnnotations = True, target: bool = True) -> FigureRow:
    picture, true = scene([(5, 5), (20, 20)], [(30, 10)], size=SIZE)
    method = Spots()
    learned = target_map(method, picture, true) if target else None
    shown = Shown("spots", method.predict(picture, maps=True), 0.3, learned)
    return FigureRow("a", picture, (shown,), (true if heads else None) if isinstance(heads, bool) else heads)


def columns(row: FigureRow) -> float:
    """How many cells stand side by side."""
    return float(draw_figure([row], width=160).shape[1] / (160 + 160 / 54))


def marked(*rows: FigureRow) -> set[Colour]:
    """Those of the colours of marks that are in a figure."""
    pixels = draw_figure(rows, width=160).reshape(-1, 3).astype(np.int64)
    colours = (FOUND, MISSED, FALSE_ALARM, TRUE, PREDICTED)
    return {colour for colour in colours if np.abs(pixels - colour).sum(axis=1).min() < 60}


def test_cells_stand_side_by_side_at_one_scale() -> None:
    assert columns(figure_row()) == pytest.approx(4, abs=0.1)


def test_targets_have_one_column_where_runs_share_them_and_one_a_run_where_they_differ() -> None:
    row = figure_row()
    run = row.runs[0]
    assert run.target is not None
    other = replace(run, name="other", target=run.target * np.float32(0.5))
    others = (replace(other, target=run.target), other, replace(other, target=None))
    found = [round(columns(replace(row, runs=(run, each)))) for each in others]
    assert found == [2 + 2 * 2, 1 + 2 * 3, 1 + 2 * 2]


def test_a_map_lies_where_its_picture_lies() -> None:
    drawn, again = (draw_figure([figure_row()], width=320) for _ in range(2))
    assert np.array_equal(drawn, again)
    values = drawn.astype(np.int64)
    cells = (values.sum(axis=2) < 3 * 250).mean(axis=1) > 0.9
    top, gap = int(np.argmax(cells)), 320 / 54
    assert cells.sum() == pytest.approx(240, abs=2)
    for place in range(3):
        left = round(gap + place * (320 + gap))
        cell = values[top + 3 : top + 237, left + 3 : left + 317].sum(axis=2)
        middle = np.argwhere(cell > 0.9 * cell.max()).mean(axis=0) + 3
        assert middle == pytest.approx([12.5 * 8 + 4, 13 * 8 - 4], abs=6)  # of the cells (5, 5) and (20, 20)


def test_outlines_lie_on_their_map_alone() -> None:
    row = figure_row(target=False)
    prediction = replace(row.runs[0].prediction, outlines={"heat": np.array([[80.0, 60.0, 240.0, 180.0]])})
    outlined = replace(row, runs=(replace(row.runs[0], prediction=prediction),))
    changed = np.argwhere((draw_figure([row], width=320) != draw_figure([outlined], width=320)).any(axis=2))
    # The heat map is the second cell; the picture and its cell have one size.
    left = 320 / 54 * 2 + 320
    assert changed[:, 1].min() == pytest.approx(left + 80, abs=2)
    assert changed[:, 1].max() == pytest.approx(left + 240, abs=2)
    assert np.ptp(changed[:, 0]) == pytest.approx(120, abs=3)


def test_a_head_beyond_the_border_makes_no_picture_smaller() -> None:
    _, true = scene([(5, 5), (20, 20)], [], size=SIZE)
    beyond = np.vstack([true.points, [[-30, -30]]])
    heads = ImageAnnotations(true.info, beyond, boxes=around(beyond, *np.full((2, 3), 6.0)))
    plain, drawn = (draw_figure([figure_row(heads=each)], width=320) for each in (true, heads))
    dark = [(each[:200].astype(int).sum(axis=2) < 3 * 250).mean(axis=0) > 0.9 for each in (plain, drawn)]
    assert dark[1].sum() == dark[0].sum()


def test_peaks_tell_found_missed_and_false() -> None:
    row = figure_row(target=False)
    none = Shown("none", Prediction(0, np.empty((0, 2)), np.empty(0)), 0.3)
    known = replace(row, runs=(*row.runs, none))
    assert row.heads is not None
    assert marked(known) == {FOUND, MISSED, FALSE_ALARM}
    without_boxes = replace(row, heads=ImageAnnotations(row.heads.info, row.heads.points))
    assert marked(without_boxes) == {TRUE, PREDICTED}


def test_a_density_is_shown_with_its_target_on_one_scale() -> None:
    row = figure_row()
    density = np.zeros((30, 40), np.float32)
    density[10:12] = 0.02
    run = Shown("counts", Prediction(1.6, density=density), 0.5, 2 * density)
    drawn = draw_figure([replace(row, runs=(run,))], width=160).astype(np.int64)
    assert drawn.shape[1] == pytest.approx(4 * 163, abs=5)
    cells = [drawn[20:130, 163 * place + 10 : 163 * place + 150] for place in (1, 2)]
    target, half = (cell.reshape(-1, 3)[cell.sum(axis=2).argmax()] for cell in cells)
    assert target == pytest.approx([252, 255, 164], abs=3)
    assert half == pytest.approx([188, 55, 84], abs=12)
    narrow = Shown("narrow", Prediction(16, density=10 * density), 0.5, 20 * density)
    both = draw_figure([replace(row, runs=(run, narrow))], width=160).astype(np.int64)
    beside = [both[20:130, 163 * place + 10 : 163 * place + 150] for place in (1, 2)]
    brightest = [cell.reshape(-1, 3)[cell.sum(axis=2).argmax()] for cell in beside]
    np.testing.assert_allclose(brightest, [target, half], atol=12)  # higher peaks of another target leave it as it is


def test_a_shrunk_map_keeps_its_peaks() -> None:
    picture, true = scene([(5, 5)], size=SIZE)
    fine = np.zeros((960, 1280), np.float32)
    fine[200, 300] = 1
    row = FigureRow("a", picture, (Shown("x", Prediction(1, maps={"heat": fine}), 0.5),), true)
    drawn = draw_figure([row], width=160)[25:135, 170:320].astype(np.int64)
    assert drawn.sum(axis=2).max() > 600


def test_names_are_drawn_as_they_are_and_a_figure_is_never_too_large(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setitem(rcParams, "text.usetex", True)  # a setting of the user
    monkeypatch.setattr(figure, "_WIDEST", 600)
    row = figure_row(target=False)
    run = replace(row.runs[0], name="$x^{" + "long" * 30)
    drawn = draw_figure([replace(row, name="$a_{b$ \u540d " + "long" * 30, picture=row.picture[:, :9], runs=(run,))])
    assert drawn.shape[1] == pytest.approx(600, abs=30)
    assert drawn.shape[0] < 2 * 200
    assert not recwarn.list
    assert rcParams["text.usetex"]


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
