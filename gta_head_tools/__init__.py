"""Head points of a crowd in, head boxes, checked data sets and honest baselines out.

The rooms and what each may import are drawn in README, "How it is built". Importing this package loads nothing heavy.
"""

__version__ = "0.1.0"
