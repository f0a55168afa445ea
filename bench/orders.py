"""The list of elevators in each order that it offers: buffers of first pages and of a page far down."""

from bench import people
from bench.calls import Caller
from bench.lists import MOST_BUFFERS, address_of, cost_of, filter_pairs, filter_values, spoken
from bench.report import Report, Row
from registry.views.lists import ElevatorListPage


def orders(report: Report) -> None:
    """Each order × (no filter, each filter, each pair that the usual order finds dear) for the four users of the issue."""
    for name, user in people.measured().items():
        caller, cookie = Caller(), people.cookie_of(user)

        def get(address, caller=caller, cookie=cookie):
            return caller.get(address, cookie)

        filters = [{}, *({one: value} for one, values in filter_values().items() for value in values), *filter_pairs()]
        for order in list(ElevatorListPage.orders)[1:]:
            wishes = [{"order": order, **given} for given in filters]
            costs = [(cost_of(get, address_of(given)), number) for number, given in enumerate(wishes)]
            worst, number = max(costs)
            missed = sum(cost > MOST_BUFFERS for cost, _number in costs)
            what = f"list, {name}, {order} first: dearest of {len(wishes)} ({spoken(filters[number])}); {missed} over"
            report.add(Row(f"{what} {MOST_BUFFERS}", worst, "buffers", f"≤ {MOST_BUFFERS}", not missed))
            if report.plans:
                for cost, number in sorted(costs, reverse=True)[:8]:
                    report.say(f"  {name} {order} {spoken(filters[number])}: {cost}")
