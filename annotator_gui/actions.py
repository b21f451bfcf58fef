"""The one table of actions. Menus, tool bar, shortcuts, the table of keys (F1) and the preferences are made from it.

A new action is one row here, and the method that `run` names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtGui import QPainter

from annotator_gui import icons
from annotator_gui.gestures.key_edits import remove_selected, toggle_ignore


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a user can do.

    Attributes:
        name: what code and settings call it.
        menu: title of its menu.
        title: its text in the menu, with `&` before the letter that reaches it.
        tip: what it does, in a sentence.
        run: the method that does it, as a path of attributes from the window: `bench.go` is `window.bench.go`.
        args: what the method is called with.
        keys: as Qt writes them in a portable text; the first one is shown in the menu.
        needs: names in `needs.py`; the first that is not met is the reason why the action is disabled.
        icon: draws its icon. An action of the menus Mode, Edit and View that has one stands in the tool bar.
        short: its text in the tool bar where the title is too long; "" = the title.
        break_before: the menu has a line before it.
        checkable: it can be on or off.
    """

    name: str
    menu: str
    title: str
    tip: str
    run: str
    args: tuple[object, ...] = ()
    keys: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    icon: Callable[[QPainter], None] | None = None
    short: str = ""
    break_before: bool = False
    checkable: bool = False

    @property
    def text(self) -> str:
        """The title without the mark of its letter."""
        return self.title.replace("&", "")

    def missing(self, unmet: Mapping[str, str]) -> str:
        """Why the action cannot work; "" = it can.

        Args:
            unmet: the needs that are not met, and the reason of each.
        """
        return next((unmet[need] for need in self.needs if need in unmet), "")


FILE, EDIT, MODE, GO, REVIEW, VIEW, HELP = "&File", "&Edit", "&Mode", "&Go", "&Review", "&View", "&Help"
SCENE = ("scene",)
WRITABLE = ("scene", "writable")
FRAMES = ("scene", "frames")

