"""The methods by name. Each is imported only when it is asked for, so that none loads the libraries of another."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
import zlib
from pathlib import Path
from types import ModuleType

from gta_head_tools.errors import ConfigError, UnknownNameError
from training.base import Method
from training.named_code import split_code

METHODS: dict[str, str] = {
    "centernet": "training.methods.centernet:CenterNet",
    "fcos": "training.methods.fcos:FCOS",
    "retinanet": "training.methods.retinanet:RetinaNet",
    "foveabox": "training.methods.foveabox:FoveaBox",
    "mcnn": "training.methods.mcnn:MCNN",
    "csrnet": "training.methods.csrnet:CSRNet",
    "cannet": "training.methods.cannet:CANNet",
    "cfanet": "training.methods.cfanet:CFANet",
    "p2pnet": "training.methods.p2pnet:P2PNet",
    "raznet": "training.methods.raznet:RAZNet",
    "deepcount": "training.methods.deepcount:DeepCount",
    "iim": "training.methods.iim:IIM",
    "head_size": "training.methods.head_size:HeadSize",
}
DEFAULT = next(iter(METHODS))
"""The method where neither the user nor a recipe names one."""


def find_method(name: str) -> type[Method]:
    """The class of a method: one of `METHODS` (`-` is `_`), or `path/file.py:Class` for one of your own.

    That file is run. A name that a file of data holds is given to `trusted_name` first.

    Raises:
        UnknownNameError: not registered; the message names the nearest.
        ConfigError: the file cannot be loaded, or holds no such class.
    """
    code = split_code(name)
    if code is not None:
        return _method_in(_load(code[0].resolve()), code[1], str(code[0]))
    key = name.strip().lower().replace("-", "_")
    if key not in METHODS and (":" in name or name.endswith(".py")):
        raise ConfigError(f"--method {name}: a method of your own is given as path/file.py:Class")
    if key not in METHODS:
        raise UnknownNameError("method", name, METHODS)
    module, _, class_name = METHODS[key].partition(":")
    return _method_in(importlib.import_module(module), class_name, module)


@functools.cache  # A file that is loaded twice gives two different classes, whose configurations are never equal.
def _load(path: Path) -> ModuleType:
    if not path.is_file():
        raise ConfigError(f"{path}: no such file; a method of your own is given as path/file.py:Class")
    name = f"ghtools_method_{path.stem}_{zlib.crc32(str(path).encode()):08x}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Dataclasses and unpickling in data workers look the module up here.
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # A user's own file may do anything.
        raise ConfigError(f"{path}: cannot be loaded ({type(error).__name__}: {error})") from error
    return module


def _method_in(module: ModuleType, name: str, place: str) -> type[Method]:
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, Method)):
        others = [key for key, value in vars(module).items() if isinstance(value, type) and issubclass(value, Method)]
        known = ", ".join(key for key in others if key != "Method") or "none"
        raise ConfigError(f"{place}: holds no class {name!r} derived from training.base.Method (known: {known})")
    return found
