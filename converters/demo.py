"""The demonstration: two rendered scenes, anchors drawn from their exact boxes, and the whole way to boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from converters.boxes import BoxOptions, interpolate_boxes
from converters.convert import ConvertOptions, convert
from converters.datasets.read import read_dataset
from converters.overlays import render_overlays
from converters.picture_writer import DrawOptions
from converters.render_crowds import render_scenes
from converters.suggest import suggest_boxes
from gta_head_tools.anchors.anchors import Anchor, AnchorSet, write_anchors
from gta_head_tools.annotations import ImageAnnotations
from gta_head_tools.geometry import around, centres
from gta_head_tools.interpolation.scene_boxes import SceneFit
from gta_head_tools.interpolation.scene_input import SizeSettings
from gta_head_tools.pictures import read_picture
from gta_head_tools.progress import Track, no_progress
from gta_head_tools.report.boxes import BoxTrial
from gta_head_tools.synthesis.generate import CrowdSettings

ANCHORS = 6
"""Boxes drawn in each scene."""
NOISE = 0.05
"""Relative error of a box drawn by hand."""
SUGGESTIONS, SHOWN = 4, 0.6
"""How many heads to ask for, and the share of a head that must be visible for it to be boxed."""
RULES = {"auto": "boxes", "two-nearest": "ghtools-two-nearest"}
"""The default rule and the paper's rule, and the folders of their boxes."""
OVERLAYS, COCO = "ghtools-overlays", "ghtools-coco.json"


def run_demo(out: Path, *, track: Track = no_progress) -> list[BoxTrial]:
    """Render, draw anchors, interpolate by two rules, convert, and draw overlays.

    Args:
        out: new folder.
        track: progress.

    Returns:
        For each scene the exact boxes, and the boxes of both rules.
    """
    # A square and a stand in daylight. The camera is low, so that near heads are large and far heads small.
    settings = CrowdSettings(images=6, people=200, weather="clear", hours=(9, 17), seed=3)
    render_scenes(out, settings, jobs=1, track=track)  # On a new machine every worker would compile the same code.
    _, exact = read_dataset(out / "truth", format_name="mot")
    drawn = {
        scene.name: _draw_anchors(out / scene.name, list(exact.load(scene)), seed=number)
        for number, scene in enumerate(exact.scenes)
    }
    fits: dict[str, SceneFit] = {}
    for rule, name in reversed(RULES.items()):
        # The paper's rule centres boxes on the points; with the offset both rules differ in sizes alone.
        sizes = SizeSettings(rule, offset=rule == "two-nearest" or None)
        fitted = interpolate_boxes(out, BoxOptions(sizes=sizes, out=out / name), jobs=1, track=track).fits
        fits = {fit.name: fit for fit in fitted}
    convert(out / "boxes", ConvertOptions(to="coco", out=out / COCO, images="none"), track=track)
    _, boxes = read_dataset(out / "boxes", format_name="mot")
    render_overlays(boxes, out / OVERLAYS, DrawOptions(track=track))
    return [_trial(out, name, anchors, fits[name]) for name, anchors in drawn.items()]


def _draw_anchors(folder: Path, truth: list[ImageAnnotations], *, seed: int) -> AnchorSet:
    """Anchors of a scene: box the head that the tool suggests, or the next one if it is hidden, and ask again."""
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
        fit.diagnosis.expected,
        fit.diagnosis.grade,
        read_picture(out / OVERLAYS / shown.info.path),
        f"{len(shown)} heads, boxes coloured by size; {number} of the {ANCHORS} anchors lie in this picture, "
        "marked by corner brackets.",
    )


def _most_drawn(drawn: AnchorSet, names: list[str]) -> int:
    counts = [sum(anchor.image == name for anchor in drawn.anchors) for name in names]
    return counts.index(max(counts))
