from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from converters.formats import images, mall
from converters.formats.gcc import gcc, gcc_raw
from converters.formats.gcc.gcc_batches import compose, read_stencil
from converters.formats.options import NoOptions
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.camera import Camera
from gta_head_tools.errors import DataFormatError, DatasetLayoutError

MOMENT = "1534540881"
END = "</pedSet>\n<weather>CLEAR</weather>\n<time hour=12minutes=30 />\n"
LOGS = {
    "eyeInfo.log": "-1250 -850 35\n-18.5 0 123.25\n40",
    "areaInfo.log": "3\n-1260 -860\n-1290 -855\n-1300 -900\n",
    "Zheight.log": "23.3\n",
    "levelInfo.log": "6",
}
PEOPLE = [(0, 0.5, 0.840362), (1, 0.624563, 0.534621), (7, 0.309764, 0.342297)]
"""Ids and shares of the published test vector."""


def ped(number: int, *bones: tuple[float, float]) -> str:
    lines = "".join(f"\t\t<SKEL_Head x={x:.6f} y={y:.6f} />\n" for x, y in bones)
    return f"\t<ped id={number}>\n{lines}</ped>\n"


def write_peds(part: Path, text: str, moment: str = MOMENT) -> Path:
    file = part / moment / "pedInfo.xml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.replace("\n", "\r\n").encode())
    return file


def write_part(part: Path, **logs: str | None) -> Path:
    """A part folder with its logs, one captured image and no pictures; None leaves a log out."""
    write_peds(part, "<pedSet>\n" + "".join(ped(number, (x, y)) for number, x, y in PEOPLE) + END)
    for name, text in (LOGS | {f"{name}.log": text for name, text in logs.items()}).items():
        if text is not None:
            (part / name).write_text(text)
    return part


def read(path: Path) -> list[ImageAnnotations]:
    return list(gcc_raw.read(path, NoOptions()))


# --- heads and facts


def test_points_are_where_the_camera_sees_the_people(tmp_path: Path) -> None:
    (image,) = read(write_part(tmp_path / "part_11_2"))
    world = [
        (-1266.72572312, -860.96586459, 22.3),
        (-1282.55977483, -864.17254610, 22.3),
        (-1291.95277091, -895.44188611, 22.3),
    ]
    assert image.info.camera == Camera((-1250.0, -850.0, 35.0), (-18.5, 0.0, 123.25), 40.0)
    seen, _ = image.info.camera.project(np.array(world), (1920, 1080))
    np.testing.assert_allclose(image.points, seen, rtol=0, atol=0.002)
    assert image.ids.tolist() == [0, 1, 7]


def test_facts_and_names(tmp_path: Path) -> None:
    write_part(tmp_path / "part_11_2")
    (scene,) = gcc_raw.read(tmp_path, NoOptions()).scenes
    (image,) = read(tmp_path)
    assert (scene.name, scene.folder) == ("part_11_2", "part_11_2")
    assert (image.info.name, image.info.scene, image.info.size) == (MOMENT, "part_11_2", (1920, 1080))
    assert image.info.path == f"part_11_2/{MOMENT}/part_0_1.bmp"
    assert dict(image.info.facts) == {
        "weather": "CLEAR",
        "hour": 12,
        "minute": 30,
        "zheight": 23.3,
        "ground": pytest.approx(22.3),
        "level": 6,
        "roi_world": ((-1260.0, -860.0), (-1290.0, -855.0), (-1300.0, -900.0)),
    }


def test_the_area_is_projected_to_the_ground(tmp_path: Path) -> None:
    (image,) = read(write_part(tmp_path / "part_11_2"))
    assert image.info.camera is not None and image.info.roi is not None
    ground = np.array([(-1280.0, -870.0, 22.3), (-1310.0, -880.0, 22.3)])
    seen, _ = image.info.camera.project(ground, (1920, 1080))
    assert image.info.roi.contains(seen).tolist() == [True, False]


def test_people_stand_in_the_first_of_several_areas(tmp_path: Path) -> None:
    two = "3\n0 1\n2 3\n4 5\n4\n6 6\n7 7\n8 8\n9 9\n"
    (image,) = read(write_part(tmp_path / "part_1_0", areaInfo=two))
    assert image.info.facts["roi_world"] == ((0.0, 1.0), (2.0, 3.0), (4.0, 5.0))


