"""Fixtures of the test plugin; registered after pytest-django, whose `django_db_setup` they replace."""

import pytest

from stack import testdb


@pytest.fixture(scope="session")
def services() -> testdb.Services:
    """The PostgreSQL and the Valkey of this test run: addresses, ports, processes, data folders."""
    found = testdb.Services.from_environment()
    assert found is not None, "the plugin sets this before the first test"
    return found


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, services):
    """Give this test process its own copy of the migrated template, instead of running all migrations in each."""
    testdb.ensure_template(services)
    testdb.make_database(services)
    _renew_instead_of_flush(services)
    yield
    with django_db_blocker.unblock():
        _close_connections()


@pytest.fixture(scope="session")
def renew_database(services):
    """Call it, with the database unblocked, after committing outside a transactional test: an empty database again."""

    def renew() -> None:
        _close_connections()
        testdb.make_database(services)

    return renew


def _renew_instead_of_flush(services: testdb.Services) -> None:
    """After a test that committed, TransactionTestCase would TRUNCATE every table, which our role may not do."""
    from django.db import connections
    from django.test import TransactionTestCase

    prepare = TransactionTestCase._fixture_setup.__func__

    def reconnect(test_class) -> None:
        # Playwright runs tests in a context of its own, whose connection the renewal cut without being able to close it
        for connection in connections.all(initialized_only=True):
            if connection.connection is not None and not connection.is_usable():
                connection.close()
        prepare(test_class)

    def renew(_test_case) -> None:
        _close_connections()
        testdb.make_database(services)

    TransactionTestCase._fixture_setup = classmethod(reconnect)
    TransactionTestCase._fixture_teardown = renew


def _close_connections() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if getattr(connection, "pool", None):
            connection.close_pool()
