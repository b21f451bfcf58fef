"""The anchor file: everything comes back, and what cannot be used is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.anchors.anchors import (
    FORMAT,
    Anchor,
    AnchorSet,
    anchors_from_json,
    anchors_to_json,
    read_anchors,
    write_anchors,
)
from gta_head_tools.anchors.drawings import scale
from gta_head_tools.anchors.drawn_boxes import Ref, add_box
from gta_head_tools.errors import DataFormatError

FULL: dict[str, Any] = {
    "format": "ghtools-anchors",
    "version": 1,
    "image_size": [1920, 1080],
    "anchors": [
        {"image": "15", "point": [812.0, 455.0], "box": [801.2, 441.0, 822.9, 468.5], "use": "keep", "drawn_by": "Ann"}
    ],
    "zones": [{"name": "stand", "polygon": [[0.0, 0.0], [960.0, 0.0], [960.0, 400.0]], "colour": "red"}],
    "horizon": [[0.0, 210.5], [1920.0, 198.0]],
    "pins": [{"image": "15", "point": [640.0, 512.0], "box": [630.0, 500.0, 650.0, 524.0]}],
    "image_anchors": [{"image": "16", "point": [1.0, 2.0], "box": [0.0, 0.0, 3.0, 4.0]}],
    "heads": {
        "15": {"added": [[5.0, 9.0]], "removed": [], "moved": [[[1.0, 2.0], [1.5, 2.0]]], "ignored": [], "by": 1}
    },
    "reviewed": ["15"],
    "window": {"zoom": 2},
}


def stored(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_file_comes_back_as_it_was_with_its_unknown_keys(tmp_path: Path) -> None:
    anchors = read_anchors(stored(tmp_path / "a.json", FULL))
    write_anchors(tmp_path / "b.json", anchors)
    assert json.loads((tmp_path / "b.json").read_text()) == FULL
    assert anchors.anchors[0].use == "keep"
    assert anchors.heads["15"].moved == (((1.0, 2.0), (1.5, 2.0)),)


def test_four_keys_are_enough(tmp_path: Path) -> None:
    least = {key: FULL[key] for key in ("format", "version", "image_size", "anchors")}
    anchors = read_anchors(stored(tmp_path / "a.json", least))
    assert anchors.horizon is None
    assert json.loads(json.dumps(anchors_to_json(anchors))) == least


numbers = st.floats(-1e5, 1e5).map(lambda value: round(value, 3))


@given(x=numbers, y=numbers, w=st.floats(0.5, 400), h=st.floats(0.5, 400))
def test_boxes_keep_their_numbers(
    tmp_path_factory: pytest.TempPathFactory, x: float, y: float, w: float, h: float
) -> None:
    path = tmp_path_factory.getbasetemp() / "hypothesis-anchors.json"
    anchors = AnchorSet((640, 480), (Anchor("1", (x, y), (x, y, x + w, y + h)),))
    write_anchors(path, anchors)
    assert read_anchors(path) == anchors


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, ["format", "the text 'other'", "ghtools-anchors"]),
        ({"version": 2}, ["version", "2", "newer"]),
        ({"image_size": [1920]}, ["image_size", "[1920]", "a list of 2 values"]),
        ({"image_size": [1920.5, 1080]}, ["image_size[0]", "1920.5", "a whole number"]),
        ({"image_size": [1920, 0]}, ["image_size[1]", "found 0", "at least 1"]),
        ({"image_size": [1920, "x"]}, ["image_size[1]", "the text 'x'", "a whole number"]),
        ({"image_size": None}, ["has no 'image_size'"]),
        ({"anchors": {}}, ["anchors", "{}", "a list"]),
        ({"anchors": [3]}, ["anchors[0]", "found 3", "an object"]),
        ({"anchors": [{"image": 3, "point": [1, 2], "box": [0, 0, 1, 1]}]}, ["anchors[0].image", "3"]),
        ({"anchors": [{"image": "3", "point": [1], "box": [0, 0, 1, 1]}]}, ["anchors[0].point", "[1]"]),
        (
            {"anchors": [{"image": "3", "point": [1, 2]}]},
            ["anchors[0]", "has no 'box'"],
        ),
        ({"anchors": [{"image": "3", "point": [1, 2], "box": [5, 0, 1, 1]}]}, ["anchors[0].box", "x0 < x1"]),
        ({"anchors": [{"image": "3", "point": [1, 2], "box": [0, 0, 1, True]}]}, ["anchors[0].box", "true"]),
        (
            {"anchors": [{"image": "3", "point": [1, 2], "box": [0, 0, 1, 1], "use": "no"}]},
            ["anchors[0].use", "the text 'no'"],
        ),
        ({"zones": [{"polygon": [[0, 0], [1, 1]]}]}, ["zones[0].polygon", "[[0, 0], [1, 1]]", "at least 3 values"]),
        ({"horizon": [[0, 1]]}, ["horizon", "[[0, 1]]", "a list of 2 values"]),
        ({"horizon": [[3, 4], [3, 4]]}, ["horizon", "two different points"]),
        ({"anchors": [{"image": "3", "point": [10**400, 2], "box": [0, 0, 1, 1]}]}, ["anchors[0].point"]),
        ({"pins": [{"image": "3"}]}, ["pins[0]", "has no 'point'"]),
        ({"heads": {"15": {"moved": [[1, 2]]}}}, ["heads['15'].moved[0]"]),
        ({"heads": []}, ["heads", "[]", "an object"]),
        ({"reviewed": [3]}, ["reviewed[0]"]),
        ({"sharpness": [1.5, float("nan")]}, ["sharpness", "[1.5, NaN]", "finite"]),
        ({"heads": {"15": {"sure": float("inf")}}}, ["heads['15'].sure", "Infinity"]),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, change: dict[str, Any], words: list[str]) -> None:
    path = stored(tmp_path / "a.json", {**FULL, **change})
    with pytest.raises(DataFormatError) as caught:
        read_anchors(path)
    assert all(word in str(caught.value) for word in [str(path), *words])


def test_nan_and_broken_json_are_named(tmp_path: Path) -> None:
    text = json.dumps(FULL).replace("812.0", "NaN")
    with pytest.raises(DataFormatError, match=r"anchors\[0\].point\[0\]: found NaN"):
        read_anchors(stored(tmp_path / "a.json", text))
    with pytest.raises(DataFormatError, match=r"b.json:2: no valid JSON"):
        read_anchors(stored(tmp_path / "b.json", '{"format":\n'))
    with pytest.raises(DataFormatError, match=r"d.json: no valid JSON: a number has too many digits"):
        read_anchors(stored(tmp_path / "d.json", "9" * 5000))
    with pytest.raises(DataFormatError, match=r"e.json: no valid JSON: lists and objects lie too deep"):
        read_anchors(stored(tmp_path / "e.json", "[" * 100_000))
    with pytest.raises(DataFormatError, match="cannot be read"):
        read_anchors(tmp_path / "missing.json")


@pytest.mark.parametrize("key", ["anchors", "pins", "image_anchors"])
def test_a_box_larger_than_the_picture_is_refused(tmp_path: Path, key: str) -> None:
    def table(box: list[float]) -> dict[str, object]:
        drawn = {"image": "a", "point": [50.0, 40.0], "box": box}
        return {"format": FORMAT, "version": 1, "image_size": [100, 80], "anchors": [], key: [drawn]}

    assert anchors_from_json(table([0.0, 0.0, 100.0, 80.0]), tmp_path)
    with pytest.raises(DataFormatError, match=rf"{key}\[0\]\.box.*100x81 pixels is larger than the picture \(100x80\)"):
        anchors_from_json(table([0.0, 0.0, 100.0, 81.0]), tmp_path)


def test_a_drawn_box_never_becomes_larger_than_the_picture(tmp_path: Path) -> None:
    drawn, ref = add_box(AnchorSet((100, 80)), "anchor", "a", (50.0, 40.0), (-50.0, 20.0, 150.0, 60.0))
    assert drawn.anchors[0].box == (0.0, 20.0, 100.0, 60.0)
    grown = scale(drawn, [Ref("anchor", ref.index)], 1e4)
    assert grown.anchors[0].box == (0.0, 0.0, 100.0, 80.0)
    write_anchors(tmp_path / "a.json", grown)
    assert read_anchors(tmp_path / "a.json") == grown
