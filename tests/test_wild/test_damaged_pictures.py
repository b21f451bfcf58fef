"""One damaged picture costs that picture: it is counted and named, and the others are done, in every verb."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import Result

from converters.datasets.read import read_dataset
from test_wild.painted import SIZE, coco, csv, pixels, red_box, store
from test_wild.verbs import ghtools, rows


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def of_text(path: Path) -> None:
    path.write_text("<html>404 Not Found</html>")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def too_large(path: Path) -> None:
    Image.new("1", (20_000, 10_000)).save(path, format="PNG")


DAMAGES = [cut_short, emptied, of_text, a_folder, too_large]
NAMES = ["a.jpg", "b.png", "c.jpg", "d.png"]


def damaged_set(folder: Path, damage: Callable[[Path], None], names: tuple[str, ...], *, sized: bool) -> Path:
    """A data set of four pictures, some of them damaged, with one head each."""
    for name in NAMES:
        store(folder / "images" / name)
    for name in names:
        damage(folder / "images" / name)
    if sized:
        coco(folder / "annotations" / "instances_default.json", dict.fromkeys(NAMES, SIZE))
    else:
        csv(folder / "heads.csv", NAMES)
    return folder


def crowded(source: Path) -> Path:
    """The data set with 40 head points in each picture, so that their spacing tells their sizes."""
    points = [(5 + 7 * (number % 8), 10 + 9 * (number // 8)) for number in range(40)]
    lines = [f"{name},{x},{y}" for name in NAMES for x, y in points]
    (source / "heads.csv").write_text("\n".join(["image,x,y", *lines, ""]))
    return source


def check_told(done: Result, count: int, first: str, *, of: int = 4) -> None:
    """The verb ends with one line that counts the pictures and names the first one once."""
    assert done.exit_code == 1, done.stderr
    assert f"{count} of {of} pictures could not be used, the rest is done" in done.stderr
    assert done.stderr.count(first) == 1, done.stderr
    assert done.stderr.count("could not be used") == 1


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("names", [("a.jpg",), ("d.png",), ("a.jpg", "c.jpg")])
def test_render_draws_the_others(damage: Callable[[Path], None], names: tuple[str, ...], tmp_path: Path) -> None:
    source = damaged_set(tmp_path / "set", damage, names, sized=len(names) == 1)
    for more in ((), ("--skip-missing",)):
        done = ghtools("render", source, tmp_path / "out", "--jobs", "1", *more)
        check_told(done, len(names), names[0])
        drawn = {path.stem for path in (tmp_path / "out").rglob("*.jpg")}
        assert drawn == {Path(name).stem for name in NAMES if name not in names}
    assert "3 were there already" in done.stdout or len(names) > 1


def test_workers_tell_the_same(tmp_path: Path) -> None:
    source = damaged_set(tmp_path / "set", cut_short, ("b.png",), sized=False)
    check_told(ghtools("render", source, tmp_path / "out", "--jobs", "2"), 1, "b.png")
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 3


def test_json_is_printed_and_the_exit_code_is_one(tmp_path: Path) -> None:
    source = damaged_set(tmp_path / "set", emptied, ("b.png",), sized=False)
    done = ghtools("render", source, tmp_path / "out", "--jobs", "1", "--json")
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert report["images"] == 3
    assert "b.png" in report["unused"][0]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("sized", [True, False])
def test_a_training_folder_holds_the_others(damage: Callable[[Path], None], sized: bool, tmp_path: Path) -> None:
    source = damaged_set(tmp_path / "set", damage, ("a.jpg", "d.png"), sized=sized)
    done = ghtools("convert", source, tmp_path / "out", "--to", "iim", "-o", "resize=false", "--allow-lossy")
    check_told(done, 2, "a.jpg")
    for folder in ("images", "masks", "jsons"):
        assert len(list((tmp_path / "out" / folder).iterdir())) == 2
    assert len((tmp_path / "out" / "train.txt").read_text().split()) == 2


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("to", ["coco", "csv", "density", "mot"])
@pytest.mark.parametrize("mode", ["link", "copy", "none"])
def test_other_formats_do_not_stop_at_it(damage: Callable[[Path], None], to: str, mode: str, tmp_path: Path) -> None:
    source = damaged_set(tmp_path / "set", damage, ("b.png",), sized=False)
    done = ghtools("convert", source, tmp_path / "out", "--to", to, "--images", mode, "--allow-lossy")
    assert done.stderr.count("b.png") <= 1, done.stderr
    # A folder cannot be linked or copied; other damage does not show while files are only linked or copied.
    assert done.exit_code == int(damage is a_folder and mode != "none"), done.stderr
    assert "4 images" in done.stdout


@pytest.mark.parametrize("damage", [emptied, of_text, a_folder])
def test_an_image_whose_size_nothing_says_is_left_out(damage: Callable[[Path], None], tmp_path: Path) -> None:
    source = damaged_set(tmp_path / "set", damage, ("b.png",), sized=False)
    done = ghtools("convert", source, tmp_path / "out", "--to", "coco", "-i", "scenes=image")
    check_told(done, 1, "b.png")
    assert "3 images, 3 heads" in done.stdout


def test_copies_of_turned_pictures_do_not_stop_at_it(tmp_path: Path) -> None:
    for number, name in enumerate(NAMES):
        store(tmp_path / "set" / name, (1, 6, 6, 8)[number])
    cut_short(tmp_path / "set" / "b.png")
    coco(tmp_path / "set" / "set.json", dict.fromkeys(NAMES, SIZE))
    done = ghtools("convert", tmp_path / "set", tmp_path / "out", "--to", "csv")
    check_told(done, 1, f"{tmp_path / 'set' / 'b.png'}")
    assert sorted(path.name for path in (tmp_path / "out" / "images").iterdir()) == ["a.jpg", "c.jpg", "d.png"]
    assert len(rows(tmp_path / "out" / "heads.csv")) == 4


def test_boxes_are_made_for_all_heads(tmp_path: Path) -> None:
    for damage in (cut_short, emptied, a_folder):
        source = crowded(damaged_set(tmp_path / damage.__name__, damage, ("a.jpg",), sized=False))
        done = ghtools("interpolate-boxes", source, "--rule", "spacing", "--to", "csv", "--jobs", "1")
        assert done.exit_code == int(damage is a_folder), done.stderr
        assert done.stderr.count("a.jpg") <= 1, done.stderr
        assert len(rows(source / "boxes" / "heads.csv")) == 160


def test_boxes_are_made_for_the_other_scenes(tmp_path: Path) -> None:
    source = crowded(damaged_set(tmp_path / "set", emptied, ("a.jpg", "c.jpg"), sized=False))
    done = ghtools("interpolate-boxes", source, "--rule", "spacing", "--to", "csv", "-i", "scenes=image", "--jobs", "1")
    assert done.exit_code == 1
    assert "2 of 4 pictures could not be used, the rest is done" in done.stderr
    assert {row["image"] for row in rows(source / "boxes" / "heads.csv")} == {"b.png", "d.png"}


def test_the_report_of_scores_shows_the_others(tmp_path: Path) -> None:
    source = damaged_set(tmp_path / "set", cut_short, ("a.jpg",), sized=True)
    done = ghtools("evaluate", source, source, "--protocol", "nwpu", "--report", tmp_path / "page.html", "--jobs", "1")
    check_told(done, 1, "a.jpg")
    assert (tmp_path / "page.html").read_text().count("data:image/") >= 3


def test_a_picture_of_another_size_is_left_out_too(tmp_path: Path) -> None:
    source = damaged_set(tmp_path / "set", cut_short, (), sized=True)
    store(source / "images" / "b.png", size=(50, 70))
    check_told(ghtools("render", source, tmp_path / "drawn", "--jobs", "1"), 1, "b.png")
    done = ghtools("convert", source, tmp_path / "iim", "--to", "iim", "-o", "resize=false", "--allow-lossy")
    check_told(done, 1, "b.png")
    assert all(red_box(pixels(path)) for path in (tmp_path / "iim" / "images").iterdir())
    done = ghtools("convert", source, tmp_path / "coco.json", "--to", "coco")
    assert done.exit_code == 0
    assert done.stderr.count("b.png: is 50x70, but its heads are for 60x100") == 1


def test_nothing_left_to_do_is_an_error(tmp_path: Path) -> None:
    source = damaged_set(tmp_path / "set", of_text, tuple(NAMES), sized=True)
    for verb in (("render", source, tmp_path / "a"), ("convert", source, tmp_path / "b", "--to", "iim")):
        done = ghtools(*verb)
        assert done.exit_code == 1
        assert "4 of 4 pictures could not be used; the first: " in done.stderr
    assert not (tmp_path / "b").exists()


def test_25_the_two_good_pictures_are_done(case: Callable[[str], Path]) -> None:
    folder = case("25-damaged-picture-stops")
    check_told(ghtools("render", "set", "overlays", "--jobs", "1"), 1, "a.jpg", of=3)
    assert len(list((folder / "overlays").rglob("*.jpg"))) == 2
    check_told(ghtools("convert", "set", "out", "--to", "iim"), 1, "a.jpg", of=3)
    assert len(list((folder / "out" / "images").iterdir())) == 2


@pytest.mark.parametrize("data", ["set", "set/images"])
def test_25_heads_are_found_in_the_two_good_pictures(data: str, case: Callable[[str], Path]) -> None:
    pytest.importorskip("torch")
    folder = case("25-damaged-picture-stops")
    for to in (("--to", "csv"), ()):
        done = ghtools("baseline", "predict", data, *to, "--out", f"found{len(to)}", "--device", "cpu")
        check_told(done, 1, "a.jpg", of=3)
    assert len(list((folder / "found0" / "overlays").rglob("*.jpg"))) == 2
    assert read_dataset(folder / "found2")[1].image_count == 2


def test_suggestions_are_for_pictures_that_can_be_drawn_on(tmp_path: Path) -> None:
    source = damaged_set(tmp_path / "set", emptied, ("a.jpg",), sized=False)
    done = ghtools("suggest-anchor", source, "--count", "9", "--jobs", "1", "--json")
    assert done.exit_code == 0, done.stderr
    assert {one["image"] for one in json.loads(done.stdout)["suggestions"]} == {"b", "c", "d"}
