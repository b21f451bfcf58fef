from __future__ import annotations

import numpy as np
import pytest

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.overlays.head_overlay import draw_heads, size_colours, size_span
from gta_head_tools.overlays.legend import Entry, draw_legend, text_height
from gta_head_tools.overlays.marks import (
    BLACK,
    WHITE,
    draw_anchors,
    draw_dashes,
    draw_dots,
    draw_frames,
    pixel_corners,
)
from gta_head_tools.pictures import Picture

GREY = 128


def plain(width: int = 400, height: int = 300) -> Picture:
    return np.full((height, width, 3), GREY, np.uint8)


def heads(*boxes: tuple[float, float, float, float], **columns: object) -> ImageAnnotations:
    array = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    return ImageAnnotations(ImageInfo("a.jpg"), (array[:, :2] + array[:, 2:]) / 2, boxes=array, **columns)  # type: ignore[arg-type]  # test columns


def changed(picture: Picture) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    mask: np.ndarray[tuple[int, int], np.dtype[np.bool_]] = np.any(picture != GREY, axis=2)
    return mask


def test_corners_are_the_pixels_a_box_covers() -> None:
    corners = pixel_corners(np.array([[1.0, 2.0, 3.0, 5.0], [0.4, 0.6, 0.5, 0.7], [3.0, 5.0, 1.0, 2.0]]), (9, 9))
    assert corners.tolist() == [[1, 2, 2, 4], [0, 1, 0, 1], [1, 2, 2, 4]]


def test_far_and_infinite_boxes_are_brought_near() -> None:
    corners = pixel_corners(np.array([[-1e12, -np.inf, 1e12, np.inf]]), (100, 50))
    assert np.abs(corners).max() < 200


def test_a_frame_fills_the_edge_pixels_and_nothing_else() -> None:
    picture = plain(20, 20)
    draw_frames(picture, np.array([[5, 6, 9, 12]]), (1, 2, 3))
    expected = np.zeros((20, 20), bool)
    expected[6:13, 5:10] = True
    expected[7:12, 6:9] = False
    assert np.array_equal(changed(picture), expected)
    assert (picture[expected] == (1, 2, 3)).all()


def test_a_wide_frame_does_not_leave_a_small_box() -> None:
    picture = plain(20, 20)
    draw_frames(picture, np.array([[5, 5, 7, 7]]), (0, 0, 0), width=9)
    assert changed(picture)[5:8, 5:8].all()
    assert changed(picture).sum() == 9


def test_dashes_stay_on_the_frame_and_have_two_tones() -> None:
    picture, frame = plain(40, 40), plain(40, 40)
    draw_dashes(picture, np.array([[5, 5, 30, 25]]), 1)
    draw_frames(frame, np.array([[5, 5, 30, 25]]), (0, 0, 0))
    assert np.array_equal(changed(picture), changed(frame))
    assert len(np.unique(picture[changed(picture)], axis=0)) == 2


def test_anchors_are_told_by_shape_and_leave_the_head_open() -> None:
    picture = plain(80, 80)
    draw_anchors(picture, np.array([[30, 30, 49, 49]]), 1)
    assert not changed(picture)[31:49, 31:49].any()
    assert (picture[26, 26] == WHITE).all()  # the bracket outside of the corner
    assert (picture[25, 26] == BLACK).all()  # and its rim


def test_dots_have_two_tones_and_skip_what_has_no_place() -> None:
    picture = plain(20, 20)
    draw_dots(picture, np.array([[10.5, 10.5], [np.nan, 3.0], [-5.0, 5.0], [5.0, 20.0], [np.inf, 1.0]]), 1)
    assert (picture[10, 10] == WHITE).all()
    assert (picture[10, 12] == BLACK).all()
    assert changed(picture)[8:13, 8:13].sum() == changed(picture).sum()


