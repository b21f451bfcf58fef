from __future__ import annotations

import gc
import gzip
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.datasets.read import read_dataset
from converters.formats import images, mall
from converters.formats.gcc import gcc, gcc_raw
from converters.formats.gcc.gcc_world import unscramble
from converters.formats.options import parse_options
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.camera import Camera
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError, UnknownNameError
from gta_head_tools.regions import Region
from test_converters.gcc_scenes import (
    AREA,
    CAMERA,
    mat_camera,
    rounded,
    scrambled,
    write_json,
    write_mat,
    write_picture,
)

KNOWN = {"weather": "RAIN", "timeInfo": [23, 5], "roi": scrambled(AREA), "camera": CAMERA}
pixels = st.tuples(st.floats(0.5, 1920), st.floats(0.5, 1080))


def read(path: Path, **options: Any) -> list[ImageAnnotations]:
    return list(gcc.read(path, gcc.ReadOptions(**options)))


def read_one(path: Path, **options: Any) -> ImageAnnotations:
    (image,) = read(path, **options)
    return image


# --- heads


@pytest.mark.parametrize("writer", [write_json, write_mat])
@settings(max_examples=20, deadline=None)
@given(points=st.lists(pixels, max_size=30))
def test_points_come_back_within_half_a_pixel(
    writer: Callable[..., Path], points: list[tuple[float, float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    scene = tmp_path_factory.mktemp("scene")
    writer(scene, "1", rounded(points))
    image = read_one(scene, order="rowcol")
    assert np.abs(image.points - np.array(points).reshape(-1, 2)).max(initial=0) <= 0.5


def test_published_heads_land_where_the_camera_sees_them(tmp_path: Path) -> None:
    # The test vector of the format's description: world points, and row, column as the labeler stores them.
    write_json(tmp_path, "1", [[907, 959], [576, 1198], [369, 594]], camera=CAMERA)
    image = read_one(tmp_path)
    world = [
        (-1266.72572312, -860.96586459, 22.3),
        (-1282.55977483, -864.17254610, 22.3),
        (-1291.95277091, -895.44188611, 22.3),
    ]
    assert image.info.camera is not None
    seen, _ = image.info.camera.project(np.array(world), image.info.size)
    np.testing.assert_allclose(image.points, seen, rtol=0, atol=0.5)


@pytest.mark.parametrize("writer", [write_json, write_mat])
def test_source_order_and_doubled_heads_are_kept(writer: Callable[..., Path], tmp_path: Path) -> None:
    writer(tmp_path, "1", [[9, 4], [2, 7], [9, 4], [-3, 2500]])
    assert read_one(tmp_path).points.tolist() == [[5, 10], [8, 3], [5, 10], [2501, -2]]


@pytest.mark.parametrize("writer", [write_json, write_mat])
def test_an_image_without_heads(writer: Callable[..., Path], tmp_path: Path) -> None:
    writer(tmp_path, "1", [])
    assert read_one(tmp_path).points.shape == (0, 2)


# --- camera, weather, time, area


def write_known_mat(scene: Path) -> None:
    time = np.array([[23, 5]], dtype=np.uint8)
    roi = np.array(scrambled(AREA))
    write_mat(scene, "1", [], weather_info=[["RAIN"]], time_info=time, roi_info=roi, camera_info=mat_camera())


@pytest.mark.parametrize("kind", ["json", "mat"])
def test_camera_and_facts(kind: str, tmp_path: Path) -> None:
    if kind == "json":
        write_json(tmp_path, "1", [], **KNOWN)
    else:
        write_known_mat(tmp_path)
    info = read_one(tmp_path).info
    assert info.camera == Camera((-1250.0, -850.0, 35.0), (-18.5, 0.0, 123.25), 40.0)
    assert dict(info.facts) == {"weather": "RAIN", "hour": 23, "minute": 5, "roi_world": tuple(AREA)}
    assert info.roi is None


@pytest.mark.parametrize("nothing", [None, {}, [], ""])
def test_empty_keys_of_a_json_are_unknown(nothing: Any, tmp_path: Path) -> None:
    write_json(tmp_path, "1", [[1, 2]], **dict.fromkeys(KNOWN, nothing))
    info = read_one(tmp_path).info
    assert (info.camera, dict(info.facts)) == (None, {})


@pytest.mark.parametrize("nothing", [{}, [], ""])
def test_empty_variables_of_a_mat_are_unknown(nothing: Any, tmp_path: Path) -> None:
    names = ("weather_info", "time_info", "roi_info", "camera_info")
    write_mat(tmp_path, "1", [[1, 2]], **dict.fromkeys(names, nothing))
    info = read_one(tmp_path).info
    assert (info.camera, dict(info.facts)) == (None, {})


def test_a_camera_of_empty_parts_is_unknown(tmp_path: Path) -> None:
    write_json(tmp_path, "1", [], camera={"location": [], "rotation": [], "fov": None})
    write_mat(tmp_path, "2", [], camera_info=mat_camera(location=[], rotation=[], fov=[]))
    assert [image.info.camera for image in read(tmp_path)] == [None, None]


@given(area=st.lists(st.tuples(st.floats(-4e3, 4e3), st.floats(-4e3, 4e3)), min_size=3, max_size=12))
def test_unscrambling_undoes_scrambling(area: list[tuple[float, float]]) -> None:
    assert unscramble(scrambled(area)) == tuple(area)


def test_an_area_of_two_vertices_is_none(tmp_path: Path) -> None:
    write_json(tmp_path, "1", [], roi=[[1, 2], [3, 4]])
    assert "roi_world" not in read_one(tmp_path).info.facts


def area_in_pixels(tmp_path: Path, area: list[tuple[float, float]]) -> Region | None:
    write_json(tmp_path, "1", [], camera=CAMERA, roi=scrambled(area))
    return read_one(tmp_path, ground=22.3).info.roi


def test_the_area_is_projected_where_the_ground_is_known(tmp_path: Path) -> None:
    roi = area_in_pixels(tmp_path, AREA)
    camera = Camera((-1250.0, -850.0, 35.0), (-18.5, 0.0, 123.25), 40.0)
    ground = np.array([(-1280.0, -880.0, 22.3), (-1310.0, -880.0, 22.3), (-1262.0, -890.0, 22.3)])
    seen, _ = camera.project(ground, (1920, 1080))
    assert roi is not None
    assert roi.contains(seen).tolist() == [True, False, False]
    assert read_one(tmp_path, ground=22.3).info.facts["ground"] == 22.3


def test_an_area_around_the_camera_is_cut_behind_it(tmp_path: Path) -> None:
    roi = area_in_pixels(tmp_path, [(-1350.0, -950.0), (-1350.0, -750.0), (-1150.0, -750.0), (-1150.0, -950.0)])
    assert roi is not None and roi.polygon is not None
    assert np.isfinite(roi.polygon).all()
    assert roi.contains([(960.0, 1000.0)]).all()


def test_an_area_behind_the_camera_is_not_seen(tmp_path: Path) -> None:
    assert area_in_pixels(tmp_path, [(-1200.0, -850.0), (-1150.0, -800.0), (-1150.0, -850.0)]) is None


# --- folders


def test_json_wins_over_mat_and_jpg_over_png(tmp_path: Path) -> None:
    write_mat(tmp_path, "1", [[10, 10]])
    write_json(tmp_path, "1", [[20, 20]])
    write_mat(tmp_path, "2", [[30, 30]])
    for name in ("pngs/1.png", "jpgs/1.jpg", "pngs/2.png"):
        write_picture(tmp_path / name, (64, 48))
    first, second = read(tmp_path)
    assert (first.points.tolist(), second.points.tolist()) == ([[21, 21]], [[31, 31]])
    assert (first.info.path, second.info.path) == ("jpgs/1.jpg", "pngs/2.png")


def test_gzipped_jsons_are_read_as_they_are(tmp_path: Path) -> None:
    file = write_json(tmp_path, "9", rounded([[10, 20]]))
    write_json(tmp_path, "10", rounded([[30, 40]]))
    (tmp_path / "jsons/9.json.gz").write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    assert [image.info.name for image in read(tmp_path)] == ["9", "10"]
    assert [image.points.tolist() for image in read(tmp_path)] == [[[10, 20]], [[30, 40]]]


def test_scenes_and_images_come_in_natural_order(tmp_path: Path) -> None:
    for scene in ("scene_10_0", "scene_2_1"):
        for stem in ("1534540901", "99"):
            write_json(tmp_path / scene, stem, [])
    dataset = gcc.read(tmp_path, gcc.ReadOptions())
    assert [(scene.name, scene.folder) for scene in dataset.scenes] == [("scene_2_1",) * 2, ("scene_10_0",) * 2]
    assert [image.info.path for image in dataset][:2] == ["scene_2_1/jpgs/99.jpg", "scene_2_1/jpgs/1534540901.jpg"]
    assert dataset.notes == ()


def test_one_scene_is_its_own_root(tmp_path: Path) -> None:
    write_json(tmp_path / "scene_7_3", "12", [])
    (scene,) = gcc.read(tmp_path / "scene_7_3", gcc.ReadOptions()).scenes
    assert (scene.name, scene.folder, scene.images[0].path) == ("scene_7_3", "", "jpgs/12.jpg")
    assert scene.images[0].scene == "scene_7_3"


def test_sizes_come_from_headers_else_from_the_first_picture(tmp_path: Path) -> None:
    for stem, size in (("1", None), ("2", (640, 480)), ("3", (320, 240))):
        write_json(tmp_path / "scene_0_0", stem, [])
        if size:
            write_picture(tmp_path / "scene_0_0" / "jpgs" / f"{stem}.jpg", size)
    write_json(tmp_path / "scene_0_1", "1", [])
    assert [image.info.size for image in read(tmp_path)] == [(640, 480), (640, 480), (320, 240), (1920, 1080)]


def test_a_damaged_picture_has_the_size_of_the_others(tmp_path: Path) -> None:
    for stem in "123":
        write_json(tmp_path, stem, [])
        write_picture(tmp_path / "jpgs" / f"{stem}.jpg", (640, 480))
    (tmp_path / "jpgs" / "2.jpg").write_bytes(b"no picture")
    _, dataset = read_dataset(tmp_path)
    assert [image.info.size for image in dataset] == [(640, 480)] * 3
    assert list(dataset.unfit) == ["jpgs/2.jpg"]
    assert "2.jpg: not a readable picture" in dataset.unfit["jpgs/2.jpg"]


def test_what_is_not_labelled_is_left_out_and_told(tmp_path: Path) -> None:
    write_json(tmp_path / "scene_0_0", "1", [])
    write_picture(tmp_path / "scene_0_0" / "jpgs" / "2.jpg")
    (tmp_path / "scene_0_1" / "jsons").mkdir(parents=True)
    (tmp_path / "scene_0_0" / "jsons" / "anchors.json").write_text("{}")
    dataset = gcc.read(tmp_path, gcc.ReadOptions())
    assert dataset.image_count == 1
    assert dataset.notes == (
        "scene_0_0: 1 picture(s) with neither json nor mat, left out",
        "scene_0_1: neither json nor mat files, left out",
    )


@pytest.mark.parametrize("folders", [[], ["jsons"], ["scene_0_0"]])
def test_nothing_to_read_is_said(folders: list[str], tmp_path: Path) -> None:
    for folder in folders:
        (tmp_path / folder).mkdir()
    with pytest.raises(DatasetLayoutError, match="no scene: expected jsons"):
        gcc.read(tmp_path, gcc.ReadOptions())


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="no such folder"):
        gcc.read(tmp_path / "none", gcc.ReadOptions())


# --- detection


@pytest.mark.parametrize("at", [".", "scene_3_1"])
@pytest.mark.parametrize("kind", ["jsons", "mats"])
def test_detects_scenes_and_folders_of_scenes(at: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "scene_3_1" / kind).mkdir(parents=True)
    others = [gcc_raw.FORMAT, images.FORMAT, mall.FORMAT]
    assert gcc.detect(tmp_path / at)
    assert not any(other.detect(tmp_path / at) for other in others)


@pytest.mark.parametrize("folders", [["jsons", "mats", "images"], ["scene_0_1/gt"], ["frames"], ["part_0_1"]])
def test_does_not_detect_other_layouts(folders: list[str], tmp_path: Path) -> None:
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    assert not gcc.detect(tmp_path)
    assert not gcc.detect(tmp_path / "none")


@pytest.mark.parametrize(("pair", "error"), [("order=yx", UnknownNameError), ("ground=nan", ConfigError)])
def test_wrong_options(pair: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=pair.partition("=")[2]):
        parse_options(gcc.ReadOptions, [pair])


def test_an_option_given_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="option ground is given twice"):
        parse_options(gcc.ReadOptions, ["ground=1", "order=xy", "ground=2"])


# --- laziness


def test_reading_lists_and_iterating_streams(tmp_path: Path) -> None:
    write_json(tmp_path, "1", [[1, 2]])
    write_json(tmp_path, "2", []).write_text("broken")
    stream = iter(gcc.read(tmp_path, gcc.ReadOptions()))
    assert next(stream).points.tolist() == [[3, 2]]
    with pytest.raises(DataFormatError):
        next(stream)


def test_memory_is_bounded_by_an_image(tmp_path: Path) -> None:
    heads = np.random.default_rng(0).integers(0, 1080, (5000, 2)).tolist()
    for stem in range(40):
        write_json(tmp_path, str(stem), heads)
    dataset = gcc.read(tmp_path, gcc.ReadOptions())
    next(iter(dataset))  # What is imported and cached by the first image is not what is measured.
    gc.collect()
    tracemalloc.start()
    assert sum(map(len, dataset)) == 200_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4e6, f"{peak / 1e6:.1f} MB; all images together are 15 MB"


def test_a_dataset_travels_to_workers(tmp_path: Path) -> None:
    write_json(tmp_path, "1", [[1, 2]], **KNOWN)
    dataset = gcc.read(tmp_path, gcc.ReadOptions(ground=22.3))
    (here,), (there,) = list(dataset), list(pickle.loads(pickle.dumps(dataset)))
    assert here.same_as(there)
