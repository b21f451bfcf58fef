"""The pictures and heads of a data set, split for training."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from converters.datasets.read import read_dataset
from converters.datasets.unused import check_all_used, find_unused
from converters.files.labels.scene_names import SPLITS, SplitName
from converters.files.pictures.pictures import has_picture, missing_pictures, read_image, size_from_picture
from converters.files.pictures.pictures_beside import unlabelled_pictures
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Composer, Dataset
from gta_head_tools.errors import ConfigError
from gta_head_tools.pictures import Picture
from gta_head_tools.progress import Track, no_progress
from training.config import TrainConfig
from training.samples.splits import Images, split_images

_log = logging.getLogger(__name__)

Reader = Callable[[ImageInfo], Picture]
"""Reads a picture (H, W, 3). It is pickled for data workers."""


@dataclass(frozen=True, slots=True)
class Splits:
    """A data set in three splits: to learn from, to choose the threshold on, and to be scored on.

    Attributes:
        train: heads of its pictures.
        val: empty where `val_share` is 0.
        test: empty where `test_share` is 0.
        root: folder that the paths of pictures are relative to.
        compose: see `Dataset.compose`.
        source: folder or file of the data set, resolved.
        format_name: as detected or asked for.
        options: of the format.
        made_by: how each split came to be, see `split_images`.
        skip_missing: images without a picture are left out.
    """

    train: tuple[ImageAnnotations, ...]
    val: tuple[ImageAnnotations, ...]
    test: tuple[ImageAnnotations, ...]
    root: Path
    compose: Composer | None
    source: Path
    format_name: str
    options: tuple[str, ...]
    made_by: dict[SplitName, str]
    skip_missing: bool = False

    def __getitem__(self, name: SplitName) -> tuple[ImageAnnotations, ...]:
        chosen: tuple[ImageAnnotations, ...] = getattr(self, name)
        return chosen

    @property
    def read(self) -> Reader:
        """Reads the picture of an image."""
        return partial(read_image, self.root, compose=self.compose)

    @property
    def names(self) -> dict[str, list[str]]:
        """What each split holds: names of scenes, or paths of pictures where scenes were not kept whole."""
        splits = {name: self[name] for name in SPLITS}
        scenes: dict[str, list[str]] = {
            name: sorted({image.info.scene for image in images}) for name, images in splits.items()
        }
        if sum(map(len, scenes.values())) == len(set().union(*scenes.values())):
            return scenes
        return {name: [image.info.path for image in images] for name, images in splits.items()}


def read_splits(
    source: Path,
    config: TrainConfig,
    *,
    needs: Literal["points", "boxes"] = "points",
    format_name: str | None = None,
    options: Sequence[str] = (),
    skip_missing: bool = False,
    track: Track = no_progress,
) -> Splits:
    """A data set that can be trained on: every picture is there, and has what the method learns from.

    Args:
        source: folder or label file, in any format.
        config: says what is held out where the data have no splits of their own.
        needs: what the method learns from.
        format_name: None = detected.
        options: `key=value` options of the format.
        skip_missing: leave out images without a picture; the others stay in the split that they are in.
        track: sees every picture go by.

    Raises:
        GtaHeadError: the data set cannot be read, lacks pictures or boxes, or is too small to be split.
        UnusedPicturesError: no picture of a split can be used.
    """
    found, dataset = read_dataset(source, format_name=format_name, options=options)
    for note in dataset.notes:
        tell_once(note)
    _tell_unlisted(dataset)
    images = [_sized(image, dataset.root) for image in track(dataset, "reading heads", dataset.image_count)]
    splits, made_by = split_images(images, config, source)
    splits = _there(dataset, splits, skip_missing=skip_missing)
    splits = _usable(dataset, splits, track)
    _check_heads(splits["train"], needs, source)
    return Splits(
        **splits,
        root=dataset.root,
        compose=dataset.compose,
        source=source.resolve(),
        format_name=found,
        options=tuple(options),
        made_by=made_by,
        skip_missing=skip_missing,
    )


@functools.cache
def tell_once(note: str) -> None:
    """Tell a note once, however many runs of a comparison it is true of."""
    _log.warning(note)


def _tell_unlisted(dataset: Dataset) -> None:
    """Tell of pictures that lie beside those of the data set and are not in its list of heads.

    Readers of formats with a label file for each picture know such pictures, and tell of them as they do elsewhere.
    """
    if dataset.compose is not None:
        return
    listed = [info.path for scene in dataset.scenes for info in scene.images]
    known = {defect.file for defect in dataset.defects if defect.check == "picture-without-labels"}
    left = [place for place in unlabelled_pictures(dataset.root, listed) if place not in known]
    if left:
        which = "1 picture is" if len(left) == 1 else f"{len(left)} pictures are"
        tell_once(
            f"{dataset.source}: {which} not listed and left out, the first: {left[0]}; a picture without heads is "
            "listed, too (in CSV by a row with its name alone)"
        )


def _sized(image: ImageAnnotations, root: Path) -> ImageAnnotations:
    """The heads without extra columns, which training does not use, and with the size of their picture."""
    return image.replace(info=size_from_picture(image.info, root), extra={})


def _there(dataset: Dataset, splits: dict[SplitName, Images], *, skip_missing: bool) -> dict[SplitName, Images]:
    """The splits without images whose picture is missing, if these may be left out."""
    infos = [image.info for name in SPLITS for image in splits[name]]
    missing = [info for info in infos if not has_picture(dataset, info)]
    if not missing:
        return splits
    gone = {info.path for info in missing}
    kept = {name: tuple(image for image in found if image.info.path not in gone) for name, found in splits.items()}
    if not skip_missing:
        raise missing_pictures(dataset, missing, of=len(infos), todo="say --skip-missing")
    if any(splits[name] and not kept[name] for name in SPLITS):
        raise missing_pictures(dataset, missing, of=len(infos), todo="give other data: none is left of a split")
    tell_once(f"{dataset.source}: {len(missing)} of {len(infos)} images have no picture and are left out")
    return kept


def _usable(dataset: Dataset, splits: dict[SplitName, Images], track: Track) -> dict[SplitName, Images]:
    """The splits without pictures that cannot be used, which would stop the training when it comes to them.

    They are taken off the splits, not off the data set, so that the others stay in the split that they were in.
    """
    problems = find_unused(dataset, [image.info for name in SPLITS for image in splits[name]], track=track)
    if not problems:
        return splits
    used = {name: tuple(image for image in found if image.info.path not in problems) for name, found in splits.items()}
    if any(splits[name] and not used[name] for name in SPLITS):
        check_all_used(tuple(problems.values()), sum(map(len, splits.values())))
    first = next(iter(problems.values()))
    if len(problems) == 1:
        tell_once(f"1 picture cannot be used and is left out: {first}")
    else:
        tell_once(f"{len(problems)} pictures cannot be used and are left out; the first: {first}")
    return used


def _check_heads(images: Sequence[ImageAnnotations], needs: str, source: Path) -> None:
    if not any((~image.ignore).any() for image in images):
        raise ConfigError(f"{source}: no picture to train on has a head; check --data and its splits")
    for image in images:
        taught = ~image.ignore
        lacking = taught & ~image.has_box
        if needs == "boxes" and lacking.any():
            raise ConfigError(
                f"{source}: {image.info.path} has {int(lacking.sum())} heads without a box, and this method learns "
                "from boxes; make them with ghtools interpolate-boxes"
            )
        swapped = taught & ((image.boxes[:, 2:] < image.boxes[:, :2]).any(axis=1))
        if swapped.any():
            box = image.boxes[swapped][0].round(3).tolist()
            raise ConfigError(f"{source}: {image.info.path} has a box with swapped corners, {box}; correct it")
