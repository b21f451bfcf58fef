"""`ghtools synth`: rendered crowds with exact boxes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from converters.render_crowds import RenderReport

Out = Annotated[Path, typer.Argument(metavar="OUT", help="New folder, or one to go on with.", show_default=False)]
Layout = Annotated[
    str,
    typer.Option(
        "--layout", metavar="PLACE", help="mixed (one after another), plane, stand, hill, street, mall, platform."
    ),
]
Weather = Annotated[
    str,
    typer.Option("--weather", metavar="NAME", help="any, clear, clouds, overcast, foggy, rain, thunder or extrasunny."),
]


def synth(
    out: Out,
    *,
    scenes: Annotated[
        int, typer.Option("--scenes", metavar="N", help="Number of scenes; each is one fixed camera.")
    ] = 2,
    images: Annotated[int, typer.Option("--images", metavar="N", help="Pictures of each scene.")] = 10,
    people: Annotated[
        str,
        typer.Option("--people", metavar="N|A-B", help="People in each picture; 20-400: a number of its own for each."),
    ] = "300",
    layout: Layout = "mixed",
    weather: Weather = "any",
    hours: Annotated[str, typer.Option("--hours", metavar="A-B", help="Hours of the day; 20-4: the night.")] = "0-23",
    negatives: Annotated[
        float,
        typer.Option(
            "--negatives", metavar="SHARE", help="Share of pictures without people, but with things like heads."
        ),
    ] = 0.0,
    size: Annotated[str, typer.Option("--size", metavar="WxH", help="Of the pictures, in pixels.")] = "1920x1080",
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed gives the same files.")] = 0,
    min_visible: Annotated[
        float, typer.Option("--min-visible", metavar="SHARE", help="Leave out heads whose visible share is smaller.")
    ] = 0.0,
    force: Annotated[bool, typer.Option("--force", help="Start anew: remove what was rendered into OUT.")] = False,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    as_json: options.AsJson = False,
) -> None:
    """Render crowds whose heads have exact boxes.

    Writes GCC Labeler scenes (OUT/scene_X_0 with jpgs, jsons, mats, segs) and the exact boxes, ids and visibility of
    the same heads as a MOT data set (OUT/truth). A mask in segs takes a byte for each pixel: 2 MB an image at the
    default size. The same command again finishes a run that was interrupted.

    Example: ghtools synth crowds --scenes 6 --people 1000
    """
    from converters.render_crowds import render_scenes
    from gta_head_tools.synthesis.generate import CrowdSettings

    settings = CrowdSettings(
        scenes=scenes,
        images=images,
        people=_people(people),
        layout=layout,
        weather=weather,
        hours=_span(hours),
        negatives=negatives,
        size=_size(size),
        seed=seed,
        min_visible=min_visible,
    )
    with output.bars() as track:
        report = render_scenes(out, settings, force=force, jobs=jobs, cluster=cluster, track=track)
    show(report, as_json=as_json)


def _people(text: str) -> int | tuple[int, int]:
    if re.fullmatch(r"\s*\d{1,6}\s*", text, re.ASCII):
        return int(text)
    return _span(text, "--people", "a number like 300, or two like 20-400")


def _span(text: str, option: str = "--hours", expected: str = "two hours like 8-18") -> tuple[int, int]:
    found = re.fullmatch(r"\s*(\d{1,6})\s*-\s*(\d{1,6})\s*", text, re.ASCII)
    if found is None:
        raise _misread(option, text, expected)
    return int(found[1]), int(found[2])


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(\d{1,6})\s*[xX]\s*(\d{1,6})\s*", text, re.ASCII)
    if found is None:
        raise _misread("--size", text, "width and height like 1920x1080")
    return int(found[1]), int(found[2])


def _misread(option: str, text: str, expected: str) -> Exception:
    from gta_head_tools.errors import ConfigError

    return ConfigError(f"{option} {text!r}: expected {expected}")


def show(report: RenderReport, *, as_json: bool) -> None:
    """Print what is there, how fast it was rendered, and what to type next."""
    speed = report.rendered / report.seconds if report.seconds and report.rendered else None
    counts = {"scenes": len(report.scenes), "images": report.images, "heads": report.heads}
    if report.edited:
        count = len(report.edited)
        output.say(
            f"{report.edited[0]} was edited since it was rendered ({count} such files) and is left as it is; "
            "--force renders all again"
        )
    if as_json:
        made = {"rendered": report.rendered, "seconds": report.seconds, "images_per_second": speed}
        output.show_json({**counts, **made, "truth": report.truth, "out": report.out})
        return
    told = ", ".join(f"{count:,} {word if count != 1 else word[:-1]}" for word, count in counts.items())
    output.tell(f"{report.out}: {told} as gcc")
    output.tell(f"{report.truth}: their exact boxes, ids and visibility as mot")
    if speed is not None:
        output.tell(f"rendered now: {report.rendered} in {report.seconds:.1f} s, {speed:.1f} a second")
    if report.rendered < report.images:
        output.tell(f"there already: {report.images - report.rendered}")
    overlays = report.out / "ghtools-overlays"
    output.tell(f"next: ghtools render {output.typed(report.truth)} {output.typed(overlays)} --limit 6")
