"""pytest fixtures of the cast; tests/conftest.py loads them.

The imports stand inside: a plugin is loaded before Django's settings are.
"""

import pytest


@pytest.fixture
def cast(db):
    """The fixed cast on the real database (tests/factories/cast.py says who sees what)."""
    from tests.factories.cast import make_cast
    from tests.factories.kept import kept

    return kept(make_cast)


@pytest.fixture
def client_for(db):
    """client_for(user): a test client signed in as a user; client_for(None): not signed in."""
    from tests.factories.make import client_for

    return client_for
