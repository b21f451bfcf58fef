"""FCOS against torchvision's, and the parts of its own."""

from __future__ import annotations

import pytest
import torch
from torchvision.models.detection import fcos as reference

from test_training.batches import one_batch
from test_training.test_methods.detectors import KINDS, Pyramid, sparse
from training.config import build_config
from training.families.detection import Found
from training.methods.fcos import FCOS, FCOSNetwork, boxes_at, centre_ness


def test_losses_are_those_of_torchvision() -> None:
    torch.manual_seed(0)
    settings = {**KINDS["fcos"].thin, "p2": False, "point_offset": 0, "loss": "focal", "width": 128, "height": 128}
    method = FCOS(build_config(FCOS.Config, settings)).train()
    network, samples = method.network, [sparse(0), sparse(1)]
    assert isinstance(network, FCOSNetwork)
    head = reference.FCOSHead(16, 1, 1, 0)
    head.classification_head, head.regression_head = network.scores, network.boxes
    theirs = reference.FCOS(
        Pyramid(network.pyramid, 16), 1, 128, 128, image_mean=[0, 0, 0], image_std=[1, 1, 1], head=head
    ).train()
    batch = one_batch(FCOS, samples, method.config)
    truth = [{"boxes": torch.from_numpy(each.boxes).float(), "labels": torch.zeros(4).long()} for each in samples]
    expected = theirs(list(batch["image"].float()), truth)
    found = method.loss(batch, 0.0)
    assert batch["n_positives"] > 20
    torch.testing.assert_close(found["score"], expected["classification"], rtol=1e-4, atol=0)
    torch.testing.assert_close(found["box"], expected["bbox_regression"], rtol=1e-4, atol=0)
    torch.testing.assert_close(found["centre"], expected["bbox_ctrness"], rtol=1e-4, atol=0)


def test_centre_ness_is_1_at_the_centre_and_at_points_beside_a_tiny_head() -> None:
    box = torch.tensor([[0.0, 0, 10, 20]])
    at = [[5.0, 10], [1, 10], [5, 2], [0, 3], [-1, 3], [5, 30]]
    found = [centre_ness(torch.tensor([each]), box).item() for each in at]
    assert found == pytest.approx([1, (1 / 9) ** 0.5, (2 / 18) ** 0.5, 1, 1, 1])


def test_what_is_learned_at_a_point_is_decoded_there() -> None:
    config = build_config(FCOS.Config, {**KINDS["fcos"].thin, "point_offset": 0.5})
    method, sample = FCOS(config), sparse()
    levels = config.levels((128, 128))
    batch = one_batch(FCOS, [sample], config)
    taught, points = method.taught(batch), torch.from_numpy(levels.points).float()
    stride = torch.from_numpy(levels.stride).float()[:, None]
    distances = torch.zeros(len(points), 4)
    at = points[taught.slots]
    distances[taught.slots] = torch.cat([at - taught.boxes[:, :2], taught.boxes[:, 2:] - at], dim=1)
    answers: Found = {
        "score": 9.0 * taught.positive,
        "centre": 9.0 * taught.positive,
        "box": (distances / stride)[None],
    }
    boxes, scores = method.decode(answers, levels)
    torch.testing.assert_close(boxes[taught.slots], taught.boxes)
    assert (scores > 0.9).nonzero().ravel().tolist() == taught.slots.tolist()
    assert torch.equal(boxes_at(at, distances[taught.slots]), boxes[taught.slots])
