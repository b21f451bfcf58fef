"""Every word that the window shows, in one place: what a translation has to replace.

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

HINT = (
    "1.  Press N: the window goes to the head whose box helps most. Drag a box around it.",
    "2.  Press N again, about six times: all other boxes follow, and the grade above turns green.",
    "3.  Look through a few frames with D, then press Ctrl+E to write the boxes.",
)

HINT_HEADS = (
    "1.  These pictures have no heads yet. Press E and click on every head; a drag moves one, Del removes it.",
    "2.  Proposals of a trained network can be loaded from a file: Ctrl+P, then Y accepts and Shift+Y rejects.",
    "3.  Then Esc and N: draw a few boxes, and all heads get theirs. Ctrl+E writes them.",
)

GESTURES = (
    ("Wheel", "zoom at the cursor"),
    ("Space + drag, middle drag", "move the picture"),
    (
        "Drag (anchor mode)",
        "draw a box, corner to corner, centred on the head; Alt: not centred; Shift: keep the shape",
    ),
    ("Click (anchor mode)", "put a box of the expected size on a head"),
    ("Shift + drag (select mode)", "select everything in a frame"),
    ("Tab", "select the next of what lies under the cursor"),
    ("Arrows", "move the selection by 1 pixel, with Shift by 10"),
    ("[  ]", "change its size by 2 %, with Shift by 10 %"),
    ("Right button, Esc", "cancel a drag"),
    ("X held", "hide everything drawn"),
    ("D or A held", "play the frames"),
)

# start page
START_TITLE = "Crowds of head points become crowds of head boxes"
START_DROP = "Drop a folder of pictures or scenes here,\nor one file such as COCO or CSV."
SCENE_PROBLEM = "! cannot be opened"
RECENT = "Recently opened"
NOTHING_RECENT = "Nothing was opened yet"
SCENES = "Scenes"
SCENES_OF = "Scenes of {name}"
SCENE_COLUMNS = ("Scene", "Frames", "Heads", "Anchors", "Grade", "Reviewed", "Last edit")
FILTER_SCENES = "Filter scenes"
OPEN_SCENE = "Open scene"
NO_SCENE_LEFT = "Every scene has boxes of a good grade."

# frames
FRAMES = "Frames"
FILTER_FRAMES = "Filter frames"
FRAME_SHOWN = ("All frames", "Unreviewed", "Changed since review")
REVIEWED = "reviewed"
CHANGED = "changed since review"
UNREVIEWED = "not reviewed"
FRAME_COUNT = "{shown:,} of {all:,} frames, {reviewed:,} reviewed"
FRAME_SLIDER = "Frame"

# anchors
ANCHORS = "Anchors"
ANCHOR_COLUMNS = ("#", "Frame", "Size", "Expected", "Differs", "")
SAME = "0%"
NO_ANCHORS = "No anchors yet. The button above, or its key, leads to the head to draw first."
NOT_TESTABLE = "not testable"
SUSPECT = "! suspect"
USE = {"auto": "", "keep": "kept", "ignore": "ignored"}
SUSPECT_TIP = "Drawn {drawn:.1f} px, the other anchors expect {expected:.1f} px"
NOT_TESTABLE_TIP = "With three anchors or fewer there is nothing to hold this one against"
WORST = "Least certain heads"
WORST_ROW = "{error:.0%}  ·  {frame}  ·  x {x:.0f}  y {y:.0f}"
PINS = "Also drawn"
PIN_ROW = "pin · {image} · {size:.0f} px"
ORPHAN_ROW = "! pin without a head · {image}"
ZONE_ROW = "zone · {name} · {corners} corners"
IMAGE_ANCHOR_ROW = "anchor of one frame · {image} · {size:.0f} px{use}"
HORIZON_ROW = "horizon"

# grade
GRADES = {"green": "good", "amber": "fair", "red": "poor"}
GRADE = "{sign} {least}{error:.1%} expected error"
GRADE_NONE = "no anchors"
GRADE_OWN_FRAMES = "no anchor for all frames"
GRADE_NO_BOXES = "no boxes"
GRADE_PENDING = "…"
GRADE_WAITS = "estimating the error…"
GRADE_LONG = "Expected median error {least}{error:.1%} (aim {aim:.0%}), 95% of heads within {p95:.0%}"
GRADE_LONG_NONE = "No anchors yet: no boxes. Press N for the first one."
GRADE_LONG_OWN_FRAMES = "Anchors of one frame serve that frame alone: draw one for all frames as well."
AT_LEAST = "at least "
SUGGESTION = "Next anchor ({key})"
SUGGESTION_HELPS = "{text} → {after:.1%}"

# status
POSITION = "x {x:.0f}  y {y:.0f}"
BOX = "{width:.0f}×{height:.0f}"
ZOOM = "{zoom:.0%}"
FRAME = "frame {number:,}/{count:,} · heads {heads:,}"
FRAME_REVIEWED = " · reviewed"
DRAWN = "anchors {anchors} · pins {pins}"
SAVED = "saved ✓"
UNSAVED = "not saved yet"
NOT_SAVED = "✕ not saved"
READ_ONLY = "read only"
ELSEWHERE = "kept in {folder}"
READ_ONLY_BY = "Read only: {holder}"
ROTATED = "{image} carries an orientation tag; pixels are shown as stored, as coordinates mean them"
LOADING = "Loading frame {image}…"

# saving
SAVE_FAILED = "Your edits could not be saved"
SAVE_FAILED_MORE = "They are kept in this window and in the journal. {reason}"
SAVE_FAILED_ALONE = "They are kept in this window alone: the journal cannot be written either. {reason}"
CHANGED_ON_DISK = "The project was changed on disk by somebody else"
CHANGED_ON_DISK_MORE = "{path} is no longer what this window read. Overwrite it with what is drawn here?"
OVERWRITE = "Overwrite"
RELOAD = "Read again, drop mine"
CLOSE_UNSAVED = "Close without saving?"
CLOSE_UNSAVED_MORE = "The last edits could not be saved: {reason}"
CLOSE_ANYWAY = "Close anyway"

# recovery
RECOVERY_TITLE = "Edits were not saved"
RECOVERY = "{count:,} edits from {time} were not saved."
RECOVERY_ONE = "1 edit from {time} was not saved."
RECOVERY_MORE = "The window, or the machine, ended before it could save {scene}. The journal has kept these edits:"
RESTORE = "&Restore"
DISCARD = "&Discard"
SAVE_COPY = "Save a &copy…"

# export
EXPORT_TITLE = "Export boxes"
EXPORT_SCOPE = "All {count:,} scenes are written; of these, the one that is open has:"
EXPORT_HEADS = "heads"
EXPORT_BOXES = "boxes"
EXPORT_PINS = "pins"
EXPORT_SUSPECTS = "suspects"
EXPORT_UNREVIEWED = "unreviewed frames"
EXPORT_FORMAT = "&Format"
EXPORT_OUT = "&Into folder"
EXPORT_CHOOSE = "Choose…"
EXPORT_PICTURES = "&Pictures"
PICTURES = {"link": "link", "copy": "copy", "none": "leave out"}
EXPORT_CLIP = "&Cut boxes at the border of the picture"
EXPORT_OUTSIDE = "Keep heads beyond the border"
EXPORT_FORCE = "&Overwrite boxes that were made of something else"
EXPORT_LOSSY = "&Allow this"
EXPORT_DROPS = "{format} cannot hold: {what}."
EXPORT_GO = "&Export"
EXPORT_WORKING = "Writing…"
EXPORTED = "{heads:,} heads in {images:,} frames written to {out}"
EXPORT_DROPPED = "Left out, as the format cannot hold it: {what}."
EXPORT_SKIPPED = "Scenes without anchors, which were left out: {count:,}."
EXPORT_NEXT = "&Next unfinished scene"
EXPORT_POINTS = "Export head points"
EXPORT_STAY = "&Close"
EXPORT_OPTIONS = {
    "--force": "“Overwrite”",
    "--allow-lossy": "“Allow this”",
    "--clip": "“Cut boxes”",
    "--images none": "“Pictures: leave out”",
    "--images copy": "“Pictures: copy”",
}
"""What options of the command line, which messages name, are called in the dialog."""

# contact sheet
SHEET_TITLE = "Contact sheet"
SHEET_FRAME = "{frame} · {heads:,} heads"
SHEET_PREVIOUS = "&Earlier frames"
SHEET_NEXT = "&Later frames"

# proposals
PROPOSALS_FILE = "Predictions file"
PROPOSALS_LOADED = "{count:,} proposals; frames: {images:,}. Y accepts the bright one, Shift+Y rejects it."
PROPOSALS_LESS = "Left out: {what}."
PROPOSALS_LEFT = ("{count:,} decided upon", "{count:,} outside of the picture", "{count:,} in the place of another")
ACCEPT_ABOVE = "Accept every proposal of this frame whose score is at least"
ACCEPT_SCENE = "Accept every proposal of the whole scene whose score is at least"
ACCEPTED = "{count:,} proposals accepted"

# preferences
PREFERENCES = "Preferences"
COLOURS = "&Colours"
SCHEMES = {"system": "as the system", "light": "light", "dark": "dark"}
WHEEL = "&Wheel"
WHEELS = {"zoom": "zooms", "scroll": "scrolls (Ctrl + wheel zooms)"}
KEYS = "Keys"
KEY_TAKEN = "{key} already means {action}"
KEY_COLUMNS = ("What it does", "Keys")

# errors and questions
CANNOT_OPEN = "This cannot be opened"
OPEN_FOLDER = "Open a scene or a folder of scenes"
OPEN_ONE_FILE = "Open a data set that is one file"
SAVE_COPY_AS = "Save a copy of what was drawn"
RECOVERED_COPY, UNSAVED_COPY = "{name}-recovered.json", "{name}-unsaved.json"
CRASHED = "Something went wrong"
CRASHED_MORE = (
    "This is a bug in ghtools. Nothing drawn is lost: the journal is written. Please report it with the lines below."
)
COPY = "&Copy"
READY = "Ready"
OPENING = "Opening {name}…"
OPENED = "{name}: {frames:,} frames"

# gestures and canvas
THINGS = {
    "anchor": "anchor {number}",
    "pin": "pin {number}",
    "image_anchor": "anchor {number} of one frame",
    "zone": "zone {number}",
    "horizon": "horizon",
    "head": "head",
}
SEVERAL = "{count:,} things"
DRAW = "Draw {thing}"
MOVE = "Move {thing}"
CHANGE = "Change {thing}"
REMOVE = "Remove {thing}"
ADD_HEAD = "Add head"
IGNORE = "Ignore head"
COUNT_AGAIN = "Count head again"
IGNORED_BY_SOURCE = "Ignored by the source, which stays as it is ({count:,}): delete such a head and add it again"
NO_HEAD_IN_BOX = "No head in this box: drag it around a head point"
NO_HEAD_HERE = "No head here: click on a head point, or drag a box around one"
OUTSIDE_PICTURE = "A head lies within the picture"
ZONE_TOO_SMALL = "A zone needs at least three corners"
HEAT_TITLE = "expected error"
HEAT_TITLE_AT_LEAST = "expected error, at least"
HEAT_BEYOND = "beyond the anchors"
SIZE_TITLE = "size of heads"
PIXELS = "{size:.0f} px"
CANVAS_NAME = "Picture with heads and boxes"

# window
TOOLS = {"show_anchors": "Anchors", "show_zones": "Zones", "show_heat": "Heat"}
TOOL_BAR = "Tools"
GRADE_NAME = "Expected error"
ALL_REVIEWED = "Every frame was looked through"
REVIEW = "Mark frame {frame} reviewed"
UNREVIEW = "Take the mark off frame {frame}"
KEEP = "Keep {count} anchors"
LEAVE_OUT = "Ignore {count} anchors"
OWN_FRAME = "Let {count} anchors serve their own frame alone"
ALL_FRAMES = "Let {count} anchors serve all frames"
ACCEPT = "Accept {count} proposals"
REJECT = "Reject {count} proposals"
NO_PROPOSAL_LEFT = "No proposal is left in this frame"
SUGGESTION_HINT = "Drag a box around the head in the middle, then press N again"
SUGGESTION_WAITS = "Looking for the head that helps most…"
NOTHING_SUGGESTED = "No head is left to suggest"
NOT_RESTORED = "The edits could not be restored"
RESTORED = "{count:,} edits restored"
WHERE_SAVED = "Saved to {path}"
DROPPED = "{column} of {count:,}"
KEY_UNKNOWN = "{key} is no key; write it as in Ctrl+Shift+A, with a blank between two"
