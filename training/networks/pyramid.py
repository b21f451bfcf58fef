"""A feature pyramid over a backbone: maps of the same channels at every stride (Lin et al., FPN, CVPR 2017).

And the two branches of RetinaNet over it, which FoveaBox has, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

from torch import Tensor, nn
from torchvision.models.detection.retinanet import RetinaNetClassificationHead, RetinaNetRegressionHead
from torchvision.ops.feature_pyramid_network import FeaturePyramidNetwork, LastLevelP6P7

from training.networks.backbones import build_backbone
from training.networks.blocks import Normalise


class FeaturePyramid(nn.Module):
    """Pictures (B, 3, H, W) in, a map (B, width, H / stride, W / stride) for each stride out, the finest first.

    The maps of strides up to 32 are those of the backbone, each joined with all coarser ones. The coarser maps are
    made by convolutions of stride 2.

    Args:
        backbone: its name, see `build_backbone`.
        strides: of the maps, powers of 2 up to 128.
        width: channels of the maps.
        channels: of the stages of the backbone; () = as published.
        weights: file of pretrained weights of the backbone; "" = random ones.
        coarse: what the coarser maps are made of: the map of stride 32 (P5), or that of the backbone (C5).
    """

    def __init__(
        self,
        backbone: str,
        strides: Sequence[int],
        *,
        width: int,
        channels: Sequence[int] = (),
        weights: str = "",
        coarse: Literal["p5", "c5"] = "p5",
    ) -> None:
        super().__init__()
        self.normalise = Normalise()
        fine = [stride for stride in strides if stride <= 32]
        self.backbone, inputs = build_backbone(backbone, fine, channels=channels, weights=weights)
        extra = LastLevelP6P7(width if coarse == "p5" else inputs[-1], width)
        extra.use_P5 = coarse == "p5"  # torchvision compares the channels, which may be equal by chance.
        self.join = FeaturePyramidNetwork(inputs, width, extra)

    def forward(self, image: Tensor) -> list[Tensor]:
        """The maps; those of strides that do not divide H and W have the cells of the picture's rim, too."""
        maps = self.backbone(self.normalise(image))
        return list(self.join({str(level): each for level, each in enumerate(maps)}).values())


class RetinaNetwork(nn.Module):
    """Pictures (B, 3, H, W) in, `score` (B, slots), logits, and `box` (B, slots, 4) out: the branches of torchvision.

    Args:
        pyramid: that the branches read.
        width: its channels.
        slots: of a point.
        prior: score before training.
        norm: the branches have group normalisation.
        classes: more than one only to compare numbers of parameters; `score` is that of the first one.
    """

    def __init__(
        self, pyramid: FeaturePyramid, width: int, *, slots: int, prior: float, norm: bool = False, classes: int = 1
    ) -> None:
        super().__init__()
        # Groups of 8 channels, as in the 32 groups of the 256 published channels.
        layer = partial(nn.GroupNorm, width // 8) if norm else None
        self.pyramid = pyramid
        self.scores = RetinaNetClassificationHead(width, slots, classes, prior, norm_layer=layer)
        self.boxes = RetinaNetRegressionHead(width, slots, norm_layer=layer)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Slots in the order of `training.families.levels`."""
        maps = self.pyramid(image)
        return {"score": self.scores(maps)[..., 0], "box": self.boxes(maps)}
