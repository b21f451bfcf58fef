"""Parts of a data set: by split, scene and path, and at most so many images."""

from __future__ import annotations

from pathlib import Path

import pytest

from converters.convert import ConvertOptions, convert
from converters.datasets.part import part_of
from converters.datasets.write import write_scenes
from converters.formats.options import NoOptions
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import ConfigError, UnknownNameError
from test_converters.small_sets import boxes_only, image, write_pictures


def crowd() -> Dataset:
    places = [("train", "street/a.jpg"), ("train", "street/b.jpg"), ("test", "hall/a.jpg"), ("test", "hall/c.d.png")]
    return in_memory([image(path, [[0, 0, 4, 4]], split=split) for split, path in places], Path("/nowhere"))


@pytest.mark.parametrize(
    ("only", "chosen"),
    [
        (["train"], "street/a.jpg street/b.jpg"),
        (["hall"], "hall/a.jpg hall/c.d.png"),
        (["*/a"], "street/a.jpg hall/a.jpg"),
        (["test/*/a*"], "hall/a.jpg"),
        (["street/b.jpg", "hall/c.d"], "street/b.jpg hall/c.d.png"),
    ],
)
def test_a_pattern_names_a_split_a_scene_or_a_path(only: list[str], chosen: str) -> None:
    part = part_of(crowd(), only)
    assert [found.info.path for found in part] == chosen.split()
    assert part.notes == (f"a part is taken: {len(chosen.split())} of 4 images",)


def test_a_pattern_without_images_is_refused_naming_what_is_there() -> None:
    with pytest.raises(UnknownNameError, match=r"'val'.*train, street, test, hall"):
        part_of(crowd(), ["train", "val"])


def test_a_limit_spreads_over_the_chosen_images() -> None:
    assert [found.info.name for found in part_of(crowd(), limit=2)] == ["a", "c.d"]
    assert [found.info.path for found in part_of(crowd(), ["hall"], limit=1)] == ["hall/a.jpg"]
    assert part_of(crowd(), limit=9).notes == ()
    with pytest.raises(ConfigError, match="at least 1"):
        part_of(crowd(), limit=0)


def test_a_part_is_converted_without_the_other_pictures(tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path / "in", boxes_only())
    write_scenes(boxes_only(pictures), "csv", tmp_path / "in", NoOptions(), "none", jobs=1)
    (pictures / "square/c.png").unlink()
    report = convert(pictures, ConvertOptions(to="coco", out=tmp_path / "out", only=["street"], limit=1), jobs=1)
    assert report.images == 1
    assert "a part is taken: 1 of 3 images" in report.notes
    assert [path.name for path in (tmp_path / "out/images").rglob("*.*")] == ["a.png"]