def test_logs_may_be_missing(tmp_path: Path) -> None:
    write_part(tmp_path / "part_1_0", areaInfo=None, Zheight=None, levelInfo=None)
    dataset = gcc_raw.read(tmp_path, NoOptions())
    (image,) = dataset
    assert dataset.notes == ("part_1_0: without areaInfo.log, Zheight.log, levelInfo.log",)
    assert (image.info.roi, set(image.info.facts)) == (None, {"weather", "hour", "minute"})


def test_the_first_bone_is_the_head(tmp_path: Path) -> None:
    part = write_part(tmp_path / "part_1_0")
    write_peds(part, "<pedSet>\n" + ped(3, (0.25, 0.5), (0.26, 0.6), (0.27, 0.7)) + ped(4, (-1.5, 2)) + END)
    (image,) = read(part)
    assert image.points.tolist() == [[480, 540], [-2880, 2160]]
    assert image.ids.tolist() == [3, 4]


def test_an_image_without_people(tmp_path: Path) -> None:
    part = write_part(tmp_path / "part_1_0")
    write_peds(part, "<pedSet>\n" + END)
    assert read(part)[0].points.shape == (0, 2)


def test_parts_and_images_come_in_natural_order(tmp_path: Path) -> None:
    for part in ("part_10_0", "part_9_3"):
        write_part(tmp_path / part)
        write_peds(tmp_path / part, "<pedSet>\n" + END, "1534540880")
    (tmp_path / "part_9_3" / "result").mkdir()
    (tmp_path / "part_8_0").mkdir()
    dataset = gcc_raw.read(tmp_path, NoOptions())
    assert [scene.name for scene in dataset.scenes] == ["part_9_3", "part_10_0"]
    assert [image.info.name for image in dataset] == ["1534540880", MOMENT] * 2
    assert dataset.notes == ("part_8_0: no captured image, left out",)


def test_a_dataset_travels_to_workers(tmp_path: Path) -> None:
    dataset = gcc_raw.read(write_part(tmp_path / "part_1_0"), NoOptions())
    (here,), (there,) = list(dataset), list(pickle.loads(pickle.dumps(dataset)))
    assert here.same_as(there)


def test_reading_lists_and_iterating_streams(tmp_path: Path) -> None:
    part = write_part(tmp_path / "part_1_0")
    write_peds(part, "broken", "1534540999")
    stream = iter(gcc_raw.read(part, NoOptions()))
    assert len(next(stream)) == 3
    with pytest.raises(DataFormatError):
        next(stream)


# --- detection


@pytest.mark.parametrize("at", [".", "part_3_1"])
def test_detects_parts_and_folders_of_parts(at: str, tmp_path: Path) -> None:
    write_part(tmp_path / "part_3_1")
    others = [gcc.FORMAT, images.FORMAT, mall.FORMAT]
    assert gcc_raw.detect(tmp_path / at)
    assert not any(other.detect(tmp_path / at) for other in others)


