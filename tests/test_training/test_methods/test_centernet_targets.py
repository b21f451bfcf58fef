"""What CenterNet learns from a sample, and its loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gta_head_tools.annotations import Boxes
from gta_head_tools.geometry import centres
from training.base import Sample, Targets
from training.config import build_config
from training.losses.focal import LossName
from training.methods.centernet import CenterNet, CenterNetConfig

WIDTH, HEIGHT = 96, 64
LOSSES: tuple[LossName, ...] = ("mfl_p1", "mfl", "cornernet", "focal")
CROWD = np.array([[8, 8, 24, 20], [16, 8, 36, 28], [52, 32, 56, 40], [60, 40, 92, 60]], dtype=np.float64)


def sample(boxes: Boxes, ignore: NDArray[np.bool_] | None = None) -> Sample:
    flags = np.zeros(len(boxes), np.bool_) if ignore is None else ignore
    return Sample(np.zeros((HEIGHT, WIDTH, 3), np.uint8), centres(boxes), boxes, flags)


def targets(boxes: Boxes, ignore: NDArray[np.bool_] | None = None, **settings: Any) -> Targets:
    return CenterNet.targets(sample(boxes, ignore), build_config(CenterNetConfig, settings))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("stride", [4, 2])
def test_key_cells_are_the_tops_of_the_heat(loss: LossName, stride: int) -> None:
    found = targets(CROWD, loss=loss, stride=stride)
    cells = {(int(y // stride), int(x // stride)) for x, y in centres(CROWD)}
    assert set(map(tuple, torch.nonzero(found["heat"][0] == 1).tolist())) == cells
    assert torch.equal(found["key"], found["heat"] == 1)
    assert found["n_positives"].item() == len(cells)
    assert {name: tuple(each.shape) for name, each in found.items() if each.dim()} == {
        name: (count, HEIGHT // stride, WIDTH // stride)
        for name, count in {"heat": 1, "mask": 1, "key": 1, "valid": 1, "size": 2, "offset": 2}.items()
    }


def test_one_head_is_the_closed_form_of_equation_10() -> None:
    found = targets(np.array([[31.0, 20.0, 55.0, 36.0]]))  # 6 x 4 cells, its middle in cell (10, 7)
    across = 2 * 2 + 1
    sigma = across * (1 + np.exp(-across)) / 6
    rows, columns = np.indices((16, 24))
    inside = (abs(columns + 0.5 - 10.75) < 3) & (abs(rows + 0.5 - 7) < 2)
    expected = np.exp(-((columns - 10) ** 2 + (rows - 7) ** 2) / (2 * sigma**2)) * inside
    np.testing.assert_allclose(found["heat"][0].numpy(), expected, rtol=1e-5)
    assert torch.equal(found["mask"][0], torch.from_numpy(inside))
    assert (found["size"][:, 7, 10].tolist(), found["offset"][:, 7, 10].tolist()) == ([6, 4], [0.75, 0])


@pytest.mark.parametrize("loss", LOSSES)
def test_a_mirrored_scene_has_mirrored_targets(loss: LossName) -> None:
    boxes = np.array([[8, 8, 20, 20], [16, 8, 36, 28], [60, 40, 88, 52]], dtype=np.float64)  # centres within cells
    mirrored = boxes[:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [WIDTH, 0, WIDTH, 0]
    found, other = targets(boxes, loss=loss), targets(mirrored, loss=loss)
    for name in ("heat", "mask", "key", "size", "valid"):
        torch.testing.assert_close(found[name], other[name].flip(-1))


def test_masks_belong_to_losses() -> None:
    for loss in ("mfl", "mfl_p1"):
        found = targets(CROWD, loss=loss)
        assert torch.equal(found["mask"], found["heat"] > 0)
        assert found["mask"].sum() > found["key"].sum()
    for loss in ("cornernet", "focal"):
        found = targets(CROWD, loss=loss)
        assert torch.equal(found["mask"], found["key"])
    assert torch.equal(targets(CROWD, loss="focal")["heat"], found["key"].float())


def test_sums_are_cut_at_one() -> None:
    summed, largest = targets(CROWD, combine="sum")["heat"], targets(CROWD)["heat"]
    assert summed.max() == 1
    assert (summed >= largest).all()
    assert (summed > largest).any()


def test_ignored_heads_teach_nothing_but_hide_no_others() -> None:
    boxes = np.array([[8, 8, 24, 24], [12, 12, 20, 20], [np.nan] * 4], dtype=np.float64)
    points = np.array([[16, 16], [16, 16], [70, 41]], dtype=np.float64)
    flagged = Sample(np.zeros((HEIGHT, WIDTH, 3), np.uint8), points, boxes, np.array([True, False, True]))
    found = CenterNet.targets(flagged, CenterNetConfig())
    covered = torch.zeros((HEIGHT // 4, WIDTH // 4), dtype=torch.bool)
    covered[2:6, 2:6] = covered[10, 17] = True
    assert torch.equal(~found["valid"][0], covered & ~found["key"][0])
    assert found["n_positives"].item() == found["heads"].item() == 1
    assert found["size"][:, 4, 4].tolist() == [2, 2]


def test_an_empty_sample_has_empty_maps() -> None:
    found = targets(np.zeros((0, 4)))
    assert found["valid"].all()
    assert not any(found[name].any() for name in found if name != "valid")


def test_objects_are_counted_where_they_share_a_cell() -> None:
    boxes = np.array([[8, 8, 16, 16], [9, 9, 17, 17]], dtype=np.float64)
    assert targets(boxes)["n_positives"].item() == 1
    assert targets(boxes, normalizer="objects")["n_positives"].item() == 2


@pytest.mark.parametrize("loss", LOSSES)
def test_terms_of_the_loss_are_those_of_the_paper(loss: LossName) -> None:
    torch.manual_seed(0)
    thin = {"backbone": "pyramid", "backbone_channels": [8, 8, 8, 8], "neck": "plain", "neck_width": 8, "hidden": 8}
    method = CenterNet(build_config(CenterNetConfig, {**thin, "loss": loss})).eval()
    pair = [targets(CROWD, loss=loss), targets(CROWD[:0], loss=loss)]
    batch = {name: torch.stack([each[name] for each in pair]) for name in pair[0]}
    batch |= {
        "image": torch.randint(0, 255, (2, 3, HEIGHT, WIDTH), dtype=torch.uint8),
        "n_positives": torch.tensor(4.0),
    }
    terms = method.loss(batch, 0.5)
    assert list(terms) == ["heat", "size", "offset"]
    found = method.network(batch["image"])
    for name, weight in (("size", 0.1), ("offset", 1.0)):
        wrong = (found[name] - batch[name]).abs()[:, :, batch["key"][0, 0]][0]
        torch.testing.assert_close(terms[name], weight * wrong.sum() / 4)
    sum(terms.values(), torch.zeros(())).backward()  # type: ignore[no-untyped-call]  # torch's own
    assert all(each.grad is not None and each.grad.isfinite().all() for each in method.parameters())


def test_what_lies_under_ignored_heads_changes_no_loss() -> None:
    thin = {"backbone": "pyramid", "backbone_channels": [8, 8, 8, 8], "neck": "plain", "neck_width": 8, "hidden": 8}
    method = CenterNet(build_config(CenterNetConfig, thin)).eval()
    batch = {name: each[None] for name, each in targets(CROWD, np.array([False, True, False, True])).items()}
    batch |= {"image": torch.zeros((1, 3, HEIGHT, WIDTH), dtype=torch.uint8), "n_positives": torch.tensor(2.0)}
    before = method.loss(batch, 0)["heat"]
    batch["heat"] = torch.where(batch["valid"], batch["heat"], 0.7)
    assert torch.equal(method.loss(batch, 0)["heat"], before)
