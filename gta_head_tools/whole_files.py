"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gta_head_tools.errors import DatasetLayoutError
from gta_head_tools.files import listed
from gta_head_tools.processes import process_alive

_PARTIAL, _REPLACED, _BEGUN = ".ghtools-partial-", ".ghtools-replaced-", ".ghtools-begun-"
"""Prefixes of what is being written, of what it is about to replace, and of a folder beside what is made in steps."""
_MADE_NAME = re.compile(rf"^({_PARTIAL}|{_REPLACED}|{_BEGUN}).*?-\d+-[0-9a-f]{{8}}-")
_OLD, _NONE = "old", "none"
"""What was at the target before, in that folder, or a file where nothing was; without both, nothing is changed yet."""


def _partial_name(target: Path) -> Path:
    return target.with_name(f"{_PARTIAL}{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}-{target.name}")


def final_place(path: Path) -> Path:
    """Where a file that is being written will lie, for messages: users never see the name of an unfinished folder.

    >>> final_place(Path("sets/.ghtools-partial-host-12-0123abcd-mall/heads.csv")).as_posix()
    'sets/mall/heads.csv'
    """
    return Path(*(_MADE_NAME.sub("", part) for part in path.parts))


def _refuse(path: Path, error: OSError) -> DatasetLayoutError:
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    # The text of HDF5 has several lines, with the name of the unfinished file.
    reason = os.strerror(error.errno) if error.errno else str(error)
    what_to_do = "make room on this disk" if full else "check the path and its permissions"
    return DatasetLayoutError(final_place(path), f"cannot be written ({reason}); {what_to_do}")


def make_folder(folder: Path) -> Path:
    """Create `folder` and its parents.

    Raises:
        DatasetLayoutError: it cannot be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refuse(folder, error) from error
    return folder


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A path beside `target` to write a file to; it takes the place of `target` when the block ends well.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    make_folder(target.parent)
    partial = _partial_name(target)
    try:
        yield partial
        partial.replace(target)
    except OSError as error:
        raise _refuse(target, error) from error
    finally:
        _remove(partial)


def write_text(target: Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all; line ends stay as they are."""
    write_bytes(target, text.encode())


def write_bytes(target: Path, content: bytes | memoryview) -> None:
    """Write a file, whole or not at all.

    In a folder that `replacing_folder` puts in place once it is complete, the file itself is written at once, which
    takes a third of the time.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    place = os.fspath(target)
    if _PARTIAL not in place:
        with replacing(target) as partial:
            partial.write_bytes(content)
        return
    try:
        try:
            file = open(place, "wb")  # noqa: PTH123, SIM115  # Called for many thousand files.
        except FileNotFoundError:
            make_folder(target.parent)
            file = target.open("wb")
        with file:
            file.write(content)
    except OSError as error:
        raise _refuse(target, error) from error


@contextmanager
def replacing_folder(target: Path, *, ours: Callable[[str], bool] = lambda _: True) -> Iterator[Path]:
    """An empty folder beside `target`; it takes the place of `target` when the block ends well.

    An older `target` is there until the new one is complete, and is removed afterwards.

    Args:
        target: the folder to make or to replace.
        ours: says of the path of a file in an older `target`, relative to it, whether ghtools wrote the file
            (default: all). The other files of the older folder are kept: the new folder has them at the same paths.

    Raises:
        DatasetLayoutError: the place cannot be written, or a file to keep is in the way of a new one.
    """
    make_folder(target.parent)
    partial = _partial_name(target)
    old = partial.with_name(_REPLACED + partial.name.removeprefix(_PARTIAL))
    try:
        partial.mkdir()
        yield partial
        _keep_others(target, partial, ours)
        if os.path.lexists(target):
            target.replace(old)
        partial.replace(target)
    except OSError as error:
        raise _refuse(target, error) from error
    finally:
        _put_back(old, target)
        _remove(partial)


def _keep_others(old: Path, new: Path, ours: Callable[[str], bool]) -> None:
    """Put the files of `old` that are not ours into `new`, as hard links where the disk has them, else as copies."""
    for place, folders, names in os.walk(old):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for file in [Path(place) / name for name in (*names, *links)]:
            path = file.relative_to(old)
            if ours(path.as_posix()):
                continue
            if os.path.lexists(new / path):
                raise DatasetLayoutError(file, "was not written by ghtools and is in the way; move it to another place")
            make_folder((new / path).parent)
            try:
                os.link(file, new / path, follow_symlinks=False)
            except OSError:
                shutil.copy2(file, new / path, follow_symlinks=False)


@contextmanager
def whole_or_as_before(target: Path) -> Iterator[None]:
    """Context in which `target` is made anew in steps; an older one is put back after an error, else removed.

    A folder beside `target` holds the older one meanwhile, and says that `target` is unfinished: after SIGKILL,
    `recover` finds it.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    make_folder(target.parent)
    begun = target.with_name(_BEGUN + _partial_name(target).name.removeprefix(_PARTIAL))
    try:
        begun.mkdir()
        if os.path.lexists(target):
            target.replace(begun / _OLD)
        else:
            (begun / _NONE).touch()
    except OSError as error:
        _restore(begun, target)
        raise _refuse(target, error) from error
    try:
        yield
    except BaseException:
        _remove(target)
        _restore(begun, target)
        raise
    done = begun.with_name(_PARTIAL + begun.name.removeprefix(_BEGUN))
    begun.replace(done)
    _remove(done)


