"""Names of methods that are code of a user: `path/file.py:Class`. Only the user may name code, never a file of data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gta_head_tools.errors import ConfigError


def split_code(name: str) -> tuple[Path, str] | None:
    """File and class of `path/file.py:Class`; None for the name of a method that is registered.

    >>> split_code("my/net.py:Net") == (Path("my/net.py"), "Net")
    True
    """
    file, separator, wanted = name.rpartition(":")
    return (Path(file), wanted) if separator and file.endswith(".py") else None


def absolute_name(name: str) -> str:
    """The name of a method that holds in any folder: the file of its code as an absolute path."""
    code = split_code(name)
    return name if code is None else f"{code[0].resolve()}:{code[1]}"


def trusted_name(stored: str, given: Sequence[str], *, option: str = "--method") -> str:
    """The name of a method that a run, an export or a recipe holds, once it may be loaded.

    Loading the file of a user's own method runs its code, and what is stored may come from anybody. So the file is the
    one that the user names; its place may be another one than it was when the weights were trained.

    Args:
        stored: the name as it is stored.
        given: what the user names on the command line; empty = nothing.
        option: with which the user names it, for the message.

    Raises:
        ConfigError: it is code that the user does not name, or the user names another method.
    """
    code = split_code(stored)
    if code is None:
        names = [name.strip().lower().replace("-", "_") for name in given if split_code(name) is None]
        if given and stored not in names:
            raise ConfigError(f"{option} {','.join(given)}: this is of the method {stored}; leave out {option}")
        return stored
    same = [name for name in given if (own := split_code(name)) is not None and own[1] == code[1]]
    exact = [name for name in same if absolute_name(name) == stored]
    if not same:
        why = "it is code, and a file of data never loads code"
        raise ConfigError(f"method {stored}: {why}; if you trust it, say {option} path/file.py:{code[1]}")
    return absolute_name((exact or same)[0])
