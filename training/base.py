"""What a method is: a network with five hooks, and four more for those that need them.

The loop, the scores and the verbs use nothing else of it.

To add a method, write `training/methods/NAME.py` with one subclass of `Method`, or of one in `training/families`, such
as `training.families.dense.Dense`, and add one line to `training/registry.py`. A class of your own in any file can be
trained, too: `--method path/file.py:MyNet`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gta_head_tools.annotations import Boxes, ImageAnnotations, Mask, Points
from gta_head_tools.errors import ConfigError
from gta_head_tools.pictures import Picture
from training.config import TrainConfig
from training.families.size_map import SizeMap
from training.scores.threshold import candidates_of, choose_threshold


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """Targets of which every sample has its own number of rows, such as boxes: the rows of all samples in one tensor.

    Attributes:
        values: (R, ...), the rows of the first sample, then those of the second one.
        counts: int64 (B,), rows of each sample; their sum is R.
    """

    values: Tensor
    counts: Tensor

    @classmethod
    def of(cls, values: Tensor) -> Ragged:
        """The rows (R, ...) of one sample."""
        return cls(values, torch.tensor([len(values)]))

    @classmethod
    def join(cls, parts: Sequence[Ragged]) -> Ragged:
        """The rows of several samples."""
        return cls(torch.cat([part.values for part in parts]), torch.cat([part.counts for part in parts]))

    def split(self) -> list[Tensor]:
        """(r, ...) of each sample."""
        return list(torch.split(self.values, self.counts.tolist()))

    def to(self, device: torch.device, *, non_blocking: bool = False) -> Ragged:
        """The same rows on a device; a `DataLoader` and the loop ask for it by the name that tensors have."""
        return Ragged(*(each.to(device, non_blocking=non_blocking) for each in (self.values, self.counts)))

    def pin_memory(self) -> Ragged:
        """The same rows in memory from which a GPU copies at full speed."""
        return Ragged(self.values.pin_memory(), self.counts.pin_memory())


Targets = dict[str, Any]
"""What the network learns from one sample, by name: tensors, of one shape in all samples of a batch, or `Ragged`.

