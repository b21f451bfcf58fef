"""The split of a data set: pictures to learn from, to choose the threshold on, and to be scored on."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from converters.files.labels.scene_names import SPLITS, SplitName
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.errors import ConfigError
from gta_head_tools.files import natural_key
from training.config import TrainConfig

Images = tuple[ImageAnnotations, ...]

_SEED = 0  # Independent of the seed of the run, so that all runs on the same data are scored on the same pictures.


def split_images(
    images: Sequence[ImageAnnotations], config: TrainConfig, source: Path
) -> tuple[dict[SplitName, Images], dict[SplitName, str]]:
    """The three splits: the data's own where it has them; missing ones are held out of the training split.

    Args:
        images: of a whole data set.
        config: `holdout`, `val_share` and `test_share` are read.
        source: of the data, for messages.

    Returns:
        The splits, and how each came to be: own, scene or image (held out), rest, none.

    Raises:
        ConfigError: too few scenes or pictures to hold any out, or no split to train on.
    """
    if not images:
        raise ConfigError(f"{source}: has no rows: no picture is listed; give each picture a row, also without heads")
    own: dict[SplitName, Images] = {
        name: tuple(image for image in images if image.info.split == name) for name in SPLITS
    }
    made_by: dict[SplitName, str] = {name: "own" if found else "none" for name, found in own.items()}
    if not any(own.values()):
        own["train"], made_by["train"] = tuple(images), "rest"
    if not own["train"]:
        there = ", ".join(sorted({str(image.info.split) for image in images}))
        raise ConfigError(f"{source}: has no split 'train' (found: {there}); give the data set that holds it")
    left_out = [image for image in images if made_by["train"] == "own" and image.info.split not in SPLITS]
    if left_out:
        logging.getLogger(__name__).warning(
            "%s: %d pictures are left out: their split is %s, not train, val or test",
            source,
            len(left_out),
            left_out[0].info.split or "unknown",
        )
    shares: dict[SplitName, float] = {"val": config.val_share, "test": config.test_share}
    wanted = {name: share for name, share in shares.items() if not own[name] and share > 0}
    held = _held_out(own["train"], wanted, config.holdout, source)
    made_by |= dict.fromkeys(wanted, config.holdout)
    return own | held, made_by


def _held_out(
    images: Images, shares: dict[SplitName, float], holdout: Literal["scene", "image"], source: Path
) -> dict[SplitName, Images]:
    """Splits of these shares by whole scenes or by picture, and the rest as `train`."""
    names = [image.info.scene if holdout == "scene" else image.info.path for image in images]
    groups = sorted(set(names), key=natural_key)
    if len(groups) <= len(shares):
        raise ConfigError(_too_few(source, len(groups), shares, holdout))
    shuffled = [groups[place] for place in np.random.default_rng(_SEED).permutation(len(groups))]
    split_of: dict[str, SplitName] = dict.fromkeys(shuffled, "train")
    for left, (name, share) in enumerate(reversed(shares.items())):
        others = len(shares) - left  # At least one group is left for each later split and for training.
        count = max(1, min(round(share * len(groups)), len(shuffled) - others))
        split_of |= dict.fromkeys(shuffled[:count], name)
        shuffled = shuffled[count:]
    splits: dict[SplitName, Images] = {}
    for name in ("train", *shares):
        splits[name] = tuple(image for image, group in zip(images, names, strict=True) if split_of[group] == name)
    return splits


def _too_few(source: Path, count: int, shares: dict[SplitName, float], holdout: str) -> str:
    unit = f"{holdout}{'' if count == 1 else 's'}"
    way = " or hold out single pictures, --set holdout=image," if holdout == "scene" else ""
    shares_off = " ".join(f"--set {name}_share=0" for name in shares)
    return (
        f"{source}: {count} {unit} without a split of its own cannot be split into train, {', '.join(shares)}; "
        f"bring more,{way} or do without: {shares_off}"
    )


def hash_of_heads(images: Iterable[ImageAnnotations]) -> str:
    """SHA-256 of the paths and heads of pictures: scores with equal hashes are of the same heads."""
    found = hashlib.sha256()
    for image in images:
        found.update(f"{image.info.path}\0{len(image)}\0".encode())
        for column in (image.points, image.boxes, image.ignore):
            found.update(column.tobytes())
    return found.hexdigest()


def hash_of_pictures(images: Iterable[ImageAnnotations], root: Path) -> str:
    """SHA-256 of the paths and sizes in bytes of pictures below `root`: a copy is the same, an edited one hardly is.

    Pictures that are no files of their own, as they are composed of several, count by their paths alone.
    """
    found = hashlib.sha256()
    for image in images:
        file = root / image.info.path
        found.update(f"{image.info.path}\0{file.stat().st_size if file.is_file() else -1}\0".encode())
    return found.hexdigest()
