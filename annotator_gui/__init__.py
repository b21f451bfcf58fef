"""The window: a scene of head points becomes a scene of head boxes."""
