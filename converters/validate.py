"""What is wrong with a data set: all checks over all images, scene by scene."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from converters.datasets.empty_images import HeadCounter, heads_seen
from converters.datasets.known_sets import published_figures
from converters.datasets.locations import camera_of, location_of
from converters.datasets.old_exports import exported_scenes
from converters.datasets.read import find_dataset, read_dataset
from converters.datasets.readable import read_readable
from converters.files.pictures.looks import look_at_pictures
from converters.formats.registry import find_format
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.checks.finding import (
    SEVERITIES,
    Finding,
    Overview,
    PictureOfImage,
    SceneHeads,
    Seen,
    Severity,
    Unread,
)
from gta_head_tools.checks.known_checks import (
    DATASET_CHECKS,
    IMAGE_CHECKS,
    PICTURE_CHECKS,
    READING_CHECKS,
    SCENE_CHECKS,
    all_checks,
    chosen_checks,
)
from gta_head_tools.dataset import Dataset, Scene
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.parallel import run
from gta_head_tools.picture_look import Look
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.report.finding_lists import FindingList
from gta_head_tools.report.github_lines import github_lines
from gta_head_tools.report.sarif import write_sarif
from gta_head_tools.unreadable import ReadError, collecting, until_unreadable

FindingFormat = Literal["table", "github", "sarif"]
MOST = 1000
"""Findings of a check that are kept, the worst ones; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateOptions:
    """What is checked.

    Attributes:
        from_format: format of the source, None = detected.
        read_options: `key=value` options of the source's format.
        only: names of the checks that run; empty = all.
        skip: names of the checks that do not.
        count: counts heads in a picture, for `empty-but-crowded`; None = that check finds nothing.
    """

    from_format: str | None = None
    read_options: Sequence[str] = ()
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    count: HeadCounter | None = None


@dataclass(slots=True)
class Findings:
    """Findings by the name of their check; of each check all are counted, and the `MOST` worst are kept.

    Attributes:
        counts: of all findings.
        kept: the worst, in the order in which they were found.
        images: that were looked at, in the order of the data set.
        notes: what is worth telling of the checks.
    """

    counts: Counter[str] = field(default_factory=Counter)
    kept: dict[str, list[Finding]] = field(default_factory=dict)
    images: list[Seen] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    @property
    def heads(self) -> int:
        """Heads in all images."""
        return sum(image.heads for image in self.images)

    def add(self, name: str, found: Iterable[Finding], *, counted: int | None = None) -> None:
        """Take up findings of a check.

        Args:
            name: of the check.
            found: its findings.
            counted: how many they stand for, None = their number.
        """
        kept = self.kept.setdefault(name, [])
        before = len(kept)
        for finding in found:
            kept.append(finding)
            if counted is None:
                self.counts[name] += 1
            if len(kept) >= 2 * MOST:
                kept[:] = _worst(kept)
        if counted is not None:
            self.counts[name] += counted
        if not kept and not before:
            del self.kept[name]

    def join(self, other: Findings) -> None:
        """Take up what another part of the data set gave."""
        for name, found in other.kept.items():
            self.add(name, found, counted=other.counts[name])
        self.images += other.images


