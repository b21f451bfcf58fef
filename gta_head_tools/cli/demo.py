"""`ghtools demo`: the whole product on two scenes that it renders itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gta_head_tools.cli import bar, options, output

if TYPE_CHECKING:
    from gta_head_tools.anchors.anchors import AnchorSet
    from gta_head_tools.annotations import ImageAnnotations
    from gta_head_tools.interpolation.scene_boxes import SceneFit
    from gta_head_tools.progress import Track
    from gta_head_tools.report.boxes import BoxScore, BoxTrial

ANCHORS = 6
NOISE = 0.05
"""Relative error of a box drawn by hand."""
SUGGESTIONS, SHOWN = 4, 0.6
"""How many heads to ask for, and the share of one that must show to be boxed."""
RULES = {"auto": "boxes", "two-nearest": "ghtools-two-nearest"}
"""The default rule and the paper's, and the folders of their boxes."""
OVERLAYS, COCO, REPORT = "ghtools-overlays", "ghtools-coco.json", "report.html"
Out = Annotated[
    Path | None, typer.Argument(metavar="OUT", show_default="ghtools-demo, numbered when taken", help="New folder.")
]


def demo(out: Out = None, as_json: options.AsJson = False) -> None:
    """Render two small scenes, draw six boxes in each, and give every head a box.

    The boxes drawn are the exact ones with 5 % noise, on the heads that `suggest-anchor` names. Ends with overlay
    pictures, a COCO file, the size error of the default rule and of the paper's, and one page to show around.

    Example: ghtools demo
    """
    from gta_head_tools.cli.demo_page import write_page

    folder = _free_folder(Path("ghtools-demo")) if out is None else _new_folder(out)
    with bar.bars() as track:
        trials = run_demo(folder, track=track)
        write_page(trials, folder)
    show([score for trial in trials for score in trial.scores()], folder, as_json=as_json)


def show(scores: list[BoxScore], folder: Path, *, as_json: bool = False) -> None:
    """The scores as JSON, or as a table with what to look at."""
    from dataclasses import asdict

    from gta_head_tools.report.boxes import SCORE_COLUMNS, score_cells

    if as_json:
        output.show_json({"scores": [asdict(s) for s in scores], "report": folder / REPORT, "out": folder})
        return
    rows = map(score_cells, scores)
    output.table(SCORE_COLUMNS, rows, title=f"Boxes from {ANCHORS} anchors per scene, against the exact ones")
    output.tell("")
    output.tell(f"look at     {folder / REPORT}  all of it on one page, to open in a browser")
    output.tell(f"            {folder / OVERLAYS}  every head with its box, anchors marked")
    output.tell(f"boxes       {folder / RULES['auto']}  MOT layout; as COCO: {folder / COCO}")
    output.tell(f"try         ghtools interpolate-boxes {output.typed(folder / 'scene_1_0')} --rule row")
    output.tell(f"            ghtools suggest-anchor {output.typed(folder)}")


def _free_folder(wanted: Path) -> Path:
    folder, number = wanted, 1
    while folder.exists():
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder


def _new_folder(wanted: Path) -> Path:
    """`wanted`, in which nothing lies: a second demo would draw its anchors over those that a user drew in the first.

    Raises:
        DatasetLayoutError: something is there.
    """
    from gta_head_tools.errors import DatasetLayoutError

    if wanted.exists() and not (wanted.is_dir() and next(wanted.iterdir(), None) is None):
        raise DatasetLayoutError(wanted, "is there already; name a new folder, or none at all")
    return wanted


