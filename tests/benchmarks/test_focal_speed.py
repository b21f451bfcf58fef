"""The focal loss and its gradient over maps of 1088 x 608 pictures against torchvision's: CPU time of one thread.

Plain autograd takes more than twice the time of torchvision's loss, which has no mask and no Gaussian targets. This is
under 1 % of a training step, so that the loss has no derivative of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402  # behind the guard
from torchvision.ops import sigmoid_focal_loss  # noqa: E402

from gta_head_tools.geometry import around  # noqa: E402
from gta_head_tools.maps.heat import centernet_heat, mask_focal_heat  # noqa: E402
from training.losses.focal import PRESETS, TARGETS, LossName, mask_focal_loss  # noqa: E402

BATCH, SIZE = 8, (1088, 608)
NAMES: tuple[LossName, ...] = ("focal", "cornernet", "mfl", "mfl_p1")


def targets(name: LossName) -> tuple[Tensor, Tensor]:
    """Target and mask (8, 1, 152, 272) of 340 heads an image, the mean of GTA_Head."""
    rng, heats = np.random.default_rng(0), []
    for _ in range(BATCH):
        points = rng.uniform(0, SIZE, (340, 2))
        sides = 5 + 0.045 * points[:, 1]
        draw = centernet_heat if TARGETS[name] == "gaussian" else mask_focal_heat
        heats.append(draw(around(points, 0.85 * sides, sides), SIZE))
    heat = torch.from_numpy(np.stack(heats)[:, None])
    key = heat == 1
    return (heat, heat > 0) if TARGETS[name] == "boxes" else (key.float() if name == "focal" else heat, key)


def cpu_ms(loss: Callable[[Tensor], Tensor], logits: Tensor, rounds: int = 25) -> float:
    spent = []
    for _ in range(rounds):
        free = logits.clone().requires_grad_()
        began = time.process_time()
        loss(free).backward()  # type: ignore[no-untyped-call]  # torch declares it without types
        spent.append(time.process_time() - began)
    return 1000 * float(np.median(spent))


@pytest.mark.parametrize("name", NAMES)
def test_loss_and_gradient_against_torchvisions(name: LossName) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    target, mask = targets(name)
    logits = torch.randn(target.shape, generator=torch.Generator().manual_seed(0)) - 2.19
    binary = mask.float()
    theirs = cpu_ms(lambda free: sigmoid_focal_loss(free, binary, reduction="sum"), logits)
    ours = cpu_ms(lambda free: mask_focal_loss(free, target, mask, PRESETS[name]), logits)
    torch.set_num_threads(threads)
    print(f"{name:10} {ours:6.2f} ms, torchvision {theirs:6.2f} ms, {ours / theirs:.2f} of its time")
    assert ours < 4 * theirs
