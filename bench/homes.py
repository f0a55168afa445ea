"""Home: what is due and wrong for everybody, beside the same page whose numbers are known already."""

from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from bench import people
from bench.calls import Caller, paired_ms
from bench.plans import recorded
from bench.report import Report, Row
from common.hooks import HOME_PANELS, HOME_TILES

PATH, VIEW = "/", "portal.views.home"
MOST_MS = 300
TIMES = 9


def homes(report: Report) -> None:
    """Each scope; the largest maintenance unit last, which is past what is found by the keys of elevators."""
    maintainer, size = people.largest_maintainer()
    everybody = people.measured() | people.others() | {f"maintenance unit with {size:,}": maintainer}
    for name, user in everybody.items():
        report.say(f"  {name}")
        report.add(_home(report, name, user))


def _home(report: Report, name, user) -> Row:
    caller, cookie = Caller(), people.cookie_of(user)

    def get():
        return caller.get(PATH, cookie)

    with recorded() as statements:
        get()
    with noted() as known:
        get()

    def floor():
        with answered(known):
            get()

    ours, least = paired_ms(get, floor, times=TIMES)
    explained = statements.explained()
    if report.plans:
        for cost, sql, plan in sorted(explained, reverse=True)[:3]:
            report.say(f"--- {name}: {cost} buffers\n{sql}\n{plan}")
    buffers = sum(cost for cost, _sql, _plan in explained)
    what = f"home, {name} ({len(statements)} statements, {buffers:,} buffers)"
    return Row(what, ours, "ms", f"≤ {MOST_MS} ms", ours <= MOST_MS, least)


@contextmanager
def noted():
    """What tiles and panels answered inside, as hooks that answer the same again without asking anybody."""
    known = {"HOME_TILES": [], "HOME_PANELS": []}

    def listening(name, registration):
        def answer(actor, at):
            given = registration.answer(actor, at)
            known[name].append(SimpleNamespace(answer=lambda _actor, _at: given))
            return given

        return SimpleNamespace(answer=answer)

    points = {"HOME_TILES": HOME_TILES, "HOME_PANELS": HOME_PANELS}
    with answered({name: [listening(name, each) for each in point] for name, point in points.items()}):
        yield known


@contextmanager
def answered(hooks: dict[str, list]):
    """Home asks these hooks inside."""
    with ExitStack() as stack:
        for name, registrations in hooks.items():
            stack.enter_context(patch(f"{VIEW}.{name}", registrations))
        yield
