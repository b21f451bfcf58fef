"""Thumbnails of the worst findings of a data set; each picture is decoded once, by several workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from converters.files.pictures.pictures import has_picture, read_pixels
from gta_head_tools.annotations import ImageInfo
from gta_head_tools.checks.finding import Finding
from gta_head_tools.dataset import Composer, Dataset
from gta_head_tools.errors import DataFormatError
from gta_head_tools.files import PICTURE_SUFFIXES
from gta_head_tools.overlays.finding_overlay import WIDTH, Place, draw_finding
from gta_head_tools.parallel import run
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.report.findings import MOST_THUMBNAILS, Thumbnail
from gta_head_tools.report.markup import as_jpeg

_QUALITY = 78


@dataclass(frozen=True, slots=True)
class _Part:
    """The places of one picture that are to be drawn; None = the whole picture."""

    root: Path
    info: ImageInfo
    compose: Composer | None
    places: tuple[Place | None, ...]


def draw_worst(
    dataset: Dataset,
    found: Mapping[str, Sequence[Finding]],
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> dict[str, list[Thumbnail]]:
    """The worst findings of each check with their pictures, by name of the check.

    Findings of different images, and those whose picture is there, are preferred. A picture that cannot be opened is
    told of and does no harm.

    Args:
        dataset: that was checked.
        found: findings by name of the check, the worst first.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: progress.
    """
    named = {finding.file for findings in found.values() for finding in findings}
    # Pictures without labels are no images of the data set.
    others = (file for file in named if Path(file).suffix.lower() in PICTURE_SUFFIXES)
    infos = {file: ImageInfo(file) for file in others if (dataset.root / file).is_file()}
    infos |= {info.path: info for scene in dataset.scenes for info in scene.images if info.path in named}
    there = {path for path, info in infos.items() if has_picture(dataset, info)}
    chosen = {name: _choose(findings, there) for name, findings in found.items()}
    places: dict[str, list[Place | None]] = {}
    for finding in (one for findings in chosen.values() for one in findings if one.file in there):
        places.setdefault(finding.file, []).append(finding.place)
    parts = [
        _Part(dataset.root, infos[path], dataset.compose, tuple(dict.fromkeys(wanted)))
        for path, wanted in places.items()
    ]
    drawn: dict[tuple[str, Place | None], bytes | str] = {}
    made = track(run(_draw, parts, jobs=jobs, cluster=cluster), "drawing findings", len(parts))
    for part, contents in zip(parts, made, strict=True):
        for place, content in zip(part.places, contents, strict=True):
            drawn[part.info.path, place] = content
    return {name: [_thumbnail(one, drawn) for one in findings] for name, findings in chosen.items()}


def _choose(found: Sequence[Finding], there: set[str]) -> list[Finding]:
    """At most `MOST_THUMBNAILS` of the findings, the worst first."""
    before: dict[str, int] = {}
    ranked = []
    for place, finding in enumerate(found):
        before[finding.file] = before.get(finding.file, -1) + 1
        ranked.append((finding.file not in there, before[finding.file], place))
    kept = sorted(place for _, _, place in sorted(ranked)[:MOST_THUMBNAILS])
    return [found[place] for place in kept]


def _draw(part: _Part) -> list[bytes | str]:
    """A JPEG for each place, or what is wrong with the picture."""
    least = WIDTH if part.places == (None,) else None
    try:
        picture = read_pixels(part.root, part.info, part.compose, least=least)
    except DataFormatError as error:
        return [error.problem] * len(part.places)
    return [as_jpeg(draw_finding(picture, place), quality=_QUALITY) for place in part.places]


def _thumbnail(finding: Finding, drawn: Mapping[tuple[str, Place | None], bytes | str]) -> Thumbnail:
    content = drawn.get((finding.file, finding.place), "")
    return Thumbnail(finding, None, content) if isinstance(content, str) else Thumbnail(finding, content)
