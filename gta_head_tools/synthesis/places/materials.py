"""Numbers of the materials of scenery, and what `Solid.detail` means for each; `painting/textures.py` draws them."""

PAVING, TILES, GRASS, ASPHALT, CONCRETE, BALLAST = range(6)
"""Grounds.

PAVING, TILES: side of a slab in metres; 1 = every other row is shifted; 1 = bands of the second colour.
GRASS: half width of worn paths in metres, their shift, 1 = mown in stripes.
ASPHALT, CONCRETE: metres between joints.
"""
ROAD, FACADE, SHOP, TRAIN, LAMP, PLAIN, FOLIAGE, SEATS, STRIPED, BOARDS = range(6, 16)
"""
ROAD: half width, metres along where a zebra crossing begins (0 = none).
FACADE: height of a storey, metres from window to window, height of the ground floor, a number that varies the windows.
SHOP: width of a shop, height of its sign, height of the front, 1 = rooms lit in several colours.
TRAIN: metres from door to door.
FOLIAGE: leaves per metre.
SEATS: share of seats of the second colour, number of the block of rows, number of the row.
STRIPED: width of a pair of stripes.
"""
SIGN, PLANKS, CEILING, WINDOWS, TACTILE, BARS, GLASS = range(16, 23)
"""
SIGN: width and height.
PLANKS: width of a plank.
CEILING: metres between lights across and along.
WINDOWS: width of a pane.
TACTILE: width of the strip, 1 = measured along instead of across.
BARS: metres from bar to bar, the share of them that a bar takes, width of the rail on top.
"""