@pytest.mark.parametrize("folder", ["jsons", "scene_0_1/jsons", "part_A_final/train_data", "frames"])
def test_does_not_detect_other_layouts(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir(parents=True)
    assert not gcc_raw.detect(tmp_path)
    with pytest.raises(DatasetLayoutError, match="no captured image"):
        gcc_raw.read(tmp_path, NoOptions())


# --- broken input

PED_CASES = [
    ("", 1, None, "interrupted capture: the file ends after 0 people"),
    ("<pedSet>\n" + ped(0, (0.5, 0.5)) + "\t<ped id=1>\n\t\t<SKEL_Head x=0.3", 6, None, "after 1 people"),
    ("<pedSet>\n" + ped(0, (0.5, 0.5)), 4, None, "interrupted capture"),
    ("<pedSet>\n" + ped(0, (0.5, 0.5)) + "</pedSet>\n", 5, None, "interrupted capture"),
    (
        "<pedSet>\n" + ped(0, (0.5, 0.5)) + "</pedSet>\n<weather>RAIN</weather>\n<time hour=1",
        7,
        None,
        "interrupted capture",
    ),
    ("<pedSet>\n<ped id=99999999999999999999>\n" + END, 2, None, "expected a whole number as id"),
    ("<pedSet>\n<ped id=x>\n" + END, 2, None, "expected a whole number as id, found 'x'"),
    ("<pedSet>\n" + ped(0, (0.1, 0.2)) + ped(5) + END, 6, "ped id=5", "expected a head, found none"),
    ("<pedSet>\n" + ped(0, (0.1, 0.2)).replace("0.200000", "-nan(ind)") + END, 3, "ped id=0", "'-nan(ind)'"),
    ("<pedSet>\n" + ped(9, (float("inf"), 0.2)) + END, 3, "ped id=9", "found 'inf'"),
    ("<pedSet>\nhello\n" + END, 2, None, "found 'hello'"),
]


@pytest.mark.parametrize(("text", "line", "record", "words"), PED_CASES)
def test_broken_people(text: str, line: int, record: str | None, words: str, tmp_path: Path) -> None:
    part = write_part(tmp_path / "part_1_0")
    file = write_peds(part, text)
    with pytest.raises(DataFormatError) as caught:
        read(part)
    assert (caught.value.path, caught.value.line, caught.value.record) == (file, line, record)
    assert words in str(caught.value)


def test_missing_people_file(tmp_path: Path) -> None:
    part = write_part(tmp_path / "part_1_0")
    (part / "1534540999").mkdir()
    with pytest.raises(DatasetLayoutError, match=r"1534540999.*pedInfo\.xml: cannot be read"):
        read(part)


LOG_CASES = [
    ("eyeInfo", "", 1, "expected 3 line(s)"),
    ("eyeInfo", "1 2\n3 4 5\n6", 1, "expected 3 number(s)"),
    ("eyeInfo", "1 2 3\n3 4 5\n", 2, "expected 3 line(s)"),
    ("eyeInfo", "1 2 3\n3 4,5 5\n40", 2, "found '4,5'"),
    ("eyeInfo", "1 2 3\n3 4 5\n0", 3, "0 < fov < 180"),
    ("areaInfo", "", 1, "number of vertices"),
    ("areaInfo", "2\n1 2\n", 1, "says 2 vertices, found 1"),
    ("areaInfo", "3e99\n1 2\n", 1, "says 3e+99 vertices, found 1"),
    ("areaInfo", "2\n1 2\n3 4 5\n", 3, "expected 2 number(s)"),
    ("areaInfo", "1\n1 2\n2.5\n", 3, "expected a number of vertices, found 2.5"),
    ("areaInfo", "1\n1 nan\n", 2, "expected a finite number, found 'nan'"),
    ("Zheight", "high", 1, "found 'high'"),
    ("Zheight", "\n", 1, "expected 1 line(s)"),
    ("levelInfo", "6.5", 1, "expected a whole number, found 6.5"),
]


@pytest.mark.parametrize(("log", "text", "line", "words"), LOG_CASES)
def test_broken_logs(log: str, text: str, line: int, words: str, tmp_path: Path) -> None:
    part = write_part(tmp_path / "part_1_0", **{log: text})
    with pytest.raises(DataFormatError) as caught:
        read(part)
    assert (caught.value.path, caught.value.line) == (part / f"{log}.log", line)
    assert words in str(caught.value)


# --- pictures of several batches

Codes = NDArray[np.uint8]


def write_batch(folder: Path, number: int, stencil: Codes, full: Codes, empty: Codes) -> None:
    (folder / f"part_{number}.raw").write_bytes(stencil.tobytes().replace(b"\n", b"\r\n"))
    Image.fromarray(full).save(folder / f"part_{number}_1.bmp")
    Image.fromarray(empty).save(folder / f"part_{number}_0.bmp")


def two_batches(folder: Path, size: tuple[int, int] = (8, 6)) -> Sequence[Codes]:
    rng = np.random.default_rng(1)
    codes = np.array([0, 1, 17, 9, 25, 2, 10, 13, 3], dtype=np.uint8)
    made: list[Codes] = []
    for number in (0, 180):
        stencil = codes[rng.integers(0, len(codes), size[::-1])]
        full, empty = (rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8) for _ in range(2))
        write_batch(folder, number, stencil, full, empty)
        made += [stencil, full, empty]
    return made


