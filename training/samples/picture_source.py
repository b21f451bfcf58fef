"""Pictures to predict on: one picture, a folder of them, a data set, or a video whose frames are taken one by one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from converters.datasets.orientation import with_orientation
from converters.datasets.read import read_dataset
from converters.datasets.unused import check_all_used, without_unused
from converters.files.pictures.pictures import has_picture, missing_pictures, read_image
from converters.formats.density_maps import without_map
from converters.formats.options import NoOptions, reading_options
from converters.formats.registry import detect_format
from gta_head_tools.annotations import ImageAnnotations, ImageInfo, with_size
from gta_head_tools.dataset import Dataset, Scene, in_memory
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import PICTURE_SUFFIXES
from gta_head_tools.picture_header import image_size
from gta_head_tools.pictures import Picture
from gta_head_tools.progress import Track, no_progress
from training.samples.data import Splits

VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mov", ".mkv", ".m4v", ".mpg", ".mpeg", ".webm", ".wmv", ".ts", ".mts"})


Pictures = Callable[[Scene], Iterator[tuple[Picture, ImageAnnotations]]]
"""Reads the pictures of a scene, in the order of its images, each with the heads that are known."""


@dataclass(frozen=True, slots=True)
class Source:
    """What to predict on.

    Attributes:
        dataset: the images; its heads are those that are known, if any.
        pictures: reads them.
        heads_known: the data set has labels; False for plain pictures.
        rate: frames a second, 0 = unknown; None = no video.
        notes: for the user.
        unused: what is wrong with pictures that are left out because they cannot be used.
    """

    dataset: Dataset
    pictures: Pictures
    heads_known: bool = False
    rate: float | None = None
    notes: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


def open_source(
    path: Path,
    *,
    format_name: str | None = None,
    options: Sequence[str] = (),
    split: str | None = None,
    skip_missing: bool = False,
    track: Track = no_progress,
) -> Source:
    """The pictures at `path`.

    Args:
        path: a picture, a video, a data set (folder or label file), or a folder with pictures anywhere in it.
        format_name: of a data set; None = detected, and a folder that is none is one of pictures.
        options: `key=value` options of the format.
        split: of a data set that has splits, the only one that is taken; None = all.
        skip_missing: leave out images without a picture.
        track: sees every picture go by as it is checked.

    Raises:
        GtaHeadError: nothing there, or nothing that can be read; a picture is missing.
        UnusedPicturesError: no picture at all can be used.
    """
    if not path.exists():
        raise DatasetLayoutError(path, "no such file or folder")
    suffix = path.suffix.lower()
    if format_name is None and path.is_file() and suffix in VIDEO_SUFFIXES:
        return _video(path)
    if format_name is None and path.is_file() and suffix in PICTURE_SUFFIXES:
        return _picture(path, options)
    name = format_name or detect_format(path, pictures=True)
    told = (f"{path}: detected format {name}",) if format_name is None and name != "images" else ()
    name, dataset = read_dataset(path, format_name=name, options=options)
    shown, notes = _shown(dataset, split, skip_missing=skip_missing)
    used, unused = without_unused(shown, track=track)
    if not used.image_count:
        check_all_used(unused, shown.image_count)
    notes = (*told, *dataset.notes, *notes)
    return Source(used, _Files(used), heads_known=name != "images", notes=notes, unused=unused)


def source_of(splits: Splits, images: Sequence[ImageAnnotations]) -> Source:
    """Images of a data set that is split for training, with their heads."""
    dataset = in_memory(images, splits.root, compose=splits.compose)
    dataset = replace(dataset, source=splits.source)
    return Source(dataset, _Files(dataset), heads_known=True)


def _shown(dataset: Dataset, split: str | None, *, skip_missing: bool) -> tuple[Dataset, tuple[str, ...]]:
    """The data set with the images that are taken, and notes on the others."""
    every = infos = [info for scene in dataset.scenes for info in scene.images]
    splits = {info.split for info in infos}
    if split is not None and splits != {None}:
        infos = [info for info in infos if info.split == split]
        if not infos:
            there = ", ".join(sorted(map(str, splits))) or "no pictures"
            raise DatasetLayoutError(dataset.source, f"has no split {split!r} (found: {there}); say --split all")
    missing = [info for info in infos if not has_picture(dataset, info)]
    if missing and (not skip_missing or len(missing) == len(infos)):
        raise missing_pictures(dataset, missing, of=len(infos), todo="say --skip-missing")
    kept = {info.path for info in infos} - {info.path for info in missing}
    note = f"{dataset.source}: {len(missing)} of {len(infos)} images have no picture and are left out"
    return dataset.without({info.path for info in every} - kept), ((note,) if missing else ())


def _picture(path: Path, options: Sequence[str]) -> Source:
    """One picture."""
    _, common = reading_options(NoOptions, options)
    width, height = image_size(path)
    info = ImageInfo(path.name, width, height, scene=path.stem, measured=True)
    dataset = with_orientation(in_memory([ImageAnnotations(info)], path.parent), common.exif)
    return Source(replace(dataset, source=path), _Files(dataset), notes=dataset.notes)


@dataclass(frozen=True, slots=True)
class _Files:
    dataset: Dataset

    def __call__(self, scene: Scene) -> Iterator[tuple[Picture, ImageAnnotations]]:
        for true in self.dataset.load(scene):
            picture = read_image(self.dataset.root, true.info, self.dataset.compose)
            known = without_map(true)
            yield picture, known.replace(info=with_size(known.info, (picture.shape[1], picture.shape[0])))


def _video(path: Path) -> Source:
    """Frames of a video, named as programs that extract frames name them: `NAME/000001.jpg`."""
    frames, told, rate = _count_frames(path)
    scene = path.stem
    infos = tuple(
        ImageInfo(f"{scene}/{number:06d}.jpg", scene=scene, frame=number, name=f"{number:06d}")
        for number in range(1, frames + 1)
    )
    notes = (f"{path}: ends after {frames} of {told} frames; the rest cannot be decoded",) if frames < told else ()
    dataset = Dataset(path.parent, (Scene(scene, infos),), _without_heads, path)
    return Source(dataset, partial(_frames, path), rate=rate, notes=notes)


def _open_video(path: Path) -> cv2.VideoCapture:
    """The video, open if it can be opened. OpenCV and FFmpeg print nothing: the caller raises one error instead."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    whole = cv2.videoio_registry.hasBackend(cv2.CAP_FFMPEG)
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        return cv2.VideoCapture(str(path), cv2.CAP_FFMPEG if whole else cv2.CAP_ANY)
    finally:
        cv2.utils.logging.setLogLevel(level)


