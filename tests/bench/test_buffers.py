"""The bench's list measure, small: the same pages and plans at 3,000 elevators, buffers only, no clock."""

import pytest
from django.core.management import call_command

from bench import lists, people
from bench.plans import Statements, recorded
from registry.models import Elevator
from tests.factories.make import client_for

SIZE = 3000


@pytest.fixture
def city(transactional_db, settings):
    """Committed, so that the seeding can freshen the statistics as the tables' owner."""
    settings.SYNTHETIC_DATA_BANNER = True
    call_command("seed_city", "--elevators", str(SIZE), verbosity=0)
    assert Elevator.objects.count() == SIZE


@pytest.mark.long  # dear: keeps make test within its ten minutes
def test_list_pages_touch_few_buffers(city):
    pairs = lists.filter_pairs()[::4]  # all of them take minutes: `make bench`
    over = []
    for name, user in people.measured().items():
        client = client_for(user)
        for given in [{}, *pairs]:
            address = lists.address_of(given)
            if (cost := lists.cost_of(client.get, address)) > lists.MOST_BUFFERS:
                over.append((name, address, cost))
    assert over == []


def test_last_page_costs_what_the_first_does(city):
    user = people.measured()["city regulator"]
    client = client_for(user)
    for given in ({}, {"registration_state": "IN_USE", "class_code": "3110"}):
        last = lists.address_of(given, lists.cursor_of_last(user, given))
        page = client.get(last)
        assert page.context["next_url"] == ""
        assert 0 < len(page.context["page"]) <= lists.SIZE
        first = lists.cost_of(client.get, lists.address_of(given))
        assert lists.cost_of(client.get, last) <= lists.MOST_TIMES_FIRST * first


def test_floor_renders_the_page_without_a_statement(city):
    user = people.measured()["using unit with 3"]
    render = lists.floor_of(user, lists.PATH)
    with recorded() as statements:
        body = render()
    assert statements == Statements()
    for elevator in Elevator.objects.filter(using_unit__memberships__user=user):
        assert str(elevator.public_id).encode() in body
