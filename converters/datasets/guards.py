"""Why a conversion is refused: the texts, and the checks that are made before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from converters.datasets.export_files import files_below
from converters.files.pictures.pictures import ImageMode, has_picture, missing_pictures
from converters.files.records.json_file import decode
from gta_head_tools.dataset import Dataset
from gta_head_tools.errors import ConfigError, DatasetLayoutError, LossyConversionError

OUTSIDE = "heads_outside"
"""What is lost where boxes are cut at the border of their picture: heads of whose box nothing is left."""


def not_written(name: str, writable: Iterable[str]) -> ConfigError:
    """A format that is only read."""
    return ConfigError(f"--to {name}: this format can only be read; formats that are written: {', '.join(writable)}")


def check_losses(lost: Mapping[str, int], name: str, *, allow_lossy: bool) -> None:
    """Refuse to drop filled columns unless it is allowed.

    Args:
        lost: filled columns that the target cannot hold, with counts.
        name: of the target format.
        allow_lossy: they may be dropped.

    Raises:
        LossyConversionError: the message names all of them.
    """
    if lost and not allow_lossy:
        columns = ", ".join(f"{column} ({count})" for column, count in lost.items())
        hint = " (head points that are not the middles of their boxes)" if "points" in lost else ""
        hint += " (their boxes lie outside their pictures)" if OUTSIDE in lost else ""
        raise LossyConversionError(f"{name} cannot hold {columns}{hint}; --allow-lossy drops and counts them")


def check_target_free(source: Path, target: Path, *, force: bool) -> None:
    """Refuse a target that is, holds or lies in the source, or that is taken.

    Raises:
        DatasetLayoutError: the message says which, and what to do.
    """
    from_, to = source.resolve(), target.resolve()
    try:
        taken = target.is_file() or (target.is_dir() and any(target.iterdir()))
    except OSError as error:
        raise DatasetLayoutError(target, f"cannot be listed ({error.strerror}); name another target") from error
    if to == from_ or from_.is_relative_to(to):
        raise DatasetLayoutError(target, "is the source or holds it; name another target")
    if taken and to.is_relative_to(from_):
        raise DatasetLayoutError(target, "lies in the source and is taken; name another target")
    if taken and not force:
        raise DatasetLayoutError(target, "exists already; --force overwrites it, or name another target")


def check_replaced(target: Path, record: str, verb: str, *, force: bool) -> None:
    """Refuse to replace a whole folder that is not the result of an earlier run, or in which there are other files.

    Args:
        target: the folder.
        record: name of the file in it in which the earlier run listed, under `files`, what `files_below` gave.
        verb: of the command.
        force: the folder may be replaced.

    Raises:
        DatasetLayoutError: the folder is not the result of an earlier run, or holds files that the run did not write.
        DataFormatError: the record cannot be read.
    """
    if not force or not target.is_dir() or not any(target.iterdir()):
        return
    if not (target / record).is_file():
        raise DatasetLayoutError(target, f"was not written by `ghtools {verb}`, so --force keeps it; name another")
    written = decode(target / record, msgspec.json.Decoder(_Record)).files
    if written is None:
        problem = "does not list the files that were written; remove the folder yourself, or name another"
        raise DatasetLayoutError(target / record, problem)
    others = sorted(set(files_below(target)).difference(written, [record]))
    if others:
        problem = f"was not written by `ghtools {verb}`, so --force keeps it ({len(others)} such files)"
        raise DatasetLayoutError(target / others[0], f"{problem}; move it to another place, or name another target")


class _Record(msgspec.Struct):
    files: list[str] | None = None


def check_new_files(*files: Path | None, force: bool, kept: Sequence[Path] = ()) -> None:
    """Refuse to write files that are there already, one file twice, or what is read.

    Args:
        files: to write.
        force: existing files may be replaced.
        kept: files that are read; not even `force` replaces them.

    Raises:
        DatasetLayoutError: the message names the first.
    """
    named = [file for file in files if file is not None]
    for place, file in enumerate(named):
        if file.resolve() in {path.resolve() for path in kept}:
            raise DatasetLayoutError(file, "is read here and would be lost; name another file to write")
        if file.resolve() in {path.resolve() for path in named[:place]}:
            raise DatasetLayoutError(file, "would be written twice; name two files")
        if file.exists() and not file.is_file():
            kind = "a folder" if file.is_dir() else "no plain file"
            raise DatasetLayoutError(file, f"is {kind}, expected a file; name another")
        if file.exists() and not force:
            raise DatasetLayoutError(file, "exists already; --force overwrites it, or name another")


def check_new_page(page: Path | None, *, force: bool, kept: Sequence[Path] = ()) -> None:
    """`check_new_files` for an HTML page; `force` replaces nothing else by it, such as a label file of the data set.

    Raises:
        DatasetLayoutError: the message says what is in the way.
    """
    check_new_files(page, force=force, kept=kept)
    if page is not None and page.exists() and page.suffix.lower() not in {".html", ".htm"}:
        raise DatasetLayoutError(page, "is no page, so --force keeps it; name a file that ends in .html")


def check_target_pictures(dataset: Dataset, images: ImageMode) -> None:
    """Refuse to link or copy pictures that are not there.

    Raises:
        DatasetLayoutError: the message names the first and how many they are, and what to do.
    """
    if images == "none":
        return
    missing = [info for scene in dataset.scenes for info in scene.images if not has_picture(dataset, info)]
    if missing:
        raise missing_pictures(dataset, missing, of=dataset.image_count, todo="say --images none")
    if images in {"link", "symlink"} and dataset.compose is not None:
        paths = (dataset.root / info.path for scene in dataset.scenes for info in scene.images)
        composed = next((path for path in paths if not path.is_file()), None)
        if composed is not None:
            raise DatasetLayoutError(composed, "is composed of several files and cannot be linked; say --images copy")
