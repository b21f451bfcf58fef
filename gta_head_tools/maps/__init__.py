"""Dense maps from heads: what crowd methods learn from. Heads and sizes are pixels of the image, maps rows by columns.

Importing a module of this room loads numba; the first call of a map compiles it, once per installation.
"""
