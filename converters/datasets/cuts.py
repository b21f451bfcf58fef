"""Which image is on which side: by shares, by a published split, or in folds, and never a location on two sides."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from converters.datasets.locations import camera_of, location_of
from converters.datasets.protocols import published_sides
from converters.datasets.published_splits import Sides
from converters.files.labels.scene_names import SPLITS
from gta_head_tools.dataset import Dataset
from gta_head_tools.dealing import deal
from gta_head_tools.errors import ConfigError

Unit = Literal["location", "scene", "image"]
"""What is never cut apart: the cameras of one place, the pictures of one camera, or one picture."""
_UNITS: tuple[Unit, ...] = ("location", "scene", "image")
_IN_ORDER = "ucf_cc_50"
"""Format of the set whose folds are its images in their order, ten in each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitOptions:
    """How to split; `protocol` and `folds` replace `ratios`.

    Attributes:
        by: what is never cut apart.
        ratios: of train, val and test; only their proportions matter.
        seed: of the random numbers.
        protocol: name of a published split.
        folds: number of folds for cross-validation.
    """

    by: Unit = "location"
    ratios: tuple[float, float, float] = (0.7, 0.1, 0.2)
    seed: int = 0
    protocol: str | None = None
    folds: int | None = None


def parse_ratios(text: str) -> tuple[float, float, float]:
    """The ratios of train, val and test from `0.7,0.1,0.2`.

    Raises:
        ConfigError: not three numbers, a negative one, or nothing but 0.

    >>> parse_ratios("24,0,11")
    (24.0, 0.0, 11.0)
    """
    try:
        ratios = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise ConfigError(f"--ratios {text}: expected three numbers, of train, val and test: 0.7,0.1,0.2") from error
    if len(ratios) != 3:
        raise ConfigError(f"--ratios {text}: {len(ratios)} numbers, expected three, of train, val and test")
    wrong = next((ratio for ratio in ratios if not math.isfinite(ratio) or ratio < 0), None)
    if wrong is not None:
        raise ConfigError(f"--ratios {text}: {wrong:g} is no share; give numbers of 0 and more")
    if not any(ratios):
        raise ConfigError(f"--ratios {text}: all are 0; give at least one side a share")
    return ratios[0], ratios[1], ratios[2]


def find_cuts(dataset: Dataset, read_as: str, options: SplitOptions, heads: Mapping[str, int]) -> dict[str, Sides]:
    """The split of every image that is written, by the name of the fold ("" = no folds).

    Args:
        dataset: what to split.
        read_as: name of the format that it was read as.
        options: how to split.
        heads: number of heads of every image, by path.

    Raises:
        ConfigError: a wish that cannot be fulfilled.
        UnknownNameError: no such protocol.
    """
    if options.protocol is not None and options.folds is not None:
        raise ConfigError("--protocol and --folds exclude each other; give one of them")
    if options.protocol is not None:
        return {"": published_sides(dataset, options.protocol)}
    if options.folds is not None:
        return _folds(dataset, read_as, options, heads)
    groups = _groups(dataset, options.by)
    wanted = sum(ratio > 0 for ratio in options.ratios)
    _check_enough(len(groups), wanted, "sides", dataset, options.by)
    dealt = deal([sum(heads[path] for path in group) for group in groups.values()], options.ratios, options.seed)
    sides: Sides = {path: SPLITS[side] for group, side in zip(groups.values(), dealt, strict=True) for path in group}
    check_no_leak(groups, sides)
    return {"": sides}


def _groups(dataset: Dataset, by: Unit) -> dict[str, list[str]]:
    """Paths of images by what is never cut apart."""
    groups: dict[str, list[str]] = {}
    for scene in dataset.scenes:
        camera = camera_of(scene)
        for info in scene.images:
            name = {"location": location_of(camera), "scene": camera, "image": info.path}[by]
            groups.setdefault(name, []).append(info.path)
    return groups


def _check_enough(groups: int, wanted: int, what: str, dataset: Dataset, by: Unit) -> None:
    if groups >= wanted:
        return
    finer = [unit for unit in _UNITS[_UNITS.index(by) + 1 :] if len(_groups(dataset, unit)) >= wanted]
    advice = f"; --by {finer[0]} cuts finer" if finer else ""
    advice += ", and puts pictures of one camera on several sides" if finer == ["image"] else ""
    are = f"1 {by} is" if groups == 1 else f"{groups} {by}s are"
    raise ConfigError(f"{dataset.source}: {are} too few for {wanted} {what}{advice}")


def check_no_leak(groups: Mapping[str, Sequence[str]], sides: Mapping[str, str]) -> None:
    """Verify that no location, scene or image that must stay whole has images on two sides.

    Raises:
        RuntimeError: one has, which would be a bug of this module.
    """
    for name, paths in groups.items():
        found = {sides[path] for path in paths}
        if len(found) != 1:
            raise RuntimeError(f"{name} is on several sides: {', '.join(sorted(found))}")


def _folds(dataset: Dataset, read_as: str, options: SplitOptions, heads: Mapping[str, int]) -> dict[str, Sides]:
    """Folds, each of which is the test side once; those of UCF_CC_50 are its images in their order."""
    count = options.folds or 0
    if count < 2:
        raise ConfigError(f"--folds {count}: at least 2 are needed")
    known = read_as == _IN_ORDER
    groups = _groups(dataset, "image" if known else options.by)
    _check_enough(len(groups), count, "folds", dataset, options.by)
    weights = [sum(heads[path] for path in group) for group in groups.values()]
    dealt = (
        [place * count // len(groups) for place in range(len(groups))]
        if known
        else deal(weights, [1.0] * count, options.seed)
    )
    fold_of = {path: fold for group, fold in zip(groups.values(), dealt, strict=True) for path in group}
    cuts = {
        f"fold_{fold + 1}": {path: "test" if at == fold else "train" for path, at in fold_of.items()}
        for fold in range(count)
    }
    for sides in cuts.values():
        check_no_leak(groups, sides)
    return cuts
