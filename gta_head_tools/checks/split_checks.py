"""Checks of splits: one camera, or one place, on two sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from gta_head_tools.annotations import ImageInfo
from gta_head_tools.checks.finding import Check, Finding, Overview


def find_scenes(overview: Overview) -> Iterator[Finding]:
    """A finding for each fixed camera with pictures on two sides; it names the first picture of the smallest side."""
    published = {tuple(sorted(known.split_images.items())): known.title for known in overview.published}
    for camera, infos in _by_camera(overview).items():
        counts = Counter(info.split for info in infos if info.split is not None)
        if len(counts) > 1:
            least = min(counts, key=lambda split: counts[split])
            first = next(info for info in infos if info.split == least)
            sides = " and ".join(counts)
            known = published.get(tuple(sorted(counts.items())))
            usual = f", as in the published split of {known}" if known else ""
            message = f"pictures of this fixed camera are in {sides}{usual}"
            value = ", ".join(f"{split} {count:,}" for split, count in counts.items())
            yield Finding(first.path, f"scene {camera}", value, message, weight=counts[least])


def find_locations(overview: Overview) -> Iterator[Finding]:
    """A finding for each camera whose place another camera shows on another side; the first camera is not told."""
    places: dict[str, list[tuple[str, ImageInfo, frozenset[str]]]] = {}
    for camera, infos in _by_camera(overview).items():
        splits = frozenset(info.split for info in infos if info.split is not None)
        if splits:
            places.setdefault(overview.locations.get(camera, camera), []).append((camera, infos[0], splits))
    for place, cameras in places.items():
        first, _, sides = cameras[0]
        for camera, info, splits in cameras[1:]:
            if splits != sides or len(splits) > 1:
                value = f"{camera} in {_joined(splits)}, {first} in {_joined(sides)}"
                yield Finding(info.path, f"scene {camera}", value, f"cameras of the place {place} are on two sides")


def _by_camera(overview: Overview) -> Mapping[str, Sequence[ImageInfo]]:
    """The images of each fixed camera."""
    found: dict[str, list[ImageInfo]] = {}
    for seen in overview.images:
        camera = overview.cameras.get(seen.info.scene)
        if camera is not None:
            found.setdefault(camera, []).append(seen.info)
    return found


def _joined(splits: frozenset[str]) -> str:
    return " and ".join(sorted(splits))


SCENES = Check(
    find=find_scenes,
    severity="warning",
    means="What is learned of a camera's background is tested on it: scores say little about other places.",
    fix="`ghtools split --by scene` keeps each camera on one side; a published split that does not, keep and say so.",
)
LOCATIONS = Check(
    find=find_locations,
    severity="warning",
    means="What is learned of a place is tested on it through another camera: scores say little about other places.",
    fix="`ghtools split --by location` keeps all cameras of a place on one side.",
)
