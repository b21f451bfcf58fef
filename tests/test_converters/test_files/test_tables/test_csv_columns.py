"""Columns of tables by the names that programs give them."""

from __future__ import annotations

import pytest

from converters.files.tables.csv_columns import alone, head_columns, reading_note, twice


@pytest.mark.parametrize(
    ("header", "point", "box", "kind"),
    [
        ("image x y", (1, 2), None, "corners"),
        ("image x y x1 y1 x2 y2", (1, 2), (3, 4, 5, 6), "corners"),
        ("image x0 y0 x1 y1", None, (1, 2, 3, 4), "corners"),
        ("image xmax ymax xmin ymin", None, (3, 4, 1, 2), "corners"),
        ("image x_min y_min x_max y_max", None, (1, 2, 3, 4), "corners"),
        ("image width height xmin ymin xmax ymax", None, (3, 4, 5, 6), "corners"),
        ("image left top right bottom", None, (1, 2, 3, 4), "corners"),
        ("image x y w h", None, (1, 2, 3, 4), "corner"),
        ("image X Y Width Height", None, (1, 2, 3, 4), "corner"),
        ("image x1 y1 w h", None, (1, 2, 3, 4), "corner"),
        ("image bbox_x bbox_y bbox_width bbox_height", None, (1, 2, 3, 4), "corner"),
        ("image bb_left bb_top bb_width bb_height", None, (1, 2, 3, 4), "corner"),
        ("image x y left top width height", (1, 2), (3, 4, 5, 6), "corner"),
        ("image x y bbox_x bbox_y bbox_w bbox_h", (1, 2), (3, 4, 5, 6), "corner"),
        ("image x y w h x1 y1 x2 y2", (1, 2), (5, 6, 7, 8), "corners"),
        ("image cx cy w h", None, (1, 2, 3, 4), "middle"),
        ("image x_center y_center width height", None, (1, 2, 3, 4), "middle"),
        ("image cx cy", (1, 2), None, "corners"),
        ("image head_x head_y", (1, 2), None, "corners"),
        ("image X_(px) Y_[pixels]", (1, 2), None, "corners"),
        ("image X_(mm) Y_(mm)", None, None, "corners"),
        ("image x w h", None, None, "corners"),
    ],
)
def test_points_and_boxes(header: str, point: object, box: object, kind: str) -> None:
    found = head_columns(header.split())
    assert (found.image, found.point, found.box, found.kind) == (0, point, box, kind)


@pytest.mark.parametrize(
    ("header", "image"),
    [
        ("Image", 0),
        ("x,file_name,image_id", 1),
        ("image_id,filename", 1),
        ("Image Name", 0),
        ("x,image_id", 1),
        ("id,name", None),
    ],
)
def test_the_name_of_the_picture(header: str, image: int | None) -> None:
    assert head_columns(header.split(",")).image == image


def test_what_is_wrong_and_what_is_told() -> None:
    double, lone, sized = (text.split() for text in ("image x X y", "image x1 y1 x y", "image x y w h"))
    assert twice(double, head_columns(double)) == "x"
    assert alone(lone, head_columns(lone)) == "x1"
    assert alone(sized, head_columns(sized)) is None


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Image Y X Track Score", ""),
        ("FileName cx cy w h conf", "FileName as image, conf as score, cx cy w h as middle and size of the box"),
        ("image cx cy xmin ymin xmax ymax", "xmin ymin xmax ymax as x1 y1 x2 y2 of the box"),
    ],
)
def test_how_columns_are_read_is_told(header: str, told: str) -> None:
    assert reading_note(header.split(), head_columns(header.split())) == told
