"""`ghtools demo`: the whole product on two scenes that it renders itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gta_head_tools.cli import options, output

if TYPE_CHECKING:
    from gta_head_tools.report.boxes import BoxScore

Out = Annotated[
    Path | None, typer.Argument(metavar="OUT", show_default="ghtools-demo, numbered when taken", help="New folder.")
]


def demo(out: Out = None, as_json: options.AsJson = False) -> None:
    """Render two small scenes, draw six boxes in each, and give every head a box.

    The boxes drawn are the exact ones with 5 % noise, on the heads that `suggest-anchor` names. Ends with overlay
    pictures, a COCO file, the size error of the default rule and of the paper's, and one page to show around.

    Example: ghtools demo
    """
    from converters.demo import RULES, run_demo
    from converters.validate import ValidateOptions, validate
    from gta_head_tools.cli.demo_page import write_page

    folder = _free_folder(Path("ghtools-demo")) if out is None else _new_folder(out)
    with output.bars() as track:
        trials = run_demo(folder, track=track)
        checked = validate(folder / RULES["auto"], ValidateOptions(from_format="mot"), jobs=1, track=track).summary
        write_page(trials, folder, checked)
    show([score for trial in trials for score in trial.scores()], folder, checked, as_json=as_json)


def show(scores: list[BoxScore], folder: Path, checked: str, *, as_json: bool = False) -> None:
    """The scores as JSON, or as a table with what to look at."""
    from dataclasses import asdict

    from converters.demo import ANCHORS, COCO, OVERLAYS, RULES
    from gta_head_tools.cli.demo_page import REPORT
    from gta_head_tools.report.boxes import SCORE_COLUMNS, score_cells

    if as_json:
        told = {"scores": [asdict(s) for s in scores], "checked": checked}
        output.show_json({**told, "report": folder / REPORT, "out": folder})
        return
    rows = map(score_cells, scores)
    output.table(SCORE_COLUMNS, rows, title=f"Boxes from {ANCHORS} anchors per scene, against the exact ones")
    output.tell("")
    output.tell(f"look at     {folder / REPORT}  all of it on one page, to open in a browser")
    output.tell(f"            {folder / OVERLAYS}  every head with its box, anchors marked")
    output.tell(f"boxes       {folder / RULES['auto']}  MOT layout; as COCO: {folder / COCO}")
    output.tell(f"checked     {checked}: ghtools validate {output.typed(folder / RULES['auto'])}")
    output.tell(f"try         ghtools interpolate-boxes {output.typed(folder / 'scene_1_0')} --rule row")
    output.tell(f"            ghtools suggest-anchor {output.typed(folder)}")


def _free_folder(wanted: Path) -> Path:
    folder, number = wanted, 1
    while folder.exists():
        number += 1
        folder = wanted.with_name(f"{wanted.name}-{number}")
    return folder


def _new_folder(wanted: Path) -> Path:
    """`wanted`, which must be new or empty: a second demo would overwrite anchors that a user drew in the first.

    Raises:
        DatasetLayoutError: something is there.
    """
    from gta_head_tools.errors import DatasetLayoutError

    if wanted.exists() and not (wanted.is_dir() and next(wanted.iterdir(), None) is None):
        raise DatasetLayoutError(wanted, "is there already; name a new folder, or none at all")
    return wanted
