"""One look at a picture: damage, colours, and what near-same pictures share."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gta_head_tools.errors import DataFormatError
from gta_head_tools.picture_look import Look, look_at


def crowd(seed: int = 0, size: tuple[int, int] = (400, 300)) -> Image.Image:
    """A picture of large soft shapes of several colours."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 10, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def look(path: Path, content: bytes) -> Look:
    path.write_bytes(content)
    return look_at(path)


def bits(first: Look, second: Look) -> int:
    """How many bits of the hashes differ."""
    assert first.shown is not None
    assert second.shown is not None
    return (first.shown.hash ^ second.shown.hash).bit_count()


DEEP = Image.fromarray((np.arange(4800, dtype=np.uint16) * 13).reshape(60, 80))


@pytest.mark.parametrize(
    ("picture", "kind", "colours"),
    [
        (crowd(), "JPEG", "colour"),
        (crowd(), "PNG", "colour"),
        (crowd(), "WEBP", "colour"),
        (crowd().convert("L"), "JPEG", "grey"),
        (crowd().convert("L").convert("RGB"), "JPEG", "grey in three channels"),
        (crowd().convert("L").convert("RGB"), "PNG", "grey in three channels"),
        (crowd().convert("1"), "PNG", "grey"),
        (crowd().convert("P"), "GIF", "palette"),
        (crowd().convert("CMYK"), "JPEG", "CMYK"),
        (crowd().convert("RGBA"), "PNG", "transparent"),
        (DEEP, "PNG", "16-bit"),
        (Image.new("RGB", (1, 1), "red"), "PNG", "colour"),
    ],
)
def test_colours_are_as_they_are_stored(picture: Image.Image, kind: str, colours: str, tmp_path: Path) -> None:
    seen = look(tmp_path / "a", encoded(picture, kind))
    assert seen.shown is not None
    assert seen.shown.colours == colours
    assert seen.header is not None
    assert seen.header.size == picture.size


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_file_cut_short_is_noticed(kind: str, tmp_path: Path) -> None:
    content = encoded(crowd(), kind)
    seen = look(tmp_path / "a", content[: len(content) * 9 // 10])
    assert seen.shown is None
    assert seen.problem.startswith("not a readable picture (")


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_jpeg_without_its_last_bytes_is_noticed(options: dict[str, bool], tmp_path: Path) -> None:
    content = encoded(crowd(), "JPEG", **options)
    seen = look(tmp_path / "a.jpg", content[:-40])
    assert seen.header is not None
    assert seen.shown is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "the file is empty"), (b"GIF", "its content is no picture"), (b"\xff\xd8\xff\xe0", "no picture")],
)
def test_a_file_that_is_no_picture(content: bytes, problem: str, tmp_path: Path) -> None:
    seen = look(tmp_path / "a.jpg", content)
    assert (seen.there, seen.header, seen.shown, seen.length) == (True, None, None, len(content))
    assert problem in seen.problem


def test_a_file_that_only_other_programs_draw_is_no_picture(tmp_path: Path) -> None:
    seen = look(tmp_path / "a.jpg", encoded(crowd(), "EPS"))
    assert "its content is no picture" in seen.problem


def test_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "link.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "folder.jpg").mkdir()
    assert look_at(tmp_path / "a.jpg") == Look(there=False)
    assert look_at(tmp_path / "link.jpg") == Look(there=False, problem="the picture is a link that leads nowhere")
    folder = look_at(tmp_path / "folder.jpg")
    assert folder.there
    assert "it is a folder" in folder.problem


def test_a_built_picture_is_looked_at_and_its_error_told(tmp_path: Path) -> None:
    def broken() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        raise DataFormatError("part_1.raw", "cut short")

    seen = look_at(tmp_path / "none.png", lambda: np.asarray(crowd()))
    assert seen.header is not None
    assert seen.header.size == (400, 300)
    assert seen.shown is not None
    assert look_at(tmp_path / "none.png", broken).problem == "part_1.raw: cut short"


def test_near_same_pictures_share_almost_all_bits(tmp_path: Path) -> None:
    original = look(tmp_path / "a.png", encoded(crowd(), "PNG"))
    copies = [
        look(tmp_path / "b.jpg", encoded(crowd(), "JPEG", quality=40)),
        look(tmp_path / "c.png", encoded(crowd().resize((200, 150)), "PNG")),
        look(tmp_path / "d.png", encoded(crowd().convert("L"), "PNG")),
    ]
    others = [look(tmp_path / "e.png", encoded(crowd(seed), "PNG")) for seed in range(1, 9)]
    assert max(bits(original, copy) for copy in copies) <= 2
    assert min(bits(original, other) for other in others) >= 14


def test_a_picture_is_seen_as_its_orientation_turns_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = look(tmp_path / "a.jpg", encoded(crowd().transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif))
    assert bits(turned, look(tmp_path / "b.jpg", encoded(crowd(), "JPEG"))) <= 2


def test_equal_files_have_equal_digests(tmp_path: Path) -> None:
    first, second = (look(tmp_path / name, encoded(crowd(), "PNG")).shown for name in ("a.png", "b.png"))
    other = look(tmp_path / "c.png", encoded(crowd(), "PNG", compress_level=1)).shown
    assert first == second != other


@pytest.mark.parametrize(("picture", "flat"), [(Image.new("RGB", (99, 99), "grey"), True), (crowd(), False)])
def test_a_picture_of_one_colour_is_flat(picture: Image.Image, flat: bool, tmp_path: Path) -> None:
    shown = look(tmp_path / "a.png", encoded(picture, "PNG")).shown
    assert shown is not None
    assert shown.flat == flat


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(("colour", "share"), [("grey", 0.4), ("black", 0.0), ("white", 0.0), (None, 0.0)])
def test_a_lower_part_of_one_colour(kind: str, colour: str | None, share: float, tmp_path: Path) -> None:
    picture = crowd()
    if colour:
        picture.paste(colour, (0, 180, 400, 300))
    shown = look(tmp_path / "a", encoded(picture, kind)).shown
    assert shown is not None
    assert shown.filled == pytest.approx(share, abs=0.06)


def test_a_jpeg_whose_end_was_put_behind_the_cut(tmp_path: Path) -> None:
    content = encoded(crowd(), "JPEG")
    shown = look(tmp_path / "a.jpg", content[: len(content) // 2] + b"\xff\xd9").shown
    assert shown is not None
    assert 0.3 < shown.filled < 0.7


@pytest.mark.parametrize("size", [(1, 1), (300, 1), (1, 300), (2, 2), (81, 161), (2000, 90)])
def test_small_and_narrow_pictures(size: tuple[int, int], tmp_path: Path) -> None:
    for kind in ("JPEG", "PNG"):
        seen = look(tmp_path / "a", encoded(crowd(size=size), kind))
        assert seen.shown is not None
        assert len(seen.shown.thumbnail) == 32 * 32


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read all files")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    look(tmp_path / "a.jpg", encoded(crowd(), "JPEG"))
    (tmp_path / "a.jpg").chmod(0)
    seen = look_at(tmp_path / "a.jpg")
    assert (seen.there, seen.header) == (True, None)
    assert "you may not read it" in seen.problem
