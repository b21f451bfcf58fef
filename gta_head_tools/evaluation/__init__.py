"""Scores of predicted crowds, exact and without limits on their number.

Every protocol is a pair of pure functions over columns: `update_*` takes one image's predictions and heads and gives a
small row, `finish_*` takes the rows of a data set and gives the scores. Rows may come from any worker, in any order:
merging is putting them in one list.
"""
