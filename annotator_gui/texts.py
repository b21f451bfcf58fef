"""Texts of actions, and those that several parts of the window share; any other text stands where it is shown.

Texts of actions and what is to be done before a disabled one works are keyed by the names of `actions.py`.
"""

from __future__ import annotations

TITLE = "ghtools annotator"

ACTIONS: dict[str, tuple[str, str]] = {
    "open": ("&Open folder…", "Open a scene, or a folder of scenes"),
    "open_file": ("Open fi&le…", "Open a data set that is one file, such as COCO or CSV"),
    "scene_list": ("Scene l&ist", "Back to the list of scenes"),
    "next_scene": ("&Next unfinished scene", "Save and open the next scene that has no good boxes yet"),
    "save": ("&Save", "Save now; the window also saves by itself, two seconds after an edit"),
    "export": ("&Export boxes…", "Write a box for every head of the data set"),
    "proposals": ("Load &proposals…", "Show the heads of a predictions file as proposals to accept or reject"),
    "preferences": ("Pre&ferences…", "Colours, wheel and keys"),
    "quit": ("&Quit", "Save and close the window"),
    "undo": ("&Undo", "Take the last edit back"),
    "redo": ("&Redo", "Do again what was taken back"),
    "delete": ("&Delete", "Remove what is selected; a head whose pin is removed follows the anchors again"),
    "pin": ("&Pin head", "Keep a box of its own for the selected head; with nothing selected, go to pin mode"),
    "keep": ("&Keep anchor", "Trust this anchor: it is never left out as a suspect"),
    "leave_out": ("&Ignore anchor", "Leave this anchor out of the fit, without removing it"),
    "own_frame": (
        "Anchor of its own &frame",
        "Let this anchor serve its own frame alone, as under another zoom or in shaking wind; again: the whole scene",
    ),
    "ignore_head": ("I&gnore head", "Turn the ignore flag of the selected heads on or off"),
    "accept": ("&Accept proposal", "Take the nearest proposal over as a head"),
    "reject": ("Re&ject proposal", "Drop the nearest proposal"),
    "accept_above": ("Accept proposals a&bove…", "Take over every proposal of this frame above a score"),
    "accept_scene": ("Accept in all fram&es above…", "Take over every proposal of the whole scene above a score"),
    "select_mode": ("&Select", "Select and move; also cancels what is being drawn"),
    "anchor_mode": ("&Anchor", "Draw a box around a head: all others follow"),
    "pin_mode": ("P&in", "Draw a box for one head alone"),
    "zone_mode": ("&Zone", "Outline a stand, stairs or a gallery, whose heads are fitted apart"),
    "horizon_mode": ("H&orizon", "Draw the horizon as a line"),
    "heads_mode": ("&Heads", "Add, move and remove head points"),
    "previous": ("&Previous frame", "Hold to play backwards"),
    "next": ("&Next frame", "Hold to play"),
    "previous_unreviewed": ("Previous unre&viewed frame", "Back to the last frame that nobody has looked through"),
    "next_unreviewed": ("Next &unreviewed frame", "On to the next frame that nobody has looked through"),
    "first": ("&First frame", "Go to the first frame"),
    "last": ("&Last frame", "Go to the last frame"),
    "suggest": ("&Suggested head", "Go to the head whose box would help most, ready to draw"),
    "skip": ("S&kip suggestion", "Do not offer this head again in this scene, and go to the next one"),
    "review": ("Mark &reviewed", "Mark this frame as reviewed, or take the mark back"),
    "review_next": ("Mark reviewed and &go on", "Mark this frame as reviewed and go to the next unreviewed one"),
    "contact_sheet": ("&Contact sheet…", "Twelve frames side by side, at the current view"),
    "zoom_in": ("Zoom &in", "Zoom in"),
    "zoom_out": ("Zoom &out", "Zoom out"),
    "fit": ("&Fit", "Show the whole picture"),
    "actual_size": ("Ac&tual size", "One pixel of the picture is one pixel of the screen"),
    "zoom_selection": ("Zoom to &selection", "Zoom to what is selected"),
    "show_points": ("&Points", "Show or hide head points"),
    "show_boxes": ("&Boxes", "Show or hide boxes"),
    "show_anchors": ("&Anchors and pins", "Show or hide anchors and pins"),
    "show_heat": ("&Heat map", "Show where the boxes are expected to be wrong, and by how much"),
    "show_zones": ("&Zones and horizon", "Show or hide zones and the horizon"),
    "keys": ("&Keys", "Show all keys and gestures"),
}
"""Name of an action: its text with the letter that reaches it in a menu, and what it does."""

NEEDS = {
    "scene": "Open a scene first",
    "writable": "This scene is open for reading only",
    "frames": "This scene has one frame",
    "undo": "Nothing to take back",
    "redo": "Nothing was taken back",
    "selection": "Select an anchor, a pin, a zone or a head first",
    "anchor": "Select an anchor, or an anchor of one frame, first",
    "head": "Select a head first (key E goes to heads mode)",
    "exportable": "Draw an anchor or a head first: there is nothing to write yet",
    "suggestion": "No head is left to suggest",
    "numbers": "Draw an anchor first, or wait until the error is computed",
    "proposals": "Load proposals first",
    "scenes": "Open a folder first",
}

MENUS = {
    "file": "&File",
    "edit": "&Edit",
    "mode": "&Mode",
    "go": "&Go",
    "review": "&Review",
    "view": "&View",
    "help": "&Help",
}

MODES = {
    "select": "Select: click an anchor, a pin or a head; drag anchors and pins",
    "anchor": "Anchor: drag from corner to corner of a head; Alt: not centred; Shift: keep the shape",
    "pin": "Pin: drag a box around one head; other heads do not move",
    "zone": "Zone: click the corners, double-click the last one; Esc cancels",
    "horizon": "Horizon: drag one line along it",
    "heads": "Heads: click adds a head, drag moves it, Del removes it, I ignores it",
}

# What several parts of the window say.
FRAMES = "Frames"
ANCHORS = "Anchors"
SAVE_COPY = "Save a &copy…"
PROPOSALS_FILE = "Predictions file"
CANNOT_OPEN = "This cannot be opened"
CRASHED = "Something went wrong"
TOOLS = {"show_anchors": "Anchors", "show_zones": "Zones", "show_heat": "Heat"}
