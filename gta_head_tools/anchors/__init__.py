"""What a user has drawn in a scene: anchors, pins, zones and edits of heads, and the file that keeps them."""
