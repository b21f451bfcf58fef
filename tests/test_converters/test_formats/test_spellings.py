"""The same heads in any spelling of a table or list are the same heads."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converters.datasets.read import read_dataset

Rows = list[tuple[str, float, float, float, float, bool, int]]
"""Picture, left, top, width and height of the box, ignore, track."""

NUMBERS = st.integers(0, 4_000_000).map(lambda number: number / 1000)
NAMES = st.sampled_from(["a.jpg", "s/b 1.jpg", "Zürich.png", "x,y.jpg", "day;1/é.jpg", '"q".jpg', "007.jpg", "1e3.png"])
HEADS = st.lists(
    st.tuples(
        NAMES, NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.booleans(), st.sampled_from([-1, 0, 7, 2**53 + 1, 2**63 - 1])
    ),
    min_size=1,
    max_size=6,
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
BOXES = {
    "corners": [("x1", "y1", "x2", "y2"), ("xmin", "ymin", "xmax", "ymax"), ("Left", "Top", "Right", "Bottom")],
    "corner": [("x", "y", "w", "h"), ("left", "top", "Width", "Height"), ("bbox_x", "bbox_y", "bbox_w", "bbox_h")],
    "middle": [("cx", "cy", "w", "h"), ("X_Center", "Y_Center", "Width", "Height")],
}


def four(kind: str, row: tuple[float, float, float, float]) -> list[float]:
    """The four numbers of a box of left, top, width and height."""
    left, top, width, height = row
    start = [left + width / 2, top + height / 2] if kind == "middle" else [left, top]
    return start + ([left + width, top + height] if kind == "corners" else [width, height])


def spelled(number: float, mark: str, data: st.DataObject) -> str:
    text = f"{number:.4f}"
    text = data.draw(st.sampled_from([text, text.rstrip("0").rstrip("."), f"+{text}", f" {text} ", f"{number:.9e}"]))
    return text.replace(".", mark)


def field(text: str, separator: str, *, always: bool) -> str:
    needed = always or any(mark in text for mark in f'{separator}"\r\n')
    return '"' + text.replace('"', '""') + '"' if needed else text


def save(folder: Path, name: str, text: str, data: st.DataObject) -> Path:
    """The text in any encoding and with any ends of lines, packed or not."""
    saved = text.replace("\n", data.draw(ENDS)).encode(data.draw(ENCODINGS))
    packed = data.draw(st.booleans())
    file = folder / (f"{name}.gz" if packed else name)
    file.write_bytes(gzip.compress(saved) if packed else saved)
    return file


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(heads=HEADS, data=st.data())
def test_any_spelling_of_a_table(tmp_path_factory: pytest.TempPathFactory, heads: Rows, data: st.DataObject) -> None:
    separator = data.draw(st.sampled_from(",;\t|"))
    mark = data.draw(st.sampled_from(".,")) if separator != "," else "."
    kind = data.draw(st.sampled_from(sorted(BOXES)))
    always, blanks, index = (data.draw(st.booleans()) for _ in range(3))
    columns = {
        data.draw(st.sampled_from(["image", "Image", "file_name", "FileName", "image_id"])): [row[0] for row in heads],
        data.draw(st.sampled_from(["ignore", "Ignored"])): [
            data.draw(
                st.sampled_from([["0", "False", "", "0" + mark + "0"], ["1", "TRUE", "yes", "1" + mark + "0"]][row[5]])
            )
            for row in heads
        ],
        data.draw(st.sampled_from(["track", "Track ID"])): ["" if row[6] < 0 else str(row[6]) for row in heads],
    }
    numbers = [[spelled(number, mark, data) for number in four(kind, row[1:5])] for row in heads]
    columns |= dict(zip(data.draw(st.sampled_from(BOXES[kind])), map(list, zip(*numbers, strict=True)), strict=True))
    order = data.draw(st.permutations(list(columns)))
    table = [order, *(list(row) for row in zip(*(columns[name] for name in order), strict=True))]
    if index:
        table = [[str(place - 1) if place else "", *row] for place, row in enumerate(table)]
    between = separator + " " * blanks
    text = "".join(between.join(field(cell, separator, always=always) for cell in row) + "\n" for row in table)
    _, dataset = read_dataset(save(tmp_path_factory.mktemp("table"), "table.csv", text, data), format_name="csv")
    found = {image.info.path: image for image in dataset}
    assert set(found) == {row[0] for row in heads}
    for name, image in found.items():
        own = [row for row in heads if row[0] == name]
        boxes = [(left, top, left + width, top + height) for _, left, top, width, height, _, _ in own]
        np.testing.assert_allclose(image.boxes, boxes, rtol=0, atol=1e-3)
        assert image.ignore.tolist() == [row[5] for row in own]
        assert image.ids.tolist() == [row[6] for row in own]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    crowds=st.dictionaries(
        st.integers(0, 10**6), st.lists(st.tuples(NUMBERS, NUMBERS), max_size=4), min_size=1, max_size=5
    ),
    data=st.data(),
)
def test_any_spelling_of_a_list(
    tmp_path_factory: pytest.TempPathFactory, crowds: dict[int, list[tuple[float, float]]], data: st.DataObject
) -> None:
    separator = data.draw(st.sampled_from([" ", "  ", "\t", ",", ", ", ";"]))
    mark = data.draw(st.sampled_from(".,")) if separator in {"\t", ";"} else "."
    ids = data.draw(st.sampled_from(["{}", "{:04}", "{}.jpg", "{:06}.PNG", "{}.0"]))
    whole = data.draw(st.sampled_from(["{}", "{}.0"]))
    lines = [] if data.draw(st.booleans()) else [separator.join(["id", "count", "x", "y"])]
    for number, points in crowds.items():
        texts = [f"{value:.4f}".replace(".", mark) for point in points for value in point]
        lines.append(separator.join([ids.format(number), whole.format(len(points)), *texts]))
    file = save(tmp_path_factory.mktemp("list"), "list.txt", "\n".join(lines) + "\n", data)
    _, dataset = read_dataset(file, format_name="nwpu_text")
    assert {int(image.info.name) for image in dataset} == set(crowds)
    for image in dataset:
        expected = np.reshape(crowds[int(image.info.name)], (-1, 2))
        np.testing.assert_allclose(image.points, expected, rtol=0, atol=1e-3)
