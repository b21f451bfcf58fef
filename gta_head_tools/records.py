"""Records: the small JSON files in which ghtools notes what made a folder. Each names its format and its version.

```
class Stored(Record):
    FORMAT = "ghtools-export"
    WHAT = "record of an export"
    REMEDY = "remove it and use --force"

    scenes: dict[str, str]
```

`write_record` writes `{"format": "ghtools-export", "version": 1, "scenes": ...}`, and `read_record` reads it back.
Annotations are checked by msgspec, ranges too: `Annotated[int, msgspec.Meta(ge=1)]`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar, TypeVar

import msgspec

from gta_head_tools.errors import DataFormatError
from gta_head_tools.json_words import broken_json, undecoded, wrong_value
from gta_head_tools.repeated_keys import refuse_repeated_keys
from gta_head_tools.whole_files import write_text


class Record(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of all records. Fields that have their default are not written; unknown keys in a file are passed over.

    Attributes:
        FORMAT: name of the format, under `format` in the file.
        VERSION: under `version` in the file.
        WHAT: what such a file is, for the error message ("record of an export").
        REMEDY: what the user can do about a file that cannot be used; it ends the error message.
    """

    FORMAT: ClassVar[str]
    VERSION: ClassVar[int] = 1
    WHAT: ClassVar[str]
    REMEDY: ClassVar[str]


AnyRecord = TypeVar("AnyRecord", bound=Record)


class _Head(msgspec.Struct):
    format: str
    version: int


def read_record(path: Path, kind: type[AnyRecord]) -> AnyRecord:
    """The record in a file.

    Args:
        path: of the file.
        kind: class of the record.

    Raises:
        DataFormatError: the file cannot be read, or holds no record of this format and version; the message says what
            is wrong with it and what to do.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise _unusable(path, kind, error.strerror or str(error)) from error
    try:
        head = msgspec.json.decode(text, type=_Head)
        if (head.format, head.version) != (kind.FORMAT, kind.VERSION):
            found, expected = f"{head.format!r} version {head.version}", f"{kind.FORMAT!r} version {kind.VERSION}"
            raise _unusable(path, kind, f"it is {found}, expected {expected}")
        record = msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        place, problem = wrong_value(error, undecoded(text))
        raise _unusable(path, kind, f"{place}: {problem}" if place else problem) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unusable(path, kind, broken_json(error, text)[1]) from error
    refuse_repeated_keys(path, text)
    return record


def _unusable(path: Path, kind: type[Record], reason: str) -> DataFormatError:
    return DataFormatError(path, f"is no {kind.WHAT} that can be used ({reason}); {kind.REMEDY}")


def write_record(path: Path, record: Record) -> None:
    """Write a record, whole or not at all.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    head = {"format": record.FORMAT, "version": record.VERSION}
    write_text(path, json.dumps(head | msgspec.to_builtins(record), indent=1) + "\n")