# The formatter would spread each row over ten lines.
# fmt: off
ACTIONS = (
    Action("open", FILE, "&Open folder…", "Open a scene, or a folder of scenes",
           "opening.ask_folder", keys=("Ctrl+O", "Ctrl+U")),
    Action("open_file", FILE, "Open fi&le…", "Open a data set that is one file, such as COCO or CSV",
           "opening.ask_file", keys=("Ctrl+Shift+O",)),
    Action("scene_list", FILE, "Scene l&ist", "Back to the list of scenes",
           "opening.show_list", keys=("Ctrl+L",), needs=("scenes",), break_before=True),
    Action("next_scene", FILE, "&Next unfinished scene", "Save and open the next scene that has no good boxes yet",
           "opening.open_next", keys=("Ctrl+Shift+N",), needs=SCENE),
    Action("save", FILE, "&Save", "Save now; the window also saves by itself, two seconds after an edit",
           "bench.save", keys=("Ctrl+S",), needs=WRITABLE, break_before=True),
    Action("export", FILE, "&Export boxes…", "Write a box for every head of the data set",
           "dialogs.export", keys=("Ctrl+E",), needs=("scene", "exportable")),
    Action("proposals", FILE, "Load &proposals…",
           "Show the heads of a predictions file as proposals to accept or reject",
           "dialogs.load_proposals", keys=("Ctrl+P",), needs=WRITABLE, break_before=True),
    Action("preferences", FILE, "Pre&ferences…", "Colours, wheel and keys",
           "dialogs.preferences", keys=("Ctrl+,",), break_before=True),
    Action("quit", FILE, "&Quit", "Save and close the window",
           "close", keys=("Ctrl+Q",), break_before=True),

    Action("undo", EDIT, "&Undo", "Take the last edit back",
           "bench.undo", keys=("Ctrl+Z",), needs=(*WRITABLE, "undo"), icon=icons.undo),
    Action("redo", EDIT, "&Redo", "Do again what was taken back",
           "bench.redo", keys=("Ctrl+Y", "Ctrl+Shift+Z"), needs=(*WRITABLE, "redo"), icon=icons.redo),
    Action("delete", EDIT, "&Delete", "Remove what is selected; a head whose pin is removed follows the anchors again",
           "canvas.apply", (remove_selected,), ("Del", "Backspace"), (*WRITABLE, "selection"), break_before=True),
    Action("pin", EDIT, "&Pin head",
           "Keep a box of its own for the selected head; with nothing selected, go to pin mode",
           "canvas.pin", keys=("P",), needs=WRITABLE, break_before=True),
    Action("keep", EDIT, "&Keep anchor", "Trust this anchor: it is never left out as a suspect",
           "bench.set_use", ("keep",), ("K",), (*WRITABLE, "anchor"), break_before=True),
    Action("leave_out", EDIT, "&Ignore anchor", "Leave this anchor out of the fit, without removing it",
           "bench.set_use", ("ignore",), ("Shift+K",), (*WRITABLE, "anchor")),
    Action("own_frame", EDIT, "Anchor of its own &frame",
           "Let this anchor serve its own frame alone, as under another zoom or shaking wind; again: the whole scene",
           "bench.turn_own_frame", keys=("Shift+W",), needs=(*WRITABLE, "anchor")),
    Action("ignore_head", EDIT, "I&gnore head", "Turn the ignore flag of the selected heads on or off",
           "canvas.apply", (toggle_ignore,), ("I",), (*WRITABLE, "head"), break_before=True),
    Action("accept", EDIT, "&Accept proposal", "Take the nearest proposal over as a head",
           "proposals.accept", keys=("Y",), needs=(*WRITABLE, "proposals"), break_before=True),
    Action("reject", EDIT, "Re&ject proposal", "Drop the nearest proposal",
           "proposals.reject", keys=("Shift+Y",), needs=(*WRITABLE, "proposals")),
    Action("accept_above", EDIT, "Accept proposals a&bove…", "Take over every proposal of this frame above a score",
           "dialogs.accept_above", keys=("Ctrl+Shift+Y",), needs=(*WRITABLE, "proposals")),
    Action("accept_scene", EDIT, "Accept in all fram&es above…",
           "Take over every proposal of the whole scene above a score",
           "dialogs.accept_scene", keys=("Ctrl+Alt+Y",), needs=(*WRITABLE, "proposals")),

    Action("select_mode", MODE, "&Select", "Select and move; also cancels what is being drawn",
           "canvas.set_mode", ("select",), ("Esc",), SCENE, icons.select, checkable=True),
    Action("anchor_mode", MODE, "&Anchor", "Draw a box around a head: all others follow",
           "canvas.set_mode", ("anchor",), ("W", "R"), WRITABLE, icons.anchor, checkable=True),
    Action("pin_mode", MODE, "P&in", "Draw a box for one head alone",
           "canvas.set_mode", ("pin",), ("Shift+P",), WRITABLE, icons.pin, checkable=True),
    Action("zone_mode", MODE, "&Zone", "Outline a stand, stairs or a gallery, whose heads are fitted apart",
           "canvas.set_mode", ("zone",), ("G",), WRITABLE, icons.zone, checkable=True),
    Action("horizon_mode", MODE, "H&orizon", "Draw the horizon as a line",
           "canvas.set_mode", ("horizon",), ("O",), WRITABLE, icons.horizon, checkable=True),
    Action("heads_mode", MODE, "&Heads", "Add, move and remove head points",
           "canvas.set_mode", ("heads",), ("E",), WRITABLE, icons.heads, checkable=True),

    Action("previous", GO, "&Previous frame", "Hold to play backwards",
           "bench.step", (-1,), ("A", "PgUp"), FRAMES),
    Action("next", GO, "&Next frame", "Hold to play",
           "bench.step", (1,), ("D", "PgDown"), FRAMES),
    Action("find_frame", GO, "Find f&rame", "Type part of a name to filter the list of frames; Esc leaves it",
           "find_frame", keys=("Ctrl+F",), needs=SCENE, break_before=True),
    Action("previous_unreviewed", GO, "Previous unre&viewed frame", "Back to the last frame that is not reviewed",
           "bench.go_unreviewed", (-1,), ("Ctrl+Shift+A", "Ctrl+Shift+PgUp"), FRAMES, break_before=True),
    Action("next_unreviewed", GO, "Next &unreviewed frame", "On to the next frame that is not reviewed",
           "bench.go_unreviewed", (1,), ("Ctrl+Shift+D", "Ctrl+Shift+PgDown"), FRAMES),
    Action("first", GO, "&First frame", "Go to the first frame",
           "bench.turn", (0,), ("Home",), FRAMES, break_before=True),
    Action("last", GO, "&Last frame", "Go to the last frame",
           "bench.go_last", keys=("End",), needs=FRAMES),
    Action("suggest", GO, "&Suggested head", "Go to the head whose box would help most, ready to draw",
           "suggestions.ask", keys=("N",), needs=(*WRITABLE, "suggestion"), icon=icons.suggestion, break_before=True),
    Action("skip", GO, "S&kip suggestion", "Never offer this head again, and go to the next one",
           "suggestions.skip", keys=("Shift+N",), needs=(*WRITABLE, "suggestion")),

    Action("review_next", REVIEW, "Mark reviewed and &go on",
           "Mark this frame as reviewed and go to the next unreviewed one",
           "bench.review_and_go_on", keys=("V",), needs=WRITABLE),
    Action("review", REVIEW, "Mark &reviewed", "Mark this frame as reviewed, or take the mark back",
           "bench.toggle_reviewed", keys=("Shift+V",), needs=WRITABLE, checkable=True),
    Action("contact_sheet", REVIEW, "&Contact sheet…", "Twelve frames side by side, at the current view",
           "dialogs.contact_sheet", keys=("C",), needs=SCENE, break_before=True),

    Action("zoom_in", VIEW, "Zoom &in", "Zoom in",
           "canvas.zoom_in", keys=("Ctrl++", "Ctrl+="), needs=SCENE),
    Action("zoom_out", VIEW, "Zoom &out", "Zoom out",
           "canvas.zoom_out", keys=("Ctrl+-",), needs=SCENE),
    Action("fit", VIEW, "&Fit", "Show the whole picture",
           "canvas.fit", keys=("F",), needs=SCENE, break_before=True),
    Action("actual_size", VIEW, "Ac&tual size", "One pixel of the picture is one pixel of the screen",
           "canvas.actual_size", keys=("Ctrl+0",), needs=SCENE),
    Action("zoom_selection", VIEW, "Zoom to &selection", "Zoom to what is selected",
           "zoom_to_selection", keys=("Z",), needs=("scene", "selection")),
    Action("show_points", VIEW, "&Points", "Show or hide head points",
           "canvas.toggle_overlay", ("points",), ("1",), SCENE, icons.points, checkable=True, break_before=True),
    Action("show_boxes", VIEW, "&Boxes", "Show or hide boxes",
           "canvas.toggle_overlay", ("boxes",), ("2",), SCENE, icons.boxes, checkable=True),
    Action("show_anchors", VIEW, "&Anchors and pins", "Show or hide anchors and pins",
           "canvas.toggle_overlay", ("anchors",), ("3",), SCENE, icons.anchors, "Anchors", checkable=True),
    Action("show_heat", VIEW, "&Heat map", "Show where the boxes are expected to be wrong, and by how much",
           "canvas.toggle_overlay", ("heat",), ("4", "H"), ("scene", "heat"), icons.heat, "Heat", checkable=True),
    Action("show_zones", VIEW, "&Zones and horizon", "Show or hide zones and the horizon",
           "canvas.toggle_overlay", ("zones",), ("5",), SCENE, icons.zones, "Zones", checkable=True),

    Action("keys", HELP, "&Keys", "Show all keys and gestures",
           "dialogs.keys", keys=("F1",)),
)
# fmt: on


def keys_in_use(changed: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Name of each action to its keys: those of the user where `changed` has some, else those of the table."""
    return {action.name: changed.get(action.name, action.keys) for action in ACTIONS}


def taken_twice(keys: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Keys that more than one action has, with the names of these actions."""
    owners: dict[str, list[str]] = {}
    for name, own in keys.items():
        for key in own:
            owners.setdefault(key, []).append(name)
    return {key: names for key, names in owners.items() if len(names) > 1}
