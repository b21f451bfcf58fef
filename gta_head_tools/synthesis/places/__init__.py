"""Places where a rendered crowd stands: the six layouts, and the solids that they are built from."""
