"""Texts that several parts of the window share; any other text stands where it is shown."""

from __future__ import annotations

TITLE = "ghtools annotator"
FRAMES = "Frames"
ANCHORS = "Anchors"
SAVE_COPY = "Save a &copy…"
CANNOT_OPEN = "This cannot be opened"
CRASHED = "Something went wrong"
