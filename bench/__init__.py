"""`python -m bench [name …]`: our numbers beside their floors, at city scale (issue 2, "Numbers").

Each row says what was measured, ours, the floor (the least that the same machine needs for the same thing, measured in
the same run), the ratio, the target and whether it holds. The exit code is 1 when a target is missed.
"""
