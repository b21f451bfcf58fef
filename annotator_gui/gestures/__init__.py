"""What presses, moves and keys do to the document, in image coordinates. Nothing here imports Qt."""
