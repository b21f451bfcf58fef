"""Rendered scenes on disk: which are there, which are missing, and what made them.

```
<out>/ghtools-synth.json      the settings that made everything below, and its files as they were written
<out>/scene_<X>_0/            as `converters.rendered_scene` describes it
<out>/truth/scene_<X>_0/      the exact boxes of its heads
```

A scene is put in place whole and does not depend on other scenes. So a run that was stopped can be finished with the
same settings, and gives the same bytes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from converters.datasets.export_files import lost_and_edited, remove_files, written_files
from converters.formats.mot.mot_sequence import ROWS
from converters.formats.mot.mot_write import written_here as truth_written_here
from converters.rendered_scene import TRUTH, is_written, scene_name, write_scene, written_here
from gta_head_tools import __version__
from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import listed
from gta_head_tools.locks import locked
from gta_head_tools.parallel import run, stopped_at_end
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.records import Record, read_record, write_record
from gta_head_tools.synthesis.generate import CrowdSettings
from gta_head_tools.whole_files import make_folder, remove_partials

RECORD = "ghtools-synth.json"


class _Stored(Record):
    """What made the scenes of a folder, as it is stored."""

    FORMAT = "ghtools-synth"
    WHAT = "record of rendered scenes"
    REMEDY = "choose another folder"

    settings: dict[str, Any]
    files: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.settings.get("scenes"), int):
            raise ValueError("the settings do not tell the number of scenes")


@dataclass(frozen=True, slots=True)
class RenderReport:
    """What is there now, and what this run did for it.

    Attributes:
        scenes: names of all scenes.
        images: pictures in all scenes.
        heads: in all pictures.
        rendered: pictures that this run made; the others were there.
        edited: files that were edited since they were rendered; they are left as they are.
        seconds: that it took, files included.
        out: folder of the scenes.
    """

    scenes: tuple[str, ...]
    images: int
    heads: int
    rendered: int
    seconds: float
    out: Path
    edited: tuple[Path, ...] = ()

    @property
    def truth(self) -> Path:
        """The data set of exact boxes."""
        return self.out / TRUTH


def render_scenes(
    out: Path,
    settings: CrowdSettings,
    *,
    force: bool = False,
    jobs: int | None = None,
    cluster: str | None = None,
    track: Track = no_progress,
) -> RenderReport:
    """Render the scenes that are missing.

    Args:
        out: new folder, or one that the same settings made.
        settings: what to render.
        force: remove what was rendered before, with the anchors drawn in it, and render all scenes again.
        jobs: worker processes, None = all cores; the files do not depend on it.
        cluster: address of a dask scheduler to use instead.
        track: sees every scene go by.

    Raises:
        DataFormatError: the record in `out` cannot be used.
        DatasetLayoutError: `out` holds something else, or cannot be written, or a scene that was edited lacks files.
        ConfigError: fewer than one job, or no scheduler answers.
    """
    with locked(out):
        return _render(out, settings, force=force, jobs=jobs, cluster=cluster, track=track)


def _render(
    out: Path, settings: CrowdSettings, *, force: bool, jobs: int | None, cluster: str | None, track: Track
) -> RenderReport:
    made_of = _check(out, settings, force=force)
    kept = {} if force else _files_there(out)
    edited = {number: _edited(out, kept, number) for number in range(settings.scenes) if is_written(out, number)}
    missing = [number for number in range(settings.scenes) if force or edited.get(number) is None]
    written = run(_Write(settings, out.absolute()), missing, jobs=jobs, cluster=cluster)
    started = time.monotonic()
    if force and made_of is not None:
        _remove_scenes(out, made_of)
    kept = {name: files for name, files in kept.items() if name not in map(scene_name, missing)}
    write_record(make_folder(out) / RECORD, _Stored(settings=_plain(settings), files=kept))
    _watch(written, missing, track, out)
    seconds = time.monotonic() - started
    names = tuple(map(scene_name, range(settings.scenes)))
    if len(kept) < len(names):
        kept |= {name: written_files(_folders(out, name), out) for name in names if name not in kept}
        write_record(out / RECORD, _Stored(settings=_plain(settings), files=dict(sorted(kept.items()))))
    heads = sum((out / TRUTH / name / ROWS).read_bytes().count(b"\n") for name in names)
    made = len(missing) * settings.images
    changed = tuple(out / name for files in edited.values() for name in files or ())
    return RenderReport(names, settings.scenes * settings.images, heads, made, seconds, out, changed)


def _folders(out: Path, name: str) -> tuple[Path, Path]:
    return out / name, out / TRUTH / name


def _files_there(out: Path) -> dict[str, dict[str, str]]:
    """By scene, its files as they were written, as far as they are known."""
    record = out / RECORD
    return read_record(record, _Stored).files if record.is_file() else {}


def _edited(out: Path, kept: Mapping[str, Mapping[str, str]], number: int) -> list[str] | None:
    """The files of a scene that were edited; None where files are missing, so that it is to be rendered again.

    Raises:
        DatasetLayoutError: files are missing, and to render the scene again would lose edits.
    """
    lost, edited = lost_and_edited(kept.get(scene_name(number), {}), out)
    if lost and edited:
        problem = f"was edited since it was rendered, and {lost[0]} is missing; --force renders all again"
        raise DatasetLayoutError(out / edited[0], problem)
    return None if lost else edited


@dataclass(frozen=True, slots=True)
class _Write:
    """Renders and writes one scene; runs in worker processes."""

    settings: CrowdSettings
    out: Path

    def __call__(self, number: int) -> None:
        write_scene(self.settings, number, self.out)


def _watch(written: Generator[None, None, None], missing: Sequence[int], track: Track, out: Path) -> None:
    with stopped_at_end(written, lambda: _clear_up(out)):
        for _ in track(written, "rendering scenes", len(missing)):
            pass


def _clear_up(out: Path) -> None:
    for folder in (out, out / TRUTH):
        remove_partials(folder)


def _check(out: Path, settings: CrowdSettings, *, force: bool) -> dict[str, Any] | None:
    """The settings that `out` was rendered with, None = it holds nothing; refuses a folder that must not be changed."""
    if out.is_file():
        raise DatasetLayoutError(out, "is a file, expected a folder to render into; choose another name")
    _clear_up(out)
    record, wanted = out / RECORD, _plain(settings)
    made_of = read_record(record, _Stored).settings if record.is_file() else None
    if made_of is None and out.is_dir() and any(out.iterdir()):
        raise DatasetLayoutError(out, "holds something else than rendered scenes; choose another folder")
    if made_of is not None and made_of != wanted and not force and _holds_scenes(out):
        raise DatasetLayoutError(
            out, f"was rendered with {_difference(made_of, wanted)}; choose another folder or say --force"
        )
    return made_of


def _holds_scenes(out: Path) -> bool:
    """True when at least one scene is finished, which another run would lose."""
    return any(path.is_dir() for path in listed(out, "scene_*"))


def _plain(settings: CrowdSettings) -> dict[str, Any]:
    """The settings as JSON gives them back, with the version of ghtools: another version may render other pixels."""
    plain: dict[str, Any] = json.loads(json.dumps({"ghtools": __version__, **asdict(settings)}))
    return plain


def _difference(made_of: dict[str, Any], wanted: dict[str, Any]) -> str:
    """The settings of a folder that are not those asked for."""
    differ = [key for key in {**made_of, **wanted} if made_of.get(key) != wanted.get(key)]
    return ", ".join(f"{key} {made_of.get(key)!r} (asked for: {wanted.get(key)!r})" for key in differ)


def _remove_scenes(out: Path, made_of: dict[str, Any]) -> None:
    """Remove what an earlier run rendered, and anchors drawn in it; the record stays until a new one replaces it."""
    for name in map(scene_name, range(made_of["scenes"])):
        for folder, ours in ((out / name, written_here), (out / TRUTH / name, truth_written_here)):
            files = [file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()]
            gone = [file for file in files if ours(file) or file.startswith("anchors")]
            remove_files([f"{name}/{file}" for file in gone], folder.parent)
