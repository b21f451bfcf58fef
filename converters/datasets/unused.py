"""Pictures that cannot be used: each costs itself alone, is counted and named, and never stops the others.

A damaged picture cannot be decoded; another one is not that which its heads are for, as its size shows. Work that needs
their pixels is done without them and ends with `UnusedPicturesError`. Missing pictures are another matter: they are
refused before anything is done, see `converters.files.pictures.pictures.missing_pictures`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from converters.files.pictures.pictures import ImageMode, can_be_placed, has_picture, read_image
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import DataFormatError, UnusedPicturesError
from gta_head_tools.progress import Track, no_progress


def check_all_used(problems: Sequence[str], of: int) -> None:
    """Raise an error when pictures could not be used.

    Args:
        problems: what is wrong with each.
        of: how many pictures there are.

    Raises:
        UnusedPicturesError: there are any.
    """
    if problems:
        raise UnusedPicturesError(problems, of)


def find_unused(dataset: Dataset, infos: Iterable[ImageInfo], *, track: Track = no_progress) -> dict[str, str]:
    """By path, what is wrong with those pictures that cannot be used; every one that is there is decoded.

    Args:
        dataset: of the pictures.
        infos: with the sizes that their heads are for.
        track: sees every picture go by.
    """
    there = [info for info in infos if has_picture(dataset, info)]
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        found = pool.map(partial(_problem, dataset), there)
        problems = list(track(found, "checking pictures", len(there)))
    finally:
        pool.shutdown(cancel_futures=True)  # Without it, Ctrl-C would wait until all pictures are decoded.
    return {info.path: problem for info, problem in zip(there, problems, strict=True) if problem}


def _problem(dataset: Dataset, info: ImageInfo) -> str:
    try:
        read_image(dataset.root, info, dataset.compose)
    except DataFormatError as error:
        return str(error)
    return ""


def images_of(dataset: Dataset) -> list[ImageInfo]:
    """The images with the sizes that their heads are for; heads are read where these are not known without them."""
    infos = [info for scene in dataset.scenes for info in scene.images]
    return infos if all(info.sized for info in infos) else [image.info for image in dataset]


def without_unused(dataset: Dataset, *, track: Track = no_progress) -> tuple[Dataset, tuple[str, ...]]:
    """The data set without images whose pictures cannot be used, and what is wrong with these."""
    problems = find_unused(dataset, images_of(dataset), track=track)
    return dataset.without(problems) if problems else dataset, tuple(problems.values())


def check_placed(dataset: Dataset, images: ImageMode) -> tuple[Dataset, tuple[str, ...]]:
    """The data set with pictures that cannot be linked or copied among `unfit`, and what is wrong with them."""
    if images == "none":
        return dataset, ()
    infos = (info for scene in dataset.scenes for info in scene.images)
    suspects = [info for info in infos if info.path in dataset.unfit or info.orientation != 1]
    lost = [info for info in suspects if not can_be_placed(dataset.root / info.path, info, images)]
    told = find_unused(dataset, lost)
    return replace(dataset, unfit={**dataset.unfit, **told}) if told else dataset, tuple(told.values())


def unfit_note(dataset: Dataset, told: Sequence[str] = ()) -> tuple[str, ...]:
    """A note on the pictures that reading found unfit, for work that does not need their pixels.

    Args:
        dataset: of the pictures.
        told: what is told of pictures elsewhere.
    """
    there = (info.path for scene in dataset.scenes for info in scene.images)
    problems = [dataset.unfit[path] for path in there if path in dataset.unfit and dataset.unfit[path] not in told]
    if not problems:
        return ()
    which = "1 picture" if len(problems) == 1 else f"{len(problems)} of {dataset.image_count} pictures"
    return (f"{which} cannot be used where pixels are needed; the first: {problems[0]}",)