def recover(target: Path) -> tuple[str, ...]:
    """Put back what `target` was before a process made it anew in steps and was killed.

    What the process left at `target` is moved beside it: somebody may have put something of his own there since.

    Returns:
        What to tell the user: nothing, or one line.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    for begun in listed(target.parent, f"{_BEGUN}*"):
        match = _named(begun)
        if match is None or match[3] != target.name or process_alive(int(match[2])):
            continue
        if not any(os.path.lexists(begun / name) for name in (_OLD, _NONE)):
            _remove(begun)
            continue
        before = os.path.lexists(begun / _OLD)
        left = target.with_name(f"{target.name}.unfinished-{begun.name.removesuffix(f'-{target.name}')[-8:]}")
        moved = os.path.lexists(target)
        try:
            if moved:
                target.replace(left)
            _restore(begun, target)
        except OSError as error:
            raise _refuse(target, error) from error
        told = f"a command that wrote {target} was killed; " + "what was there before is put back; " * before
        return (told + (f"what it left is now {left}, remove it" if moved else "it left nothing"),)
    return ()


def _restore(begun: Path, target: Path) -> None:
    if os.path.lexists(begun / _OLD):
        (begun / _OLD).replace(target)
    _remove(begun)


def _put_back(old: Path, target: Path) -> None:
    """Move what was moved away back to its place if that is free; otherwise remove it."""
    if os.path.lexists(old) and not os.path.lexists(target):
        old.replace(target)
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):  # A disk that may only be read refuses this also where nothing is there.
            path.unlink()


def remove_partials(folder: Path, *, of: str | None = None) -> None:
    """Clear up in `folder` after processes on this machine that no longer run.

    Unfinished files and folders are removed; what had been moved away for them and not been replaced yet is put back.

    Args:
        folder: where to look; it need not exist.
        of: name of the one file or folder to clear up for, None = all.
    """
    for entry in listed(folder, f"{_PARTIAL[:9]}*"):
        match = _named(entry)
        if match is None or of not in {None, match[3]} or process_alive(int(match[2])):
            continue
        if match[1] == _REPLACED:
            _put_back(entry, folder / match[3])
        elif match[1] == _PARTIAL:
            _remove(entry)


def _named(entry: Path) -> re.Match[str] | None:
    """Prefix, process and target in the name of an entry that a process of this machine made beside its target."""
    prefixes = "|".join((_PARTIAL, _REPLACED, _BEGUN))
    pattern = rf"({prefixes}){re.escape(socket.gethostname())}-(\d+)-[0-9a-f]{{8}}-(.+)"
    return re.fullmatch(pattern, entry.name, re.DOTALL)
