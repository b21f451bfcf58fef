"""From people in a place to a picture: sprites, light, scenery, shadows, and the camera's sensor."""
