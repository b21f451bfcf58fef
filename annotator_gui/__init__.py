"""The window in which a scene of points becomes a scene of boxes.

`model` and `gestures` know a scene and its edits, without Qt; `canvas`, `lists`, `dialogs` and `window` show them.
"""
