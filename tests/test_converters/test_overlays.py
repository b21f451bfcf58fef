from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from socket import gethostname

import numpy as np
import pytest
from PIL import Image

from converters.datasets.read import read_dataset
from converters.overlays import render_overlays
from converters.picture_writer import DrawOptions
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import ConfigError, DataFormatError, DatasetLayoutError, UnusedPicturesError
from gta_head_tools.pictures import Picture, read_picture

GREY = (128, 128, 128)


def image(path: str, box: Sequence[float] = (100, 80, 120, 110), scene: str = "s") -> ImageAnnotations:
    info = ImageInfo(path, 320, 240, scene=scene)
    return ImageAnnotations(info, [[(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]], boxes=[box])


def dataset(root: Path, *images: ImageAnnotations, size: tuple[int, int] = (320, 240)) -> Dataset:
    for entry in images:
        (root / entry.info.path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, GREY).save(root / entry.info.path)
    return in_memory(images, root)


def test_one_picture_for_each_image_in_its_sub_folder(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", image("a/1.jpg"), image("a/2.png"), image("b/c/1.bmp", scene="t"))
    report = render_overlays(source, tmp_path / "out", DrawOptions(jobs=1))
    written = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert written == ["a/1.jpg", "a/2.jpg", "b/c/1.jpg"]
    assert (report.images, report.heads, report.anchors) == (3, 3, 0)
    assert np.abs(read_picture(tmp_path / "out/a/1.jpg")[80, 100:120].astype(int) - GREY).mean() > 40


def test_colours_are_those_of_the_scene_not_of_the_picture(tmp_path: Path) -> None:
    small, large = (100, 80, 110, 90), (100, 80, 160, 140)
    source = dataset(tmp_path, image("1.png", small), image("2.png", large), image("3.png", large, scene="t"))
    render_overlays(source, tmp_path / "out", DrawOptions(jobs=1))
    small_in_s, large_in_s, alone = (
        read_picture(tmp_path / "out" / f"{number}.jpg")[80, 105].astype(int) for number in (1, 2, 3)
    )
    assert np.abs(small_in_s - large_in_s).max() > 100
    assert np.abs(alone - small_in_s).max() < 30


def draw_anchor(path: Path) -> None:
    anchor = {"image": "1", "point": [300, 200], "box": [280, 180, 320, 220]}
    drawn = {"format": "ghtools-anchors", "version": 1, "image_size": [640, 480], "anchors": [anchor]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(drawn))


def test_anchors_of_the_scene_are_marked_at_the_size_of_the_picture(tmp_path: Path) -> None:
    source = dataset(tmp_path, image("1.png"), image("2.png"))
    draw_anchor(tmp_path / "anchors.json")
    report = render_overlays(source, tmp_path / "out", DrawOptions(jobs=1))
    assert report.anchors == 1
    assert read_picture(tmp_path / "out/1.jpg")[90, 145:155].min() > 200
    assert read_picture(tmp_path / "out/2.jpg")[90, 145:155].max() < 160


@pytest.mark.parametrize("place", ["anchors.json", "s/anchors.json", "anchors/s.json"])
def test_boxes_find_the_anchors_they_were_made_from(tmp_path: Path, place: str) -> None:
    source = dataset(tmp_path / "boxes", image("1.png"))
    (tmp_path / "boxes/ghtools-export.json").write_text("{}")
    draw_anchor(tmp_path / place)
    assert render_overlays(source, tmp_path / "out", DrawOptions(jobs=1)).anchors == 1


def test_a_file_of_anchors_may_be_named(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", image("1.png"))
    draw_anchor(tmp_path / "mine.json")
    assert render_overlays(source, tmp_path / "out", DrawOptions(jobs=1), anchors=tmp_path / "mine.json").anchors == 1


def test_a_limit_is_spread_evenly(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", *(image(f"{n}.png", scene=f"s{n // 5}") for n in range(15)))
    assert render_overlays(source, tmp_path / "out", DrawOptions(limit=3, jobs=1)).images == 3
    assert sorted(path.stem for path in (tmp_path / "out").iterdir()) == ["0", "14", "7"]
    with pytest.raises(ConfigError, match="--limit 0"):
        render_overlays(source, tmp_path / "other", DrawOptions(limit=0))


def test_missing_pictures_stop_it_before_anything_is_written(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", image("1.png"), image("2.png"), image("3.png"))
    (tmp_path / "in/2.png").unlink()
    (tmp_path / "in/3.png").unlink()
    with pytest.raises(DatasetLayoutError, match=r"2\.png: picture is missing \(2 of 3 are\)"):
        render_overlays(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert render_overlays(source, tmp_path / "out", DrawOptions(skip_missing=True, jobs=1)).images == 1


def test_a_picture_of_another_size_is_named(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", image("1.png"), size=(160, 120))
    with pytest.raises(UnusedPicturesError, match=r"1\.png: is 160x120, but its heads are for 320x240"):
        render_overlays(source, tmp_path / "out", DrawOptions(jobs=1))


def test_a_full_folder_is_only_written_to_by_force(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", image("1.png"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out/keep.txt").write_text("mine")
    with pytest.raises(DatasetLayoutError, match="--force"):
        render_overlays(source, tmp_path / "out")
    render_overlays(source, tmp_path / "out", DrawOptions(force=True, jobs=1))
    assert (tmp_path / "out/keep.txt").read_text() == "mine"


def test_the_same_command_goes_on_and_draws_only_what_is_not_there(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", *(image(f"{n}.png") for n in range(3)))
    whole = render_overlays(source, tmp_path / "out", DrawOptions(jobs=1))
    (tmp_path / "out/1.jpg").unlink()
    (tmp_path / "out/.ghtools-partial-x").write_text("")
    (tmp_path / "out/.ghtools-partial-x").rename(
        tmp_path / f"out/.ghtools-partial-{gethostname()}-999999999-0a0a0a0a-1"
    )
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("*.jpg")}
    again = render_overlays(source, tmp_path / "out", DrawOptions(jobs=1))
    assert (again.images, again.heads, again.current, whole.current) == (3, 3, 2, 0)
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    assert after == {**before, "1.jpg": after["1.jpg"]}


def test_overlays_of_something_else_are_only_replaced_by_force(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", image("1.png"), image("2.png"))
    render_overlays(source, tmp_path / "out", DrawOptions(jobs=1))
    before = (tmp_path / "out/2.jpg").read_bytes()
    other = dataset(tmp_path / "in", image("1.png"), image("2.png", (100, 80, 140, 120)))
    with pytest.raises(DatasetLayoutError, match=r"1\.jpg: is there already, drawn of other heads.*\(2 such.*--force"):
        render_overlays(other, tmp_path / "out", DrawOptions(jobs=1))
    assert (tmp_path / "out/2.jpg").read_bytes() == before
    assert render_overlays(other, tmp_path / "out", DrawOptions(jobs=1, force=True)).current == 0
    assert (tmp_path / "out/2.jpg").read_bytes() != before


def test_where_no_picture_is_there_none_can_be_left_out(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", image("1.png"))
    (tmp_path / "in/1.png").unlink()
    with pytest.raises(DatasetLayoutError, match=r"1\.png: picture is missing \(1 of 1 are\).*none is left to draw"):
        render_overlays(source, tmp_path / "out", DrawOptions(skip_missing=True))
    assert not (tmp_path / "out").exists()


def test_the_pictures_themselves_are_never_replaced(tmp_path: Path) -> None:
    source = dataset(tmp_path, image("1.jpg"))
    before = (tmp_path / "1.jpg").read_bytes()
    with pytest.raises(DatasetLayoutError, match="replace the pictures themselves"):
        render_overlays(source, tmp_path, DrawOptions(force=True))
    assert (tmp_path / "1.jpg").read_bytes() == before


def test_pictures_of_others_are_kept_and_theirs_are_no_folders_for_overlays(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", image("a/1.jpg"))
    dataset(tmp_path / "out", image("a/1.jpg"))
    with pytest.raises(DatasetLayoutError, match=r"out/a/1\.jpg: is not what ghtools drew"):
        render_overlays(source, tmp_path / "out", DrawOptions(force=True, jobs=1))
    with pytest.raises(DatasetLayoutError, match="holds the pictures themselves"):
        render_overlays(source, tmp_path / "in/a", DrawOptions(force=True, jobs=1))


def test_no_folder_is_left_where_nothing_could_be_drawn(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", image("1.jpg"))
    (tmp_path / "in/1.jpg").write_bytes(b"no picture")
    with pytest.raises(UnusedPicturesError):
        render_overlays(source, tmp_path / "out", DrawOptions(jobs=1))
    assert not (tmp_path / "out").exists()


def test_two_pictures_of_one_name_are_both_named(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", image("a/1.jpg"), image("a/1.png"))
    with pytest.raises(DatasetLayoutError, match=r"a/1\.png: and a/1\.jpg would both become a/1\.jpg"):
        render_overlays(source, tmp_path / "out")


def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", image("../1.jpg"))
    with pytest.raises(DataFormatError, match="leaves the folder"):
        render_overlays(source, tmp_path / "out")


def half_grey(root: Path, info: ImageInfo) -> Callable[[], Picture]:  # noqa: ARG001
    return lambda: np.full((info.height, info.width, 3), 100, np.uint8)


def test_a_composed_picture_needs_no_file(tmp_path: Path) -> None:
    source = in_memory([image("1.png")], tmp_path, compose=half_grey)
    render_overlays(source, tmp_path / "out", DrawOptions(jobs=1))
    assert abs(int(read_picture(tmp_path / "out/1.jpg")[5, 5, 0]) - 100) < 3


def test_the_result_does_not_depend_on_jobs(tmp_path: Path) -> None:
    source = dataset(tmp_path / "in", *(image(f"{n}.png") for n in range(4)))
    for jobs in (1, 2):
        render_overlays(source, tmp_path / f"out{jobs}", DrawOptions(jobs=jobs))
    assert all(
        (tmp_path / "out1" / f"{n}.jpg").read_bytes() == (tmp_path / "out2" / f"{n}.jpg").read_bytes() for n in range(4)
    )


def test_a_missing_picture_is_named_as_its_label_file_does(tmp_path: Path) -> None:
    (tmp_path / "heads.csv").write_text("image,x,y\nsub/1.jpg,3,4\n")
    with pytest.raises(DatasetLayoutError) as caught:
        render_overlays(read_dataset(tmp_path / "heads.csv")[1], tmp_path / "out")
    assert str(caught.value).startswith(f"{tmp_path / 'heads.csv'}: picture 'sub/1.jpg' is missing (1 of 1 are)")