def _count_frames(path: Path) -> tuple[int, int, float]:
    """Frames that can be decoded, frames that the header claims (0 = unknown), and frames a second."""
    video = _open_video(path)
    try:
        told = video.get(cv2.CAP_PROP_FRAME_COUNT) if video.isOpened() else 0
        rate = float(video.get(cv2.CAP_PROP_FPS))
        frames = 0
        while video.isOpened() and video.grab():
            frames += 1
    finally:
        video.release()
    if not frames:
        raise DataFormatError(
            path, "no frame of this video can be decoded; convert it to mp4 (H.264), or copy it again"
        )
    return frames, int(told) if 0 < told < 1e9 else 0, rate if np.isfinite(rate) and rate > 0 else 0.0


def _without_heads(scene: Scene) -> Iterator[ImageAnnotations]:
    """Load images whose heads are unknown."""
    yield from map(ImageAnnotations, scene.images)


def _frames(path: Path, scene: Scene) -> Iterator[tuple[Picture, ImageAnnotations]]:
    video = _open_video(path)
    try:
        for info in scene.images:
            there, frame = video.read()
            if not there:
                raise DataFormatError(path, f"frame {info.frame} cannot be decoded any more; copy the video again")
            picture: Picture = np.ascontiguousarray(frame[..., ::-1])
            yield picture, ImageAnnotations(replace(info, width=picture.shape[1], height=picture.shape[0]))
    finally:
        video.release()
