"""Files from outside: what they are, how they are read, and what is wrong with them. See docs/decisions/0008.

`shapes` guesses how a file is written, `tables` reads it row by row, `issues` names what is wrong. No elevator words.
"""
