"""Writing a label file for each picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from converters.files.labels.label_writing import write_each
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import in_memory
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import without_picture_suffix
from test_converters.small_sets import boxes_only, image, write_pictures


def place(info: ImageInfo, name: str) -> tuple[str, str]:  # noqa: ARG001
    return f"labels/{without_picture_suffix(name)}.txt", f"images/{name}"


def content(image: ImageAnnotations, picture: str) -> bytes:
    return f"{picture} {len(image)}".encode()


def test_label_files_and_pictures_keep_their_folders(tmp_path: Path) -> None:
    source = write_pictures(tmp_path / "in", boxes_only())
    write_each(boxes_only(source), tmp_path / "out", "link", place, content)
    files = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")}
    assert files == {
        f"{kind}.{end}"
        for stem in ("street/a", "street/b", "square/c")
        for kind, end in ((f"labels/{stem}", "txt"), (f"images/{stem}", "png"))
    }
    assert (tmp_path / "out/labels/street/a.txt").read_text() == "images/street/a.png 2"


def test_equal_names_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    two = in_memory([image("s/a.png"), image("s/a.jpg")], tmp_path)
    with pytest.raises(DatasetLayoutError, match=r"'labels/s/a\.txt'"):
        write_each(two, tmp_path / "out", "none", place, content)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["anchors/a.png", "s/.a.png", "boxes/a.png", "ghtools-1/a.png"])
def test_names_that_readers_pass_over_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetLayoutError, match="readers would pass over"):
        write_each(in_memory([image(name)], tmp_path), tmp_path / "out", "none", place, content)
    assert not (tmp_path / "out").exists()
