"""What was read is what is decided on, and who leaves is not told too early: things that change between a look and a click."""

import datetime as dt
import re
import uuid

import pytest

from accounts.actions.factor_reset import propose_factor_reset
from accounts.actions.second_person import propose_temporary_password
from accounts.queries import actor_for
from common.clock import now, today
from common.errors import Changed
from registry.actions import assign_responsibility, end_responsibility, handovers
from registry.actions import registration_decisions as decisions
from registry.actions.documents import file_document, withdraw_document
from registry.actions.registrations import save_answers, submit_application
from registry.models import Disclosure, Site
from registry.models.disclosures import MONEY
from tests.factories.make import GULOU, give_second_factor, hold, make_elevator, make_user
from tests.factories.registrations import attachment, good_answers, submitted, under_review

HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')


@pytest.fixture(autouse=True)
def counted(tried):
    tried("pages left open, sights that end", 1)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT, settings.SEALED_DIR = tmp_path / "media", tmp_path / "sealed"


def opened(client, path) -> dict:
    """The hidden fields of a page that somebody has open."""
    fields = dict(HIDDEN.findall(client.get(path).content.decode()))
    return fields | {"idempotency_key": str(uuid.uuid4())}


def test_a_review_page_left_open_does_not_approve_what_was_submitted_later(cast):
    """One reviewer has the page open; another returns the application, it is rewritten, submitted and taken up again."""
    own = cast.elevator_own
    row = under_review(own, "STOP", cast.own_manager, cast.district_regulator)
    slow = cast.city_regulator.client()
    path = f"/elevators/registrations/{row.public_id}/review/"
    form = opened(slow, path)
    at, quick = now(), cast.district_regulator.actor()
    row = decisions.return_application(application=row, remarks={("FIELD", "reason"): "why"}, by=quick, at=at)
    by = cast.own_manager.actor()
    save_answers(application=row, answers=good_answers("STOP", reason="Something else altogether"), by=by, at=at)
    row = submit_application(application=row, by=by, at=at)
    decisions.accept_application(application=row, by=quick, at=at)
    assert slow.post(path, form | {"decision": "approve"}).status_code == 422
    row.refresh_from_db()
    own.refresh_from_db()
    assert (row.state, own.registration_state) == ("UNDER_REVIEW", "IN_USE")
    assert slow.post(path, opened(slow, path) | {"decision": "approve"}).status_code == 302


@pytest.mark.parametrize("decide", ["accept", "return", "refuse"])
def test_no_other_decision_either(cast, decide):
    row = submitted(cast.elevator_own, "STOP", cast.own_manager)
    step = {
        "accept": (decisions.accept_application, {}),
        "return": (decisions.return_application, {"remarks": {("FIELD", "reason"): "why"}}),
        "refuse": (decisions.refuse_application, {"reason": "no"}),
    }[decide]
    with pytest.raises(Changed):
        step[0](application=row, by=cast.city_regulator.actor(), at=now(), version=row.version - 1, **step[1])


def test_nothing_is_approved_upon_a_document_that_was_taken_back(cast):
    row = under_review(cast.elevator_own, "REGISTER", cast.own_manager, cast.district_regulator)
    for document in row.documents.all():
        withdraw_document(document=document, reason="wrong one", by=cast.own_manager.actor(), at=now())
    with pytest.raises(decisions.DocumentsGone):
        decisions.approve_application(application=row, by=cast.city_regulator.actor(), at=now())
    cast.elevator_own.refresh_from_db()
    assert cast.elevator_own.registration_state == "UNREGISTERED"


@pytest.mark.parametrize("what", ["password", "factor"])
def test_an_approval_page_left_open_does_not_approve_a_later_proposal(cast, what):
    """Somebody else proposes after the page was read: its reader named another proposer when they telephoned."""
    other, target = make_user("other-admin"), cast.city_regulator.user
    hold(other, "SYSTEM_ADMIN")
    give_second_factor(target)
    propose, word = {
        "password": (propose_temporary_password, "password"),
        "factor": (propose_factor_reset, "second-factor"),
    }[what]
    given = {"temporary_password": "abcd-efgh-jkmn-pqr2"} if what == "password" else {}
    first, later = now() - dt.timedelta(minutes=5), now()
    propose(user_id=target.pk, by=cast.system_admin.actor(), at=first, **given)
    path = f"/accounts/people/{target.public_id}/{word}/approve/"
    client = cast.security_admin.client()
    form = opened(client, path)
    propose(user_id=target.pk, by=actor_for(other, later), at=later, **given)
    before = target.password
    assert client.post(path, form).status_code == 422
    target.refresh_from_db()
    assert target.password == before
    assert client.post(path, opened(client, path)).status_code == 302


@pytest.mark.parametrize("change", ["joins", "leaves", "swapped"])
def test_income_is_published_for_the_elevators_that_were_shown_and_no_others(cast, change):
    """A page with two elevators of an estate left open; meanwhile there are three, one, or two others."""
    site = estate_of(cast.elevator_own)
    first, second, third = (make_elevator(area_code=GULOU, using_unit=cast.unit_a, site=site) for _n in range(3))
    type(first).objects.filter(pk=third.pk).update(site=None)
    client, path = cast.own_manager.client(), f"/elevators/{first.public_id}/income/publish/"
    typed = {"period_from": "2025-01-01", "period_until": "2025-12-31", "whole_site": "on", **dict.fromkeys(MONEY, "1")}

    def look(**more):
        answer = client.post(path, typed | more | {"idempotency_key": str(uuid.uuid4())})
        return answer, dict(HIDDEN.findall(answer.content.decode()))

    _answer, form = look()
    if change != "leaves":
        type(first).objects.filter(pk=third.pk).update(site=site)
    if change != "joins":
        type(first).objects.filter(pk=second.pk).update(site=None)
    stale, anew = look(**form)
    text = stale.content.decode()
    assert (stale.status_code, Disclosure.objects.count()) == (422, 0)
    assert "changed after you looked" in text
    assert (str(second.public_id) in text, str(third.public_id) in text) == (change == "joins", change != "leaves")
    done, _none = look(**anew)
    assert (done.status_code, Disclosure.objects.get().site) == (302, site)


