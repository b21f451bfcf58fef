"""Options that several verbs share, each explained once, and the format of a source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gta_head_tools.cli import output

if TYPE_CHECKING:
    from converters.datasets.read import Found


def _format_names() -> list[str]:
    from converters.formats.registry import FORMATS

    return list(FORMATS)


Source = Annotated[Path, typer.Argument(metavar="SRC", help="Data set: a folder or one label file.")]

From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="FORMAT",
        show_default="detected",
        autocompletion=_format_names,
        help="Format of the source; see `ghtools formats`.",
    ),
]
FromBoth = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="A,B",
        show_default="detected",
        help="Formats of both data sets, or one for both; see `ghtools formats`.",
    ),
]
Missing = Annotated[
    Literal["error", "empty", "skip"],
    typer.Option(
        "--missing",
        help="An image that only one side has is an error, or has no heads on the other side, or is left out (skip).",
    ),
]
PerImage = Annotated[Path | None, typer.Option("--per-image", metavar="FILE.csv", help="Write a table of the images.")]
SkipMissing = Annotated[bool, typer.Option("--skip-missing", help="Leave out images without a picture.")]
ReadOptions = Annotated[
    list[str] | None,
    typer.Option("-i", metavar="KEY=VALUE", help="Option of the source's format; may be given several times."),
]
To = Annotated[
    str,
    typer.Option(
        "--to", metavar="FORMAT", autocompletion=_format_names, help="Format to write; see `ghtools formats`."
    ),
]
WriteOptions = Annotated[
    list[str] | None,
    typer.Option("-o", metavar="KEY=VALUE", help="Option of the target's format; may be given several times."),
]
ImageMode = Literal["none", "link", "symlink", "copy"]
Images = Annotated[
    ImageMode,
    typer.Option("--images", help="Leave pictures out, or make hard links (link), symbolic links, or copies of them."),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="SPLIT/GLOB",
        help="Only images of this split, scene or path (`train`, `train/IMG_1*`); may be given several times.",
    ),
]
Limit = Annotated[
    int | None, typer.Option("--limit", metavar="N", help="At most N pictures, spread evenly over the data set.")
]
AllowLossy = Annotated[bool, typer.Option("--allow-lossy", help="Drop columns that the target cannot hold.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite what is there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", show_default="all cores", help="Workers; the result does not depend on it."),
]
Cluster = Annotated[
    str | None, typer.Option("--cluster", metavar="tcp://HOST:PORT", help="Run on this dask scheduler instead.")
]


def source_format(source: Path, name: str | None) -> str:
    """The format asked for by name, else the detected one, which is then printed.

    Raises:
        DatasetLayoutError: `source` looks like no format, or like several.
        UnknownNameError: no format has that name.
    """
    from converters.formats.registry import detect_format, format_name

    if name is not None:
        return format_name(name)
    detected = detect_format(source)
    output.say(f"{source}: detected format {detected}")
    return detected


def find_both(sources: tuple[Path, Path], names: str | None) -> tuple[Found, Found]:
    """Predictions and truth with their formats, by name (`A,B`, or one for both), else detected and printed.

    Raises:
        ConfigError: more than two names.
        DatasetLayoutError: a source looks like no format, or like several.
        UnknownNameError: no format has that name.
    """
    from converters.datasets.read import find_dataset, find_predictions

    given = _two_names(names)
    predicted = find_predictions(sources[0], given[0] or None)
    if not given[0]:
        output.say(f"{sources[0]}: detected format {predicted.format}")
    return predicted, find_dataset(sources[1], source_format(sources[1], given[-1] or None))


def find_alike(sources: tuple[Path, Path], names: str | None) -> tuple[Found, Found]:
    """Two versions of a data set with their formats, by name (`A,B`, or one for both), else detected and printed.

    Raises:
        ConfigError: more than two names.
        DatasetLayoutError: a source looks like no format, or like several.
        UnknownNameError: no format has that name.
    """
    from converters.datasets.read import find_dataset

    given = _two_names(names)
    first, second = (
        find_dataset(source, source_format(source, name or None))
        for source, name in zip(sources, (given[0], given[-1]), strict=True)
    )
    return first, second


def _two_names(names: str | None) -> list[str]:
    from gta_head_tools.errors import ConfigError

    given = (names or "").split(",")
    if len(given) > 2:
        raise ConfigError(f"--from {names}: expected two formats, one for each side")
    return given


def formats_of(sources: Sequence[Path], names: str | None) -> list[str]:
    """The formats of several data sets, by name (`A,B,C`, or one for all), else detected and printed.

    Raises:
        ConfigError: more or fewer names than data sets.
        DatasetLayoutError: a source looks like no format, or like several.
        UnknownNameError: no format has that name.
    """
    from gta_head_tools.errors import ConfigError

    given = (names or "").split(",")
    if len(given) not in {1, len(sources)}:
        raise ConfigError(f"--from {names}: {len(given)} formats for {len(sources)} data sets; give one each")
    each = given * len(sources) if len(given) == 1 else given
    return [source_format(source, name or None) for source, name in zip(sources, each, strict=True)]