def test_composing_follows_the_stated_rule_pixel_by_pixel(tmp_path: Path) -> None:
    first, first_full, first_empty, second, second_full, second_empty = two_batches(tmp_path)
    people = {1, 17, 9, 25}
    picture = compose(tmp_path, [0, 180])
    for row, column in np.ndindex(*first.shape):
        changes = [
            sum((int(a) - int(b)) ** 2 for a, b in zip(full[row, column], empty[row, column], strict=True))
            for full, empty in ((first_full, first_empty), (second_full, second_empty))
        ]
        later = second[row, column] in people or (first[row, column] not in people and changes[1] > changes[0])
        expected = (second_full if later else first_full)[row, column]
        assert picture[row, column].tolist() == expected.tolist(), (row, column)


def test_an_image_of_several_batches_is_composed_on_demand(tmp_path: Path) -> None:
    part = write_part(tmp_path / "part_1_0")
    two_batches(part / MOMENT)
    dataset = gcc_raw.read(tmp_path, NoOptions())
    (image,) = dataset
    assert dataset.compose is not None
    build = dataset.compose(dataset.root, image.info)
    assert (image.info.path, image.info.size) == (f"part_1_0/{MOMENT}/{MOMENT}.png", (8, 6))
    assert build is not None
    assert build().shape == (6, 8, 3)
    np.testing.assert_allclose(image.points[0], [4, 5.042172])


def test_an_image_of_one_batch_is_a_file(tmp_path: Path) -> None:
    part = write_part(tmp_path / "part_1_0")
    dataset = gcc_raw.read(tmp_path, NoOptions())
    assert dataset.compose is not None
    assert dataset.compose(tmp_path, dataset.scenes[0].images[0]) is None
    Image.new("RGB", (8, 6)).save(part / MOMENT / "part_0_1.bmp")
    (image,) = read(tmp_path)
    assert (tmp_path / image.info.path).is_file()
    assert image.info.size == (8, 6)


@given(
    codes=st.lists(st.sampled_from([0, 1, 10, 13, 17]), min_size=12, max_size=12),
)
def test_text_mode_of_the_stencil_is_undone(codes: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("stencil") / "part_0.raw"
    file.write_bytes(bytes(codes).replace(b"\n", b"\r\n"))
    expected = [code in {1, 17} for code in codes]
    assert read_stencil(file, (4, 3)).reshape(-1).tolist() == expected


@pytest.mark.parametrize("content", [b"", bytes(47), bytes(49), b"\r\n" * 49])
def test_stencil_of_another_size(content: bytes, tmp_path: Path) -> None:
    two_batches(tmp_path)
    (tmp_path / "part_180.raw").write_bytes(content)
    with pytest.raises(DataFormatError, match=r"part_180.raw: \d+ bytes .* expected 8 x 6 = 48"):
        compose(tmp_path, [0, 180])


@pytest.mark.parametrize("name", ["part_0.raw", "part_0_0.bmp", "part_180.raw", "part_180_0.bmp"])
def test_a_batch_with_a_missing_file(name: str, tmp_path: Path) -> None:
    two_batches(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(DatasetLayoutError, match=f"{name}: file of a batch is missing"):
        compose(tmp_path, [0, 180])


def test_batches_of_different_sizes(tmp_path: Path) -> None:
    two_batches(tmp_path)
    Image.new("RGB", (9, 6)).save(tmp_path / "part_180_1.bmp")
    with pytest.raises(DataFormatError, match="9 x 6 instead of 8 x 6"):
        compose(tmp_path, [0, 180])


def test_a_broken_picture_of_a_batch(tmp_path: Path) -> None:
    two_batches(tmp_path)
    (tmp_path / "part_180_0.bmp").write_bytes(b"BM no picture")
    with pytest.raises(DataFormatError, match=r"part_180_0\.bmp: not a readable picture"):
        compose(tmp_path, [0, 180])


def test_one_image_can_be_loaded_alone(tmp_path: Path) -> None:
    part = write_part(tmp_path / "part_1_0")
    write_peds(part, "<pedSet>\n" + ped(1, (0.5, 0.5)) + END, "1534540999")
    dataset = gcc_raw.read(part, NoOptions())
    (scene,) = dataset.scenes
    (alone,) = dataset.load(replace(scene, images=scene.images[1:]))
    assert alone.points.tolist() == [[960, 540]]
