"""A batch as the loop gives it to a method, of samples that are there."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from training.base import Batch, Method, Sample
from training.config import TrainConfig
from training.samples.batches import collate


def one_batch(kind: type[Method], samples: Sequence[Sample], config: TrainConfig) -> Batch:
    """Targets, images and normalisers of a step that one process does with one micro-batch."""
    taught = [kind.targets(sample, config) | {"image": torch.from_numpy(sample.picture.copy())} for sample in samples]
    batch = collate(taught)
    assert isinstance(batch, dict)
    totals: dict[str, Tensor] = {name: batch[name].sum().clamp(min=1) for name in batch if name.startswith("n_")}
    return batch | totals | {"n_images": torch.tensor(float(len(samples)))}
