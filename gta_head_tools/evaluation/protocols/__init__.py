"""The protocols by which predictions are scored, one file each, and the table of all of them (`registry`)."""
