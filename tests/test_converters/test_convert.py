from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from converters.convert import ConvertOptions, convert, default_target
from converters.datasets.contents import count_contents
from converters.datasets.guards import check_target_pictures
from converters.datasets.read import read_dataset
from converters.datasets.write import find_writer, write_scenes
from converters.files.pictures.pictures import ImageMode
from converters.formats.coco import coco
from converters.formats.mot import mot
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.camera import Camera
from gta_head_tools.dataset import in_memory
from gta_head_tools.errors import (
    ConfigError,
    DataFormatError,
    DatasetLayoutError,
    GtaHeadError,
    LossyConversionError,
    UnknownNameError,
)
from gta_head_tools.picture_header import image_size
from test_converters.small_sets import DATA, assert_same_heads, boxes_only, image, write_pictures

T = TypeVar("T")
MOT = DATA / "tiny_mot"
COCO = DATA / "tiny_coco"


def files(folder: Path) -> list[str]:
    """Everything below a folder that is a file or a link."""
    found = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def save(path: Path, *images: ImageAnnotations) -> Path:
    """These images as one COCO file."""
    coco.write(in_memory(images, path), path, coco.WriteOptions(), "none")
    return path


# --- where it goes


@pytest.mark.parametrize(
    ("source", "target"),
    [("data", "data-coco"), ("data/sub", "data/sub-coco"), ("data/x.json.gz", "data/x-coco"), (".", "../{here}-coco")],
)
def test_the_default_target_lies_beside_the_source(
    source: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data/sub").mkdir(parents=True)
    Path("data/x.json.gz").touch()
    assert default_target(Path(source), "coco") == Path(target.format(here=tmp_path.name))


def test_it_works_inside_a_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mot.write(boxes_only(), tmp_path / "crowd", mot.WriteOptions(), "none")
    monkeypatch.chdir(tmp_path / "crowd")
    report = convert(Path(), ConvertOptions(to="coco", images="none"))
    assert files(tmp_path / "crowd-coco") == ["annotations/instances_default.json"]
    assert (report.format, report.images, report.heads, report.out) == ("coco", 3, 3, Path("../crowd-coco"))


@pytest.mark.parametrize("name", ["heads.json", "heads.csv"])
def test_a_target_with_the_suffix_is_that_file_alone(name: str, tmp_path: Path) -> None:
    report = convert(
        MOT, ConvertOptions(to=name[-4:].strip(".").replace("json", "coco"), out=tmp_path / name, allow_lossy=True)
    )
    assert files(tmp_path) == [name]
    assert_same_heads(read_dataset(MOT)[1], read_dataset(report.out)[1])


@pytest.mark.parametrize(
    ("name", "to", "instead"),
    [("x.csv.gz", "csv", " or a .csv file"), ("x.json", "csv", " or a .csv file"), ("x.txt", "mot", ""),
     ("x.CSV", "csv", " or a .csv file")],
)  # fmt: skip
def test_no_folder_is_called_like_a_file(name: str, to: str, instead: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match=rf"{name}: is called like a file.*name a folder{instead}$"):
        convert(MOT, ConvertOptions(to=to, out=tmp_path / name, images="none", allow_lossy=True))
    assert not list(tmp_path.iterdir())
    (tmp_path / name).mkdir()
    assert convert(MOT, ConvertOptions(to=to, out=tmp_path / name, images="none", allow_lossy=True)).images == 3


def test_a_taken_target_needs_force(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    target.write_text("mine")
    with pytest.raises(DatasetLayoutError, match="--force"):
        convert(COCO, ConvertOptions(to="coco", out=target))
    assert target.read_text() == "mine"
    convert(COCO, ConvertOptions(to="coco", out=target, force=True))
    assert len(json.loads(target.read_text())["images"]) == 3


def test_force_does_not_mix_two_formats(tmp_path: Path) -> None:
    convert(COCO, ConvertOptions(to="coco", out=tmp_path / "out", images="none"))
    before = files(tmp_path)
    with pytest.raises(DatasetLayoutError, match="out: holds a data set of format coco; choose another folder"):
        convert(MOT, ConvertOptions(to="mot", out=tmp_path / "out", images="none", force=True))
    assert files(tmp_path) == before


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    convert(COCO, ConvertOptions(to="coco", out=tmp_path / "out"))
    assert "annotations/instances_default.json" in files(tmp_path / "out")


@pytest.mark.parametrize("target", ["data", "", "data/annotations", "data/annotations/instances.json"])
def test_the_source_is_never_written_over(target: str, tmp_path: Path) -> None:
    file = tmp_path / "data" / "annotations" / "instances.json"
    before = save(file, image("s/a.png")).read_bytes()
    with pytest.raises(DatasetLayoutError, match="source"):
        convert(tmp_path / "data", ConvertOptions(to="coco", out=tmp_path / target, images="none", force=True))
    assert (file.read_bytes(), len(files(tmp_path))) == (before, 1)


def test_pictures_that_lie_in_the_target_already_stay(tmp_path: Path) -> None:
    picture = write_pictures(tmp_path / "images", [image("s/a.png")]) / "s" / "a.png"
    source = save(tmp_path / "labels" / "x.json", image("s/a.png"))
    dataset = coco.read(source, coco.ReadOptions())
    coco.write(dataset, tmp_path, coco.WriteOptions(), "link")
    assert not picture.is_symlink()
    assert image_size(picture) == (16, 12)


# --- pictures


@pytest.mark.parametrize("mode", ["link", "symlink", "copy"])
def test_missing_pictures_are_named_before_anything_is_written(mode: ImageMode, tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match=r"3 of 3 are.*--images none") as caught:
        convert(MOT, ConvertOptions(to="mot", out=tmp_path / "out", images=mode))
    assert caught.value.path == MOT / "train" / "street" / "img1" / "000001.png"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("to", ["mot", "coco", "csv"])
def test_symbolic_links_are_relative_and_lead_to_the_pictures(to: str, tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "in" / "images", boxes_only()).parent
    coco.write(boxes_only(), source, coco.WriteOptions(), "none")
    options = ConvertOptions(to=to, out=tmp_path / "deep" / "er" / "out", allow_lossy=True, images="symlink")
    report = convert(source, options)
    links = [path for path in report.out.rglob("*.png") if path.is_symlink()]
    (tmp_path / "deep").rename(tmp_path / "else")
    moved = [tmp_path / "else" / link.relative_to(tmp_path / "deep") for link in links]
    assert len(moved) == 3
    assert all(not link.readlink().is_absolute() for link in moved)
    _, dataset = read_dataset(tmp_path / "else" / "er" / "out")
    check_target_pictures(dataset, "copy")


def grey(_root: Path, _info: ImageInfo) -> Callable[[], NDArray[np.uint8]]:
    """A picture that is no file."""
    return lambda: np.full((12, 16, 3), 200, dtype=np.uint8)


def test_composed_pictures_are_copied_not_linked(tmp_path: Path) -> None:
    dataset = in_memory([image("s/a.bmp", [[1, 2, 3, 4]])], tmp_path, compose=grey)
    with pytest.raises(DatasetLayoutError, match="--images copy"):
        check_target_pictures(dataset, "link")
    check_target_pictures(dataset, "copy")
    write_scenes(dataset, "coco", tmp_path / "out", coco.WriteOptions(), "copy")
    assert files(tmp_path / "out") == ["annotations/instances_default.json", "images/s/a.png"]


# --- losses


def test_lost_columns_are_refused_with_their_counts(tmp_path: Path) -> None:
    heads = image("s/a.png", [[0, 0, 2, 2]] * 3, ids=[1, 2, -1], extra={"visibility": [0.5, 1, np.nan]}, split="train")
    source = save(tmp_path / "x.json", heads)
    with pytest.raises(LossyConversionError, match=r"csv cannot hold visibility \(2\), split \(1\); --allow-lossy"):
        convert(source, ConvertOptions(to="csv", out=tmp_path / "y.csv"))
    report = convert(source, ConvertOptions(to="csv", out=tmp_path / "y.csv", allow_lossy=True))
    assert report.dropped == {
        "visibility": 2,
        "split": 1,
        "annotation_id": 3,
        "coco_header": 1,
        "coco_image_keys": 1,
    }


def test_points_beside_their_boxes_are_lost_in_mot(tmp_path: Path) -> None:
    heads = image("s/a.png", [[0, 0, 2, 2]] * 2, points=[[1, 1], [1, 1.5]], extra={"score": [0.5, np.nan]})
    source = save(tmp_path / "x.json", heads)
    with pytest.raises(LossyConversionError, match=r"points \(1\), score \(1\) \(head points that are not"):
        convert(source, ConvertOptions(to="mot", out=tmp_path / "out", images="none"))
    report = convert(source, ConvertOptions(to="mot", out=tmp_path / "out", images="none", allow_lossy=True))
    assert (report.dropped["points"], report.dropped["score"]) == (1, 1)


def test_heads_without_boxes_cannot_go_to_a_box_format(tmp_path: Path) -> None:
    source = save(tmp_path / "x.json", image("s/a.png", points=[[1, 1], [2, 2]]))
    with pytest.raises(LossyConversionError, match=r"2 heads have no box.*interpolate-boxes"):
        convert(source, ConvertOptions(to="mot", out=tmp_path / "out", images="none", allow_lossy=True))


def test_what_belongs_to_one_format_is_counted_not_refused(tmp_path: Path) -> None:
    known = image("s/a.png", [[0, 0, 2, 2]], facts={"weather": "RAIN"})
    camera = known.replace(info=type(known.info)("s/a.png", scene="s", camera=Camera((0, 0, 0), (0, 0, 0), 40)))
    found = count_contents(in_memory([known, camera], tmp_path))
    assert (dict(found.extras), dict(found.filled)) == ({"weather": 1, "camera": 1}, {"boxes": 2})


def test_odd_values_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    heads = image("s/a.png", [[0, 0, 2, 2], [20, 0, 22, 2], [5, 5, 4, 6]], points=[[1, 1], [21, 1], [4.5, 5.5]])
    found = count_contents(in_memory([heads], tmp_path))
    assert (found.misplaced, found.first_misplaced) == (2, "head 2 of s/a.png at 21, 1")
    report = convert(save(tmp_path / "x.json", heads), ConvertOptions(to="coco", out=tmp_path / "y.json"))
    assert any("2 heads outside" in note for note in report.notes)


# --- refusals


def test_unknown_sizes_are_refused_where_the_target_stores_them(tmp_path: Path) -> None:
    (tmp_path / "heads.csv").write_text("image,x1,y1,x2,y2\ns/a.png,1,2,3,4\n")
    for to in ("coco", "mot"):
        with pytest.raises(DatasetLayoutError, match="size is unknown"):
            convert(tmp_path / "heads.csv", ConvertOptions(to=to, out=tmp_path / "out", images="none"))
    assert convert(tmp_path / "heads.csv", ConvertOptions(to="csv", out=tmp_path / "out", images="none")).heads == 1


def test_an_option_is_only_advised_where_the_source_has_it(tmp_path: Path) -> None:
    dataset = in_memory([image("s/a.png", [[1, 2, 3, 4]], scene="s"), image("s/b.png", scene="s", width=99)], tmp_path)
    with pytest.raises(ConfigError, match="16x12 and 99x12") as caught:
        mot.write(dataset, tmp_path / "out", mot.WriteOptions(), "none")
    assert "-i" not in str(caught.value)


def test_a_worker_is_sent_the_heads_of_its_scene_alone() -> None:
    dataset = boxes_only()
    for scene in dataset.scenes:
        alone = dataset.alone(scene)
        assert [one.info.path for one in alone] == [info.path for info in scene.images]
        with pytest.raises(KeyError):
            list(alone.load(next(other for other in dataset.scenes if other is not scene)))


def test_two_sizes_in_a_scene_cannot_go_to_mot(tmp_path: Path) -> None:
    source = save(tmp_path / "x.json", image("s/a.png", [[1, 2, 3, 4]]), image("s/b.png", width=99))
    with pytest.raises(ConfigError, match="scenes=image"):
        convert(source, ConvertOptions(to="mot", out=tmp_path / "out", images="none"))
    convert(source, ConvertOptions(to="mot", out=tmp_path / "out", images="none", read_options=["scenes=image"]))
    assert len(list((tmp_path / "out").glob("*/gt/gt.txt"))) == 2


@pytest.mark.parametrize(
    ("arguments", "error", "problem"),
    [
        ({"to": "coko"}, UnknownNameError, "'coco'"),
        ({"to": "gcc"}, ConfigError, "mot, coco"),
        ({"to": "coco", "from_format": "coko"}, UnknownNameError, "'coco'"),
        ({"to": "coco", "read_options": ["orign=0"]}, UnknownNameError, "'origin'"),
        ({"to": "coco", "write_options": ["keypoint=true"]}, UnknownNameError, "'keypoints'"),
        ({"to": "coco", "jobs": 0}, None, ""),
        ({"to": "mot", "jobs": 0}, ConfigError, "--jobs 0"),
    ],
)
def test_wrong_settings_write_nothing(
    arguments: dict[str, object], error: type[GtaHeadError] | None, problem: str, tmp_path: Path
) -> None:
    jobs = cast(int | None, arguments.get("jobs"))
    arguments = {key: value for key, value in arguments.items() if key != "jobs"}
    options = ConvertOptions(out=tmp_path / "out", images="none", **arguments)  # type: ignore[arg-type]  # of a table
    if error is None:
        convert(MOT, options, jobs=jobs)
        return
    with pytest.raises(error, match=problem):
        convert(MOT, options, jobs=jobs)
    assert not list(tmp_path.iterdir())


def test_an_empty_data_set_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "x.json"
    source.write_text('{"images": [], "annotations": [], "categories": []}')
    with pytest.raises(DatasetLayoutError, match="no images"):
        convert(source, ConvertOptions(to="coco", out=tmp_path / "out"))


def test_an_unwritable_target_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for to in ("mot", "coco", "csv"):
        with pytest.raises(DatasetLayoutError, match="cannot be written"):
            convert(MOT, ConvertOptions(to=to, out=tmp_path / "file" / "out", images="none", allow_lossy=True))


@pytest.mark.parametrize("to", ["coco", "csv", "mot"])
def test_names_never_leave_the_target(to: str, tmp_path: Path) -> None:
    wild = in_memory([image("../../a.png", [[1, 2, 3, 4]], scene="../../s")], tmp_path)
    with pytest.raises(DataFormatError, match="leaves"):
        write_scenes(wild, to, tmp_path / "in" / "out", find_writer(to).options(), "none")
    assert files(tmp_path) == []


def test_two_scenes_of_one_name_are_refused(tmp_path: Path) -> None:
    dataset = in_memory([image("a.png", [[1, 2, 3, 4]], scene="a/b"), image("b.png", scene="a_b")], tmp_path)
    with pytest.raises(DatasetLayoutError, match="'a_b'"):
        write_scenes(dataset, "mot", tmp_path / "out", mot.WriteOptions(), "none")
    assert files(tmp_path) == []


def test_equal_stems_in_two_folders_stay_apart(tmp_path: Path) -> None:
    source = save(tmp_path / "x.json", image("a/1.png", [[0, 0, 2, 2]]), image("b/1.png", [[3, 3, 9, 9]]))
    for to in ("coco", "csv", "mot"):
        report = convert(source, ConvertOptions(to=to, out=tmp_path / to, images="none"))
        back = {one.info.scene: one.boxes.tolist() for one in read_dataset(report.out)[1]}
        assert back == {"a": [[0, 0, 2, 2]], "b": [[3, 3, 9, 9]]}


def two_folders(path: Path) -> Path:
    """A CSV of pictures in folders whose parts, joined, are the same."""
    path.write_text("image,x1,y1,x2,y2\na/b/1.jpg,1,2,3,4\na_b/1.png,1,2,3,4\na_b/1.jpg,1,2,3,4\n")
    return path


@pytest.mark.parametrize(("scenes", "pair"), [("auto", "a_b/1.jpg"), ("folder", "a_b/1.jpg"), ("image", "a_b/1.jpg")])
def test_two_folders_never_make_one_scene(scenes: str, pair: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match=rf"a/b/1.jpg: and {pair} are of two scenes .* 'a_b(_1)?'"):
        read_dataset(two_folders(tmp_path / "x.csv"), options=[f"scenes={scenes}"])
    assert len(read_dataset(tmp_path / "x.csv", options=["scenes=one"])[1].scenes) == 1


# --- what is told


def test_progress_sees_every_image(tmp_path: Path) -> None:
    seen: dict[str, int] = {}

    def track(items: Iterable[T], label: str, total: int | None = None) -> Iterable[T]:
        for item in items:
            seen[label] = seen.get(label, 0) + 1
            yield item
        assert total == seen[label]

    convert(MOT, ConvertOptions(to="coco", out=tmp_path / "out", images="none"), track=track)
    assert seen == {"checking images": 3, "writing images": 3}


def test_conventions_are_told(tmp_path: Path) -> None:
    report = convert(MOT, ConvertOptions(to="mot", out=tmp_path / "out", images="none", read_options=["origin=0"]))
    numbered = "1 heads have no id: they are numbered in each frame, and these numbers are no tracks"
    assert report.notes == ("read as mot with origin=0", "written as mot with origin=1", numbered)
    rows = (tmp_path / "out" / "test" / "square" / "gt" / "gt.txt").read_text()
    assert rows == "1,3,12,5.5,4,4.5,1,1,1\n"


def test_scenes_of_an_earlier_run_are_told(tmp_path: Path) -> None:
    save(tmp_path / "x.json", image("s/a.png", [[1, 2, 3, 4]]))
    for source in (MOT, tmp_path / "x.json"):
        report = convert(source, ConvertOptions(to="mot", out=tmp_path / "out", images="none", force=True))
    assert any("also holds 3 images" in note for note in report.notes)


def test_a_wrong_target_is_told_before_the_source_is_read(tmp_path: Path) -> None:
    (tmp_path / "broken.csv").write_text("image,x,y\na.jpg,1,two\n", "utf-8")
    with pytest.raises(UnknownNameError, match="unknown format 'cocoo'"):
        convert(tmp_path / "broken.csv", ConvertOptions(to="cocoo"))
