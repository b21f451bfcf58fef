"""CenterNet's predictions: boxes of a picture of any size come back from perfect maps, in pieces as in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from gta_head_tools.annotations import Boxes
from gta_head_tools.geometry import around, centres
from training.base import Sample
from training.config import build_config
from training.methods.centernet import CenterNet, CenterNetConfig, decode
from training.samples.letterbox import Fit

THIN = {"backbone": "pyramid", "backbone_channels": [8, 8, 8, 8], "neck": "plain", "neck_width": 8, "hidden": 8}


class Known(nn.Module):
    """A network that answers with maps that do not come from weights."""

    def __init__(self, answer: Callable[[Tensor], dict[str, Tensor]]) -> None:
        super().__init__()
        self.answer, self.place = answer, nn.Parameter(torch.zeros(()))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return self.answer(image)


def method(answer: Callable[[Tensor], dict[str, Tensor]], **settings: Any) -> CenterNet:
    found = CenterNet(build_config(CenterNetConfig, {**THIN, **settings}))
    found.network = Known(answer)
    return found


def perfect(boxes: Boxes, config: CenterNetConfig) -> Callable[[Tensor], dict[str, Tensor]]:
    """The maps that the network is taught for boxes in pixels of its input."""

    def answer(image: Tensor) -> dict[str, Tensor]:
        picture = image[0].permute(1, 2, 0).numpy()
        taught = CenterNet.targets(Sample(picture, centres(boxes), boxes, np.zeros(len(boxes), np.bool_)), config)
        return {name: taught[name][None] for name in ("size", "offset")} | {"heat": taught["heat"][None].logit(1e-6)}

    return answer


@pytest.mark.parametrize("stride", [4, 2])
@pytest.mark.parametrize(
    ("width", "height", "settings", "scale"),
    [
        (333, 211, {"width": 256, "height": 160}, (253 / 333, 160 / 211)),
        (1920, 1080, {"width": 1088, "height": 608}, (1081 / 1920, 608 / 1080)),
        (97, 251, {"fit": "crop"}, (1, 1)),
        (131, 77, {"fit": "crop", "predict_scale": 1.5}, (196 / 131, 116 / 77)),
    ],
)
def test_boxes_come_back_to_any_picture(
    stride: int, width: int, height: int, settings: dict[str, Any], scale: tuple[float, float]
) -> None:
    middles = np.stack(np.meshgrid(np.arange(20.0, width - 10, 30), np.arange(20.0, height - 10, 30)), -1).reshape(
        -1, 2
    )
    sides = np.random.default_rng(0).uniform(8, 25, (2, len(middles)))
    boxes = around(middles, *sides)
    config = build_config(CenterNetConfig, {**THIN, **settings, "stride": stride})
    found = method(perfect(Fit(*scale).apply(boxes), config), **settings, stride=stride).predict(
        np.zeros((height, width, 3), np.uint8), maps=True
    )
    assert found.count == len(boxes)
    assert found.boxes is not None
    assert found.points is not None
    order = np.lexsort((found.points[:, 0].round(), found.points[:, 1].round()))
    np.testing.assert_allclose(found.boxes[order], boxes, atol=1e-3)
    np.testing.assert_allclose(centres(found.boxes), found.points, atol=1e-9)
    cells = tuple(-(-round(side * factor) // stride) for side, factor in ((height, scale[1]), (width, scale[0])))
    assert found.maps["heat"].shape == cells


def test_4000_heads_are_decoded() -> None:
    rows, columns = np.divmod(np.arange(4000), 90)
    heat, places = np.zeros((1, 152, 272), np.float32), (rows * 3, columns * 3)
    heat[0][places] = np.random.default_rng(0).uniform(0.2, 1, 4000)
    boxes, scores = decode({"heat": heat, "size": heat.repeat(2, 0), "offset": heat.repeat(2, 0)}, stride=4, floor=0.05)
    assert len(boxes) == len(scores) == 4000
    cells = np.floor(centres(boxes) / 4 - 1e-9).astype(int)
    assert set(map(tuple, cells.tolist())) == set(zip(places[1].tolist(), places[0].tolist(), strict=True))


def test_heads_stay_on_the_picture_and_are_no_smaller_than_a_pixel() -> None:
    def answer(image: Tensor) -> dict[str, Tensor]:
        shape = (1, 1, image.shape[2] // 4, image.shape[3] // 4)
        heat = torch.full(shape, -9.0)
        heat[..., 0, 0] = heat[..., 9, 12] = heat[..., 15, 15] = 2.0
        return {
            "heat": heat,
            "size": torch.full((1, 2, *shape[2:]), -3.0),
            "offset": (heat > 0) * torch.full((1, 2, 1, 1), 3.0),
        }

    found = method(answer, fit="crop").predict(np.zeros((40, 50, 3), np.uint8))
    assert found.points is not None
    assert found.boxes is not None
    assert found.points.tolist() == [[12.0, 12.0], [50.0, 40.0]]  # the third lies in what pads the picture
    np.testing.assert_allclose(found.boxes[:, 2:] - found.boxes[:, :2], 1.0)
    assert found.count == 2


def test_pieces_make_the_whole() -> None:
    def answer(image: Tensor) -> dict[str, Tensor]:
        cells = avg_pool2d(image.float(), 4) / 255
        return {"heat": cells[:, :1], "size": cells[:, :2] * 5, "offset": cells[:, 1:]}

    picture = np.random.default_rng(0).integers(0, 256, (230, 475, 3), dtype=np.uint8)
    whole, pieces = (method(answer, fit="crop", tile=tile).predict(picture, maps=True) for tile in (512, 192))
    np.testing.assert_allclose(pieces.maps["heat"], whole.maps["heat"], atol=1e-6)
    assert pieces.count == whole.count


def test_a_picture_that_may_not_be_written_is_read() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture.setflags(write=False)
    torch.manual_seed(0)
    found = CenterNet(build_config(CenterNetConfig, {**THIN, "fit": "crop", "min_score": 0.5})).eval().predict(picture)
    assert (found.count, found.maps) == (0, {})


def test_lost_heads_are_those_of_the_scale_of_prediction() -> None:
    boxes = around(np.array([[100.0, 100.0], [107.0, 100.0], [140.0, 100.0]]), np.full(3, 6.0), np.full(3, 6.0))
    fine = CenterNet(build_config(CenterNetConfig, {**THIN, "fit": "crop", "predict_scale": 2.0}))
    coarse = CenterNet(build_config(CenterNetConfig, {**THIN, "width": 96, "height": 64}))
    assert fine.lost_heads(boxes, (192, 128)) == 0
    assert coarse.lost_heads(boxes, (192, 128)) == 1


def test_mirrored_maps_lie_on_those_of_the_picture() -> None:
    """With the mean of both, a picture and its mirror image have mirrored heads, to rounding."""
    torch.manual_seed(0)
    thin = {"backbone": "pyramid", "backbone_channels": [8, 8, 8, 8], "neck": "plain", "neck_width": 8, "hidden": 8}
    settings = {**thin, "fit": "crop", "prior": 0.5, "min_score": 0.0}
    method = CenterNet(build_config(CenterNetConfig, {**settings, "flip_test": True})).eval()
    picture = np.random.default_rng(0).integers(0, 255, (64, 96, 3), dtype=np.uint8)
    found, other = method.predict(picture), method.predict(np.ascontiguousarray(picture[:, ::-1]))
    assert found.points is not None
    assert other.points is not None
    assert found.scores is not None
    assert other.scores is not None
    assert len(found.points) > 5
    mirrored = other.points * [-1, 1] + [96, 0]
    order, theirs = (np.lexsort(points.round(2).T) for points in (found.points, mirrored))
    np.testing.assert_allclose(found.points[order], mirrored[theirs], atol=1e-2)
    np.testing.assert_allclose(found.scores[order], other.scores[theirs], atol=1e-4)
    method.flip_test = False
    assert method.predict(picture).count != found.count or not np.allclose(other.scores.sum(), found.scores.sum())
