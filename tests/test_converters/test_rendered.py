from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from converters import gcc, mot
from converters.rendered import RenderedScene, render_scenes
from gta_head_tools.errors import ConfigError, DatasetLayoutError
from gta_head_tools.files import image_size


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rendered") / "out"


@pytest.fixture(scope="module")
def scenes(out: Path) -> list[RenderedScene]:
    return render_scenes(out, scenes=2, images=2, people=30, seed=7)


def test_the_folders_are_those_of_the_labeler(scenes: list[RenderedScene], out: Path) -> None:
    files = sorted(path.relative_to(out).as_posix() for path in out.glob("scene_*/*/*"))
    assert [scene.name for scene in scenes] == ["scene_1_0", "scene_2_0"]
    assert len(files) == 2 * 2 * 3
    assert files[0] == "scene_1_0/jpgs/1534540800.jpg"
    assert image_size(out / files[0]) == (1920, 1080)


def test_the_reader_finds_the_heads_half_a_pixel_from_their_joints(scenes: list[RenderedScene], out: Path) -> None:
    assert gcc.detect(out)
    images = list(gcc.read(out, gcc.ReadOptions()))
    for read, exact in zip(images, (image for scene in scenes for image in scene.truth), strict=True):
        inside = (exact.boxes[:, :2] - 0.5 <= read.points) & (read.points <= exact.boxes[:, 2:] + 0.5)
        assert inside.all()
        assert read.info.camera == exact.info.camera
        assert read.info.facts["weather"] in {"EXTRASUNNY", "CLEAR", "CLOUDS", "OVERCAST"}
        assert 0 < len(read) <= 30


@pytest.mark.usefixtures("scenes")
def test_the_area_is_scrambled_and_can_be_read(out: Path) -> None:
    (image, *_) = gcc.read(out, gcc.ReadOptions())
    stored = json.loads(next(iter(sorted((out / "scene_1_0/jsons").iterdir()))).read_text())["roi"]
    area = np.array(image.info.facts["roi_world"])
    sides = np.linalg.norm(area - np.roll(area, -1, axis=0), axis=1)
    assert sides[0] == pytest.approx(sides[2])  # a rectangle again
    assert sides[1] == pytest.approx(sides[3])
    assert not np.allclose(np.array(stored), area)


@pytest.mark.usefixtures("scenes")
def test_json_and_mat_say_the_same(out: Path, tmp_path: Path) -> None:
    (tmp_path / "scene_1_0").mkdir()
    (tmp_path / "scene_1_0/mats").symlink_to(out / "scene_1_0/mats")
    by_mat, by_json = (next(iter(gcc.read(root, gcc.ReadOptions()))) for root in (tmp_path, out))
    assert np.array_equal(by_mat.points, by_json.points)
    assert by_mat.info.facts == by_json.info.facts
    assert by_mat.info.camera == by_json.info.camera


def test_the_truth_is_the_exact_boxes_in_the_same_order(scenes: list[RenderedScene], out: Path) -> None:
    read = list(mot.read(out / "truth", mot.ReadOptions()))
    exact = [image for scene in scenes for image in scene.truth]
    assert [image.info.frame for image in read] == [1, 2, 1, 2]
    for left, right in zip(read, exact, strict=True):
        assert np.abs(left.boxes - right.boxes).max() < 1e-3
        assert np.array_equal(left.ids, right.ids)
        assert (out / "truth" / left.info.path).resolve() == (out / right.info.path).resolve()


def digest(folder: Path) -> str:
    parts = (path.relative_to(folder).as_posix().encode() + path.read_bytes() for path in sorted(folder.rglob("*.*")))
    return hashlib.sha256(b"".join(parts)).hexdigest()


def test_the_seed_decides_every_file_but_the_date_in_mats(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        render_scenes(tmp_path / name, scenes=1, images=1, people=5, seed=seed)
    assert digest(tmp_path / "a/scene_1_0/jsons") == digest(tmp_path / "b/scene_1_0/jsons")
    assert digest(tmp_path / "a/scene_1_0/jpgs") == digest(tmp_path / "b/scene_1_0/jpgs")
    assert digest(tmp_path / "a/scene_1_0/jsons") != digest(tmp_path / "c/scene_1_0/jsons")


def test_what_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(DatasetLayoutError, match="choose another folder"):
        render_scenes(tmp_path)
    with pytest.raises(ConfigError, match="at least one"):
        render_scenes(tmp_path / "new", people=0)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
