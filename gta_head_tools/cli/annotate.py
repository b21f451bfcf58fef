"""`ghtools annotate`: the window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gta_head_tools.errors import ConfigError, MissingExtraError


def annotate(
    scene: Annotated[
        Path | None,
        typer.Argument(metavar="SCENE", help="A scene, a folder of scenes, or a label file.", show_default="asked for"),
    ] = None,
) -> None:
    """Draw anchor boxes in a window; every other head follows.

    Without SCENE the window lists the scenes that were opened before. Drawings are saved automatically, in the scene's
    anchors.json.

    Example: ghtools annotate scene_0_0
    """
    try:
        from annotator_gui.app import run
    except ImportError as error:
        # Where a system library cannot be loaded, the error names no module.
        if (error.name or "PySide6").partition(".")[0] not in {"PySide6", "shiboken6"}:
            raise
        if isinstance(error, ModuleNotFoundError):
            raise MissingExtraError("gui", "the annotator window") from error
        raise ConfigError(f"Qt cannot be loaded ({error}); `ghtools doctor` says what to install") from error
    raise typer.Exit(run(scene))
