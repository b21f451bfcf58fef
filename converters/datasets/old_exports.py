"""Boxes that were made from anchors, compared with the anchors and heads that lie there now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path

from converters.datasets.anchor_files import SceneTask, find_anchors
from converters.datasets.export_record import NAME, MadeOf, read_made_of
from converters.datasets.read import read_dataset
from converters.formats.options import CommonOptions
from gta_head_tools.checks.finding import ExportedScene
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import GtaHeadError
from gta_head_tools.interpolation.pooled import Pool, part_of_pool, pool_anchors
from gta_head_tools.interpolation.scene_boxes import digest_of
from gta_head_tools.interpolation.scene_input import SizeSettings
from gta_head_tools.parallel import run


def exported_scenes(dataset: Dataset, *, jobs: int | None = None, cluster: str | None = None) -> list[ExportedScene]:
    """The scenes whose boxes lie in folders of this data set, or in it, with what they were made of and what is there.

    Boxes are looked for where `interpolate-boxes` puts them: in a folder of their source. Scenes that cannot be
    compared are left out, for example where the source cannot be read any more.

    Args:
        dataset: heads with anchors, or boxes that were made from them.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
    """
    home = dataset.source.parent if dataset.source.is_file() else dataset.source
    own = home / NAME
    if own.is_file():
        found = _of_record(own, None, jobs, cluster)
    else:
        found = [scene for path in sorted(home.glob(f"*/{NAME}")) for scene in _of_record(path, dataset, jobs, cluster)]
    return [ExportedScene(_shown(path, dataset.root), *rest) for path, *rest in found]


Compared = tuple[Path, str, str, str]
"""Record, scene, hash of what its boxes were made of, hash of what is there now."""


def _of_record(path: Path, source: Dataset | None, jobs: int | None, cluster: str | None) -> list[Compared]:
    try:
        made = read_made_of(path)
        if any(common.name in made.settings for common in fields(CommonOptions)):
            return []  # The source was read with options of its own.
        source = source or read_dataset(path.parent.parent)[1]
        found = [(path, scene, made.digests[scene], now) for scene, now in _digests(source, made, jobs, cluster)]
    except GtaHeadError:
        return []
    # Beside one label file there may be boxes that were made from another file.
    return found if source.source.is_dir() or any(made_of == now for _, _, made_of, now in found) else []


def _digests(source: Dataset, made: MadeOf, jobs: int | None, cluster: str | None) -> Iterator[tuple[str, str]]:
    """Scenes that have boxes, and the hash of what is there of them.

    Raises:
        GtaHeadError: the source or its anchors cannot be used.
    """
    settings = made.settings
    sizes = SizeSettings(settings["rule"], settings.get("ground"), settings.get("offset"))
    drawn = find_anchors(source)
    tasks = [SceneTask(source, scene, drawn.get(scene.name)) for scene in source.scenes]
    pool = None
    if settings.get("pool"):
        pool = pool_anchors(part_of_pool(task.gather(sizes)) for task in tasks if task.drawn is not None)
    asked = [task for task in tasks if task.scene.name in made.digests]
    digests = run(partial(_digest, sizes=sizes, pool=pool), asked, jobs=jobs, cluster=cluster)
    for task, digest in zip(asked, digests, strict=True):
        if digest is not None:
            yield task.scene.name, digest


def _digest(task: SceneTask, *, sizes: SizeSettings, pool: Pool | None) -> str | None:
    """Hash of what is there of a scene, None = it cannot be used; runs in worker processes."""
    try:
        return digest_of(task.gather(sizes), pool)
    except GtaHeadError:
        return None


def _shown(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
