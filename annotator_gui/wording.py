"""Messages of the libraries in the words of the window: no options of the command line, no numbers of the system."""

from __future__ import annotations

import re

_OPTIONS = {
    "--force": "“Overwrite”",
    "--allow-lossy": "“Allow this”",
    "--clip": "“Cut boxes”",
    "--images none": "“Pictures: leave out”",
    "--images copy": "“Pictures: copy”",
}
"""Options of the command line, and what they are called in the export dialog."""
_OPTION = r"(?:(?<![\w-])--[a-z]|(?<![\w-])-i |`ghtools)"
_IN_BRACKETS = re.compile(rf"\s*\([^()]*{_OPTION}[^()]*\)")
_BETWEEN = re.compile(r"(; |\. |, or |, and |, )")
_SYSTEM = re.compile(r"\[Errno -?\d+\]\s*")


def in_window(text: str) -> str:
    """A message as the window shows it; a part of a sentence that tells what to type in the shell is left out.

    >>> in_window("boxes: is there already; --force replaces it")
    'boxes: is there already; “Overwrite” replaces it'
    >>> in_window("no known format recognised; say which with --from, or check the folder")
    'no known format recognised, or check the folder'
    >>> in_window("b.csv: cannot be read ([Errno 13] Permission denied)")
    'b.csv: cannot be read (Permission denied)'
    """
    for option, name in _OPTIONS.items():
        text = text.replace(option, name)
    first, *rest = _BETWEEN.split(_SYSTEM.sub("", _IN_BRACKETS.sub("", text)))
    kept = (between + part for between, part in zip(rest[::2], rest[1::2], strict=True) if not re.search(_OPTION, part))
    return first + "".join(kept)
