"""One data set of several: names and ids are kept apart, splits are kept, and images in common are refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from converters.convert import ConversionReport, ConvertOptions, carry_out, plan_conversion
from converters.datasets.export_files import files_below
from converters.datasets.guards import check_replaced, check_target_free
from converters.datasets.held_heads import MOST_HELD, held_once_read
from converters.datasets.joined_sets import join, names_of
from converters.datasets.read import find_dataset, read_dataset
from converters.datasets.same_images import check_different
from converters.datasets.write import find_target
from converters.formats.coco.coco_records import FILE_FACT, IMAGE_FACT
from converters.formats.options import CommonOptions, option_names, reading_options
from converters.formats.registry import find_format
from gta_head_tools.annotations import ImageAnnotations, ImageInfo
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError, telling
from gta_head_tools.files import with_folder
from gta_head_tools.locks import locked
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.whole_files import recover, whole_or_as_before, write_text

RECORD = "ghtools-merge.json"
"""File in the target that says what it was merged of; readers pass over it."""


@dataclass(frozen=True, slots=True)
class MergedSource:
    """One of the data sets, with the name that its scenes and pictures have as a folder in the whole."""

    source: Path
    name: str
    format: str
    scenes: int
    images: int
    heads: int


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What was merged, and what was written."""

    sources: tuple[MergedSource, ...]
    written: ConversionReport = field(repr=False)


def merge(
    sources: Sequence[Path],
    formats: Sequence[str | None],
    writing: ConvertOptions,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> MergeReport:
    """Write several data sets as one.

    Args:
        sources: two or more, each a folder or one label file.
        formats: of each, None = detected.
        writing: how they are read and written; an option of reading goes to every source whose format has it; `to`
            may be empty: the format of the first.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: progress.

    Raises:
        GtaHeadError: images in common, bad input, or a loss that is not allowed; nothing is written.
    """
    if len(sources) < 2 or writing.out is None:
        raise ConfigError("merge needs two data sets at least, and a target: ghtools merge A B OUT")
    with locked(writing.out):
        recovered = recover(with_folder(writing.out))
        with telling(recovered):
            report = _merge(sources, formats, writing, writing.out, jobs=jobs, cluster=cluster, track=track)
    return replace(report, written=replace(report.written, notes=(*recovered, *report.written.notes)))


def _merge(
    sources: Sequence[Path],
    formats: Sequence[str | None],
    writing: ConvertOptions,
    out: Path,
    *,
    jobs: int | None,
    cluster: str | None,
    track: Track,
) -> MergeReport:
    for source in sources:
        check_target_free(source, out, force=writing.force)
    check_replaced(out, RECORD, "merge", force=writing.force)
    read = [
        read_dataset(source, format_name=name, options=_options_of(source, name, writing.read_options))
        for source, name in zip(sources, formats, strict=True)
    ]
    read_as = [name for name, _ in read]
    datasets = [held_once_read(dataset, most=MOST_HELD // len(sources)) for _, dataset in read]
    _check_options(read_as, writing.read_options)
    to = find_target(writing.to, read_as[0])
    heads = check_different(datasets, track=track)
    names = names_of(sources)
    whole = _numbered_apart(join(datasets, names), to)
    # Sources of another format than the target have columns that only their own format holds.
    other = next((name for name in read_as if name != to), to)
    asked = replace(writing, to=to, read_options=_fitting(other, writing.read_options))
    told = tuple(
        MergedSource(source, name, form, len(dataset.scenes), dataset.image_count, count)
        for source, name, form, dataset, count in zip(sources, names, read_as, datasets, heads, strict=True)
    )
    plan = plan_conversion(whole, other, asked, source=sources[0], track=track)
    with whole_or_as_before(with_folder(out)):
        written = carry_out(plan, jobs=jobs, cluster=cluster, track=track)
        if out.is_dir():
            write_text(out / RECORD, _record(told, files_below(out)))
    return MergeReport(told, written)


def _options_of(source: Path, name: str | None, pairs: Sequence[str]) -> Sequence[str]:
    return _fitting(find_dataset(source, name).format, pairs) if pairs else ()


def _fitting(form: str, pairs: Sequence[str]) -> list[str]:
    """The `key=value` options that a format has."""
    known = {*option_names(find_format(form).options), *option_names(CommonOptions)}
    return [pair for pair in pairs if pair.partition("=")[0].strip().replace("-", "_") in known]


def _check_options(forms: Sequence[str], pairs: Sequence[str]) -> None:
    """Refuse an option of reading that no source has."""
    unused = [pair for pair in pairs if not any(_fitting(form, [pair]) for form in forms)]
    if unused:
        reading_options(find_format(forms[0]).options, unused)


def _numbered_apart(whole: Dataset, to: str) -> Dataset:
    """The data set, without the numbers and categories of COCO files where two mean different things by one number."""
    meanings: dict[int, object] = {}
    infos = (info for scene in whole.scenes for info in scene.images if FILE_FACT in info.facts)
    files = {id(info.facts[FILE_FACT]): info.facts[FILE_FACT] for info in infos}
    kept = all(
        meanings.setdefault(category["id"], category) == category
        for file in files.values()
        for category in file.categories
    )
    if kept or to != "coco":
        return whole
    note = "categories are not kept: the COCO files mean different things by one number; all heads get one category"
    scenes = tuple(replace(scene, images=tuple(map(_without_file, scene.images))) for scene in whole.scenes)
    return replace(whole.map(_renumbered), scenes=scenes, notes=(*whole.notes, note))


def _without_file(info: ImageInfo) -> ImageInfo:
    facts = {key: value for key, value in info.facts.items() if key not in {FILE_FACT, IMAGE_FACT}}
    return replace(info, facts=facts)


def _renumbered(image: ImageAnnotations) -> ImageAnnotations:
    return image.replace(info=_without_file(image.info))


def _record(sources: Sequence[MergedSource], files: Sequence[str]) -> str:
    kept: list[dict[str, Any]] = [
        {"name": one.name, "format": one.format, "scenes": one.scenes, "images": one.images, "heads": one.heads}
        for one in sources
    ]
    content = {"format": "ghtools-merge", "version": 1, "sources": kept, "files": files}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
