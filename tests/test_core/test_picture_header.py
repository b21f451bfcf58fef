"""Headers: sizes of stored pixels, orientations that mean something, and errors in words for the user."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from gta_head_tools.errors import DataFormatError
from gta_head_tools.picture_header import image_size, read_header, turned, turned_back
from gta_head_tools.pictures import read_picture


def test_image_size_reads_stored_pixels(tmp_path: Path) -> None:
    turned = Image.new("L", (30, 20))
    tag = turned.getexif()
    tag[274] = 6  # orientation: to be shown rotated
    turned.save(tmp_path / "a.jpg", exif=tag)
    assert image_size(tmp_path / "a.jpg") == (30, 20)
    (tmp_path / "b.jpg").write_bytes(b"no picture")
    with pytest.raises(DataFormatError, match="not a readable picture"):
        image_size(tmp_path / "b.jpg")


@pytest.mark.parametrize("kind", [{}, {"progressive": True}, {"comment": b"x"}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpegs_are_read_as_pillow_reads_them(mode: str, kind: dict[str, object], tmp_path: Path) -> None:
    whole, file, random_ = io.BytesIO(), tmp_path / "a.jpg", random.Random(0)
    Image.new(mode, (33, 21)).save(whole, "JPEG", **kind)
    for trial in range(60):
        content = bytearray(whole.getvalue())
        for _ in range(trial % 3):
            at = random_.randrange(min(len(content), 700))
            content[at : at + random_.randrange(3)] = random_.choice([b"", b"\xff", b"\xc0", b"\xe1", b"\xda", b"\0"])
        file.write_bytes(content)
        try:
            with Image.open(file) as picture:
                expected: tuple[int, int] | None = picture.size
        except (OSError, SyntaxError, ValueError, TypeError, LookupError, Image.DecompressionBombError):
            expected = None
        if expected is None:
            with pytest.raises(DataFormatError):
                read_header(file)
        else:
            assert image_size(file) == expected


@pytest.mark.parametrize("length", range(0, 60, 4))
def test_a_header_that_ends_too_early_is_an_error(tmp_path: Path, length: int) -> None:
    Image.new("L", (30, 20)).save(tmp_path / "whole.png")
    data = bytearray((tmp_path / "whole.png").read_bytes())
    data[11] = 1  # of the length of the first chunk
    for content in (data[:length], data):
        (tmp_path / "a.png").write_bytes(content)
        with pytest.raises(DataFormatError, match=r"a\.png: not a readable picture"):
            image_size(tmp_path / "a.png")


def test_a_header_of_a_picture_too_large_to_be_one_is_an_error(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("1", (20_000, 10_000)).save(tmp_path / "a.png")
    with pytest.raises(DataFormatError, match=r"a\.png: not a readable picture"):
        image_size(tmp_path / "a.png")


def tagged(path: Path, orientation: int) -> Path:
    tags = Image.Exif()
    tags[0x0112] = orientation
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 30, 3)).astype(np.uint8))
    picture.save(path, exif=tags)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_pixels_are_turned_as_pillow_turns_them_and_back(orientation: int, suffix: str, tmp_path: Path) -> None:
    path = tagged(tmp_path / f"a{suffix}", orientation)
    assert (read_header(path).size, read_header(path).orientation) == ((30, 20), orientation)
    stored = read_picture(path)
    assert stored.shape == (20, 30, 3)
    with Image.open(path) as picture:
        assert np.array_equal(turned(stored, orientation), np.asarray(ImageOps.exif_transpose(picture)))
    assert np.array_equal(turned_back(turned(stored, orientation), orientation), stored)


def test_a_grey_tiff_that_is_stored_turned_is_read_row_by_row(tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    grey = np.random.default_rng(0).integers(0, 255, (20, 30)).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "a.tif", exif=tags)
    assert np.array_equal(read_picture(tmp_path / "a.tif")[..., 0], grey)


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_a_tag_without_a_meaning_is_like_none(orientation: int, tmp_path: Path) -> None:
    assert read_header(tagged(tmp_path / "a.jpg", orientation)).orientation == 1


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_damaged_tags_are_like_none(suffix: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    tags = Image.Exif()
    tags[0x0112] = 6
    content = tags.tobytes()
    for number in range(60):
        broken = bytearray(content)
        for place in rng.integers(6, len(broken), 1 + number % 6):
            broken[place] = rng.integers(256)
        path = tmp_path / f"{number}{suffix}"
        Image.new("RGB", (30, 20)).save(path, exif=bytes(broken[: None if number % 2 else len(broken) - number % 9]))
        assert read_header(path).size == (30, 20)
        assert 1 <= read_header(path).orientation <= 8
        assert read_picture(path).shape == (20, 30, 3)


def test_tags_behind_the_pixels_of_a_png_are_found(tmp_path: Path) -> None:
    data = tagged(tmp_path / "a.png", 6).read_bytes()
    start = data.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(data[start : start + 4], "big")
    last = data.index(b"IEND") - 4
    (tmp_path / "b.png").write_bytes(data[:start] + data[end:last] + data[start:end] + data[last:])
    assert read_header(tmp_path / "b.png").orientation == 6


def test_a_picture_that_is_replaced_is_read_again(tmp_path: Path) -> None:
    assert read_header(tagged(tmp_path / "a.png", 6)).orientation == 6
    tagged(tmp_path / "b.png", 1).replace(tmp_path / "a.png")
    assert read_header(tmp_path / "a.png").orientation == 1


def test_what_is_wrong_is_told_in_words_for_the_user(tmp_path: Path) -> None:
    whole = tagged(tmp_path / "a.jpg", 1).read_bytes()
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "short.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    told = {
        "empty.jpg": "the file is empty",
        "text.jpg": "its content is no picture",
        "short.jpg": "it is cut short",
        "folder.jpg": "it is a folder, or no file at all",
        "pipe.jpg": "it is a folder, or no file at all",
        "none.jpg": "it is not there",
    }
    for name, reason in told.items():
        for read in (read_picture, read_header):
            if read is read_header and name == "short.jpg":
                continue
            with pytest.raises(DataFormatError) as caught:
                read(tmp_path / name)
            problem = f"not a readable picture ({reason}); replace it or leave it out"
            assert str(caught.value) == f"{tmp_path / name}: {problem}"
