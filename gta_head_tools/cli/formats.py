"""`ghtools formats`: what can be read and written. The help of other verbs lists the options of formats, too."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from converters.formats.format import Format

Name = Annotated[
    str | None,
    typer.Argument(metavar="FORMAT", show_default=False, help="Describe this format: its files, traps and options."),
]


def formats(name: Name = None, as_json: options.AsJson = False) -> None:
    """List the formats, what each holds, and its options; or describe one of them.

    Example: ghtools formats mot
    """
    from converters.formats.registry import FORMATS, format_name

    chosen = FORMATS if name is None else {format_name(name): FORMATS[format_name(name)]}
    known = [_entry(each, chosen[each]) for each in chosen]
    if as_json:
        output.show_json({"formats": known, "common_options": _common_options()})
        return
    if name is not None:
        _describe(known[0], chosen[known[0]["name"]])
        return
    _list(known)
    output.say("points: kept even where they are not the middles of the boxes. All of them are read.")
    output.say(f"Option -i of every format: {', '.join(_common_options())}.")
    output.say("`ghtools formats NAME` describes a format: its files, its traps and what its options do.")


def _list(known: list[dict[str, Any]]) -> None:
    """Print the table of all formats."""
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


def _describe(entry: dict[str, Any], known: Format) -> None:
    """Print what the module of a format says, and what its options do."""
    from converters.formats.options import CommonOptions, explain_options

    module = inspect.getmodule(known.read)
    output.tell((module.__doc__ or "").strip().replace("```\n", ""))
    output.tell(
        f"\nHolds: {', '.join(entry['holds']) or 'pictures alone'}. Written: {'yes' if known.writes else 'no'}."
    )
    kinds = {"-i": [known.options, CommonOptions], "-o": [known.writes.options] if known.writes else []}
    for flag, classes in kinds.items():
        for option, meaning in (row for kind in classes for row in explain_options(kind)):
            output.tell(f"{flag} {option}: {meaning}")


def _common_options() -> list[str]:
    from converters.formats.options import CommonOptions, describe_options

    return describe_options(CommonOptions)


def _entry(name: str, known: Format) -> dict[str, Any]:
    from typing import get_args

    from converters.formats.format import ColumnName
    from converters.formats.options import describe_options

    return {
        "name": name,
        "reads": True,
        "writes": known.writes is not None,
        "holds": [column for column in get_args(ColumnName) if column in known.holds],
        "options": {
            "read": describe_options(known.options),
            "write": describe_options(known.writes.options) if known.writes else [],
        },
    }


class Verb(TyperCommand):
    """A verb whose help ends with the options of formats, where it takes them (`-i`, `-o`)."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        super().format_options(ctx, formatter)
        flags = {"-i": "read", "-o": "write"}
        taken = [flag for flag in flags if any(flag in parameter.opts for parameter in self.params)]
        if not taken:
            return
        # Only this help loads the formats: `ghtools --help` and the verbs themselves start without them.
        from converters.formats.registry import FORMATS

        entries = [_entry(name, known) for name, known in FORMATS.items()]
        for flag in taken:
            rows = [(entry["name"], "  ".join(entry["options"][flags[flag]])) for entry in entries]
            if flag == "-i":
                rows.append(("every format", "  ".join(_common_options())))
            with formatter.section(f"Options {flag} by format, with their defaults (`ghtools formats NAME` says more)"):
                formatter.write_dl([row for row in rows if row[1]])
