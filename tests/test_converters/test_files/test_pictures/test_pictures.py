"""All readers of pixels show the same picture: the file goes before the composer, no orientation tag is applied."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converters.evaluate import ScoreOptions, evaluate
from converters.files.pictures.pictures import place_picture, read_image, read_pixels
from converters.formats.iim import FORMAT as IIM
from converters.overlays import render_overlays
from converters.pairing import pair_images
from converters.picture_writer import DrawOptions
from converters.score_page import write_page
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, in_memory
from gta_head_tools.errors import DataFormatError
from gta_head_tools.picture_header import read_header
from gta_head_tools.pictures import Picture, read_picture
from test_converters.two_pictures import HEIGHT, WIDTH, shows_stored, two_pictures


def rendered(dataset: Dataset, out: Path) -> Picture:
    render_overlays(dataset, out, DrawOptions(jobs=1))
    return read_picture(out / "s" / "1.jpg")


def copied(dataset: Dataset, out: Path) -> Picture:
    place_picture(dataset, dataset.scenes[0].images[0], out / "1.jpg", "copy")
    return read_picture(out / "1.jpg")


def in_training_folder(dataset: Dataset, out: Path) -> Picture:
    assert IIM.writes is not None
    IIM.writes.write(dataset, out, IIM.writes.options(), "copy")
    with Image.open(next((out / "images").rglob("*.jpg"))) as picture:
        return np.asarray(picture.convert("RGB").resize((WIDTH, HEIGHT)))


def on_the_score_page(dataset: Dataset, out: Path) -> Picture:
    report = evaluate(pair_images(dataset, dataset), ScoreOptions(), jobs=1)
    write_page(report, out / "page.html", names=("predicted", "true"))
    data = re.search(r"data:image/\w+;base64,([^\"']+)", (out / "page.html").read_text())
    assert data is not None
    with Image.open(io.BytesIO(base64.b64decode(data[1]))) as picture:
        return np.asarray(picture.convert("RGB"))


@pytest.mark.parametrize("show", [rendered, copied, in_training_folder, on_the_score_page])
def test_all_consumers_show_the_stored_picture(show: Callable[[Dataset, Path], Picture], tmp_path: Path) -> None:
    shown = show(two_pictures(tmp_path), tmp_path / "out").astype(int)
    half = WIDTH // 2
    assert shown.shape == (HEIGHT, WIDTH, 3)
    # A drawing and a grey background change single pixels and contrasts, but not which half is bright.
    assert shown[:, :half].mean() > shown[:, half:].mean() + 60


@pytest.mark.parametrize("read", [read_pixels, read_image])
def test_pixels_are_those_of_the_file(read: Callable[..., Picture], tmp_path: Path) -> None:
    dataset = two_pictures(tmp_path)
    info = dataset.scenes[0].images[0]
    assert shows_stored(read(dataset.root, info, dataset.compose))
    assert read_header(tmp_path / info.path).orientation == 6
    (tmp_path / info.path).unlink()
    assert (read(dataset.root, info, dataset.compose) == 128).all()
    with pytest.raises(DataFormatError):
        read(dataset.root, info)


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [
        *((".jpg", mode) for mode in ("RGB", "L", "CMYK")),
        *((".png", mode) for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16")),
        *((".tif", mode) for mode in ("RGB", "L", "F", "1")),
        (".webp", "RGB"),
    ],
)
def test_a_picture_is_written_upright_in_its_own_colours(suffix: str, mode: str, tmp_path: Path) -> None:
    tag = Image.Exif()
    tag[0x0112] = 6
    noise = np.random.default_rng(0).integers(0, 255, (30, 40)).astype(np.uint8)
    stored = Image.fromarray(noise.astype(np.uint16)) if mode == "I;16" else Image.fromarray(noise).convert(mode)
    stored.save(tmp_path / f"a{suffix}", exif=tag)
    upright = ImageAnnotations(ImageInfo(f"a{suffix}", 30, 40, orientation=6))
    dataset = in_memory([upright], tmp_path)
    place_picture(dataset, upright.info, tmp_path / "out" / f"a{suffix}", "link")
    with Image.open(tmp_path / "out" / f"a{suffix}") as picture:
        assert (picture.size, picture.getexif().get(0x0112, 1)) == ((30, 40), 1)
        assert picture.mode == stored.mode
    written = read_picture(tmp_path / "out" / f"a{suffix}").astype(int)
    assert np.abs(written - read_image(tmp_path, upright.info)).mean() < (4 if suffix == ".jpg" else 0.01)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"a{suffix}"]


def test_a_failed_writing_leaves_what_was_there(tmp_path: Path) -> None:
    image = ImageAnnotations(ImageInfo("a.jpg", 30, 40, orientation=6))
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    (tmp_path / "out.jpg").write_bytes(b"before")
    with pytest.raises(DataFormatError):
        place_picture(in_memory([image], tmp_path), image.info, tmp_path / "out.jpg", "link")
    assert (tmp_path / "out.jpg").read_bytes() == b"before"
