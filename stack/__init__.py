"""Starts what the platform needs on a bare machine, for the demo and for tests: PostgreSQL, Valkey, web, workers.

Standard library only (the test plugin excepted): some of it runs before anything is installed, see `install.py`.
"""
