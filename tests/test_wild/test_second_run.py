"""A second run puts back what is missing, and tells what was edited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from test_wild.painted import store
from test_wild.verbs import ghtools

NAMES = [f"{scene}/{number}.jpg" for scene in ("a", "b") for number in (1, 2)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    for name in NAMES:
        store(folder / "images" / name)
    points = [(5 + 7 * (number % 8), 10 + 9 * (number // 8)) for number in range(40)]
    lines = [f"{name},{x},{y}" for name in NAMES for x, y in points]
    (folder / "heads.csv").write_text("\n".join(["image,x,y", *lines, ""]))
    return folder


def boxes(source: Path, to: str, *more: str) -> tuple[int, str, str]:
    done = ghtools("interpolate-boxes", source, "--rule", "spacing", "--to", to, "--jobs", "1", *more)
    return done.exit_code, done.stdout, done.stderr


def files(folder: Path) -> dict[str, bytes]:
    """All files but the record, whose hashes of pictures and labels are the same after all."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("to", ["mot", "csv", "coco"])
def test_nothing_is_done_where_nothing_has_changed(to: str, source: Path) -> None:
    boxes(source, to)
    before = files(source / "boxes")
    code, out, err = boxes(source, to)
    assert (code, "2 scenes were up to date" in out) == (0, True)
    assert "missing" not in err
    assert files(source / "boxes") == before


@pytest.mark.parametrize("to", ["mot", "csv", "coco"])
@pytest.mark.parametrize("kind", ["picture", "labels"])
def test_what_is_missing_is_put_back(to: str, kind: str, source: Path) -> None:
    boxes(source, to)
    before = files(source / "boxes")
    suffixes = {".jpg"} if kind == "picture" else {".txt", ".csv", ".ini", ".json"}
    gone = next(name for name in before if Path(name).suffix in suffixes and not Path(name).name.startswith("ghtools"))
    (source / "boxes" / gone).unlink()
    code, _, err = boxes(source, to)
    assert code == 0, err
    assert f"{gone} was missing (1 such files) and is put back" in err or kind == "labels"
    assert files(source / "boxes") == before
    assert "up to date" in boxes(source, to)[1]


@pytest.mark.parametrize(("to", "name"), [("mot", "a/gt/gt.txt"), ("mot", "a/seqinfo.ini"), ("csv", "heads.csv")])
def test_what_was_edited_is_told_and_kept(to: str, name: str, source: Path) -> None:
    boxes(source, to)
    before = files(source / "boxes")
    names = [path for path in (source / "boxes").rglob(Path(name).name) if path.as_posix().endswith(name.lstrip("a/"))]
    file = sorted(names)[0]
    file.write_text(file.read_text() + "\n")
    edited = file.read_bytes()
    code, out, err = boxes(source, to)
    assert code == 0, err
    assert err.count("was edited since it was written (1 such files) and is left as it is; --force writes") == 1
    assert "2 scenes were up to date" in out
    assert file.read_bytes() == edited
    assert boxes(source, to, "--force")[0] == 0
    assert files(source / "boxes") == before


@pytest.mark.parametrize("to", ["mot", "coco", "iim"])
def test_every_file_is_watched(to: str, source: Path) -> None:
    boxes(source, to, "--allow-lossy")
    before = files(source / "boxes")
    for name in before.keys() - {"ghtools-export.json"}:
        file = source / "boxes" / name
        file.unlink()
        assert boxes(source, to, "--allow-lossy")[0] == 0
        assert files(source / "boxes") == before, name
        file.unlink()
        file.write_bytes(before[name] + b"\n")
        assert f"{name} was edited since it was written" in boxes(source, to, "--allow-lossy")[2]
        file.write_bytes(before[name])


def test_edits_are_not_lost_when_something_else_is_missing(source: Path) -> None:
    boxes(source, "csv")
    labels = source / "boxes" / "heads.csv"
    labels.write_text(labels.read_text() + "\n")
    next((source / "boxes").rglob("*.jpg")).unlink()
    before = files(source / "boxes")
    code, _, err = boxes(source, "csv")
    assert code == 1
    assert "heads.csv: was edited since it was written" in err
    assert "--force" in err
    assert files(source / "boxes") == before


def test_a_link_whose_picture_is_gone_is_missing(source: Path) -> None:
    boxes(source, "csv", "--images", "symlink")
    link = next(path for path in (source / "boxes").rglob("*.jpg"))
    link.unlink()
    link.symlink_to("nowhere.jpg")
    assert "was missing" in boxes(source, "csv", "--images", "symlink")[2]
    assert link.is_file()


