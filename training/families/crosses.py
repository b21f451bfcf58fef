"""Crosses on heads: how a network learns them, and how heads are read off its answer.

Source: Liu, Weng and Mu, Recurrent Attentive Zooming for Joint Crowd Counting and Precise Localization, CVPR 2019.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits

from gta_head_tools.annotations import Points
from training.base import Map
from training.families.dense import spaced_peaks
from training.families.fitted import Scores


def localization_loss(logits: Tensor, heads: Tensor, valid: Tensor, *, gamma: float) -> Tensor:
    """(B,) equation 3: binary cross entropy, heads weigh `gamma` times as much, mean over the pixels of an image.

    Args:
        logits: (B, 1, m, n).
        heads: bool, the labels Y of equation 2.
        valid: bool, pixels that count.
        gamma: 100 in the paper.
    """
    weight = torch.tensor(gamma, device=logits.device)
    each = binary_cross_entropy_with_logits(logits, heads.float(), valid.float(), reduction="none", pos_weight=weight)
    return each.mean((1, 2, 3))


def cross_points(scores: Map, *, floor: float) -> tuple[Points, Scores]:
    """Points (M, 2) and scores (M,): the peaks of the mean of 3 x 3 pixels, at least 3 pixels apart.

    Args:
        scores: (H, W), 0 to 1; a perfect map has peaks of 5/9.
        floor: score that a peak exceeds.
    """
    means = avg_pool2d(torch.from_numpy(scores)[None], 3, stride=1, padding=1)[0].numpy()
    rows, columns, found = spaced_peaks(means, floor=floor)
    return np.column_stack([columns, rows]).astype(np.float64) + 0.5, found
