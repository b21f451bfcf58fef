"""`ghtools demo`: the whole product on two scenes that it renders itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gta_head_tools.cli import bar, options, render

if TYPE_CHECKING:
    from converters.rendered import RenderedScene
    from gta_head_tools.progress import Track

ANCHORS = 6
NOISE = 0.05
"""Relative error of a box drawn by hand."""
Out = Annotated[
    Path | None, typer.Argument(metavar="OUT", show_default="ghtools-demo, numbered when taken", help="New folder.")
]


@dataclass(frozen=True)
class RuleScore:
    """How far the boxes of one rule are from the exact ones, over all heads of a scene."""

    scene: str
    rule: str
    heads: int
    median_error: float
    p95_error: float
    overlap: float


def demo(out: Out = None, as_json: options.AsJson = False) -> None:
    """Render two small scenes, draw six boxes in each, and give every head a box.

    The boxes drawn are the exact ones with 5 % noise, on the heads that `suggest-anchor` names. Ends with overlay
    pictures, a COCO file, and the size error of the default rule and of the paper's.

    Example: ghtools demo
    """
    folder = out or _free_folder(Path("ghtools-demo"))
    with bar.bars() as track:
        scores = run_demo(folder, track=track)
    show(scores, folder, as_json=as_json)


def show(scores: list[RuleScore], folder: Path, *, as_json: bool = False) -> None:
    """The scores as JSON, or as a table with what to look at."""
    if as_json:
        render.show_json({"scores": [vars(score) for score in scores], "out": folder})
        return
    columns = ["scene", "rule", "heads", "median size error", "95 % of heads within", "mean overlap (IoU)"]
    rows = [
        (s.scene, s.rule, s.heads, f"{100 * s.median_error:.1f} %", f"{100 * s.p95_error:.0f} %", f"{s.overlap:.3f}")
        for s in scores
    ]
    render.table(columns, rows, title=f"Boxes from {ANCHORS} anchors per scene, against the exact ones")
    render.tell("")
    render.tell(f"look at     {folder / 'ghtools-overlays'}  every head with its box, anchors marked")
    render.tell(f"boxes       {folder / 'boxes'}  MOT layout; as COCO: {folder / 'ghtools-coco.json'}")
    render.tell(f"try         ghtools interpolate-boxes {render.typed(folder / 'scene_1_0')} --rule row")
    render.tell(f"            ghtools suggest-anchor {render.typed(folder)}")


def _free_folder(wanted: Path) -> Path:
    folder, number = wanted, 1
    while folder.exists():
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder


def run_demo(out: Path, *, track: Track) -> list[RuleScore]:
    """Render, draw, interpolate by two rules, convert, draw overlays; the scores of both rules."""
    from converters.boxes import BoxOptions, interpolate_boxes
    from converters.convert import convert, read_dataset
    from converters.overlays import render_overlays
    from converters.rendered import render_scenes
    from gta_head_tools.interpolation.gather import SizeSettings

    scenes = render_scenes(out, track=track)
    for number, scene in enumerate(scenes):
        _draw_anchors(scene, seed=number)
    scores = []
    for rule, name in (("auto", "boxes"), ("two-nearest", "ghtools-two-nearest")):
        # The paper's rule puts boxes on the points; with the offset the two differ in sizes alone.
        settings = BoxOptions(SizeSettings(rule, offset=rule == "two-nearest" or None))
        interpolate_boxes(out, settings, out=out / name, jobs=1, track=track)
        _, boxes = read_dataset(out / name, format_name="mot")
        scores += [_score(scene, rule, list(boxes.only([scene.name]))) for scene in scenes]
    convert(out / "boxes", out / "ghtools-coco.json", to="coco", images="none", track=track)
    _, boxes = read_dataset(out / "boxes", format_name="mot")
    render_overlays(boxes, out / "ghtools-overlays", track=track)
    return sorted(scores, key=lambda score: score.scene)


def _draw_anchors(scene: RenderedScene, *, seed: int) -> None:
    """Box the head that the tool suggests, as a careful hand would, and ask again."""
    import numpy as np

    from converters.suggest import suggest_boxes
    from gta_head_tools.geometry import around
    from gta_head_tools.interpolation.anchors import Anchor, AnchorSet, write_anchors

    rng = np.random.default_rng(seed)
    drawn: list[Anchor] = []
    for _ in range(ANCHORS):
        suggested = suggest_boxes(scene.folder, count=1, jobs=1)[0]
        name, suggestion = suggested.images[0], suggested.suggestions[0]
        box = next(image.boxes[suggestion.head] for image in scene.truth if image.info.name == name)
        sides = (box[2:] - box[:2]) * (1 + NOISE * rng.standard_normal(2))
        x0, y0, x1, y1 = around((box[None, :2] + box[None, 2:]) / 2, sides[:1], sides[1:])[0].round(2).tolist()
        drawn.append(Anchor(name, suggestion.point, (x0, y0, x1, y1)))
        write_anchors(scene.folder / "anchors.json", AnchorSet(scene.truth[0].info.size, tuple(drawn)))


def _score(scene: RenderedScene, rule: str, images: list[Any]) -> RuleScore:
    import numpy as np

    from gta_head_tools.geometry import overlap, sizes

    exact = np.concatenate([image.boxes for image in scene.truth])
    found = np.concatenate([image.boxes for image in images])
    errors = np.abs(sizes(found) / sizes(exact) - 1)
    return RuleScore(
        scene.name,
        rule,
        len(exact),
        float(np.median(errors)),
        float(np.quantile(errors, 0.95)),
        float(overlap(found, exact).mean()),
    )
