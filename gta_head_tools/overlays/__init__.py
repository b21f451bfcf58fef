"""Pictures with heads drawn on them: boxes by size, anchors, matches of predictions and truth."""
