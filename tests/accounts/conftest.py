"""Somebody whose role takes a second factor, and somebody whose role takes none."""

import pytest

from tests.factories.make import PASSWORD, give_second_factor, hold, make_user


@pytest.fixture
def officer(db):
    """A city regulator with a password and an authenticator app."""
    user = make_user("lin", password=PASSWORD)
    hold(user, "CITY_REGULATOR", area_code="320100")
    give_second_factor(user)
    return user


@pytest.fixture
def clerk(db):
    """Somebody whose role takes no second factor."""
    return make_user("chen", password=PASSWORD)
