"""The window in which a scene of points becomes a scene of boxes.

Modules without Qt hold all that is true of a scene (`document`, `session`, `journal`, `fitting`, `proposals`,
`export`); the others show it and turn what the user does into edits.
"""
