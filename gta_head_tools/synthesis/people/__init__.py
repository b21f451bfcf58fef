"""People and things of a rendered crowd: their solids, colours, poses, and where they stand."""