def run_demo(out: Path, *, track: Track) -> list[BoxTrial]:
    """Render, draw, interpolate by two rules, convert, draw overlays; the scenes with what both rules made of them."""
    from converters.boxes import BoxOptions, interpolate_boxes
    from converters.convert import convert, read_dataset
    from converters.overlays import render_overlays
    from converters.render_crowds import render_scenes
    from gta_head_tools.interpolation.scene_input import SizeSettings
    from gta_head_tools.synthesis.generate import CrowdSettings

    # A square and a stand in daylight, seen from so low that near heads are large and far ones small.
    settings = CrowdSettings(images=6, people=200, weather="clear", hours=(9, 17), seed=3)
    render_scenes(out, settings, jobs=1, track=track)  # on a new machine every worker would have to compile alike
    _, exact = read_dataset(out / "truth", format_name="mot")
    drawn = {
        scene.name: _draw_anchors(out / scene.name, list(exact.load(scene)), seed=number)
        for number, scene in enumerate(exact.scenes)
    }
    fits: dict[str, SceneFit] = {}
    for rule, name in reversed(RULES.items()):
        # The paper's rule puts boxes on the points; with the offset the two differ in sizes alone.
        what = BoxOptions(SizeSettings(rule, offset=rule == "two-nearest" or None))
        fitted = interpolate_boxes(out, what, out=out / name, jobs=1, track=track).fits
        fits = {fit.name: fit for fit in fitted}
    convert(out / "boxes", out / COCO, to="coco", images="none", track=track)
    _, boxes = read_dataset(out / "boxes", format_name="mot")
    render_overlays(boxes, out / OVERLAYS, track=track)
    return [_trial(out, name, anchors, fits[name]) for name, anchors in drawn.items()]


def _draw_anchors(folder: Path, truth: list[ImageAnnotations], *, seed: int) -> AnchorSet:
    """Box the head that the tool suggests, or the next one if it is hidden, as a careful hand would; ask again."""
    import numpy as np

    from converters.suggest import suggest_boxes
    from gta_head_tools.anchors.anchors import Anchor, AnchorSet, write_anchors
    from gta_head_tools.geometry import around, centres

    rng = np.random.default_rng(seed)
    images = {image.info.name: image for image in truth}
    drawn = AnchorSet(truth[0].info.size)
    for _ in range(ANCHORS):
        found = suggest_boxes(folder, count=SUGGESTIONS, jobs=1)[0]
        suggested = list(zip(found.images, found.suggestions, strict=True))
        name, suggestion = next((s for s in suggested if _shows(images[s[0]], s[1].head)), suggested[0])
        box = images[name].boxes[[suggestion.head]]
        sides = (box[:, 2:] - box[:, :2]) * (1 + NOISE * rng.standard_normal((1, 2)))
        x0, y0, x1, y1 = around(centres(box), *sides.T)[0].round(2).tolist()
        drawn = AnchorSet(drawn.image_size, (*drawn.anchors, Anchor(name, suggestion.point, (x0, y0, x1, y1))))
        write_anchors(folder / "anchors.json", drawn)
    return drawn


def _shows(image: ImageAnnotations, head: int) -> bool:
    return "visibility" not in image.extra or bool(image.extra["visibility"][head] > SHOWN)


def _trial(out: Path, scene: str, drawn: AnchorSet, fit: SceneFit) -> BoxTrial:
    import numpy as np

    from converters.convert import read_dataset
    from gta_head_tools.pictures import read_picture
    from gta_head_tools.report.boxes import BoxTrial

    def read(name: str) -> list[ImageAnnotations]:
        return list(read_dataset(out / name, format_name="mot")[1].only([scene]))

    images = read("truth")
    shown = images[_most_drawn(drawn, [image.info.name for image in images])]
    number = sum(anchor.image == shown.info.name for anchor in drawn.anchors)
    return BoxTrial(
        scene,
        np.concatenate([image.boxes for image in images]),
        {rule: np.concatenate([image.boxes for image in read(name)]) for rule, name in RULES.items()},
        np.array([anchor.box for anchor in drawn.anchors]),
        shown.info.height,
        fit.diagnosis.expected_median_error,
        fit.diagnosis.grade,
        read_picture(out / OVERLAYS / shown.info.path),
        f"{len(shown)} heads, boxes coloured by size; {number} of the {ANCHORS} anchors lie in this picture, "
        "marked by corner brackets.",
    )


def _most_drawn(drawn: AnchorSet, names: list[str]) -> int:
    counts = [sum(anchor.image == name for anchor in drawn.anchors) for name in names]
    return counts.index(max(counts))
