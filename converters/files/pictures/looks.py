"""Looks at the pictures of a data set, shared out to workers in small groups."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gta_head_tools.annotations import ImageInfo
from gta_head_tools.dataset import Composer, Dataset
from gta_head_tools.files import is_there
from gta_head_tools.parallel import run
from gta_head_tools.picture_look import Look, look_at
from gta_head_tools.progress import Track, no_progress

_TOGETHER = 32
"""Pictures of a group: a fraction of a second of work, so that no worker is left alone at the end."""


def look_at_pictures(
    dataset: Dataset,
    infos: Sequence[ImageInfo],
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> list[Look]:
    """A look at the picture of each image, in their order; each picture is decoded once, also if it is of two images.

    Args:
        dataset: of the images.
        infos: of the images.
        jobs: worker processes, None = all cores.
        cluster: address of a dask scheduler.
        track: sees every group of pictures go by.
    """
    if dataset.compose is None:
        # Where labels lie alone, no worker is asked. A link that leads nowhere is none of the pictures that are there.
        present = (is_there(os.path.join(dataset.root, info.path)) for info in infos)  # noqa: PTH118
        wanted = {info.path: info for info, there in zip(infos, present, strict=True) if there}
        if not wanted:
            return [Look(there=False)] * len(infos)
    else:
        wanted = {info.path: info for info in infos}
    # Facts are left out: they may hold as much as a whole label file.
    light = [ImageInfo(info.path, scene=info.scene, name=info.name) for info in wanted.values()]
    starts = range(0, len(light), _TOGETHER)
    groups = [_Group(dataset.root, light[start : start + _TOGETHER], dataset.compose) for start in starts]
    results = track(run(_look, groups, jobs=jobs, cluster=cluster), "looking at pictures", len(groups))
    found = dict(zip(wanted, (look for looks in results for look in looks), strict=True))
    return [found.get(info.path) or look_at(dataset.root / info.path) for info in infos]


@dataclass(frozen=True, slots=True)
class _Group:
    root: Path
    infos: Sequence[ImageInfo]
    compose: Composer | None


def _look(group: _Group) -> list[Look]:
    looks = []
    for info in group.infos:
        path = group.root / info.path
        build = group.compose(group.root, info) if group.compose is not None and not path.is_file() else None
        looks.append(look_at(path, build))
    return looks
