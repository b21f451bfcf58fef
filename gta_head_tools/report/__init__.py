"""Reports to look at and to pass on: one HTML file that needs nothing else.

`markup` makes pieces of a page (tables, figures, words explained), `plots` drawings of numbers, `page` puts sections
together; what a report is about has a module of its own that makes its sections (`boxes`).
"""
