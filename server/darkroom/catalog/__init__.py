"""What is true: the models, prices, limits, errors and hosts, as dated data without behaviour."""

CHECKED = "2026-11-22"
"""ISO date on which the tables of this package were last compared with their sources."""