def estate_of(elevator) -> Site:
    place = {name: getattr(elevator, name) for name in ("area", "city", "managing_district")}
    return Site.objects.create(name="Sample estate", address="3 Sample Road", synthetic=True, created_at=now(), **place)


# --- contracts ----------------------------------------------------------------------------------------------------------


def test_neither_maintenance_unit_reads_of_the_other_ones_contract(cast):
    """The using unit files the new contract in the place of the old one; each maintenance unit reads its own page."""
    own, by, at = cast.elevator_own, cast.own_manager.actor(), now()
    days = {"valid_from": today(), "valid_until": today() + dt.timedelta(days=300)}
    given = {"elevator": own, "kind": "MAINTENANCE_CONTRACT", "by": by, "at": at, **days}
    old = file_document(attachments=[attachment(by)], number="OLD-4711", **given)
    type(old).objects.filter(pk=old.pk).update(filed_unit=cast.former_maintenance_unit, counterpart=cast.unit_a)
    new = file_document(attachments=[attachment(by)], number="NEW-0815", supersedes=old, **given)
    assert new.counterpart_id == cast.maintenance_unit.pk
    page = "/elevators/documents/{}/"
    for reader, mine, others in ((cast.maintainer, new, "OLD-4711"), (cast.former, old, "NEW-0815")):
        text = reader.client().get(page.format(mine.public_id)).content.decode()
        assert mine.number in text and others not in text, reader.user
    both = cast.own_manager.client().get(page.format(new.public_id)).content.decode()
    assert "OLD-4711" in both and "NEW-0815" in both


# --- changes of the maintenance unit ------------------------------------------------------------------------------------


def proposed(cast, *elevators):
    by = cast.own_manager.actor()
    return handovers.propose_change(
        elevators=elevators or [cast.elevator_own],
        new_unit=cast.former_maintenance_unit,
        starts_on=today() + dt.timedelta(days=9),
        reference="M-7",
        files=[attachment(by)],
        by=by,
        at=now(),
    ).change


def test_the_unit_that_leaves_reads_nowhere_that_somebody_else_was_asked(cast):
    leaving, own = cast.maintainer.client(), cast.elevator_own
    change = proposed(cast)
    places = [f"/elevators/{own.public_id}/", f"/api/v1/registry/elevators/{own.public_id}/life-events/", "/"]
    for path in places:
        text = leaving.get(path).content.decode()
        assert str(change.public_id) not in text, path
        assert "PROPOSED" not in text, path
    handovers.refuse_change(change=change, reason="no", by=cast.former.actor(), at=now())
    assert not own.life_events.filter(kind="MAINTENANCE_CHANGE").exists()


def test_a_regulator_reads_of_a_change_the_elevators_of_the_own_area(cast):
    """The using unit's elevators lie in two districts; one proposal names both."""
    at, far = now(), cast.elevator_foreign
    [held] = far.responsibilities.filter(role="USING_UNIT", ended_at=None)
    by = cast.city_regulator.actor()
    end_responsibility(responsibility=held, ended_at=at - dt.timedelta(seconds=1), by=by, at=at)
    assign_responsibility(
        elevator=far, unit=cast.unit_a, role="USING_UNIT", started_at=at - dt.timedelta(seconds=1), by=by, at=at
    )
    change = proposed(cast, cast.elevator_own, far)
    assert change.items.count() == 2
    for player, seen, hidden in (
        (cast.district_regulator, cast.elevator_own, far),
        (cast.other_district_regulator, far, cast.elevator_own),
    ):
        client = player.client()
        page = client.get(f"/elevators/changes/{change.public_id}/").content.decode()
        assert seen.address in page and hidden.address not in page
        for path in ("", f"{change.public_id}/"):
            said = client.get(f"/api/v1/registry/maintenance-changes/{path}").content.decode()
            assert str(seen.public_id) in said and str(hidden.public_id) not in said
    both = cast.city_regulator.client().get(f"/elevators/changes/{change.public_id}/").content.decode()
    assert far.address in both and cast.elevator_own.address in both


@pytest.mark.parametrize("what", ["place", "scrapped"])
def test_a_change_is_not_confirmed_upon_a_page_that_showed_something_else(cast, what):
    change, client = proposed(cast), cast.former.client()
    path = f"/elevators/changes/{change.public_id}/confirm/"
    form = opened(client, path)
    moved = {"place": {"address": "9 Other Road"}, "scrapped": {"registration_state": "SCRAPPED"}}[what]
    type(cast.elevator_own).objects.filter(pk=cast.elevator_own.pk).update(**moved)
    assert client.post(path, form).status_code == 422
    change.refresh_from_db()
    assert change.state == "PROPOSED"
    assert client.post(path, {"idempotency_key": str(uuid.uuid4())}).status_code == 422, "nothing seen at all"
    assert client.post(path, opened(client, path)).status_code == 302
