"""A worker that dies while waivers end: none comes back twice, none stays silent."""

import datetime as dt

import pytest

from common import clock
from compliance.models import Obligation, Waiver
from tests.factories.due import many_elevators, owe
from tests.faults.conftest import wait_for

pytestmark = pytest.mark.long
ENDED = 3_000  # waivers; a sweep takes them in sets of 500
TURN = "from common.tasks import run_sweep; run_sweep.apply_async(['compliance.waivers'], queue='default')"
STEP = "from common.tasks import run_sweep; run_sweep.apply_async(['compliance.steps'], queue='default')"
TURNED = "SELECT count(*) FROM compliance_waiver WHERE step_at IS NULL"
COUNTS = """
SELECT (SELECT count(*) FROM compliance_alert), (SELECT count(DISTINCT elevator_id) FROM compliance_alert),
       (SELECT count(*) FROM compliance_notice), (SELECT count(*) FROM compliance_waiverstep WHERE kind = 'end'),
       (SELECT count(*) FROM compliance_obligation WHERE status = 'PENDING')
"""


@pytest.fixture
def ended(platform_with_broker):
    """What was late for ten days is waived until yesterday, and nobody has looked since."""
    today, at = clock.today(), clock.now()
    late, yesterday = today - dt.timedelta(days=10), today - dt.timedelta(days=1)
    owe(many_elevators(ENDED), due_on=late)
    Waiver.objects.bulk_create(
        Waiver(
            obligation_id=pk,
            kind="WAIVED",
            from_on=late,
            until_on=yesterday,
            ends_on=yesterday,
            reason="r",
            clause="c",
            reference="n",
            granted_at=at - dt.timedelta(days=10),
            granted_by_kind="SYSTEM",
            granted_by_id="tests",
            step_at=at - dt.timedelta(hours=1),
            changed_at=at,
        )
        for pk in Obligation.objects.values_list("pk", flat=True)
    )
    platform_with_broker.tell(
        "UPDATE compliance_obligation o SET status = 'WAIVED', step_at = NULL, waiver_id = w.id, law_due_on = o.due_on,"
        " law_alert_after = o.alert_after, due_on = w.ends_on, alert_after = w.ends_on"
        " FROM compliance_waiver w WHERE w.obligation_id = o.id"
    )
    return platform_with_broker


def test_a_worker_killed_while_waivers_end_neither_loses_nor_doubles_an_alert(ended):
    worker = ended.worker("default")
    wait_for(lambda: "ready" in ended.logs(), what="the worker")
    ended.start("manage.py", "shell", "-v", "0", "-c", TURN)
    wait_for(lambda: ended.ask(TURNED)[0][0] > 0, what="the first waivers")
    ended.kill(worker)
    turned = ended.ask(TURNED)[0][0]
    assert 0 < turned < ENDED, "killed too late to prove anything"
    assert turned % 500 == 0, "half a set was written"
    for _ in range(2):
        ended.worker("default")
    for code in (TURN, TURN):
        ended.shell(code)
    wait_for(lambda: ended.ask(TURNED)[0][0] == ENDED, what="every waiver")
    for code in (STEP, STEP):
        ended.shell(code)
    wait_for(lambda: ended.ask(COUNTS) == [(ENDED,) * 5], what=f"every alert once ({ended.logs()[-2000:]})")
