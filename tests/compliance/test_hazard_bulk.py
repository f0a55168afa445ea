"""Several hazards at once: chosen in the list, judged each by itself, what became of each said in words."""

import re
import uuid

import pytest

from common import clock
from common.actor import system
from compliance.actions.hazard_bulk import MOST, Chosen, take_hazard_steps
from compliance.actions.hazards import report_hazard, take_hazard_step
from compliance.models import Hazard
from registry.models import Responsibility

pytestmark = pytest.mark.django_db
LIST = "/due/hazards/"
EN = {"accept-language": "en"}
UNTIL = {"FOUND": (), "CONFIRMED": ("confirm",), "CLAIMED_FIXED": ("confirm", "claim")}


def found(elevator, item="DOOR", state="FOUND", by=None) -> Hazard:
    by = by or system("tests")
    made = report_hazard(
        elevator=elevator,
        item=item,
        details="rattles",
        found_on=clock.today(),
        source="USING_UNIT",
        by=by,
        at=clock.now(),
    )
    for step in UNTIL[state]:
        made = take_hazard_step(hazard_id=made.pk, step=step, note="", by=by, at=clock.now())
    return made


def send(person, verb, hazards, *, key="", follow=True, **given):
    seen = {f"seen_{row.public_id}": row.version for row in hazards}
    body = {"ids": [str(row.public_id) for row in hazards], "note": "looked at all", **seen, **given}
    address = f"{LIST}steps/{verb}/"
    return person.client(**EN).post(address, {"idempotency_key": key or str(uuid.uuid4()), **body}, follow=follow)


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def states() -> dict[str, str]:
    return dict(Hazard.objects.values_list("item", "state"))


@pytest.mark.parametrize(
    ("verb", "before", "after", "said"),
    [
        ("confirm", "FOUND", "CONFIRMED", "2 hazards are confirmed."),
        ("reject", "FOUND", "REJECTED", "2 reports are settled as no hazard."),
        ("verify", "CLAIMED_FIXED", "CLOSED", "2 hazards are verified and closed."),
    ],
)
def test_an_officer_settles_several_with_one_text(cast, verb, before, after, said):
    rows = [found(cast.elevator_own, item, before) for item in ("DOOR", "CAR")]
    assert said in words(send(cast.district_regulator, verb, rows))
    assert states() == {"DOOR": after, "CAR": after}
    assert {row.steps.latest("pk").note for row in rows} == {"looked at all"}


def test_who_mends_says_so_of_several(cast):
    rows = [found(cast.elevator_own, item, "CONFIRMED") for item in ("DOOR", "CAR")]
    assert "2 hazards are said to be mended." in words(send(cast.maintainer, "claim", rows))
    assert states() == {"DOOR": "CLAIMED_FIXED", "CAR": "CLAIMED_FIXED"}


def test_what_is_refused_costs_the_others_nothing_and_is_said_for_each(cast):
    code = cast.elevator_own.main_code
    good, gone_on, settled = (found(cast.elevator_own, item) for item in ("DOOR", "CAR", "SHAFT"))
    take_hazard_step(hazard_id=settled.pk, step="reject", note="", by=system("others"), at=clock.now())
    settled.refresh_from_db()
    gone_on.version += 1  # the form showed another one
    said = words(send(cast.district_regulator, "confirm", [good, gone_on, settled]))
    assert "1 hazard is confirmed." in said
    assert f"{code} · defect of the car: Somebody changed this record" in said
    assert f"{code} · defect of shaft or pit: This cannot be done in" in said
    assert states() == {"DOOR": "CONFIRMED", "CAR": "FOUND", "SHAFT": "REJECTED"}


def test_where_all_are_refused_the_form_says_why_and_keeps_the_text(cast):
    row = found(cast.elevator_own, state="CONFIRMED")
    answer = send(cast.district_regulator, "confirm", [row])
    assert answer.status_code == 422
    assert "defect of the doors: This cannot be done" in words(answer)
    assert "looked at all" in answer.content.decode()


