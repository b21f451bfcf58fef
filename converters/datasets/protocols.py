"""The published split of a data set, checked to be complete."""

from __future__ import annotations

from collections import Counter

from converters.datasets.known_sets import KnownSet, find_protocol
from converters.datasets.published_splits import PublishedSplit, Sides
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError


def published_sides(dataset: Dataset, name: str) -> Sides:
    """The published split of that name, checked to be complete.

    Raises:
        UnknownNameError: no such protocol.
        ConfigError: the data set is another one, or images are missing.
    """
    parts = [(known, published, published.sides(dataset)) for known, published in find_protocol(name)]
    there = [part for part in parts if part[2]]
    if not there:
        titles = " or ".join(known.title for known, _, _ in parts)
        raise ConfigError(
            f"--protocol {name}: no image of {dataset.source} has its place in this split, which is that of {titles}; "
            "check that it is this set, with the folders, names and lists it is published with"
        )
    for known, published, sides in there:
        _check_complete(name, known, published, sides, dataset)
    return {path: side for _, _, sides in there for path, side in sides.items()}


def _check_complete(name: str, known: KnownSet, published: PublishedSplit, sides: Sides, dataset: Dataset) -> None:
    found = Counter(sides.values())
    hidden = {split for split in known.hidden if not found[split]}
    wanted = {split: count for split, count in published.images.items() if split not in hidden}
    more = {split: found[split] for split, count in wanted.items() if found[split] > count}
    if more:
        told = ", ".join(f"{count:,} images of {split}, not {wanted[split]:,}" for split, count in more.items())
        raise ConfigError(f"--protocol {name}: {dataset.source} holds {told}: it is not {known.title} as published")
    missing = {split: count - found[split] for split, count in wanted.items() if found[split] < count}
    if missing:
        told = " and ".join(f"{count:,} of the {wanted[split]:,} images of {split}" for split, count in missing.items())
        raise ConfigError(
            f"--protocol {name}: {told} are missing in {dataset.source}; "
            f"the whole of {known.title} is at {known.address}"
        )
