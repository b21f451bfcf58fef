"""Samples made of the pictures and heads of a data set, and the batches that they are joined to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset as TorchDataset

from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import GtaHeadError
from gta_head_tools.pictures import Picture
from gta_head_tools.progress import Track, no_progress
from training.base import Batch, Ragged, Sample, Targets
from training.config import TrainConfig, build_config
from training.registry import find_method
from training.samples.augment import augment, fit_whole, whole_size
from training.samples.batch_plan import Key, Part
from training.samples.data import Reader
from training.samples.letterbox import Fit, fill_maps, pad_to, round_up


class Samples(TorchDataset[Targets]):
    """Samples by epoch and index. A sample depends on its key and the settings alone, not on its worker.

    Args:
        images: heads, read only.
        read: reads their pictures.
        method: name of the method.
        config: of the method.
    """

    def __init__(self, images: Sequence[ImageAnnotations], read: Reader, method: str, config: TrainConfig) -> None:
        self._images, self._read, self._method, self._config = images, read, method, config
        self._kind = find_method(method)
        self._held: dict[int, tuple[Picture, Fit]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # A worker process cannot unpickle a class of a user's own file, so it finds method and settings by name.
        return _rebuild, (self._images, self._read, self._method, asdict(self._config), self._held)

    def __len__(self) -> int:
        return len(self._images)

    def hold(self, track: Track = no_progress) -> None:
        """Read all pictures now, and keep them in memory."""
        for index in track(range(len(self)), "reading pictures"):
            self._held[index] = self._whole(index)

    def _whole(self, index: int) -> tuple[Picture, Fit]:
        return self._held.get(index) or fit_whole(self._read(self._images[index].info), self._config)

    def draw(self, key: Key) -> Sample:
        """The sample of an epoch and index."""
        heads = self._images[key[1]]
        picture, fit = self._whole(key[1])
        area = fit.apply(np.array([[0.0, 0.0, *heads.info.size]]))
        whole = Sample(picture, fit.apply(heads.points), fit.apply(heads.boxes), heads.ignore, area)
        return augment(whole, self._config, sample_rng(self._config.seed, key))

    def __getitem__(self, key: Key) -> Targets:
        return self._taught(key, self._room([key]))

    def _room(self, step: Sequence[Key]) -> tuple[int, int]:
        """Width and height of the input for all samples of a step, however they are spread over processes.

        A network sees the padding beside a picture, so that its gradient would depend on the processes otherwise. Its
        coarsest map has two cells a side at least, as normalisation learns nothing from a single one.
        """
        config = self._config
        if config.fit != "whole":
            return config.width, config.height
        infos = [(self._images[key[1]].info, sample_rng(config.seed, key)) for key in step]
        sizes = [whole_size((info.width, info.height), config, rng) for info, rng in infos]
        cell = self._kind.COARSEST
        width, height = (max(round_up(max(sides), cell), 2 * cell) for sides in zip(*sizes, strict=True))
        return width, height

    def _taught(self, key: Key, room: tuple[int, int]) -> Targets:
        sample = self.draw(key)
        image = torch.from_numpy(np.require(pad_to(sample.picture, room), requirements=["C", "W"]))
        targets = self._kind.targets(sample, self._config)
        kinds = torch.Tensor | Ragged
        if not isinstance(targets, dict) or not all(isinstance(value, kinds) for value in targets.values()):
            raise TypeError(f"targets() of {self._method} returns tensors by name; found {type(targets).__name__}")
        return targets | {"image": image}

    def __getitems__(self, part: Part) -> list[Targets] | GtaHeadError:
        """The samples of a micro-batch. A user's error is returned, as PyTorch would wrap a raised one in its own."""
        try:
            room = self._room(part.step)
            return [self._taught(key, room) for key in part.keys]
        except GtaHeadError as error:
            return error


def _rebuild(
    images: Sequence[ImageAnnotations],
    read: Reader,
    method: str,
    settings: dict[str, Any],
    held: dict[int, tuple[Picture, Fit]],
) -> Samples:
    made = Samples(images, read, method, build_config(find_method(method).Config, settings))
    made._held.update(held)
    return made


def collate(samples: list[Targets] | GtaHeadError) -> Batch | GtaHeadError:
    """Samples stacked, ragged targets joined, and maps (c, h, w) filled up with zeros to the largest height and width.

    `image` (B, 3, H, W) is a view of memory in channels-last order, which convolutions prefer.
    """
    if isinstance(samples, GtaHeadError):
        return samples
    batch: Batch = {name: _together(name, [sample[name] for sample in samples]) for name in samples[0]}
    return batch | {"image": batch["image"].permute(0, 3, 1, 2)}


def _together(name: str, values: Sequence[torch.Tensor | Ragged]) -> torch.Tensor | Ragged:
    rows = [value for value in values if isinstance(value, Ragged)]
    if len(rows) == len(values):
        return Ragged.join(rows)
    tensors = [value for value in values if isinstance(value, torch.Tensor)]
    shapes = {tuple(value.shape) for value in tensors}
    if len(shapes) > 1 and not rows and all(len(shape) == 3 for shape in shapes):
        tensors = [fill_maps(value, [max(shape[axis] for shape in shapes) for axis in (1, 2)]) for value in tensors]
        shapes = {tuple(value.shape) for value in tensors}
    if len(shapes) > 1 or rows:
        raise ValueError(
            f"target {name!r} has several shapes in one batch, {sorted(shapes)}; give Ragged.of(rows), or one shape"
        )
    return torch.stack(tensors)


def sample_rng(seed: int, key: Key) -> np.random.Generator:
    """The random numbers of one sample."""
    return np.random.default_rng([1, seed, *key])  # The 1 keeps them apart from other uses of the seed.
