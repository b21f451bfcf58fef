"""Lines on pictures that the model that ships was not taught."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import around
from test_training.tiny import METHOD, write_data
from training.train_run import TrainRequest, train_run
from training.unfamiliar import Unfamiliar
from training.write_predictions import PredictOptions, PredictRequest, predict_files


def heads(name: str, side: float, count: int = 12) -> ImageAnnotations:
    points = np.random.default_rng(0).uniform(0, 90, (count, 2))
    return ImageAnnotations(ImageInfo(name, 90, 90), points, boxes=around(points, *np.full((2, count), side)))


def test_grey_pictures_and_tiny_heads_are_counted() -> None:
    seen = Unfamiliar()
    colour = np.random.default_rng(0).integers(0, 255, (90, 90, 3), dtype=np.uint8)
    grey = np.repeat(colour[..., :1], 3, axis=2)
    for name, picture, side in [("a", colour, 12.0), ("b", grey, 12.0), ("c", colour, 5.0), ("d", grey, 5.0)]:
        seen.add(picture, heads(name, side))
    seen.add(colour, heads("few", 5.0, count=3))
    first, second = seen.notes()
    assert first.startswith("2 of 5 pictures are nearly grey")
    assert first.endswith("(the first: b)")
    assert second.startswith("2 of 5 pictures are full of heads under 6 pixels")
    assert "--scale 1.5 (the first: c)" in second
    assert Unfamiliar().notes() == ()


def test_the_model_that_ships_says_so_of_a_grey_picture(tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 96), dtype=np.uint8)).save(tmp_path / "old.png")
    request = PredictRequest(images=tmp_path / "old.png", out=tmp_path / "out", device="cpu", scale=0.5, flip=True)
    assert predict_files(request, PredictOptions()).notes[0].startswith("old.png is nearly grey")
    with pytest.raises(ConfigError, match=r"--scale 0\.01: expected a number from 0\.1 to 10"):
        predict_files(PredictRequest(images=tmp_path / "old.png", scale=0.01, device="cpu"), PredictOptions())


def test_a_method_without_maps_knows_no_scale(tmp_path: Path) -> None:
    data = write_data(tmp_path / "data")
    assert train_run(TrainRequest(data=data, method=METHOD, epochs=1, out=tmp_path / "run", device="cpu")) is not None
    request = PredictRequest(images=data, run=tmp_path / "run", out=tmp_path / "out", methods=[METHOD], flip=True)
    with pytest.raises(ConfigError, match="--scale and --flip: the method Tiny knows neither of them"):
        predict_files(request, PredictOptions())
