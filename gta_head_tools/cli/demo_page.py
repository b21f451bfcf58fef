"""The page that `ghtools demo` leaves: what was done, how well it went, and how to go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from converters.demo import ANCHORS, COCO, NOISE
from gta_head_tools import __version__
from gta_head_tools.cli.output import typed
from gta_head_tools.report.boxes import errors_section, expectation_section, pictures_section
from gta_head_tools.report.markup import commands, definitions, key_numbers
from gta_head_tools.report.page import Section, build_page
from gta_head_tools.whole_files import write_text

if TYPE_CHECKING:
    from gta_head_tools.report.boxes import BoxTrial

REPORT = "report.html"
WORDS = {
    "anchor": "A box that a person draws around one head; all others are computed from the anchors of their scene.",
    "scene": "All pictures from one fixed camera: they share their anchors.",
    "size": "Square root of width times height of a box, in pixels.",
    "size error": "How far the size of a box is from the exact one, as a share of it; the median is that of the head "
    "in the middle, half of the heads are better.",
    "overlap (IoU)": "Area that two boxes share over the area that they cover together: 1 is the same box.",
    "auto": "The default rule: it knows that far heads are smaller, leans on the horizon of the camera and on how "
    "close heads stand, and bends where the ground does.",
    "two-nearest": "The rule of the GTA_Head paper: the mean of the two nearest anchors, weighted by their distances.",
    "sizes ± and grade": "The error that the tool expects of the sizes of its own boxes without knowing the truth, "
    "half of the places are better; green is up to 6 %, amber up to 12 %, red above or too little known.",
    "single heads ±": "The same for the head of each person, which may be larger or smaller than heads at its place "
    "are on average.",
}


def write_page(trials: Sequence[BoxTrial], out: Path, checked: str) -> None:
    """Write the report of a demo into its folder.

    Args:
        trials: the scenes.
        out: the folder.
        checked: what `ghtools validate` found in the boxes, in words.

    Raises:
        DatasetLayoutError: the place cannot be written.
    """
    heads = sum(len(trial.exact) for trial in trials)
    title = f"{heads:,} head boxes from {ANCHORS * len(trials)} anchors"
    lead = (
        f"Two crowds were rendered, {ANCHORS} boxes were drawn in each, and every other head got its box from these. "
        "Because the crowds are rendered, the exact box of every head is known, and what came out can be measured."
    )
    sections = [
        Section("", key_numbers({**_numbers(trials, heads), "found by the checks of the boxes": checked})),
        pictures_section(trials),
        errors_section(trials),
        expectation_section(trials, "auto"),
        Section("What the words mean", definitions(WORDS)),
        Section("How to go on", commands(_commands(out))),
    ]
    foot = (
        f"Made by ghtools {__version__} (ghtools demo). The pictures are rendered, and free to use under its licence."
    )
    write_text(out / REPORT, build_page(title, lead, sections, foot=foot))


def _numbers(trials: Sequence[BoxTrial], heads: int) -> dict[str, str]:
    medians = {
        rule: float(np.median(np.abs(np.concatenate([trial.errors()[rule] for trial in trials]))))
        for rule in trials[0].found
    }
    return {
        "heads with a box": f"{heads:,}",
        f"boxes drawn, with {100 * NOISE:.0f} % noise": str(sum(len(trial.anchors) for trial in trials)),
        **{f"median size error, {rule}": f"{100 * median:.1f} %" for rule, median in medians.items()},
    }


def _commands(out: Path) -> dict[str, str]:
    scene = typed(out / "scene_1_0")
    return {
        f"ghtools suggest-anchor {typed(out)}": "Which head to box next, and what it would gain.",
        f"ghtools interpolate-boxes {scene} --rule row": "The same with another rule; --help names them all.",
        f"ghtools convert {typed(out / 'boxes')} --to csv": f"Boxes in another format; {COCO} is there already.",
        "ghtools synth crowds --scenes 6 --people 1000": "More rendered crowds with exact boxes: to train, to test.",
        "ghtools suggest-anchor YOUR_SCENE": "With a scene of your own: a folder of pictures from one camera, and "
        "the head points in any format that ghtools formats lists.",
    }