def test_colours_follow_size() -> None:
    small, large = size_colours(np.array([10.0, 40.0]), (10.0, 40.0)).tolist()
    picture = draw_heads(plain(), heads((100, 100, 110, 110), (200, 200, 240, 240)))
    assert picture[100, 105].tolist() == small
    assert picture[200, 220].tolist() == large
    assert size_colours(np.array([1.0, 999.0]), (10.0, 40.0)).tolist() == [small, large]


def test_the_span_decides_the_colour() -> None:
    box = heads((100, 100, 110, 110))
    wide = draw_heads(plain(), box, span=(1.0, 10.0))[100, 105]
    narrow = draw_heads(plain(), box, span=(10.0, 100.0))[100, 105]
    assert (wide != narrow).any()


def test_colours_grow_lighter_and_differ_for_the_colour_blind() -> None:
    ramp = size_colours(np.geomspace(5, 50, 9), (5.0, 50.0)).astype(float)
    light = ramp @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light[[0, 2, 4, 6, 8]]) > -12).all()
    assert light[-1] - light[0] > 60
    yellow_blue = ramp[:, :2].mean(axis=1) - ramp[:, 2]  # what is left without red against green
    assert yellow_blue[-1] - yellow_blue[0] > 200


def test_span_leaves_out_extremes_and_unknown_boxes() -> None:
    sizes = np.r_[np.full(500, 10.0), np.full(500, 20.0), 9000.0]
    boxes = np.c_[np.zeros((1001, 2)), sizes, sizes]
    assert size_span([boxes, np.full((3, 4), np.nan)]) == (10.0, 20.0)
    assert size_span([]) is None


def test_heads_without_a_box_are_dots_alone() -> None:
    known = heads((np.nan,) * 4)
    picture = draw_heads(plain(), known.replace(points=[[200.0, 100.0]]))
    mask = changed(picture)
    mask[-60:] = False  # the legend
    assert 0 < mask.sum() <= 81
    assert mask[92:109, 192:209].sum() == mask.sum()


def test_flipped_and_empty_boxes_are_dots_too() -> None:
    picture = draw_heads(plain(), heads((210.0, 90.0, 190.0, 110.0), (100.0, 100.0, 100.0, 100.0)))
    assert (picture[90, 191:199] == GREY).all()


def test_ignored_heads_have_no_colour() -> None:
    picture = draw_heads(plain(), heads((150, 100, 250, 200), ignore=[True]))
    edge = picture[100, 150:250].astype(int)
    assert (edge.max(axis=1) == edge.min(axis=1)).all()


def test_the_picture_itself_is_untouched() -> None:
    picture = plain()
    draw_heads(picture, heads((100, 100, 120, 120)))
    assert not changed(picture).any()


@pytest.mark.parametrize("ground", [5, 250], ids=["night", "snow"])
def test_the_legend_can_be_read_on_any_ground(ground: int) -> None:
    picture = np.full((300, 400, 3), ground, np.uint8)
    draw_legend(picture, [[Entry("500 heads")]], np.empty((0, 2)))
    rows, columns = np.nonzero(np.any(picture != ground, axis=2))
    panel = picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(int)
    assert np.median(panel) < 60
    assert (panel.min(axis=2) > 180).sum() > 60  # ink: without a font there would be none


def test_the_legend_goes_where_no_head_is() -> None:
    crowd = np.array([[x, y] for x in range(0, 400, 9) for y in range(60, 300, 9)], dtype=np.float64)
    picture = plain()
    draw_legend(picture, [[Entry("heads")]], crowd)
    assert changed(picture)[:60].any()
    assert not changed(picture)[60:].any()


def test_a_picture_too_small_for_a_legend_stays_without() -> None:
    picture = draw_heads(plain(12, 12), heads())
    assert not changed(picture).any()
    assert text_height((12, 12)) == 12


def test_a_float_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        draw_heads(np.zeros((5, 5, 3)), heads())  # type: ignore[arg-type]  # on purpose
