from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from gta_head_tools.errors import DataFormatError
from gta_head_tools.pictures import read_comment, read_picture, read_small, write_jpeg


def stored(path: Path, picture: Image.Image, **options: object) -> Path:
    picture.save(path, **options)  # type: ignore[arg-type]  # options of pillow's writers
    return path


@pytest.mark.parametrize(
    ("name", "picture", "expected"),
    [
        ("grey.png", Image.new("L", (4, 3), 77), (77, 77, 77)),
        ("bits.png", Image.new("1", (4, 3), 1), (255, 255, 255)),
        ("palette.png", Image.new("RGB", (4, 3), (9, 8, 7)).quantize(), (9, 8, 7)),
        ("glass.png", Image.new("RGBA", (4, 3), (0, 0, 0, 0)), (255, 255, 255)),
        ("half.png", Image.new("RGBA", (4, 3), (255, 0, 0, 255)), (255, 0, 0)),
        ("deep.png", Image.fromarray(np.full((3, 4), 257 * 100, np.uint16)), (100, 100, 100)),
        ("print.jpg", Image.new("CMYK", (4, 3), (0, 0, 0, 0)), (255, 255, 255)),
    ],
)
def test_every_kind_of_picture_becomes_rgb(
    tmp_path: Path, name: str, picture: Image.Image, expected: tuple[int, int, int]
) -> None:
    array = read_picture(stored(tmp_path / name, picture))
    assert array.shape == (3, 4, 3)
    assert array.dtype == np.uint8
    assert np.abs(array.astype(int) - expected).max() <= 1


def test_float_pictures_are_stretched(tmp_path: Path) -> None:
    values = np.linspace(-3.0, 7.0, 256, dtype=np.float32).reshape(16, 16)
    array = read_picture(stored(tmp_path / "f.tif", Image.fromarray(values)))
    assert array[..., 0].ravel().tolist() == list(range(256))


def test_an_orientation_tag_is_not_applied(tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[274] = 6
    assert read_picture(stored(tmp_path / "t.jpg", Image.new("RGB", (40, 30)), exif=tags)).shape == (30, 40, 3)


@pytest.mark.parametrize("content", [b"", b"no picture at all"])
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.jpg").write_bytes(content)
    with pytest.raises(DataFormatError, match=r"x\.jpg: not a readable picture"):
        read_picture(tmp_path / "x.jpg")


def test_a_picture_cut_short_is_an_error(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    whole = stored(tmp_path / "x.png", Image.fromarray(noise))
    whole.write_bytes(whole.read_bytes()[:20_000])
    with pytest.raises(DataFormatError, match="replace it"):
        read_picture(whole)


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_is_what_pillow_makes_of_it(tmp_path: Path, mode: str, progressive: bool) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (61, 83, 3)).astype(np.uint8)
    path = stored(tmp_path / "x.jpg", Image.fromarray(noise).convert(mode), progressive=progressive)
    with Image.open(path) as picture:
        assert np.array_equal(read_picture(path), np.asarray(picture.convert("RGB")))


def test_a_jpeg_cut_short_is_an_error(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    whole = stored(tmp_path / "x.jpg", Image.fromarray(noise))
    whole.write_bytes(whole.read_bytes()[:9_000])
    with pytest.raises(DataFormatError, match="cut short"):
        read_picture(whole)


def test_thin_coloured_lines_survive_the_jpeg(tmp_path: Path) -> None:
    picture = np.full((64, 64, 3), 128, np.uint8)
    picture[20] = (255, 125, 80)
    write_jpeg(tmp_path / "sub" / "x.jpg", picture)
    line = read_picture(tmp_path / "sub" / "x.jpg")[20].astype(int)
    assert np.abs(line - (255, 125, 80)).mean() < 12


def test_a_comment_is_kept_in_a_jpeg_and_nothing_else_has_one(tmp_path: Path) -> None:
    picture = np.zeros((4, 6, 3), np.uint8)
    write_jpeg(tmp_path / "a.jpg", picture, comment="ghtools 12")
    write_jpeg(tmp_path / "b.jpg", picture)
    (tmp_path / "c.jpg").write_text("no picture")
    assert [read_comment(tmp_path / f"{name}.jpg") for name in "abc"] == ["ghtools 12", "", ""]


def test_coarse_colour_is_stored_at_half_of_the_resolution(tmp_path: Path) -> None:
    picture = np.zeros((32, 32, 3), dtype=np.uint8)
    for fine, sampling in ((True, 0), (False, 2)):  # Pillow's numbers of 4:4:4 and 4:2:0
        write_jpeg(tmp_path / "x.jpg", picture, fine_colour=fine)
        with Image.open(tmp_path / "x.jpg") as stored_one:
            assert JpegImagePlugin.get_sampling(stored_one) == sampling


@pytest.mark.parametrize(("least", "size"), [(100, (160, 100)), (300, (320, 200)), (9999, (640, 400)), (1, (80, 50))])
def test_a_small_view_is_as_large_as_asked_for(tmp_path: Path, least: int, size: tuple[int, int]) -> None:
    file = stored(tmp_path / "a.jpg", Image.new("RGB", (640, 400), (200, 40, 40)))
    small = read_small(file, least)
    assert small.shape == (*size[::-1], 3)
    assert np.abs(small.astype(int) - (200, 40, 40)).max() < 6


def test_a_small_view_of_other_pictures_is_all_of_them(tmp_path: Path) -> None:
    assert read_small(stored(tmp_path / "a.png", Image.new("L", (64, 40))), 8).shape == (40, 64, 3)
    with pytest.raises(DataFormatError, match="not there"):
        read_small(tmp_path / "b.png", 8)
