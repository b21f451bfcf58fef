"""Two data sets of the same images joined image by image: predictions and truth."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from converters.datasets.both_sides import check_category, options_of, read_side
from converters.datasets.read import Found, find_dataset, find_predictions
from converters.formats.registry import find_format
from converters.partners import find_partners, original_path, told_across_scenes, without_heads
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import ConfigError, DatasetLayoutError
from gta_head_tools.files import own_name

Missing = Literal["error", "empty", "skip"]
"""How an image that only one side has is treated: as an error, or as one without heads on the other side."""


@dataclass(frozen=True, slots=True)
class Paired:
    """One image of both.

    Attributes:
        place: in the order of the true data set, then of what only the predictions hold.
        predicted: heads found.
        true: heads that are there.
    """

    place: int
    predicted: ImageAnnotations
    true: ImageAnnotations


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two data sets and which images belong together; can be iterated again and again.

    Attributes:
        predicted: data set.
        true: data set.
        pairs: number of a pair to the paths of the predicted and of the true image; None = that side has none.
    """

    predicted: Dataset
    true: Dataset
    pairs: Mapping[int, tuple[str | None, str | None]]

    def __iter__(self) -> Iterator[Paired]:
        """The pairs; where both sides have one order, no more than one image of each is held."""
        ahead: dict[str, ImageAnnotations] = {}
        predictions = iter(self.predicted)
        pairs = {true: (place, found) for place, (found, true) in self.pairs.items() if true is not None}
        named = {found for found, _ in self.pairs.values()}
        for true in self.true:
            if true.info.path not in pairs:
                continue
            place, wanted = pairs[true.info.path]
            while wanted is not None and wanted not in ahead:
                image = next(predictions)
                ahead |= {image.info.path: image} if image.info.path in named else {}
            found = ahead.pop(wanted) if wanted is not None else _no_heads(true.info)
            yield Paired(place, found, true)
        alone = {found: place for place, (found, true) in self.pairs.items() if true is None}
        for image in (*ahead.values(), *predictions):
            if image.info.path in alone:
                yield Paired(alone[image.info.path], image, _no_heads(image.info))

    def __reduce__(self) -> tuple[Any, ...]:
        # A loader that holds heads in memory sends a worker the heads of these scenes only.
        predicted, true = (side.only(scene.name for scene in side.scenes) for side in (self.predicted, self.true))
        return Pairing, (predicted, true, dict(self.pairs))

    def only(self, places: Iterable[int]) -> Pairing:
        """Only the pairs of those numbers; other scenes are not read."""
        wanted = {place: self.pairs[place] for place in places}
        found, there = ({pair[side] for pair in wanted.values()} for side in (0, 1))
        return Pairing(_holding(self.predicted, found), _holding(self.true, there), wanted)

    def groups(self, size: int) -> list[Pairing]:
        """Parts that can be read independently of each other, of at least `size` images where there are so many."""
        batches: list[tuple[list[Scene], list[Scene]]] = []
        count = size
        for predicted, true in self._joined():
            if count >= size:
                batches.append(([], []))
                count = 0
            batches[-1][0].extend(predicted)
            batches[-1][1].extend(true)
            count += sum(len(scene.images) for scene in true or predicted)
        if len(batches) < 2:
            return [self]
        of_pair = {path: pair for pair in self.pairs.items() for path in _keys(pair[1])}
        return [self._part(predicted, true, of_pair) for predicted, true in batches]

    def _part(
        self,
        predicted: Sequence[Scene],
        true: Sequence[Scene],
        of_pair: Mapping[tuple[int, str], tuple[int, tuple[str | None, str | None]]],
    ) -> Pairing:
        keys = [(side, info.path) for side, scenes in enumerate((predicted, true)) for s in scenes for info in s.images]
        found, there = replace(self.predicted, scenes=tuple(predicted)), replace(self.true, scenes=tuple(true))
        return Pairing(found, there, dict(of_pair[key] for key in keys if key in of_pair))

    def _joined(self) -> Iterator[tuple[list[Scene], list[Scene]]]:
        """Scenes of both sides that share images, in the order of the truth, then those of predictions alone."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        scenes = [*self.true.scenes, *self.predicted.scenes]
        first = len(self.true.scenes)
        homes = [
            {info.path: place for place, scene in numbered for info in scene.images}
            for numbered in (enumerate(scenes[:first]), enumerate(scenes[first:], first))
        ]
        edges = {
            (homes[0][true], homes[1][found])
            for found, true in self.pairs.values()
            if found is not None and true is not None
        }
        rows, columns = np.array([*edges, (0, 0)]).T
        graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(scenes), len(scenes)))
        _, group = connected_components(graph, directed=False)
        members: dict[int, tuple[list[Scene], list[Scene]]] = {}
        for place, (scene, number) in enumerate(zip(scenes, group.tolist(), strict=True)):
            members.setdefault(number, ([], []))[int(place < first)].append(scene)
        yield from members.values()


def _keys(paths: tuple[str | None, str | None]) -> list[tuple[int, str]]:
    return [(side, path) for side, path in enumerate(paths) if path is not None]


def _holding(dataset: Dataset, paths: Container[str | None]) -> Dataset:
    """The data set with those scenes alone that have one of the images."""
    return replace(dataset, scenes=tuple(s for s in dataset.scenes if any(i.path in paths for i in s.images)))


def read_pair(
    predicted: Path | Found, true: Path | Found, *, options: Sequence[str] = (), missing: Missing = "error"
) -> Pairing:
    """Two data sets, with the user's edits of heads applied, joined by their images.

    Args:
        predicted: folder or label file; of a path the format is detected.
        true: folder or label file; of a path the format is detected.
        options: `key=value` options of the formats; an option goes to each side whose format has it, and of two values
            (`key=value,value`) the first goes to the predictions.
        missing: how an image that only one side has is treated.

    Raises:
        GtaHeadError: a file that cannot be read, no such option, or images of one side only.
    """
    found = find_predictions(predicted) if isinstance(predicted, Path) else predicted
    truth = find_dataset(true) if isinstance(true, Path) else true
    chosen = options_of([found.format, truth.format], options)
    there, missed = read_side(truth, chosen[1], "truth")
    read_predictions = find_format(found.format).read_predictions if found.predictions else None
    if read_predictions:
        heads, lacking = read_predictions(found.path, there), missed
    else:
        heads, lacking = read_side(found, chosen[0], "predictions")
    check_category((missed, chosen[1]), (lacking, chosen[0]))
    return pair_images(heads, there, missing=missing)


def read_alike(
    before: Path | Found, after: Path | Found, *, options: Sequence[str] = (), missing: Missing = "error"
) -> Pairing:
    """Two versions of a data set, each read as it is, joined by their images: `true` is the first, in its order.

    An image without heads need not be on a side that lists heads and no images.

    Args:
        before: as of `read_pair`, or found already.
        after: as of `read_pair`, or found already.
        options: as of `read_pair`; of two values the first goes to `before`.
        missing: how an image that only one side has is treated.

    Raises:
        GtaHeadError: a file that cannot be read, no such option, or images of one side only.
    """
    sides = [find_dataset(side) if isinstance(side, Path) else side for side in (before, after)]
    chosen = options_of([side.format for side in sides], options)
    (first, missed), (second, lacking) = (read_side(*each, None) for each in zip(sides, chosen, strict=True))
    check_category((missed, chosen[0]), (lacking, chosen[1]))
    pairing = pair_images(second, first, missing=missing, alike=True)
    # Other notes are about predictions.
    notes = pairing.true.notes if missing == "skip" else first.notes
    return replace(pairing, true=replace(pairing.true, notes=notes))


def pair_images(predicted: Dataset, true: Dataset, *, missing: Missing = "error", alike: bool = False) -> Pairing:
    """Images of both by path, else by path without the suffix of a picture, else by name, by number, or by frame.

    Names are compared as `converters.files.pictures.joined_names` says, and join where they are unique on both sides.
    An image that was renumbered by its data set (MOT) is also found by its original path and name. Where predictions
    list heads and no images (`Scene.heads_only`), the other images of a scene that both have are images without
    predictions.

    Args:
        predicted: data set.
        true: data set.
        missing: how an image that only one side has is treated.
        alike: the true data set, too, may list heads and no images.

    Raises:
        DatasetLayoutError: no images, not one image of both, or one that the other side lacks.
    """
    found, there = (_images(side) for side in (predicted, true))
    for dataset, infos in ((predicted, found), (true, there)):
        if not infos and (missing != "empty" or not (found or there)):
            raise DatasetLayoutError(dataset.source, "holds no images: there is nothing to compare")
    partners = find_partners(found, there)
    if found and there and not partners:
        raise _nothing_common(found, there, predicted, true)
    taken = set(partners.values())
    without = without_heads(predicted, true, partners)
    unlisted = without_heads(true, predicted, {path: own for own, path in partners.items()}) if alike else set()
    unseen = [info for info in there if info.path not in partners and info.path not in without]
    alone = [info for info in found if info.path not in taken]
    extra = [info for info in alone if info.path not in unlisted]
    if missing == "error":
        for lacking, here, other in ((unseen, true, predicted), (extra, predicted, true)):
            if lacking:
                raise _alone(lacking[0], len(lacking), here, other)
    if missing == "skip" and (unseen or extra):
        some = predicted.without({info.path for info in extra}), true.without({info.path for info in unseen})
        joined = pair_images(*some, alike=alike)
        alone_on = ((len(unseen), true), (len(extra), predicted))
        told = " and ".join(f"{count} of {own_name(side.source)} alone" for count, side in alone_on if count)
        noted = (*joined.true.notes, f"images that one side has are left out: {told}")
        return replace(joined, true=replace(joined.true, notes=noted))
    pairs = [(partners.get(info.path), info.path) for info in there]
    notes = [_told_missing(len(unseen), len(extra), len(there))] if unseen or extra else []
    notes += told_across_scenes(found, there, partners)
    if without:
        told = f"no rows for {len(without)} of {len(there)} images, in which no heads were found then"
        notes.append(f"{own_name(predicted.source)}: {told}")
    numbered = dict(enumerate([*pairs, *((info.path, None) for info in alone)]))
    return Pairing(predicted, replace(true, notes=(*true.notes, *notes)), numbered)


def _images(dataset: Dataset) -> list[ImageInfo]:
    return [info for scene in dataset.scenes for info in scene.images]


def check_sizes(predicted: ImageInfo, true: ImageInfo) -> None:
    """Refuse two images of one name whose heads are in different pixels.

    Raises:
        ConfigError: both sizes are known and differ.
    """
    if predicted.sized and true.sized and predicted.size != true.size:
        found, there = (f"{info.width} x {info.height}" for info in (predicted, true))
        raise ConfigError(
            f"{true.path}: predictions are for a picture of {found} pixels, true heads for one of {there}; "
            "bring both to one size"
        )


_JOINED_BY = (
    "images are joined by path without the suffix of a picture, else by name, number or frame where it is unique"
)


def _alone(first: ImageInfo, count: int, here: Dataset, other: Dataset) -> DatasetLayoutError:
    return DatasetLayoutError(
        other.source,
        f"has no image {original_path(first)!r} of {here.source} ({count} of {here.image_count} are missing); "
        f"{_JOINED_BY}; --missing empty takes those missing for images without heads, "
        "--missing skip leaves them out",
    )


def _nothing_common(
    found: Sequence[ImageInfo], there: Sequence[ImageInfo], predicted: Dataset, true: Dataset
) -> DatasetLayoutError:
    return DatasetLayoutError(
        predicted.source,
        f"has no image in common with {true.source}: it names {original_path(found[0])!r} (of {len(found)}), and the "
        f"other {original_path(there[0])!r} (of {len(there)}); {_JOINED_BY}; give both sides the same names",
    )


def _told_missing(unseen: int, extra: int, total: int) -> str:
    """A note on what `--missing empty` did."""
    parts = ((unseen, "without predictions"), (extra, "of the predictions alone"))
    told = " and ".join(f"{count} {what}" for count, what in parts if count)
    return f"{total - unseen} of {total} true images are joined; images {told} count as images without heads there"


def _no_heads(info: ImageInfo) -> ImageAnnotations:
    return ImageAnnotations(info, np.empty((0, 2)))
