"""ShanghaiTechRGBDSyn: read, told apart from GCC, refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from converters.formats.gcc import gcc, gcc_raw, rgbdsyn
from converters.formats.registry import detect_format
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DatasetLayoutError, GtaHeadError
from test_converters.gcc_scenes import AREA, CAMERA, scrambled, write_json, write_picture


def write_boxed(scene: Path, stem: str, pairs: list[list[int]]) -> None:
    """Points and boxes as the labeler writes them, of half side 4 and 1 above the point; no text without heads."""
    for kind in ("point", "bbox"):
        (scene / kind).mkdir(parents=True, exist_ok=True)
    (scene / "point" / f"{stem}.json").write_text(json.dumps(pairs))
    lines = [f"{x - 4} {y - 5} {x + 4} {y + 3}\r\n" for y, x in pairs]
    if lines:
        (scene / "bbox" / f"{stem}.txt").write_bytes("".join(lines).encode())


def read(path: Path, ground: float | None = None) -> Dataset:
    return rgbdsyn.read(path, rgbdsyn.ReadOptions(ground))


def test_scenes_are_read(tmp_path: Path) -> None:
    scene = tmp_path / "scene_1_0"
    write_boxed(scene, "1534540881", [[10, 20], [30, 40]])
    write_boxed(scene, "1534540882", [])
    write_boxed(tmp_path / "scene_2_1", "7", [[1, 2]])
    write_json(scene, "1534540881", [[10, 20]], weather="RAIN", timeInfo=[7, 30], camera=CAMERA, roi=scrambled(AREA))
    write_picture(scene / "pngs/1534540882.png", (64, 48))
    (tmp_path / "scene_3_0").mkdir()
    dataset = read(tmp_path)
    one, two, three = dataset
    assert detect_format(tmp_path) == detect_format(scene) == "rgbdsyn"
    assert one.points.tolist() == [[21, 11], [41, 31]]
    assert one.boxes.tolist() == [[17, 6, 25, 14], [37, 26, 45, 34]]
    assert (one.info.path, one.info.size) == ("scene_1_0/jpgs/1534540881.jpg", (1920, 1080))
    assert {key: one.info.facts[key] for key in ("weather", "hour", "minute")} == {
        "weather": "RAIN", "hour": 7, "minute": 30,
    }  # fmt: skip
    assert one.info.camera is not None
    assert (one.info.roi, next(iter(read(tmp_path, ground=22.0))).info.roi is None) == (None, False)
    assert (len(two), two.info.path, two.info.size) == (0, "scene_1_0/pngs/1534540882.png", (64, 48))
    assert (three.info.scene, three.info.name) == ("scene_2_1", "7")
    assert [(each.name, each.folder) for each in dataset.scenes] == [(n, n) for n in ("scene_1_0", "scene_2_1")]
    assert dataset.notes == ("1 scenes without point and bbox left out (the first: scene_3_0)",)
    (alone,) = read(tmp_path / "scene_2_1")
    np.testing.assert_array_equal(alone.boxes, three.boxes)


def test_scenes_without_boxes_are_those_of_gcc(tmp_path: Path) -> None:
    write_json(tmp_path / "scene_1_0", "1", [[10, 20]])
    for path in (tmp_path, tmp_path / "scene_1_0"):
        assert (gcc.detect(path), gcc_raw.detect(path), rgbdsyn.detect(path)) == (True, False, False)
    write_boxed(tmp_path / "scene_1_0", "1", [[10, 20]])
    for path in (tmp_path, tmp_path / "scene_1_0"):
        assert (gcc.detect(path), gcc_raw.detect(path), rgbdsyn.detect(path)) == (False, False, True)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"bbox/1.txt": "1 2 3 4\n"}, r"1\.txt: holds 1 boxes, but point/1\.json 2 points"),
        ({"bbox/1.txt": None}, r"bbox/1\.txt: .*cannot be read"),
        ({"point/1.json": None}, r"point/1\.json: .*cannot be read"),
        ({"bbox/1.txt": "1 2 3\n1 2 3\n"}, r"1\.txt:1: .*expected 4 numbers"),
        ({"bbox/1.txt": "1 2 3 4\n1 2 3 inf\n"}, r"1\.txt:2: .*no finite number"),
        ({"point/1.json": "[[1, 2], [3]]"}, r"point/1\.json"),
        ({"point/1.json": "[[1, 2], [3, 1e999]]"}, r"point/1\.json"),
        ({"point/1.json": "{}"}, r"point/1\.json"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, files: dict[str, str | None], words: str) -> None:
    write_boxed(tmp_path, "1", [[10, 20], [30, 40]])
    for name, text in files.items():
        (tmp_path / name).unlink() if text is None else (tmp_path / name).write_text(text)
    with pytest.raises(GtaHeadError, match=words):
        list(read(tmp_path))


def test_a_folder_without_heads(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="no points found"):
        read(tmp_path)
