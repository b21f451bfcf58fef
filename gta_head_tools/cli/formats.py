"""`ghtools formats`: what can be read and written."""

from __future__ import annotations

from typing import Any

from gta_head_tools.cli import options, output


def formats(as_json: options.AsJson = False) -> None:
    """List the formats, what each holds, and its options.

    Example: ghtools formats --json
    """
    known = _known_formats()
    if as_json:
        output.show_json({"formats": known, "common_options": _common_options()})
        return
    output.table(
        ["format", "written", "holds", "-i", "-o"],
        [
            (
                entry["name"],
                "yes" if entry["writes"] else "no",
                ", ".join(entry["holds"]),
                "\n".join(entry["options"]["read"]),
                "\n".join(entry["options"]["write"]),
            )
            for entry in known
        ],
    )
    output.say("points: kept even where they are not the middles of the boxes. All of them are read.")
    output.say(f"Option -i of every format: {', '.join(_common_options())}.")


def _common_options() -> list[str]:
    from converters.formats.options import CommonOptions, describe_options

    return describe_options(CommonOptions)


def _known_formats() -> list[dict[str, Any]]:
    from typing import get_args

    from converters.formats.format import ColumnName
    from converters.formats.options import describe_options
    from converters.formats.registry import FORMATS

    return [
        {
            "name": name,
            "reads": True,
            "writes": known.writes is not None,
            "holds": [column for column in get_args(ColumnName) if column in known.holds],
            "options": {
                "read": describe_options(known.options),
                "write": describe_options(known.writes.options) if known.writes else [],
            },
        }
        for name, known in FORMATS.items()
    ]
