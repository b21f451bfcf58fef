"""Checks of data sets: what is wrong, where, what it means, and how it is mended.

To add a check, write a generator `check_NAME` in the file of its family, describe it in one `Check`, and add one line
to `known_checks`.
"""
