"""The picture with everything painted on it, and the events that become gestures."""
