"""RetinaNet against torchvision's, its matching against a table of all pairs, and anchor boxes fitted on heads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torchvision.models.detection import retinanet as reference
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.ops import box_iou

from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.errors import ConfigError
from gta_head_tools.geometry import around
from test_training.batches import one_batch
from test_training.test_methods.detectors import KINDS, Pyramid, sparse
from training.config import build_config
from training.families.levels import BACKGROUND, FIRST, LEFT_OUT, without_slot
from training.methods.retinanet import RetinaNet, RetinaNetConfig


def config(**settings: object) -> RetinaNetConfig:
    return build_config(RetinaNetConfig, settings)


def test_losses_are_those_of_torchvision() -> None:
    torch.manual_seed(0)
    settings: Mapping[str, object] = {**KINDS["retinanet"].thin, "p2": False, "point_offset": 0, "loss": "focal"}
    method = RetinaNet(config(**settings, octaves=1)).train()
    network, sample = method.network, sparse()
    head = reference.RetinaNetHead(16, 1, 1)
    head.classification_head, head.regression_head = network.scores, network.boxes
    anchors = AnchorGenerator(((8,), (16,), (32,), (64,), (128,)), ((1.0,),) * 5)
    black = {"image_mean": [0, 0, 0], "image_std": [1, 1, 1]}
    pyramid = Pyramid(network.pyramid, 16)
    theirs = reference.RetinaNet(pyramid, 1, 128, 128, anchor_generator=anchors, head=head, **black).train()
    batch = one_batch(RetinaNet, [sample], method.config)
    truth = [{"boxes": torch.from_numpy(sample.boxes).float(), "labels": torch.zeros(4).long()}]
    expected = theirs(list(batch["image"].float()), truth)
    found = method.loss(batch, 0.0)
    assert batch["n_positives"] >= 4
    torch.testing.assert_close(found["score"], expected["classification"], rtol=1e-4, atol=0)
    torch.testing.assert_close(found["box"], expected["bbox_regression"], rtol=1e-4, atol=0)


@pytest.mark.parametrize("seed", range(4))
def test_matching_is_that_of_a_table_of_all_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = config(p2=bool(seed % 2))
    boxes = around(rng.uniform(0, 200, (40, 2)), *rng.uniform(3, 60, (2, 40)))
    levels = made.levels((210, 190))
    anchors = around(levels.points, *(np.tile(made.shapes, (len(levels.points) // 9, 1)) * levels.stride[:, None]).T)
    table = box_iou(torch.from_numpy(boxes), torch.from_numpy(anchors)).numpy()
    most, head = table.max(axis=0), table.argmax(axis=0)
    expected = np.where(most >= 0.5, FIRST + head, np.where(most >= 0.4, LEFT_OUT, BACKGROUND)).astype(np.int32)
    without = RetinaNet.assign(boxes, levels, config(p2=bool(seed % 2), small_heads="none"))
    np.testing.assert_array_equal(without, expected)
    found = RetinaNet.assign(boxes, levels, made)
    changed = np.flatnonzero(found != expected)
    given = found[changed] - FIRST
    np.testing.assert_allclose(table[given, changed], table.max(axis=1)[given])
    assert ((most[changed] < 0.5) | (table[given, changed] == most[changed])).all()
    assert len(set(given)) == len(changed) > 3
    assert len(without_slot(found, 40)) < len(without_slot(expected, 40))


def test_what_is_learned_at_an_anchor_box_is_decoded_there() -> None:
    method, sample = RetinaNet(config(**KINDS["retinanet"].thin)), sparse()
    levels, taught = method.config.levels((128, 128)), method.taught(one_batch(RetinaNet, [sample], method.config))
    anchors = method.anchors_of(levels)
    answers = torch.zeros(1, len(anchors), 4)
    answers[0, taught.slots] = method.network.boxes.box_coder.encode_single(taught.boxes, anchors[taught.slots])
    boxes, scores = method.decode({"box": answers, "score": 9.0 * taught.positive}, levels)
    torch.testing.assert_close(boxes[taught.slots], taught.boxes, rtol=1e-4, atol=1e-4)
    assert (scores > 0.9).nonzero().ravel().tolist() == taught.slots.tolist()


def heads(sides: object, name: str = "a.png", size: tuple[int, int] = (2176, 1216)) -> ImageAnnotations:
    widths, heights = np.asarray(sides, dtype=np.float64).T
    boxes = around(np.full((len(widths), 2), 300.0), widths, heights)
    return ImageAnnotations(ImageInfo(name, *size), np.full((len(widths), 2), 300.0), boxes=boxes)


def test_anchor_boxes_are_those_of_the_heads_to_train_on() -> None:
    rng = np.random.default_rng(0)
    kinds = np.array([[8.0, 10], [12, 12], [20, 34]])  # in the input, half as large as in the picture
    sides = 2 * np.repeat(kinds, 50, axis=0) * np.exp(rng.normal(0, 0.01, (150, 2)))
    asked = config(fit_anchors="kmeans", octaves=3, ratios=[1.0])
    made = RetinaNet.prepare([heads(sides)], asked)
    expected = [[1, 10 / 8], [20 / 16, 34 / 16], [12 / 8, 12 / 8]]
    np.testing.assert_allclose(made.anchors, sorted(expected, key=np.prod), rtol=0.02)
    assert made.slots == 3
    assert RetinaNet.prepare([heads(sides)], made) == made
    assert RetinaNet.prepare([heads(sides)], config()) == config()


def test_anchor_boxes_that_cannot_be_made_are_told() -> None:
    same = heads([[9.0, 9], [9, 9], [0, 4]])
    for images in ([same], []):
        with pytest.raises(ConfigError, match="fewer sizes than the 9 anchor boxes"):
            RetinaNet.prepare(images, config(fit_anchors="kmeans"))
    with pytest.raises(ConfigError, match=r"negative = 0\.6, positive = 0\.5"):
        RetinaNet(config(**KINDS["retinanet"].thin, negative=0.6))


def test_the_anchor_boxes_of_the_paper_are_a_setting() -> None:
    np.testing.assert_allclose(config(anchor_size=4.0).shapes[[1, 4, 7], 0] * 8, [32, 40.32, 50.8], rtol=1e-3)
    np.testing.assert_allclose(config().shapes.prod(axis=1), np.repeat(2.0 ** (np.arange(3) * 2 / 3), 3))
