"""Gestures of mouse and keys, in image coordinates, become edits of the document. Nothing here imports Qt."""