Maps (c, h, w) may have another height and width in each sample."""
Batch = dict[str, Any]
"""By name, stacked tensors (B, ...) and joined `Ragged` rows, with what the loop adds (see `Method.loss`)."""
Map = NDArray[np.float32]
"""(h, w)."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a training. Optimiser, warm-up and schedule of the learning rate begin anew with each phase.

    Attributes:
        name: of the phase, which a method sees as `Method.phase`.
        share: of the epochs, in proportion to the shares of the other phases.
        trains: beginnings of the names of the parameters that are trained, e.g. ``network.head``; all others stay as
            they are, and so do the statistics of their normalisation.
        lr: factor of the learning rate.
    """

    name: str
    share: float = 1.0
    trains: tuple[str, ...] = ("",)
    lr: float = 1.0


_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture as the network sees it in training: fitted, cut and augmented.

    Attributes:
        picture: uint8 (H, W, 3) RGB, of the size that the configuration asks for, or of any where `fit` is whole.
        points: float64 (N, 2) x y, pixels of `picture`; also of heads outside, whose boxes may reach into it.
        boxes: float64 (N, 4) x0 y0 x1 y1; NaN = unknown.
        ignore: bool (N,), heads that are left out of the loss: neither positive nor negative.
        area: float64 (1, 4) x0 y0 x1 y1, where the whole picture lies, pixels of `picture`: a crop shows a part of it,
            and a letterboxed one has padding beside it. None = `picture` is the whole one.
    """

    picture: Picture
    points: Points
    boxes: Boxes
    ignore: Mask
    area: Boxes | None = None

    @property
    def whole(self) -> Boxes:
        """(1, 4), the `area`, also where it is that of `picture`."""
        height, width = self.picture.shape[:2]
        return np.array([[0.0, 0.0, width, height]]) if self.area is None else self.area


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a method predicts of one picture, in pixels of that picture; None = the method does not predict this.

    Attributes:
        count: heads above the threshold of the method, or the sum of its density where it gives no points;
            NaN = it looks for no heads.
        points: float64 (M, 2), every candidate, also below the threshold.
        scores: float64 (M,), 0 to 1.
        boxes: float64 (M, 4).
        density: float32 (h, w), whose sum is a count; cells of a whole number of pixels, from the corner of the
            picture on, of which the border may cut the last ones.
        sizes: of heads wherever they are.
        maps: float32 (h, w) by name (heat, confidence, attention), filled only when asked for.
        outlines: float64 (R, 4) boxes to be drawn on a map, by its name.
        counts: of a method that counts in several ways, by their names; `count` may be one of them.
    """

    count: float
    points: Points | None = None
    scores: NDArray[np.float64] | None = None
    boxes: Boxes | None = None
    density: Map | None = None
    sizes: SizeMap | None = None
    maps: Mapping[str, Map] = field(default_factory=dict)
    outlines: Mapping[str, Boxes] = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)


class Method(nn.Module):
    """A network and its five hooks: `Config`, `targets`, `loss`, `param_groups`, `predict`.

    Four more do nothing, or what most methods need: `prepare`, `begin`, `calibrate`, `conclude`.

    Attributes:
        config: of this instance.
        network: images in, tensors out; this is what `compile` compiles.
        threshold: score from which a candidate counts; chosen on validation scenes, stored with the weights.
        phase: name of the phase that is trained now.
    """

    Config: ClassVar[type[TrainConfig]] = TrainConfig
    """Hook 1: frozen dataclass; its defaults are the paper's recipe."""

    PAPER: ClassVar[str] = ""
    LICENCE: ClassVar[str] = ""
    """What the licences of paper and reference code demand of users of this method."""
    INPUT: ClassVar[str] = ""
    PREDICTS: tuple[str, ...] = ()
    """Fields of `Prediction` that the method fills; an instance may have others by its settings."""
    NEEDS: ClassVar[Literal["points", "boxes"]] = "points"
    LOSSES: ClassVar[tuple[str, ...]] = ()
    """Values of the field `loss` of its configuration, the default first."""
    VARIANTS: ClassVar[Mapping[str, Mapping[str, Any]]] = _NONE
    """Settings by the name of the variant, for tables of parameters."""
    COARSEST: ClassVar[int] = 1
    """Sides of the network's input are multiples of it: the stride of the coarsest map inside of the network."""
    UNUSED: ClassVar[bool] = False
    """Some steps leave parameters without a gradient, e.g. those of a branch that joins later. Several processes then
    look for these parameters in every step, which takes time."""

    LEARNS_THRESHOLD: bool = False
    """`predict` gives only what the method takes for heads, so that no threshold is chosen; see `PREDICTS`."""
    JUDGED_BY: ClassVar[str] = "mae"
    """Score on the validation split that is lower for better weights."""
    PHASES: tuple[Phase, ...] = (Phase("all"),)
    """In the order in which they are trained; an instance may have its own by its settings, under the same names."""

    network: nn.Module

    def __init__(self, config: TrainConfig) -> None:
        super().__init__()
        self.config = config
        self.threshold = 0.0 if self.LEARNS_THRESHOLD else 0.5
        self.phase = self.PHASES[0].name

    @classmethod
    def prepare(cls, images: Sequence[ImageAnnotations], config: Any) -> Any:  # noqa: ARG003  # for those that need it
        """The settings with numbers that are fitted on the pictures to train on, such as the sizes of anchor boxes.

        They are stored with the run. A setting that the user gives should be left as it is. Declare such fields with
        `metadata={"fitted": True}`, so that comparisons do not name runs by them.

        Args:
            images: heads of the train split.
            config: of the class `Config`.
        """
        return config

    def begin(self, phase: str) -> None:
        """Called before the first step of a phase, e.g. to copy the weights of one network to another."""

    @staticmethod
    def targets(sample: Sample, config: Any) -> Targets:
        """Hook 2: what the network learns from one sample. Runs in data workers, which hold no network.

        Where `fit` is whole, pictures differ in size and are padded after this. Maps (c, h, w) are then filled up with
        0 or False, at the right and below; give a map of True to tell the cells of pictures from those of padding.

        Args:
            sample: picture and heads.
            config: of the class `Config`.

        Returns:
            Tensors by name, and `Ragged` rows. A 0-d float is a number for the log; one whose name begins with `n_`
            is also this image's share of a normaliser, such as the number of its positive cells.
        """
        raise NotImplementedError("the class of the method lacks the hook targets(sample, config), see Method.targets")

    def loss(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        """Hook 3: the terms of the loss by name, each 0-d; the loop adds them up.

        Args:
            batch: targets (B, ...), `image` uint8 (B, 3, H, W), and the normalisers, each 0-d float32: `n_images`, and
                those that `targets` gives. Divide every sum over the batch by one of them. A normaliser is the sum
                over the whole step, all micro-batches and processes, at least 1, divided by the number of processes,
                so that the gradient is the same on one process and on many.
            progress: share of the training that is done, 0 to 1.
        """
        raise NotImplementedError(f"{type(self).__name__} lacks the hook loss(batch, progress), see Method.loss")

    def forward(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        """The loss, under the name that PyTorch's distributed wrapper calls."""
        return self.loss(batch, progress)

    def param_groups(self) -> list[dict[str, Any]]:
        """Hook 4: groups of parameters for the optimiser; `lr_scale` multiplies the learning rate of a group.

        Only parameters that require a gradient are trained now, see `Phase.trains`.
        """
        return [{"params": [p for p in self.parameters() if p.requires_grad]}]

    def predict(self, picture: Picture, *, maps: bool = False) -> Prediction:
        """Hook 5: the heads of one picture (H, W, 3) of any size; resizing, padding and tiling happen inside.

        Args:
            picture: RGB.
            maps: also fill `Prediction.maps`.
        """
        raise NotImplementedError(f"{type(self).__name__} lacks the hook predict(picture), see Method.predict")

    def calibrate(self, found: Sequence[tuple[Prediction, ImageAnnotations]]) -> None:
        """Fit what is fitted on validation pictures once the weights are there: here the threshold, see `threshold_by`.

        Numbers of other methods belong into buffers, which are stored with the weights; the loss must not use them.

        Args:
            found: predictions, and the true heads.
        """
        if "scores" not in self.PREDICTS or self.LEARNS_THRESHOLD:
            return
        known = [
            candidates_of(each.points, each.scores, true)
            for each, true in found
            if each.points is not None and each.scores is not None
        ]
        if known:  # In a phase before that of its points, a method predicts none.
            self.threshold = choose_threshold(known, relative=self.config.threshold_by == "nae").threshold

    def conclude(self, images: Iterable[tuple[Picture, ImageAnnotations]]) -> None:
        """Fit what is fitted on the pictures to train on once the training is done and calibrated; most fit nothing.

        The numbers belong into buffers, see `calibrate`. It is called only where a subclass has it.

        Args:
            images: the whole pictures of the train split, read one by one, and their heads.
        """

    def lost_heads(self, boxes: Boxes, size: tuple[int, int]) -> int | None:  # noqa: ARG002  # the bound of subclasses
        """How many of these heads no decoding can tell from others; None = the method has no such bound.

        Args:
            boxes: (N, 4), pixels of the picture, all known.
            size: width and height of the picture.
        """
        return None

    @property
    def score_threshold(self) -> float | None:
        """The threshold; None where predictions have no scores that need to be compared with one."""
        return self.threshold if "scores" in self.PREDICTS and not self.LEARNS_THRESHOLD else None

    @property
    def device(self) -> torch.device:
        """The device of the parameters."""
        return next(self.parameters()).device


def check_hooks(kind: type[Method]) -> None:
    """Refuse a class of a user's own that cannot be trained yet.

    Raises:
        ConfigError: it lacks hooks; the message names them.
    """
    hooks = {"targets": "targets(sample, config)", "loss": "loss(batch, progress)", "predict": "predict(picture)"}
    lacking = [shown for name, shown in hooks.items() if getattr(kind, name) is getattr(Method, name)]
    if lacking:
        raise ConfigError(
            f"{kind.__name__} lacks the hook{'s' * (len(lacking) > 1)} {', '.join(lacking)}; "
            "see training.base.Method for what each returns"
        )
