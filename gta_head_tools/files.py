"""Files and folders: how they are found and read, and names that stay inside the folder of a data set."""

from __future__ import annotations

import fnmatch
import gzip
import os
import re
import stat
import unicodedata
import zlib
from pathlib import Path, PurePosixPath

from gta_head_tools.encodings import as_utf8, beginning_as_utf8
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.unpacking import read_all
from gta_head_tools.unreadable import read_or

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
_NAMED_AS_PICTURES = PICTURE_SUFFIXES | {".jpe", ".jfif", ".jp2", ".gif", ".ppm", ".pgm", ".heic", ".heif", ".avif"}
"""Suffixes that are cut off a name; files of some of these kinds cannot be read here, and label files name them."""
_LONGEST_NAME = 255
_OUR_NAME = re.compile(r"boxes|truth|anchors|anchors.*\.(json|bak|tmp).*", re.DOTALL)
"""`anchors_street` is a folder as others, `anchors_old.json` are anchors."""
_PLAIN_NAME = re.compile(r"(?:(?!\.\.?/)[\w. -]+/)*(?!\.\.?\Z)[\w. -]+", re.ASCII)
"""File names that are sure to stay in their folder, as most do."""


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key that orders numbers inside names by value.

    >>> sorted(["img10", "img9", "img1"], key=natural_key)
    ['img1', 'img9', 'img10']
    """
    parts = re.split(r"(\d+)", text)
    return tuple((1, int(part), part) if part.isdigit() and part.isascii() else (0, 0, part) for part in parts if part)


def picture_suffix_of(name: str) -> str:
    """The suffix of a file name or path where it is one of a picture, in small or capital letters; else nothing.

    >>> picture_suffix_of("2020.01.01/cam_12.30.JPG"), picture_suffix_of("cam_12.30")
    ('.JPG', '')
    """
    last = last_part_of(name)
    dot = last.rfind(".")
    suffix = last[dot:] if 0 < dot < len(last) - 1 else ""
    return suffix if suffix.lower() in _NAMED_AS_PICTURES else ""


def last_part_of(path: str) -> str:
    """The last part of a POSIX path, as `PurePosixPath.name` has it, whose objects would take most of the time.

    >>> last_part_of("a/b.jpg"), last_part_of("a/b.jpg/.")
    ('b.jpg', 'b.jpg')
    """
    last = path.rpartition("/")[2]
    return last if last not in {"", "."} else PurePosixPath(path).name


def without_picture_suffix(name: str) -> str:
    """A file name or path without its suffix, if that is one of a picture; any other dot belongs to the name.

    >>> without_picture_suffix("cam_12.30.jpg"), without_picture_suffix("cam_12.30")
    ('cam_12.30', 'cam_12.30')
    """
    return name.removesuffix(picture_suffix_of(name))


def composed(name: str) -> str:
    """A name in the Unicode form NFC, in which names are compared: macOS spells an accent as a character of its own."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def spelled(path: Path) -> Path:
    """`path`, or the file in its folder whose name differs in its Unicode form alone; `path` where there is neither."""
    if path.name.isascii() or path.exists():
        return path
    wanted = composed(path.name)
    return next((entry for entry in listed(path.parent, "*") if composed(entry.name) == wanted), path)


def is_ours(path: Path) -> bool:
    """True for files and folders that ghtools itself puts into a data set; readers pass over them."""
    return is_our_name(path.name)


def is_our_name(name: str) -> bool:
    """`is_ours` of the name of a file or folder."""
    return name.startswith(("ghtools-", ".", "_ghtools")) or _OUR_NAME.fullmatch(name) is not None


def names_in(folder: Path) -> list[str]:
    """Names of the entries of a folder, unordered; none where there is no folder.

    Raises:
        DatasetLayoutError: the folder cannot be listed; `Path.glob` would call it empty.
    """
    try:
        return os.listdir(folder)  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DatasetLayoutError(folder, f"cannot be listed ({error.strerror}); check its permissions") from error


def listed(folder: Path, pattern: str) -> list[Path]:
    """The entries of `folder` whose names match a pattern (`*.json`), unordered; none where there is no folder.

    Raises:
        DatasetLayoutError: the folder cannot be listed.
    """
    # Path objects are made of the names that match alone: folders may hold many thousand others.
    matches = re.compile(fnmatch.translate(pattern)).match
    return [folder / name for name in names_in(folder) if matches(name)]


def subfolders(folder: Path) -> list[Path]:
    """The folders in a folder in natural order of their names, without hidden and own ones, and links that lead back.

    Raises:
        DatasetLayoutError: the folder cannot be listed.
    """
    return [folder / name for name, is_folder in _read_entries(folder) if is_folder]


def find_pictures(folder: Path, *, recursive: bool = True) -> list[Path]:
    """Pictures below `folder` in natural order of their path.

    Hidden and own folders are passed over, and links to a folder around them, which have no end.

    Raises:
        DatasetLayoutError: a folder cannot be listed.
    """
    found: list[Path] = []
    for name, is_folder in _read_entries(folder):
        if is_folder:
            found += find_pictures(folder / name) if recursive else []
        elif os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES:  # noqa: PTH122  # For many thousand names.
            found.append(folder / name)
    return found


