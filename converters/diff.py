"""What changed between two versions of a data set: joined image by image, then head by head, and counted."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converters.datasets.image_table import write_rows
from converters.pairing import Paired, Pairing
from converters.partners import without_heads
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.diff import HEAD_KINDS, DiffOptions, diff_heads
from gta_head_tools.parallel import run
from gta_head_tools.progress import Track, no_progress

IMAGE_KINDS = ("only_a", "only_b", "split", "size")
"""How images may differ apart from their heads: only one side has them, or their split or picture size differs."""
_BATCH = 64
"""Images that are compared in one piece of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDiff:
    """One image.

    Attributes:
        place: its number in the pairing.
        path: in the first data set, or in the second one where it is there alone.
        scene: of that image.
        heads: in the first and in the second data set.
        counts: heads by kind of `HEAD_KINDS`.
        kinds: the kinds of `IMAGE_KINDS` that hold.
        splits: in both data sets.
        sizes: of the picture in both data sets, width and height; 0 = unknown.
        largest_move: of a head, pixels.
    """

    place: int
    path: str
    scene: str
    heads: tuple[int, int]
    counts: Mapping[str, int]
    kinds: tuple[str, ...]
    splits: tuple[str | None, str | None]
    sizes: tuple[tuple[int, int], tuple[int, int]]
    largest_move: float

    @property
    def different(self) -> bool:
        """True where anything is."""
        return bool(self.kinds) or any(self.counts.values())


@dataclass(frozen=True, slots=True)
class DiffReport:
    """What changed between two data sets.

    Attributes:
        options: what counted as a difference.
        images: in the order of the first data set, then those of the second one alone.
        pairing: the images themselves; `true` is the first data set.
    """

    options: DiffOptions
    images: tuple[ImageDiff, ...]
    pairing: Pairing

    @property
    def changed(self) -> tuple[ImageDiff, ...]:
        """The images that differ."""
        return tuple(image for image in self.images if image.different)

    @property
    def head_counts(self) -> dict[str, tuple[int, int]]:
        """Kind of `HEAD_KINDS` to the number of heads, and of images with such heads."""
        heads, images = Counter[str](), Counter[str]()
        for image in self.images:
            heads.update(image.counts)
            images.update(kind for kind, count in image.counts.items() if count)
        return {kind: (heads[kind], images[kind]) for kind in HEAD_KINDS}

    @property
    def image_counts(self) -> dict[str, int]:
        """Kind of `IMAGE_KINDS` to the number of images."""
        found = Counter(kind for image in self.images for kind in image.kinds)
        return {kind: found[kind] for kind in IMAGE_KINDS}

    @property
    def sides(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Source, images and heads of both data sets."""
        datasets = (self.pairing.true, self.pairing.predicted)
        heads = [sum(image.heads[side] for image in self.images) for side in (0, 1)]
        first, second = (
            {"source": str(dataset.source), "images": dataset.image_count, "heads": count}
            for dataset, count in zip(datasets, heads, strict=True)
        )
        return first, second

    @property
    def largest_move(self) -> float:
        """Of any head, pixels."""
        return max((image.largest_move for image in self.images), default=0.0)

    @property
    def keys(self) -> dict[str, Any]:
        """The result by the names that programs know."""
        first, second = self.sides
        return {
            "different": bool(self.changed),
            "a": first,
            "b": second,
            "heads": {kind: count for kind, (count, _) in self.head_counts.items()},
            "images": {"changed": len(self.changed), **self.image_counts},
            "largest_move": self.largest_move,
            "tolerance": self.options.tolerance,
        }


def diff(
    pairing: Pairing,
    options: DiffOptions | None = None,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> DiffReport:
    """The differences between two data sets, see `converters.pairing.read_alike`.

    Args:
        pairing: both data sets; `true` is the first one.
        options: what counts as a difference.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler to use instead.
        track: sees every image go by.

    Raises:
        ConfigError: an image whose heads lie on a few spots.
        GtaHeadError: a file that cannot be read.
    """
    chosen = options or DiffOptions()
    work = _Diff(chosen, _alone(pairing))
    done = itertools.chain.from_iterable(run(work, pairing.groups(_BATCH), jobs=jobs, cluster=cluster))
    images = sorted(track(done, "images", len(pairing.pairs)), key=lambda image: image.place)
    return DiffReport(chosen, tuple(images), pairing)


def write_diff_table(report: DiffReport, file: Path) -> None:
    """Write a CSV with one line for each image, whether it differs or not.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    write_rows(file, [_row(image) for image in report.images])


def _row(image: ImageDiff) -> dict[str, object]:
    sizes = [f"{width}x{height}" if width else "" for width, height in image.sizes]
    return {
        "image": image.path,
        "scene": image.scene,
        "different": int(image.different),
        "only_in": next((kind[-1] for kind in image.kinds if kind.startswith("only")), ""),
        "heads_a": image.heads[0],
        "heads_b": image.heads[1],
        **image.counts,
        "largest_move": f"{image.largest_move:.10g}",
        "split_a": image.splits[0] or "",
        "split_b": image.splits[1] or "",
        "size_a": sizes[0],
        "size_b": sizes[1],
    }


def _alone(pairing: Pairing) -> dict[int, str]:
    """Number of a pair to the side that alone has it; a side that lists heads alone has images without heads too."""
    partners = {true: found for found, true in pairing.pairs.values() if found is not None and true is not None}
    of_partner = {found: true for true, found in partners.items()}
    listed = without_heads(pairing.predicted, pairing.true, partners)
    listed_after = without_heads(pairing.true, pairing.predicted, of_partner)
    alone = {}
    for place, (found, true) in pairing.pairs.items():
        if found is None and true not in listed:
            alone[place] = "only_a"
        if true is None and found not in listed_after:
            alone[place] = "only_b"
    return alone


@dataclass(frozen=True, slots=True)
class _Diff:
    """Compares a part of the images; runs in worker processes."""

    options: DiffOptions
    alone: Mapping[int, str]

    def __call__(self, pairing: Pairing) -> list[ImageDiff]:
        return [self._compare(pair) for pair in pairing]

    def _compare(self, pair: Paired) -> ImageDiff:
        found = diff_heads(pair.true, pair.predicted, self.options)
        infos = (pair.true.info, pair.predicted.info)
        return ImageDiff(
            place=pair.place,
            path=infos[0].path,
            scene=infos[0].scene,
            heads=(len(pair.true), len(pair.predicted)),
            counts=found.counts,
            kinds=(*([self.alone[pair.place]] if pair.place in self.alone else ()), *_differing(*infos)),
            splits=(infos[0].split, infos[1].split),
            sizes=(infos[0].size, infos[1].size),
            largest_move=found.largest_move,
        )


def _differing(before: ImageInfo, after: ImageInfo) -> list[str]:
    """Which of split and picture size differ; a size that one side does not know is no difference."""
    sizes = before.sized and after.sized and before.size != after.size
    return [kind for kind, there in (("split", before.split != after.split), ("size", sizes)) if there]
