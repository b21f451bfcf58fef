"""The network of RAZ-Net: a density at stride 8, a map of heads at full resolution, and attention.

Source: Liu, Weng and Mu, CVPR 2019, section 3.1. The paper leaves the layers of two branches to a supplement that was
not at hand: the localization branch is as in public benchmarks, but with one output and no ReLU on it, and the layers
of the proposal branch are a choice. Own code.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from training.families.density import Start, begin_layers
from training.networks.blocks import Normalise, doubling
from training.networks.vgg import FrontEnd, back_end, dilated, scaled


class Branch(nn.Module):
    """The features of a branch, and what a 1x1 convolution reads off them."""

    def __init__(self, features: nn.Sequential, channels: int) -> None:
        super().__init__()
        self.features = features
        self.last = nn.Conv2d(channels, 1, 1)


class RAZNetwork(nn.Module):
    """Main-Net, or RAZ-Net, which does not count: pictures (B, 3, H, W) in, maps (B, 1, ...) out.

    Args:
        counts: it has a counting branch.
        count_stride: of the density: 8, 4 or 2.
        share: of the published channels.
        weights: see `FrontEnd`.
        start: of new layers.
    """

    def __init__(self, *, counts: bool, count_stride: int, share: float, weights: str, start: Start) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.front = FrontEnd(share=share, weights=weights)
        rich = scaled(64, share)
        self.counting = counting_branch(self.front.channels, count_stride, share) if counts else None
        self.localization = localization_branch(self.front.channels, share)
        self.proposal = proposal_branch(2 * rich if counts else rich, rich)
        new = nn.ModuleList([self.localization, self.proposal, *([self.counting] if self.counting else [])])
        begin_layers(new, start, pretrained=bool(weights))
        if not weights:
            begin_layers(self.front, start, pretrained=False)

    def forward(self, image: Tensor, last: str = "attention") -> dict[str, Tensor]:
        """`density` at its stride, `localization` (logits) and `attention`, both (B, 1, H, W), up to the map `last`."""
        shared, found = self.front(self.normalise(image))[-1], dict[str, Tensor]()
        rich: list[Tensor] = []
        if self.counting is not None:
            rich.append(self.counting.features(shared))
            found["density"] = self.counting.last(rich[0])
        if last == "density":
            return found
        located = self.localization.features(shared)
        found["localization"] = self.localization.last(located)
        if last == "localization":
            return found
        # The features of the counting branch are coarser.
        rich = [interpolate(each, located.shape[2:], mode="bilinear", align_corners=False) for each in rich]
        found["attention"] = self.proposal(torch.cat([*rich, located], dim=1)).sigmoid()
        return found

    def take_over(self, main: RAZNetwork) -> None:
        """The weights of Main-Net for RAZ-Net, whose proposal branch lacks the features of the counting branch."""
        mine, given = self.state_dict(), main.state_dict()
        for name, value in mine.items():
            value.copy_(given[name][:, -value.shape[1] :] if value.ndim == 4 else given[name])


def counting_branch(inputs: int, stride: int, share: float) -> Branch:
    """The back end of CSRNet, and transposed convolutions for a finer density ("effect of resolution")."""
    *layers, last = back_end(inputs, share=share)
    assert isinstance(last, nn.Conv2d)
    channels = last.in_channels
    for _ in range((8 // stride).bit_length() - 1):
        layers += [doubling(channels, channels), nn.ReLU(inplace=True)]
    return Branch(nn.Sequential(*layers), channels)


def localization_branch(inputs: int, share: float) -> Branch:
    """Three dilated convolutions, and three times a transposed and a dilated one, up to the size of the picture."""
    layers: list[nn.Module] = dilated([inputs, *[scaled(512, share)] * 3])
    channels = scaled(512, share)
    for outputs in (scaled(each, share) for each in (256, 128, 64)):
        layers += [doubling(channels, outputs), nn.ReLU(inplace=True), *dilated([outputs, outputs])]
        channels = outputs
    return Branch(nn.Sequential(*layers), channels)


def proposal_branch(inputs: int, channels: int) -> nn.Sequential:
    """Two dilated convolutions and a 1x1 convolution to a logit of attention."""
    return nn.Sequential(*dilated([inputs, channels, channels]), nn.Conv2d(channels, 1, 1))
