"""`ghtools annotate`: the window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gta_head_tools.cli import options
from gta_head_tools.errors import ConfigError, MissingExtraError


def annotate(
    scene: Annotated[
        Path | None,
        typer.Argument(metavar="SCENE", help="A scene, a folder of scenes, or a label file.", show_default="asked for"),
    ] = None,
    *,
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    pool: Annotated[
        bool, typer.Option("--pool", help="For still pictures: those without boxes share the scale of the others.")
    ] = False,
) -> None:
    """Draw anchor boxes in a window; every other head follows.

    Without SCENE the window lists the scenes that were opened before. Drawings are saved automatically, in the scene's
    anchors.json. Photographs, each with boxes of its own, are opened with -i scenes=image.

    Example: ghtools annotate scene_0_0
    """
    try:
        from annotator_gui.app import run
        from annotator_gui.model.data_source import Reading
    except ImportError as error:
        # Where a system library cannot be loaded, the error names no module.
        if (error.name or "PySide6").partition(".")[0] not in {"PySide6", "shiboken6"}:
            raise
        if isinstance(error, ModuleNotFoundError):
            raise MissingExtraError("gui", "the annotator window") from error
        raise ConfigError(f"Qt cannot be loaded ({error}); `ghtools doctor` says what to install") from error
    given = Reading(from_format, tuple(read_options or ()), pool)
    raise typer.Exit(run(scene, given if given != Reading() else None))
