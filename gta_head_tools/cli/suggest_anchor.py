"""`ghtools suggest-anchor`: which heads to draw a box on next."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from converters.suggest import SceneSuggestions


def suggest_anchor(
    source: options.Source = Path(),
    *,
    count: Annotated[int, typer.Option("--count", metavar="N", help="Suggestions per scene.")] = 3,
    anchors: Annotated[
        Path | None,
        typer.Option(
            "--anchors", metavar="FILE", show_default="anchors.json of each scene", help="Boxes drawn so far."
        ),
    ] = None,
    from_format: options.From = None,
    read_options: options.ReadOptions = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    as_json: options.AsJson = False,
) -> None:
    """Name the heads whose boxes would help most, each taking those before it as drawn.

    Example: ghtools suggest-anchor scene_0_0 --count 3
    """
    from converters.suggest import suggest_boxes

    name = options.source_format(source, from_format)
    with output.bars() as track:
        found = suggest_boxes(
            source,
            count=count,
            anchors=anchors,
            from_format=name,
            read_options=read_options or (),
            jobs=jobs,
            cluster=cluster,
            track=track,
        )
    show(found, as_json=as_json)


def show(found: Sequence[SceneSuggestions], *, as_json: bool = False) -> None:
    """The suggestions as JSON or as a table."""
    rows: list[dict[str, Any]] = [
        {
            "scene": scene.scene,
            "image": image,
            "point": [round(value, 2) for value in suggestion.point],
            "expected_before": suggestion.expected_before,
            "expected_after": suggestion.expected_after,
        }
        for scene in found
        for image, suggestion in zip(scene.images, scene.suggestions, strict=True)
    ]
    skipped = {scene.scene: scene.skipped for scene in found if scene.skipped}
    if as_json:
        output.show_json({"suggestions": rows, "skipped": list(skipped)})
        return
    output.table(
        ["scene", "image", "x", "y", "sizes before", "sizes after"],
        [
            (
                row["scene"],
                row["image"],
                *row["point"],
                _error(row["expected_before"]),
                _error(row["expected_after"]),
            )
            for row in rows
        ],
    )
    output.tell_skipped(skipped)


def _error(share: float | None) -> str:
    from gta_head_tools.interpolation.expectation import percent

    return "-" if share is None else f"±{percent(share)}"
