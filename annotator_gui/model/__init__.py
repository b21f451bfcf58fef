"""What is true of the open data set and its scene: the document, its fit, its files. Nothing here imports Qt."""
