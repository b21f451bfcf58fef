"""Tables and lists beside the canvas: frames, anchors, scenes."""