def _read_entries(folder: Path) -> list[tuple[str, bool]]:
    """The names in a folder that are read, in natural order, and whether each is that of a folder."""
    try:
        with os.scandir(folder) as entries:
            there = [(entry.name, entry.is_dir(follow_symlinks=False), entry.is_symlink()) for entry in entries]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DatasetLayoutError(folder, f"cannot be listed ({error.strerror}); check its permissions") from error
    kept: list[tuple[str, bool]] = []
    for name, is_folder, link in there:
        leads = link and (folder / name).is_dir()
        if not is_our_name(name) and not (leads and leads_back(folder / name)):
            kept.append((name, is_folder or leads))
    return sorted(kept, key=lambda entry: natural_key(entry[0]))


def leads_back(folder: Path) -> bool:
    """True for a link to a folder in which it stands, however that is reached; such a link has no end."""
    if not folder.is_symlink() or not folder.is_dir():
        return False
    target = folder.resolve()
    return any(above.resolve() == target for above in folder.absolute().parents)


def read_unpacked(path: Path, count: int = -1) -> bytes:
    """The UTF-8 text of a file, unpacked when it is gzipped, without a byte order mark; see `encodings`.

    Args:
        path: the file.
        count: how many bytes to read from its start (for detection; a mark counts; within `collecting` none of a file
            that cannot be opened), -1 = all.

    Raises:
        DatasetLayoutError: the file cannot be opened.
        DataFormatError: it is gzipped and damaged, or, read whole, no text in UTF-8 or another encoding with a mark.
    """
    data = unpacked(path) if count < 0 else read_or(b"", lambda file: unpacked(file, count), path)
    return as_utf8(data, path) if count < 0 else beginning_as_utf8(data)


def unpacked(path: Path, count: int = -1) -> bytes:
    """The bytes of a file, unpacked when it is gzipped; for files that say themselves in which encoding they are.

    Args:
        path: the file.
        count: how many bytes to read from its start, -1 = all.

    Raises:
        DatasetLayoutError: the file cannot be opened.
        DataFormatError: it is gzipped and damaged, or unpacks to more than `most_bytes`.
    """
    try:
        with path.open("rb", buffering=0) as file:  # A buffered read would hold a large file twice.
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if not packed:
                return file.read(count)
            whole = gzip.GzipFile(fileobj=file)
            return whole.read(count) if count >= 0 else read_all(whole, os.fstat(file.fileno()).st_size, path)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataFormatError(path, "gzipped file is damaged; copy it again") from error
    except OSError as error:
        raise DatasetLayoutError(path, f"cannot be read ({error.strerror or error}); check the path") from error


def is_there(path: str, *, file: bool = False) -> bool:
    """`Path.exists`, or `Path.is_file` if it must be a file; quicker for the many pictures of a data set."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError:
        return Path(path).is_file() if file else Path(path).exists()
    return not file or stat.S_ISREG(found.st_mode)


def file_or_lost(path: Path) -> bool:
    """True for a file, and for a link to what is gone: who opens such a link is told, instead of losing its heads."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def existing_folder(path: Path) -> Path:
    """`path`, which is a folder.

    Raises:
        DatasetLayoutError: it is a file, or not there.
    """
    if not path.is_dir():
        found = "a file, expected the folder of a data set" if path.exists() else "no such folder"
        raise DatasetLayoutError(path, f"{found}; check the path")
    return path


def own_name(path: Path) -> str:
    """Name of a file or folder, also of one that was given as `.` or `..`.

    >>> own_name(Path("data/mall"))
    'mall'
    """
    return path.name if path.name not in {"", ".."} else path.resolve().name


def with_folder(path: Path) -> Path:
    """A path whose `name` and `parent` are what they are called: `.` and `..` become absolute, others stay.

    >>> with_folder(Path("data/mall")).as_posix(), with_folder(Path()).is_absolute()
    ('data/mall', True)
    """
    return path if path.name not in {"", ".."} else path.resolve()


def inside(name: str, *, path: Path, todo: str = "make it relative to it") -> str:
    """A relative POSIX name that cannot leave the folder it is resolved in.

    Args:
        name: file name as a data file gives it; backslashes are taken as separators.
        path: the data file, for the message.
        todo: what to do about a name that leaves the folder, for the message.

    Raises:
        DataFormatError: absolute, with a drive, empty, climbing out by `..`, or too long for a file system.
    """
    if len(name) <= _LONGEST_NAME and _PLAIN_NAME.fullmatch(name):
        return name
    posix = PurePosixPath(name.replace("\\", "/"))
    if not posix.parts or posix.is_absolute() or ".." in posix.parts or ":" in posix.parts[0] or "\0" in name:
        raise DataFormatError(path, f"file name {name!r} leaves the folder of the data set; {todo}")
    if any(len(os.fsencode(part)) > _LONGEST_NAME for part in posix.parts):
        raise DataFormatError(path, f"file name {name[:40]!r}... is longer than {_LONGEST_NAME} bytes; shorten it")
    return posix.as_posix()


def plain_name(name: str, *, what: str, path: Path) -> str:
    """A name that can be that of one folder, in any place.

    Args:
        name: as a data file gives it.
        what: it is the name of, for the message.
        path: the data file, for the message.

    Raises:
        DataFormatError: it is empty, too long, has several parts, leaves the folder, or cannot be printed.
    """
    one_part = PurePosixPath(name).parts == (name,) and name != ".." and not set(name) & set("/\\:")
    if not one_part or not name.isprintable() or len(name.encode()) > _LONGEST_NAME:
        raise DataFormatError(path, f"{what} {name!r} cannot be the name of a folder; rename it")
    return name
