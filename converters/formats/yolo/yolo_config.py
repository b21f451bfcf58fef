"""What `data.yaml` of YOLO, Darknet's `obj.data` and lists of class names say.

Every value of `data.yaml` is taken as text: `names: [no, 1]` are two names. Splits are `train`, `val` and `test`; of
other keys those whose value is a folder of their name (`extra: images/extra`), as we write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from converters.files.numbers.number_table import is_whole
from gta_head_tools.dataset import LabelDefect
from gta_head_tools.errors import DataFormatError, DatasetLayoutError
from gta_head_tools.files import file_or_lost, is_ours, listed, read_unpacked
from gta_head_tools.unreadable import tell_left_out

CONFIG = "data.yaml"
NO_SPLIT = "unsplit"
"""Our name for pictures without a split beside others that have one."""
_SPLIT_KEYS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
_YAML = (".yaml", ".yml")
_PREFERRED = (CONFIG, "dataset.yaml", "data.yml", "obj.data")
_OF_YAML = (re.compile(rb"(?m)^names[ \t]*:"), re.compile(rb"(?m)^(train|val|valid|test|path|nc)[ \t]*:"))
_OF_DARKNET = (re.compile(rb"(?m)^[ \t]*names[ \t]*="), re.compile(rb"(?m)^[ \t]*(train|valid|classes)[ \t]*="))
_START = 1 << 16
"""Bytes of a file that detection looks at."""
_NOTHING = {"", "null", "none", "~"}
_MOST_TOLD = 10
"""Classes that a finding names."""


@dataclass(frozen=True, slots=True)
class Config:
    """What is known of a data set besides its pictures and label files.

    Attributes:
        file: that says it; None = nothing does.
        path: folder that the splits are relative to, as the file gives it.
        splits: of each split, the folders of its pictures and the texts that list some.
        names: of the classes.
        names_file: the text that the names are to be found in.
        keypoints: number of keypoints of a head and of numbers of each.
        declared: number of classes that the file states apart from the names, None = it states none.
    """

    file: Path | None = None
    path: str = ""
    splits: Mapping[str | None, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    names_file: str = ""
    keypoints: tuple[int, int] | None = None
    declared: int | None = None


def config_files(path: Path) -> list[Path]:
    """`path`, or the files in it, that say what a YOLO data set consists of."""
    if not path.is_dir():
        return [path] if _looks_like_config(path) else []
    files = (file for file in listed(path, "*.*") if not is_ours(file) and file_or_lost(file))
    found = sorted(file for file in files if _looks_like_config(file))
    preferred = [folder_file for name in _PREFERRED for folder_file in found if folder_file.name == name]
    return preferred[:1] or found


def _looks_like_config(file: Path) -> bool:
    patterns = _OF_DARKNET if file.suffix == ".data" else _OF_YAML if file.suffix.lower() in _YAML else ()
    text = read_unpacked(file, _START) if patterns else b""
    return bool(patterns) and all(pattern.search(text) for pattern in patterns)


def read_config(path: Path) -> Config:
    """What the configuration at `path`, a file or its folder, says; nothing where there is none.

    Raises:
        DataFormatError: it is not what it claims to be.
        DatasetLayoutError: there are several.
    """
    files = config_files(path)
    if len(files) > 1:
        names = " and ".join(file.name for file in files[:2])
        raise DatasetLayoutError(path, f"{names} both describe a data set; name the one that is meant")
    if not files:
        named_so = (path / name for name in _PREFERRED if name.endswith(_YAML))
        tell_left_out(filter(Path.is_file, named_so), _parsed)
        return Config()
    return _of_darknet(files[0]) if files[0].suffix == ".data" else _of_yaml(files[0])


def _of_yaml(file: Path) -> Config:
    table = _parsed(file)
    if not isinstance(table, dict):
        raise DataFormatError(file, "expected keys with values, such as `train: images/train`; correct it")
    splits: dict[str | None, tuple[str, ...]] = {}
    for key, value in table.items():
        alone = isinstance(value, str) and PurePosixPath(value).name == key and key != "path"
        if isinstance(key, str) and (key in _SPLIT_KEYS or alone):
            entries = _texts(file, value, key)
            split = None if key == NO_SPLIT else _SPLIT_KEYS.get(key, key)
            splits[split] = splits.get(split, ()) + entries
    path = table.get("path", "")
    return Config(
        file,
        "" if not isinstance(path, str) or path.lower() in _NOTHING else path,
        {split: entries for split, entries in splits.items() if entries},
        _names(file, table.get("names")),
        keypoints=_keypoints(file, table.get("kpt_shape", "")),
        declared=_declared(table.get("nc")),
    )


def _parsed(file: Path) -> Any:
    import yaml

    try:
        # Of all loaders this one knows the fewest types: values are texts, lists and mappings of these.
        loader = yaml.BaseLoader(read_unpacked(file))
        root = loader.get_single_node()
        _refuse_repeated_keys(file, root)
        return None if root is None else loader.construct_document(root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", None) or "it is no text").split("\n")[0]
        line = None if mark is None else mark.line + 1
        raise DataFormatError(file, f"no YAML ({problem}); correct it", line=line) from error
    except (RecursionError, ValueError, TypeError) as error:
        raise DataFormatError(file, "no YAML that can be read; correct it") from error


def _refuse_repeated_keys(file: Path, node: Any) -> None:
    """Fail where a mapping in YAML has a key twice, of which the last would count."""
    pairs = node.value if node is not None and node.id == "mapping" else []
    seen: set[str] = set()
    for key, value in pairs:
        if str(key.value) in seen:
            raise _twice(file, key.value, key.start_mark.line + 1)
        seen.add(str(key.value))
        _refuse_repeated_keys(file, value)


def _twice(file: Path, key: object, line: int) -> DataFormatError:
    return DataFormatError(file, f"the key {key!r} stands there twice; remove the wrong one", line=line)


def _texts(file: Path, value: Any, key: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) for each in values):
        raise DataFormatError(file, "expected a path or a list of paths; correct it", record=key)
    return tuple(each for each in values if each.lower() not in _NOTHING)


def _names(file: Path, value: Any) -> dict[int, str]:
    if value is None or (isinstance(value, str) and value.lower() in _NOTHING):
        return {}
    table = dict(enumerate(value)) if isinstance(value, list) else value
    if not isinstance(table, dict) or not all(isinstance(name, str) for name in table.values()):
        raise DataFormatError(file, "expected a list of names, or a name for each number; correct it", record="names")
    wrong = next((key for key in table if not is_whole(str(key)) or len(str(key)) > 6), None)
    if wrong is not None:
        raise DataFormatError(file, f"{str(wrong)[:40]!r} is not the number of a class; correct it", record="names")
    names = {int(key): name for key, name in table.items()}
    if len(names) < len(table):
        raise DataFormatError(file, "a number of a class stands there twice; remove one", record="names")
    return names


def _keypoints(file: Path, value: Any) -> tuple[int, int] | None:
    if isinstance(value, str) and value.lower() in _NOTHING:
        return None
    numbers = [int(each) for each in value if is_whole(str(each)) and len(str(each)) < 4] if value else []
    if not isinstance(value, list) or len(numbers) != 2 or len(value) != 2 or numbers[1] not in {2, 3}:
        raise DataFormatError(file, "expected [keypoints, 2 or 3], such as [1, 3]; correct it", record="kpt_shape")
    return numbers[0], numbers[1]


def _of_darknet(file: Path) -> Config:
    table: dict[str, str] = {}
    for number, line in enumerate(read_unpacked(file).decode().splitlines(), start=1):
        key, separator, value = (part.strip() for part in line.partition("="))
        if separator and table.setdefault(key, value) != value:
            raise _twice(file, key, number)
    splits: dict[str | None, tuple[str, ...]] = {
        _SPLIT_KEYS[key]: (value,) for key, value in table.items() if key in _SPLIT_KEYS and value
    }
    names = table.get("names", "")
    return Config(file, splits=splits, names_file=names, declared=_declared(table.get("classes")))


def _declared(value: Any) -> int | None:
    return int(value) if isinstance(value, str) and is_whole(value) and len(value) < 7 else None


def class_defects(config: Config, used: Sequence[int]) -> Iterator[LabelDefect]:
    """Classes that are not numbered 0, 1, 2, ... with one name each, as trainers of YOLO expect it.

    Args:
        config: names and number of the classes.
        used: numbers of the classes of the label files, ascending.
    """
    file, names = config.file or "", sorted(config.names)
    numbers, where = (names, "have names") if names else (list(used), "are used in the label files")
    missing = sorted(set(range(numbers[-1] + 1)) - set(numbers)) if numbers else []
    if missing:
        told = f"classes {_listed(numbers)} {where}, and numbers before the last of them are missing"
        value = f"no class {_listed(missing)}"
        record = "names" if names else ""
        yield LabelDefect(check="class-gap", file=file, record=record, value=value, message=told)
    if names and config.declared is not None and config.declared != len(names):
        told = f"the number of classes is {config.declared}, but {len(names)} have names"
        yield LabelDefect(check="class-gap", file=file, record="nc", value=str(config.declared), message=told)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join([*map(str, numbers[:_MOST_TOLD]), *["..."] * (len(numbers) > _MOST_TOLD)])


def names_of_lines(lines: Iterable[str]) -> dict[int, str]:
    """Class names of a text with one a line; empty lines at its end are none."""
    names = [line.strip() for line in lines]
    while names and not names[-1]:
        names.pop()
    return dict(enumerate(names))