def _worst(findings: Sequence[Finding]) -> list[Finding]:
    """The `MOST` findings with the greatest weight, in their order."""
    ranked = sorted(range(len(findings)), key=lambda place: -findings[place].weight)[:MOST]
    return [findings[place] for place in sorted(ranked)]


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What was found.

    Attributes:
        format: of the data set.
        dataset: that was checked.
        images: looked at.
        heads: in them.
        counts: findings by name of the check, those with the worst severity first.
        findings: the worst of each check (at most `MOST`), by name of the check.
    """

    format: str
    dataset: Dataset
    images: int
    heads: int
    counts: Mapping[str, int]
    findings: Mapping[str, tuple[Finding, ...]]

    def number(self, severity: Severity) -> int:
        """How many findings have that severity."""
        known = all_checks()
        return sum(count for name, count in self.counts.items() if known[name].severity == severity)

    @property
    def last_line(self) -> str:
        """What was looked at, and how many findings there are, in words."""
        return f"{self.images:,} images, {self.heads:,} heads: {self.summary}"

    @property
    def summary(self) -> str:
        """How many findings there are, in words."""
        counts: dict[str, Severity] = {"errors": "error", "warnings": "warning", "remarks": "info"}
        return ", ".join(f"{self.number(severity):,} {what}" for what, severity in counts.items())

    def told(self) -> dict[str, Any]:
        """What was found, for other programs."""
        return {
            "findings": [*self._rows()],
            **{f"{severity}s": self.number(severity) for severity in ("error", "warning")},
            "counts": self.counts,
            "images": self.images,
            "heads": self.heads,
        }

    def _rows(self) -> Iterator[dict[str, str]]:
        known = all_checks()
        for name, found in self.findings.items():
            for finding in found:
                told = {key: getattr(finding, key) for key in ("file", "record", "value", "message")}
                yield {"check": name, "severity": known[name].severity, **told, "fix": known[name].fix}

    def listed(self) -> FindingList:
        """The findings as lists tell them."""
        return FindingList(all_checks(), self.counts, self.findings, self.dataset.root, self.dataset.source)


def written_findings(report: ValidationReport, form: Literal["github", "sarif"]) -> str:
    """The findings as text for a service that runs checks."""
    listed = report.listed()
    if form == "sarif":
        return write_sarif(listed)
    return "".join(f"{line}\n" for line in (*github_lines(listed), report.last_line))


def validate(
    source: Path,
    options: ValidateOptions,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> ValidationReport:
    """All findings in a data set.

    Args:
        source: a folder or one label file.
        options: what is checked.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: sees every scene go by.

    Raises:
        GtaHeadError: no such data set, format, option or check; no images, and nothing that says why; without the
            checks of reading, a file that cannot be read.
    """
    names = chosen_checks(options.only, options.skip)
    found = find_dataset(source, options.from_format)
    total = Findings()
    if names.isdisjoint(READING_CHECKS):
        dataset = read_dataset(source, format_name=found.format, options=options.read_options)[1]
    else:
        dataset, errors = read_readable(found, options.read_options)
        _add_unread(total, Unread(dataset.root, errors), names)
    if dataset.scenes or not total.counts:
        checked = check_dataset(
            dataset, names, found.format, count=options.count, jobs=jobs, cluster=cluster, track=track
        )
        total.join(checked)
        dataset = replace(dataset, notes=(*dataset.notes, *checked.notes))
    if not total.images and not total.counts:
        raise DatasetLayoutError(source, "holds no images: there is nothing to check")
    known = all_checks()
    order = sorted(total.kept, key=lambda name: (SEVERITIES.index(known[name].severity), -total.counts[name], name))
    kept = {name: tuple(_worst(total.kept[name])) for name in order}
    return ValidationReport(
        found.format, dataset, len(total.images), total.heads, {name: total.counts[name] for name in order}, kept
    )


def check_dataset(
    dataset: Dataset,
    names: frozenset[str],
    format_name: str,
    *,
    count: HeadCounter | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> Findings:
    """What the checks of these names find in a data set of that format; other arguments are those of `validate`.

    Raises:
        GtaHeadError: without the checks of reading: a file that cannot be read.
    """
    total = Findings()
    parts = [_Part(dataset.alone(scene), names) for scene in dataset.scenes]
    for found in track(run(_check_part, parts, jobs=jobs, cluster=cluster), "checking scenes", len(parts)):
        total.join(found)
    if any(check.looks and name in names for name, check in all_checks().items()):
        infos = [seen.info for seen in total.images]
        looks = look_at_pictures(dataset, infos, jobs=jobs, cluster=cluster, track=track)
        _check_pictures(total, looks, names)
    named = ((scene, camera_of(scene)) for scene in dataset.scenes)
    cameras = {scene.name: camera for scene, camera in named if not scene.assumed or camera != scene.name}
    locations = {camera: location_of(camera) for camera in cameras.values()}
    first_frame = find_format(format_name).first_frame
    published = published_figures(format_name, dataset)
    heads: dict[str, int] = {}
    if count is not None and "empty-but-crowded" in names:
        heads, total.notes = heads_seen(dataset, total.images, count, track=track)
    exports = exported_scenes(dataset, jobs=jobs, cluster=cluster) if "export-older" in names else ()
    overview = Overview(format_name, dataset, total.images, cameras, locations, first_frame, published, heads, exports)
    for name, check in DATASET_CHECKS.items():
        if name in names:
            total.add(name, check.find(overview))
    return total


def _check_pictures(total: Findings, looks: Sequence[Look], names: frozenset[str]) -> None:
    """Keep the looks, and take up what the checks of single pictures find."""
    total.images = [replace(seen, look=look) for seen, look in zip(total.images, looks, strict=True)]
    for name, check in PICTURE_CHECKS.items():
        if name in names:
            pictures = (PictureOfImage(seen.info, look) for seen, look in zip(total.images, looks, strict=True))
            total.add(name, (finding for picture in pictures for finding in check.find(picture)))


@dataclass(frozen=True, slots=True)
class _Part:
    """One scene to check; a worker is sent that scene alone."""

    dataset: Dataset
    names: frozenset[str]


def _check_part(part: _Part) -> Findings:
    found = Findings()
    tolerant = not part.names.isdisjoint(READING_CHECKS)
    with collecting() if tolerant else nullcontext[list[ReadError]]([]) as errors:
        for scene in part.dataset.scenes:
            _check_scene(scene, until_unreadable(part.dataset.load, scene), part.names, found)
    _add_unread(found, Unread(part.dataset.root, errors), part.names)
    return found


def _check_scene(scene: Scene, images: Iterable[ImageAnnotations], names: frozenset[str], found: Findings) -> None:
    compare = [name for name in SCENE_CHECKS if name in names and not scene.assumed]
    held: list[ImageAnnotations] = []
    for image in images:
        found.images.append(Seen(image.info, len(image)))
        for name, check in IMAGE_CHECKS.items():
            if name in names:
                found.add(name, check.find(image))
        if compare:
            held.append(image)
    heads = SceneHeads(scene, held)
    for name in compare:
        found.add(name, SCENE_CHECKS[name].find(heads))


def _add_unread(found: Findings, unread: Unread, names: frozenset[str]) -> None:
    for name, check in READING_CHECKS.items():
        if name in names:
            found.add(name, check.find(unread))
