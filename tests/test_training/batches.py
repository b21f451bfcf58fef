"""A batch as the loop gives it to a method, of samples that are there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from training.base import Batch, Method, Sample
from training.config import TrainConfig
from training.samples.batches import collate
from training.samples.letterbox import pad_to


def one_batch(kind: type[Method], samples: Sequence[Sample], config: TrainConfig) -> Batch:
    """Targets, images and normalisers of a step that one process does with one micro-batch."""
    room = (max(each.picture.shape[1] for each in samples), max(each.picture.shape[0] for each in samples))
    images = [torch.from_numpy(np.array(pad_to(sample.picture, room))) for sample in samples]
    batch = collate(
        [kind.targets(sample, config) | {"image": image} for sample, image in zip(samples, images, strict=True)]
    )
    assert isinstance(batch, dict)
    totals: dict[str, Tensor] = {name: batch[name].sum().clamp(min=1) for name in batch if name.startswith("n_")}
    return batch | totals | {"n_images": torch.tensor(float(len(samples)))}
