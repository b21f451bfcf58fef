"""`ghtools annotate`: the window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gta_head_tools.errors import MissingExtraError


def annotate(
    scene: Annotated[
        Path | None,
        typer.Argument(metavar="SCENE", help="A scene, a folder of scenes, or a label file.", show_default="asked for"),
    ] = None,
) -> None:
    """Draw anchor boxes in a window; every other head follows.

    Without SCENE the window lists what was opened before. Drawings are saved by themselves, in the scene's
    anchors.json.

    Example: ghtools annotate scene_0_0
    """
    try:
        from annotator_gui.app import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"PySide6", "shiboken6"}:
            raise
        raise MissingExtraError("gui", "the annotator window") from error
    raise typer.Exit(run(scene))
