"""Checks of pictures that are there twice: on one side of a split, or on two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gta_head_tools.annotations import ImageInfo
from gta_head_tools.checks.finding import Check, Finding, Overview
from gta_head_tools.checks.near_pictures import near_pairs
from gta_head_tools.picture_look import Shown


@dataclass(frozen=True, slots=True)
class Twin:
    """A picture and an earlier one that shows the same.

    Attributes:
        later: image that is told.
        earlier: image with the same picture.
        exact: the files are equal byte for byte.
    """

    later: ImageInfo
    earlier: ImageInfo
    exact: bool

    @property
    def across(self) -> bool:
        """True when the two are on different sides of a split."""
        return None not in {self.later.split, self.earlier.split} and self.later.split != self.earlier.split


def twins(overview: Overview) -> list[Twin]:
    """One earlier twin of each picture that has one, in the order of the images.

    One on another side of the split is preferred to one on the same side, and an equal file to a near-same picture. Of
    a fixed camera, only equal files are twins, because all of its pictures are nearly the same.
    """
    seen = {one.info.path: (one.info, one.look.shown) for one in overview.images if one.look and one.look.shown}
    infos, pictures = [info for info, _ in seen.values()], [shown for _, shown in seen.values()]
    found: dict[int, tuple[int, Twin]] = {}
    first = [*range(len(infos))]
    for place, earlier, other in _equal_files(infos, pictures):
        first[place] = earlier
        exact = Twin(infos[place], infos[earlier if other is None else other], exact=True)
        found[place] = (0 if exact.across else 2, exact)
    # Of equal files, the first stands for all.
    single = [place for place in range(len(infos)) if first[place] == place]
    cameras = np.array(_cameras(overview, [infos[place] for place in single]), dtype=np.int64)
    for earlier, later in near_pairs([pictures[place] for place in single], cameras).tolist():
        near = Twin(infos[single[later]], infos[single[earlier]], exact=False)
        rank = 1 if near.across else 3
        if rank < found.get(single[later], (4, near))[0]:
            found[single[later]] = (rank, near)
    return [twin for _, (_, twin) in sorted(found.items())]


def _equal_files(infos: Sequence[ImageInfo], pictures: Sequence[Shown]) -> Iterator[tuple[int, int, int | None]]:
    """Places of a picture, of the first with an equal file, and of the first such on another side of the split."""
    groups: dict[bytes, dict[str | None, int]] = {}
    for place, (info, shown) in enumerate(zip(infos, pictures, strict=True)):
        if not shown.digest:
            continue
        sides = groups.setdefault(shown.digest, {})
        if sides:
            others = (one for side, one in sides.items() if None not in {side, info.split} and side != info.split)
            yield place, next(iter(sides.values())), next(others, None)
        sides.setdefault(info.split, place)


def _cameras(overview: Overview, infos: Sequence[ImageInfo]) -> list[int]:
    """A number for each image that only those of its fixed camera, or of its video, share."""
    numbers: dict[str, int] = {}
    found = []
    for place, info in enumerate(infos):
        camera = overview.cameras.get(info.scene, info.scene if info.frame is not None else None)
        found.append(place if camera is None else numbers.setdefault(camera, place))
    return found


def find_copies(overview: Overview) -> Iterator[Finding]:
    """A finding for each picture that an earlier image on its side of the split has, too."""
    yield from (_finding(twin) for twin in twins(overview) if not twin.across)


def find_leaks(overview: Overview) -> Iterator[Finding]:
    """A finding for each picture that an earlier image on another side of the split has, too."""
    if len({seen.info.split for seen in overview.images} - {None}) > 1:
        yield from (_finding(twin) for twin in twins(overview) if twin.across)


def _finding(twin: Twin) -> Finding:
    same = "equal byte for byte to another picture" if twin.exact else "nearly the same as another picture"
    sides = f"; this one is in {twin.later.split}, the other in {twin.earlier.split}" if twin.across else ""
    return Finding(twin.later.path, "", twin.earlier.path, f"{same}{sides}", weight=1 + twin.exact)


COPIES = Check(
    find=find_copies,
    looks=True,
    severity="warning",
    means="A picture that is there twice counts twice in training and scores, and its heads may differ.",
    fix="Look at both, and leave one of them out.",
)
LEAKS = Check(
    find=find_leaks,
    looks=True,
    severity="error",
    means="A test on a picture of the training overstates every score.",
    fix="Leave one of the two out, or put both on one side: `ghtools split`.",
)
