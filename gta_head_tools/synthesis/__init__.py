"""Rendered crowds whose exact head boxes are known: a stage, people on it, and a picture of both."""
