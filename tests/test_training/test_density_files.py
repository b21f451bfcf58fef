"""Densities that are written as files have the scores that the method has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from converters.evaluate import ScoreOptions, evaluate
from converters.formats import density
from converters.pairing import pair_images, read_pair
from gta_head_tools.dataset import in_memory
from gta_head_tools.pictures import Picture, write_png
from test_training.spots import Spots, scene
from training.base import Prediction
from training.samples.picture_source import open_source
from training.scores.score import score_method, summary
from training.write_predictions import PredictOptions, write_predictions


class Lights(Spots):
    """The brightness of the cells, less a little, is their density."""

    PREDICTS = ("density",)

    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:  # noqa: ARG002
        cells = picture[::8, ::8, 0].astype(np.float32) / np.float32(255) - np.float32(0.01)
        return Prediction(float(cells.sum(dtype=np.float64)), density=cells)


def test_evaluation_of_the_files_gives_the_scores_of_the_method(tmp_path: Path) -> None:
    images = [scene([(1, 1), (4, 3)], [(6, 2)], name="a.png"), scene([(2, 2)], name="b.png", size=(56, 43))]
    for picture, true in images:
        write_png(tmp_path / "photos" / true.info.path, picture)
    truth = in_memory([true for _, true in images], tmp_path / "photos")
    told = summary(score_method(Lights(), images))
    assert (told["true_maps"], told["threshold"]) == ("sigma=15", None)
    write_predictions(Lights(), open_source(tmp_path / "photos"), tmp_path / "found", PredictOptions(to="density"))
    density.write(truth, tmp_path / "true", density.WriteOptions(), "none")
    alike = evaluate(read_pair(tmp_path / "found", tmp_path / "true"), ScoreOptions("density"), jobs=1).keys
    for name in ("ssim", "psnr", "background_ratio"):
        assert alike[name] == pytest.approx(told[name], rel=1e-12)
    predicted = read_pair(tmp_path / "found", tmp_path / "true").predicted
    counted = evaluate(pair_images(predicted, truth), ScoreOptions(), jobs=1).keys
    assert counted["mae"] == pytest.approx(told["mae"], rel=1e-12)
