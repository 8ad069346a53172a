"""Which train rows a trial learns from, and the log of what was left out and why.

Pure functions that know no kind of task. They choose rows; they never change one.
"""