def test_overlays_are_put_back_and_changed_ones_are_told(source: Path) -> None:
    run = ("render", source, source.parent / "drawn", "--jobs", "1")
    assert ghtools(*run).exit_code == 0
    before = files(source.parent / "drawn")
    first, second = sorted((source.parent / "drawn").rglob("*.jpg"))[:2]
    first.unlink()
    assert "3 were there already" in ghtools(*run).stdout
    assert files(source.parent / "drawn") == before
    second.write_bytes(second.read_bytes()[:400])
    store(first)
    for changed in (first, second):
        kept = changed.read_bytes()
        done = ghtools(*run, "--force")
        assert done.exit_code == 1
        assert f"{changed}: is not what ghtools drew, so it is kept; remove it" in done.stderr
        assert changed.read_bytes() == kept
        changed.unlink()
    assert ghtools(*run).exit_code == 0
    assert files(source.parent / "drawn") == before


def test_rendered_scenes_are_put_back_and_edits_are_told(tmp_path: Path) -> None:
    out = tmp_path / "crowds"
    run = ("synth", out, "--scenes", "2", "--images", "1", "--people", "20", "--size", "320x180", "--jobs", "1")
    assert ghtools(*run).exit_code == 0
    before = files(out)
    for gone in ("jpgs", "segs", "img1", "gt"):
        next(path for path in out.rglob("*") if path.is_file() and path.parent.name == gone).unlink()
        done = ghtools(*run)
        assert done.exit_code == 0, done.stderr
        assert "rendered now: 1 in" in done.stdout
        assert files(out) == before
    labels = next((out / "scene_1_0" / "jsons").iterdir())
    labels.write_text(labels.read_text() + "\n")
    done = ghtools(*run)
    assert done.exit_code == 0
    assert done.stderr.count("was edited since it was rendered (1 such files)") == 1
    next((out / "scene_1_0" / "jpgs").iterdir()).unlink()
    done = ghtools(*run)
    assert done.exit_code == 1
    assert "--force" in done.stderr
    assert ghtools(*run, "--force").exit_code == 0
    assert files(out) == before


def test_lists_of_sequences_are_put_back(source: Path) -> None:
    (source / "coco").mkdir()
    done = ghtools("convert", source, source / "coco" / "train.json", "--to", "coco")
    assert done.exit_code == 0, done.stderr
    run = ("interpolate-boxes", source / "coco" / "train.json", "--rule", "spacing", "--images", "none", "--jobs", "1")
    assert ghtools(*run, "--out", source / "out").exit_code == 0
    before = files(source / "out")
    lists = [path for path in (source / "out" / "seqmaps").rglob("*") if path.is_file()]
    assert lists
    for path in lists:
        path.unlink()
    assert ghtools(*run, "--out", source / "out").exit_code == 0
    assert files(source / "out") == before


def coco(folder: Path, *, category: str = "head", first: int = 1, frame: int = 1, split: str | None = None) -> Path:
    """A COCO file of one scene of two pictures without files."""
    images: list[dict[str, object]] = [
        {"id": n, "file_name": f"a/{n}.jpg", "width": 80, "height": 60, "frame": frame + n} for n in (1, 2)
    ]
    for image in images if split else ():
        image["split"] = split
    heads = [
        {"id": first + n, "image_id": n % 2 + 1, "category_id": 1, "bbox": [5 + 7 * (n % 8), 9 * (n // 8), 4, 4]}
        for n in range(40)
    ]
    folder.mkdir(exist_ok=True)
    labels = {"images": images, "annotations": heads, "categories": [{"id": 1, "name": category}]}
    (folder / "set.json").write_text(json.dumps(labels))
    return folder / "set.json"


CHANGES: list[dict[str, object]] = [{"category": "person_head"}, {"frame": 5}, {"first": 7}]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_what_a_file_of_all_scenes_holds_besides_heads_counts(change: dict[str, Any], tmp_path: Path) -> None:
    assert boxes(coco(tmp_path / "set"), "coco", "--images", "none")[0] == 0
    code, out, err = boxes(coco(tmp_path / "set", **change), "coco", "--images", "none")
    assert (code, "made of other heads, anchors or options" in err) == (1, True), out


def test_what_the_target_does_not_hold_does_not_count(tmp_path: Path) -> None:
    assert boxes(coco(tmp_path / "set"), "mot", "--images", "none")[0] == 0
    before = files(tmp_path / "set" / "boxes")
    for _ in range(2):
        code, out, err = boxes(coco(tmp_path / "set", first=7), "mot", "--images", "none")
        assert (code, "1 scenes were up to date" in out) == (0, True), err
    after = files(tmp_path / "set" / "boxes")
    assert {name for name in after if after[name] != before.get(name)} == {"ghtools-export.json"}


def test_a_scene_that_gets_a_split_is_not_written_twice(tmp_path: Path) -> None:
    out = tmp_path / "set" / "boxes"
    assert boxes(coco(tmp_path / "set"), "mot", "--images", "none")[0] == 0
    before = files(out)
    code, _, err = boxes(coco(tmp_path / "set", split="train"), "mot", "--images", "none")
    assert (code, "scene 'a' lies there, and would now be written to train/a; --force moves it" in err) == (1, True)
    assert files(out) == before
    assert boxes(coco(tmp_path / "set", split="train"), "mot", "--images", "none", "--force")[0] == 0
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == ["seqmaps", "train"]
    assert len(list(out.rglob("gt.txt"))) == 1
