"""FoveaBox: its positive part, its levels, its loss in closed form, and what it decodes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from test_training.batches import one_batch
from test_training.test_methods.detectors import KINDS, sparse
from training.config import build_config
from training.families.levels import FIRST
from training.methods.foveabox import FoveaBox


def test_the_fovea_is_positive_on_every_level_in_whose_range_the_head_is() -> None:
    boxes, made = np.array([[10.0, 20, 60, 70], [100, 100, 112, 112]]), FoveaBox.Config()
    levels = made.levels((256, 128))
    learned = FoveaBox.assign(boxes, levels, made)
    points, stride = levels.points, levels.stride
    fovea = (np.abs(points - (35, 45)) < 10).all(axis=1)
    expected = fovea & np.isin(stride, (8, 16))  # 50 pixels: from 0 to 64, and from 32 to 128
    np.testing.assert_array_equal(learned == FIRST, expected)
    assert np.count_nonzero(expected[stride == 8]) == 9
    assert points[learned == FIRST + 1].tolist() == [[108, 108]]  # the nearest one


def test_the_loss_of_a_known_answer() -> None:
    made = build_config(FoveaBox.Config, {**KINDS["foveabox"].thin, "p2": False, "loss": "focal"})
    method, sample = FoveaBox(made), sparse()
    assert (method.focal.alpha_pos, method.focal.alpha_neg, method.focal.gamma) == (0.4, 0.6, 1.5)
    batch = one_batch(FoveaBox, [sample, sample], made)
    taught, levels = method.taught(batch), made.levels((128, 128))
    slots, total = len(levels.points), float(batch["n_positives"])
    method.network.forward = lambda _: {"score": torch.zeros(2, slots), "box": torch.zeros(2, slots, 4)}
    found = method.loss(batch, 0.0)
    each = 0.5**1.5 * np.log(2)
    background = int(taught.valid.sum()) - total
    assert found["score"].item() == pytest.approx((0.4 * total + 0.6 * background) * each / (total + 2), rel=1e-5)
    wrong = 0.0
    for slot, box in zip(taught.slots.tolist(), taught.boxes.tolist(), strict=True):
        (x, y), edge = levels.points[slot], 2 * levels.stride[slot]
        error = np.abs(np.log(np.array([x - box[0], y - box[1], box[2] - x, box[3] - y]) / edge))
        wrong += np.where(error < 0.11, error**2 / 0.22, error - 0.055).sum()
    assert found["box"].item() == pytest.approx(wrong / total, rel=1e-5)


def test_what_is_learned_at_a_point_is_decoded_there() -> None:
    method, sample = FoveaBox(build_config(FoveaBox.Config, KINDS["foveabox"].thin)), sparse()
    levels, taught = method.config.levels((128, 128)), method.taught(one_batch(FoveaBox, [sample], method.config))
    at, stride = method.places(levels, taught.slots)
    distances = torch.cat([at - taught.boxes[:, :2], taught.boxes[:, 2:] - at], dim=1)
    answers = torch.zeros(1, len(levels.points), 4)
    answers[0, taught.slots] = (distances / (2 * stride[:, None])).log()
    boxes, scores = method.decode({"box": answers, "score": 9.0 * taught.positive}, levels)
    torch.testing.assert_close(boxes[taught.slots], taught.boxes)
    assert (scores > 0.9).nonzero().ravel().tolist() == taught.slots.tolist()
