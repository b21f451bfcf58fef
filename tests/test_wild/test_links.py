"""Links to pictures: hard ones unless symbolic ones are asked for, and the source is never written through them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from converters.datasets.read import read_dataset
from gta_head_tools.files import find_pictures
from test_wild.painted import csv, store
from test_wild.plain.registry import PLAIN
from test_wild.verbs import ghtools

FORMATS = ["coco", "csv", "mot", "nwpu_text", "density", "iim"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    store(tmp_path / "set" / "images" / "1.jpg", size=(1024, 768))
    csv(tmp_path / "set" / "heads.csv", ["1.jpg"])
    return tmp_path / "set"


def converted(source: Path, to: str, *more: str) -> Path:
    """The picture of a data set that was converted."""
    out = source.parent / f"out-{to}"
    done = ghtools("convert", source, out, "--to", to, "--allow-lossy", *more)
    assert done.exit_code == 0, done.stderr
    return next(path for path in out.rglob("*.jpg"))


@pytest.mark.parametrize("to", FORMATS)
def test_links_are_hard_links(to: str, source: Path) -> None:
    picture = converted(source, to)
    assert not picture.is_symlink()
    assert picture.samefile(source / "images" / "1.jpg")


@pytest.mark.parametrize("to", FORMATS)
def test_symbolic_links_are_relative(to: str, source: Path) -> None:
    picture = converted(source, to, "--images", "symlink")
    assert picture.is_symlink()
    assert not picture.readlink().is_absolute()
    assert picture.samefile(source / "images" / "1.jpg")


def test_the_other_kind_is_made_where_the_disk_refuses_one(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, "refused")

    with monkeypatch.context() as other_disk:
        other_disk.setattr(os, "link", refuse)
        assert converted(source, "csv").is_symlink()
        other_disk.setattr(Path, "symlink_to", refuse)
        picture = converted(source, "coco")
    assert not picture.is_symlink()
    assert not picture.samefile(source / "images" / "1.jpg")
    assert picture.read_bytes() == (source / "images" / "1.jpg").read_bytes()


@pytest.mark.parametrize("mode", ["link", "symlink"])
def test_a_source_that_is_a_link_is_followed(mode: str, source: Path) -> None:
    own = source / "images" / "1.jpg"
    real = own.rename(source.parent / "real.jpg")
    own.symlink_to(Path("..") / ".." / "real.jpg")
    picture = converted(source, "csv", "--images", mode)
    assert picture.resolve() == real.resolve() if mode == "symlink" else not picture.is_symlink()
    assert picture.samefile(real)


def test_writing_again_never_changes_the_source(source: Path) -> None:
    own = source / "images" / "1.jpg"
    before, inode = own.read_bytes(), own.stat().st_ino
    for mode in ("link", "copy", "link", "symlink", "copy", "symlink", "link"):
        picture = converted(source, "csv", "--images", mode, "--force")
        assert picture.is_symlink() is (mode == "symlink")
        assert picture.samefile(own) is (mode != "copy")
        assert (own.read_bytes(), own.stat().st_ino) == (before, inode)
    assert ghtools("convert", source, source.parent / "out-csv", "--to", "iim", "--force").exit_code == 1
    done = ghtools("render", source.parent / "out-csv", source.parent / "out-csv", "--force")
    assert done.exit_code == 1
    assert (own.read_bytes(), own.stat().st_ino) == (before, inode)


@pytest.mark.parametrize("name", ["density", "fdst", "hf_imagefolder", "images", "labelme", "voc"])
def test_links_to_folders_around_them_are_passed_over(name: str, tmp_path: Path) -> None:
    root = tmp_path / "set"
    PLAIN["voc" if name == "images" else name].put(root)
    inner = next((folder for folder in root.glob("*/") if folder.name != "annotations"), root)
    options = PLAIN[name].options if name in PLAIN else ()
    before = {image.info.path: len(image) for image in read_dataset(root, format_name=name, options=options)[1]}
    (root / "all").symlink_to(root)
    (inner / "up").symlink_to("..")
    (inner / "out").symlink_to(tmp_path)
    after = read_dataset(root, format_name=name, options=options)[1]
    assert {image.info.path: len(image) for image in after} == before


def test_two_folders_that_link_to_each_other_end(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        store(tmp_path / name / f"{name}.jpg")
        (tmp_path / name / "to").symlink_to(f"../{other}")
    (tmp_path / "loop").symlink_to("loop")
    found = [picture.relative_to(tmp_path).as_posix() for picture in find_pictures(tmp_path)]
    assert found == ["a/a.jpg", "a/to/b.jpg", "b/b.jpg", "b/to/a.jpg"]


@pytest.mark.parametrize("folder", ["truth", "boxes", "street/anchors"])
def test_a_folder_of_the_user_called_like_ours_is_told(folder: str, tmp_path: Path) -> None:
    for name in ("street/1.jpg", "anchors_street/2.jpg", f"{folder}/3.jpg"):
        store(tmp_path / name)
    dataset = read_dataset(tmp_path, format_name="images")[1]
    assert sorted(info.path for scene in dataset.scenes for info in scene.images) == [
        *("anchors_street/2.jpg", "street/1.jpg")
    ]
    assert [f"the folder {folder!r} is passed over" in note for note in dataset.notes] == [True]


def test_our_own_folders_are_not_told(tmp_path: Path) -> None:
    for name in ("street/1.jpg", "truth/3.jpg", "boxes/2.jpg"):
        store(tmp_path / name)
    for name in ("ghtools-synth.json", "boxes/ghtools-export.json", "anchors/.lock"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert read_dataset(tmp_path, format_name="images")[1].notes == ()


def test_where_nothing_else_is_there_the_error_tells_the_folder(tmp_path: Path) -> None:
    store(tmp_path / "truth" / "1.jpg")
    done = ghtools("stats", tmp_path)
    assert done.exit_code == 1
    assert "the folder 'truth' is passed over" in " ".join(done.stderr.split())
