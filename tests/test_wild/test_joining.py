"""Pictures of two data sets, or of a label file and a folder, that go by names with dots, accents or numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from test_wild.verbs import ghtools, rows, scores

NFC, NFD = "caf\u00e9", "cafe\u0301"
HEADER = "image,x,y\n"


def csv(file: Path, *names: str) -> Path:
    file.write_text(HEADER + "".join(f"{name},{5 + row},5\n" for row, name in enumerate(names)), encoding="utf-8")
    return file


def pictures(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.new("RGB", (64, 48)).save(folder / name)


def test_two_pictures_whose_names_have_dots_are_not_one(case: Callable[[str], Path]) -> None:
    case("12-names-with-dots")
    refused = ghtools("evaluate", "p1.csv", "t1.csv")
    assert refused.exit_code == 1
    assert "no image in common" in refused.stderr
    assert scores("p2.csv", "t2.csv")["mae"] == 0


@pytest.mark.parametrize("more", [(), ("--missing", "empty")])
def test_ids_of_text_lists_are_numbers(case: Callable[[str], Path], more: tuple[str, ...]) -> None:
    case("13-nothing-joined")
    found = scores("pred.txt", "gt.txt", "--protocol", "nwpu", *more)
    assert (found["images"], found["sigma_l"]["f1"]) == (3, 1.0)


@pytest.mark.parametrize("more", [(), ("--missing", "empty")])
@pytest.mark.parametrize("verb", [("evaluate", "p.csv", "t.csv"), ("render", "p.csv", "out", "--against", "t.csv")])
def test_nothing_in_common_is_an_error_in_every_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...], more: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    csv(tmp_path / "p.csv", "cam_12.30.jpg")
    csv(tmp_path / "t.csv", "cam_12.45.jpg")
    done = ghtools(*verb, *more)
    assert done.exit_code == 1
    assert "'cam_12.30.jpg'" in done.stderr
    assert "'cam_12.45.jpg'" in done.stderr
    assert "--missing empty" not in done.stderr


def test_few_in_common_are_told(tmp_path: Path) -> None:
    predicted, true = csv(tmp_path / "p.csv", "a.jpg"), csv(tmp_path / "t.csv", "a.jpg", "b.jpg", "c.jpg")
    done = ghtools("evaluate", predicted, true, "--missing", "empty", "--jobs", "1")
    assert "1 of 3 true images are joined; images 2 without predictions" in done.stderr


def test_accents_join_in_either_form(tmp_path: Path) -> None:
    predicted, true = csv(tmp_path / "p.csv", f"{NFC}.jpg"), csv(tmp_path / "t.csv", f"{NFD}.jpg")
    assert scores(predicted, true)["mae"] == 0


def test_ids_find_pictures_of_that_number(tmp_path: Path) -> None:
    pictures(tmp_path / "images", "0001.jpg", "0002.jpg")
    (tmp_path / "heads.txt").write_text("1 1 5 6\n2 0\n")
    assert ghtools("convert", tmp_path, tmp_path / "out", "--to", "csv").exit_code == 0
    assert {path.name for path in (tmp_path / "out" / "images").iterdir()} == {"1.jpg", "2.jpg"}


@pytest.mark.parametrize(("named", "there"), [(f"{NFC}.jpg", f"{NFD}.jpg"), ("a.jpg", "a.JPG")])
def test_a_label_file_finds_its_picture_under_another_spelling(tmp_path: Path, named: str, there: str) -> None:
    pictures(tmp_path / "images", there)
    csv(tmp_path / "heads.csv", named)
    assert ghtools("convert", tmp_path, tmp_path / "out", "--to", "coco").exit_code == 0
    assert len(list((tmp_path / "out" / "images").iterdir())) == 1


DOTTED = ("2020.01.01_12.30.jpg", "2020.01.01_12.45.jpg", "a.b.jpg", "a.c.jpg", "cam_12.30.png", "cam_12.45.png")


@pytest.mark.parametrize("target", ["coco", "csv", "mot", "nwpu_text", "iim", "density"])
def test_names_with_dots_never_overwrite_each_other(tmp_path: Path, target: str) -> None:
    pictures(tmp_path / "set" / "images", *DOTTED)
    lines = [f"{name},{row},1,{row + 9},11" for row, name in enumerate(DOTTED)]
    (tmp_path / "set" / "heads.csv").write_text("\n".join(["image,x1,y1,x2,y2", *lines, ""]))
    lossy = ("--allow-lossy",) if target in {"density", "nwpu_text"} else ()
    done = ghtools("convert", tmp_path / "set", tmp_path / "out", "--to", target, *lossy)
    assert done.exit_code == 0, done.stderr
    images = next(path for path in (tmp_path / "out").rglob("*") if path.name in {"images", "img1"})
    assert len(list(images.iterdir())) == len(DOTTED)
    if target != "density":
        assert (
            ghtools("convert", tmp_path / "out", tmp_path / "back.csv", "--to", "csv", "--allow-lossy").exit_code == 0
        )
        names = {row["image"].rpartition("/")[2] for row in rows(tmp_path / "back.csv")}
        assert {name[:-4] for name in names} == {name[:-4] for name in DOTTED}


def test_overlays_of_names_with_dots_are_all_there(tmp_path: Path) -> None:
    pictures(tmp_path / "set" / "images", *DOTTED)
    csv(tmp_path / "set" / "heads.csv", *DOTTED)
    assert ghtools("render", tmp_path / "set", tmp_path / "out", "--jobs", "1").exit_code == 0
    assert {path.stem for path in (tmp_path / "out" / "images").iterdir()} == {name[:-4] for name in DOTTED}