def test_nobody_verifies_among_several_what_they_mended_themselves(cast):
    own = found(cast.elevator_own, "DOOR", "CLAIMED_FIXED", by=cast.district_regulator.actor())
    other = found(cast.elevator_own, "CAR", "CLAIMED_FIXED")
    assert "Somebody else has to do this" in words(send(cast.district_regulator, "verify", [own, other]))
    assert states() == {"DOOR": "CLAIMED_FIXED", "CAR": "CLOSED"}


def test_a_second_click_is_the_first_one(cast):
    rows, key = [found(cast.elevator_own)], str(uuid.uuid4())
    for _ in range(2):
        assert send(cast.district_regulator, "confirm", rows, key=key, follow=False).status_code == 302
    assert rows[0].steps.count() == 2


def test_rows_of_others_make_the_whole_a_404_and_rows_that_one_only_reads_a_403(cast):
    own, foreign = found(cast.elevator_own), found(cast.elevator_foreign)
    assert send(cast.district_regulator, "confirm", [own, foreign]).status_code == 404
    assert send(cast.own_manager, "confirm", [own]).status_code == 403
    assert send(cast.district_regulator, "send_back", [own]).status_code == 404
    assert set(states().values()) == {"FOUND"}


def test_a_unit_that_no_longer_answers_reads_what_it_found_and_mends_nothing(cast):
    row = found(cast.elevator_own, state="CONFIRMED", by=cast.maintainer.actor())
    Responsibility.objects.filter(elevator=cast.elevator_own, unit=cast.maintenance_unit).update(ended_at=clock.now())
    cast.elevator_own.refresh_from_db()
    type(cast.elevator_own).objects.filter(pk=cast.elevator_own.pk).update(maintenance_unit=None)
    answer = send(cast.maintainer, "claim", [row])
    assert answer.status_code == 422
    assert "Your role may look at this but not change it" in words(answer)
    assert states() == {"DOOR": "CONFIRMED"}


def test_boxes_and_buttons_stand_where_it_is_ones_turn(cast):
    (
        found(cast.elevator_own),
        found(cast.elevator_own, "CAR", "CONFIRMED"),
        found(cast.elevator_own, "SHAFT", "CLAIMED_FIXED"),
    )
    turns = ("", "confirm", "mend", "verify", "late")

    def verbs(person):
        pages = {turn: person.client(**EN).get(f"{LIST}?turn={turn}").content.decode() for turn in turns}
        return {turn: re.findall(r'formaction="/due/hazards/steps/(\w+)/"', page) for turn, page in pages.items()}

    nothing = {turn: [] for turn in turns}
    assert verbs(cast.district_regulator) == {**nothing, "confirm": ["confirm", "reject"], "verify": ["verify"]}
    assert verbs(cast.maintainer) == {**nothing, "mend": ["claim"]}
    assert verbs(cast.auditor) == nothing


def test_nothing_chosen_leads_back_to_the_list(cast):
    answer = cast.district_regulator.client(**EN).get(f"{LIST}steps/verify/", follow=True)
    assert answer.redirect_chain[-1][0] == f"{LIST}?turn=verify"
    assert "tick them in the list" in words(answer)


def test_more_than_can_be_looked_at_is_refused(cast):
    row = found(cast.elevator_own)
    with pytest.raises(ValueError, match="at most 50"):
        take_hazard_steps(
            chosen=[Chosen(row, 1)] * (MOST + 1), step="confirm", note="", by=system("tests"), at=clock.now()
        )


@pytest.mark.parametrize("count", [1, 3])
def test_the_form_asks_as_often_for_one_row_as_for_three(cast, count, django_assert_num_queries):
    rows = [found(cast.elevator_own, item) for item in ("DOOR", "CAR", "SHAFT")[:count]]
    address = f"{LIST}steps/confirm/?" + "&".join(f"ids={row.public_id}" for row in rows)
    client = cast.district_regulator.client(**EN)
    client.get(address)
    with django_assert_num_queries(QUERIES):
        client.get(address)


QUERIES = 8
