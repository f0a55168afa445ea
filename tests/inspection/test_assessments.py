"""The life of a safety assessment: who may do what, what is refused by name, what is kept and told."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from accounts.queries import actor_for
from common.errors import Changed, NotPermitted
from common.models import AuditRecord, Message
from compliance.actions import report_hazard
from compliance.models import Hazard
from inspection.actions import assessments as actions
from inspection.actions import file_report
from inspection.actions.assessments import FindingLine
from inspection.choices import AssessmentState
from inspection.models import Assessment, AssessmentStep, Report
from inspection.queries.assessment_words import in_sql, in_words
from inspection.queries.assessments import cases_of, funnel, reasons_of, to_be_assessed
from inspection.rules.assessments import Ballot
from inspection.seed_assessments import seed_assessments
from registry.models import Document, Elevator, LifeEvent, Responsibility
from tests.factories.make import GULOU, JIANGNING, hold, make_elevator, make_unit, make_user
from tests.factories.reports import BY, LONG, charge, make_body, make_inspected, make_inspector, moment, report_of

pytestmark = pytest.mark.django_db
AT = moment("2026-06-15 10:00")
DAY = dt.date(2026, 6, 15)
AGREED = Ballot(Decimal(900), Decimal(700), Decimal(500), 90, 70, 50)


def member(unit, role, **values):
    user = make_user(f"{role.lower()}-{unit.pk}", created_at=LONG)
    hold(user, role, unit=unit, started_at=LONG)
    return actor_for(user, AT)


@pytest.fixture
def unit(db):
    return make_unit("Using unit", created_at=LONG)


@pytest.fixture
def body(db):
    return make_body()


@pytest.fixture
def manager(unit):
    return member(unit, "USING_UNIT_MANAGER")


@pytest.fixture
def office(body):
    return member(body, "INSPECTION_OFFICE")


@pytest.fixture
def officer(db):
    user = make_user("officer", created_at=LONG)
    hold(user, "DISTRICT_REGULATOR", area_code=GULOU, started_at=LONG)
    return actor_for(user, AT)


def old(unit, **values) -> Elevator:
    values = {"installed": "2010-03-01", "place_type": "HOSPITAL", **values}
    made = make_inspected(make_unit("Maker", created_at=LONG), role="MANUFACTURER", **values)
    charge(unit, made, role="USING_UNIT")
    return Elevator.objects.get(pk=made.pk)


@pytest.fixture
def elevator(unit):
    return old(unit)


def test_nobody_is_put_in_charge_of_what_was_scrapped_meanwhile(elevator, manager, body):
    case = actions.apply_for_assessment(elevator=elevator, by=manager, at=AT)
    Elevator.objects.filter(pk=elevator.pk).update(registration_state="SCRAPPED")
    with pytest.raises(actions.NotInUse):
        actions.assign_assessment(case=case, body=body, version=1, by=manager, at=AT)
    assert not Responsibility.objects.filter(elevator=elevator, unit=body).exists()
    ended = actions.cancel_assessment(case=case, note="scrapped", version=1, by=manager, at=AT)
    assert ended.state == "CANCELLED"


def again(case) -> Assessment:
    return Assessment.objects.get(pk=case.pk)


@pytest.fixture
def walk(elevator, manager, office, officer, body):
    """Brings a case up to a state, each step by who takes it; returns it."""

    def to(state: str, **given) -> Assessment:
        case = actions.apply_for_assessment(elevator=elevator, by=manager, at=AT)
        rest = {
            "ASSIGNED": (actions.assign_assessment, manager, {"body": body}),
            "REPORTED": (actions.file_assessment, office, {"number": "A-1", "reported_on": DAY, "level": "三级"}),
            "DECIDED": (
                actions.decide_assessment, manager,
                {"decision": "MODERNISE", "decided_on": DAY, "cost": Decimal(150_000)},
            ),
            "FUNDED": (
                actions.record_fund, manager,
                {"source": "OWNERS", "amount": Decimal(150_000), "state": "ASSURED"},
            ),
            "WORKING": (actions.begin_works, manager, {"works_unit": body, "works_from": DAY}),
        }  # fmt: skip
        for step, (act, by, words) in rest.items():
            if case.state == state:
                break
            case = act(case=case, version=case.version, by=by, at=AT, **(words | given.get(step, {})))
        assert case.state == state
        return case

    return to


# --- the worklist -----------------------------------------------------------------------------------------------------


def test_the_list_and_the_rule_agree_on_every_elevator(unit, manager):
    made = [
        old(unit),
        old(unit, place_type="SCHOOL"),
        old(unit, place_type="RESIDENTIAL"),
        old(unit, installed="2012-06-15"),
        old(unit, last_renewed_on=dt.date(2020, 1, 1)),
        old(unit, last_renewed_on=dt.date(2011, 1, 1)),
        make_elevator(area_code=GULOU, commissioned_on=dt.date(2001, 1, 1), place_type="MALL"),  # never in use
    ]
    faulty = old(unit, installed="2020-06-15", place_type="RESIDENTIAL")
    for item in ("DOOR", "CAR", "SHAFT"):
        report_hazard(elevator=faulty, item=item, details="x", found_on=DAY, source="USING_UNIT", by=BY, at=AT)
    rows = [*made, faulty]
    why = {pk: [ground.reason for ground in found] for pk, found in reasons_of(rows, DAY).items()}
    assert [why[row.pk] for row in rows] == [["AGE"], ["CROWDED"], [], [], [], ["AGE"], ["AGE"], ["FAULTS"]]
    listed = to_be_assessed(Elevator.objects.all(), DAY)
    assert {row.pk for row in listed} == {pk for pk, found in why.items() if found} - {made[-1].pk}
    assert {row.pk for row in to_be_assessed(Elevator.objects.all(), DAY, reason="FAULTS")} == {faulty.pk}
    # units are told of what is certain alone
    assert {row.pk for row in to_be_assessed(Elevator.objects.all(), DAY, advised=True)} == {made[0].pk, made[5].pk}


def test_pages_and_files_say_why_in_the_same_words(unit):
    made = [
        old(unit, installed="2009-06-16"),  # seventeen tomorrow
        old(unit, place_type="SCHOOL", installed="2008-02-29"),
        old(unit, last_renewed_on=dt.date(2011, 6, 15)),
        old(unit, place_type="RESIDENTIAL"),
    ]
    for item in ("DOOR", "CAR", "SHAFT", "OTHER"):
        report_hazard(elevator=made[0], item=item, details="x", found_on=DAY, source="USING_UNIT", by=BY, at=AT)
    age, faults = "in use since 2009-06-16, 16 years, public place", "4 hazards in 12 months on record"
    said = {
        False: [
            [age, f"{faults}; faults are not recorded yet"],
            ["in use since 2008-02-29, 18 years, other crowded place"],
            ["renewed on 2011-06-15, 15 years ago, public place"],
            [],
        ],
        True: [[age], [], ["renewed on 2011-06-15, 15 years ago, public place"], []],
    }
    for advised, wanted in said.items():
        found = reasons_of(made, DAY, advised=advised)
        assert [[in_words(ground) for ground in found[row.pk]] for row in made] == wanted
        rows = Elevator.objects.annotate(why=in_sql(DAY, advised=advised)).in_bulk([row.pk for row in made])
        assert [rows[row.pk].why for row in made] == [" · ".join(words) for words in wanted]


# --- the life ---------------------------------------------------------------------------------------------------------


def test_a_case_is_lived_through_from_application_to_its_end(elevator, walk, manager, office, officer, body):
    case = walk("WORKING")
    inspector = make_inspector(body)
    file_report(
        filing=report_of(elevator, inspector, kind="MAJOR_REPAIR", concluded_on="2026-06-15", verdict="合格"),
        body=body, by=office, at=AT,
    )  # fmt: skip
    report = Report.objects.get(kind="MAJOR_REPAIR")
    case = actions.accept_works(case=case, accepted_on=DAY, report=report, version=case.version, by=manager, at=AT)
    case = actions.close_assessment(case=case, version=case.version, by=officer, at=AT)
    assert (case.state, case.level, case.decision, case.acceptance_report) == ("CLOSED", "三级", "MODERNISE", report)
    kinds = [step.kind for step in case.steps.order_by("pk")]
    assert kinds == ["apply", "assign", "report", "decide", "fund", "works", "accept", "close"]
    events = LifeEvent.objects.filter(elevator=elevator, kind="SAFETY_ASSESSMENT").order_by("pk")
    assert [event.outcome for event in events][-3:] == ["WORKING", "ACCEPTED", "CLOSED"]
    assert AuditRecord.objects.filter(action="inspection.assessment_step").count() == 7


def test_why_is_written_down_as_the_rows_have_it(elevator, unit, manager):
    case = actions.apply_for_assessment(elevator=elevator, by=manager, at=AT)
    assert (case.reasons, case.rules) == (["AGE"], ["NJ-2019-34-5"])
    young = old(unit, installed="2020-01-01")
    case = actions.apply_for_assessment(elevator=young, by=manager, at=AT)
    assert (case.reasons, case.rules) == (["REQUEST"], [])


def test_a_step_sent_again_is_the_first_and_another_word_is_refused(walk, manager, office):
    case = walk("REPORTED")
    words = {"number": "A-1", "reported_on": DAY, "level": "三级"}
    same = actions.file_assessment(case=case, version=2, by=office, at=AT, **words)
    assert (same.version, same.steps.count()) == (case.version, 3)
    with pytest.raises(actions.StepRefused) as caught:
        actions.file_assessment(case=case, version=case.version, by=office, at=AT, **(words | {"level": "四级"}))
    assert caught.value.code == "assessment-not-now"
    with pytest.raises(actions.AssessmentStanding):
        actions.apply_for_assessment(elevator=case.elevator, by=manager, at=AT)


def test_a_stale_page_changes_nothing(walk, manager):
    case = walk("DECIDED")
    fund = {"source": "SUBSIDY", "amount": Decimal(1), "state": "PLANNED", "by": manager, "at": AT}
    actions.record_fund(case=case, version=case.version, **fund)
    with pytest.raises(Changed):
        actions.record_fund(case=case, version=case.version, **(fund | {"amount": Decimal(2)}))
    assert [(row.source, row.amount) for row in case.funds.all()] == [("SUBSIDY", Decimal(1))]


def test_the_using_unit_decides_the_body_reports_the_officer_closes(walk, elevator, manager, office, officer, unit):
    stranger = member(make_unit("Stranger", created_at=LONG), "USING_UNIT_MANAGER")
    viewer = member(unit, "UNIT_VIEWER")
    other_office = member(make_body("Other body"), "INSPECTION_OFFICE")
    for actor in (stranger, viewer, office, officer):
        with pytest.raises(NotPermitted):
            actions.apply_for_assessment(elevator=elevator, by=actor, at=AT)
    case = walk("ASSIGNED")
    for actor in (stranger, viewer, manager, officer, other_office):
        with pytest.raises(NotPermitted):
            actions.file_assessment(case=case, number="X", reported_on=DAY, level="一级", by=actor, at=AT)
    everybody = (stranger, viewer, manager, office, other_office, officer)
    allowed = {
        step: [actor for actor in everybody if actions.may_take(case, step, actor)]
        for step in ("assign", "report", "decide", "close", "cancel")
    }  # fmt: skip
    assert allowed == {
        "assign": [manager],
        "report": [office],
        "decide": [manager],
        "close": [officer],
        "cancel": [manager, officer],
    }


def test_risks_of_class_one_are_one_hazard_and_the_others_none(walk, office):
    lines = (FindingLine("brake worn", 1, "D"), FindingLine("door rubs", 3, "C"), FindingLine("no buffer", 2, "B"))
    case = walk("REPORTED", REPORTED={"findings": lines})
    assert [row.risk_class for row in case.findings.all()] == ["I", "II", "I"]
    hazard = Hazard.objects.get(elevator=case.elevator, item="ASSESSMENT-I")
    assert (hazard.state, hazard.details) == ("CONFIRMED", "A-1: 1D brake worn; 2B no buffer")


def test_a_number_of_another_case_is_refused_and_leaves_nothing(walk, unit, manager, office, body):
    walk("REPORTED")
    other = actions.apply_for_assessment(elevator=old(unit), by=manager, at=AT)
    other = actions.assign_assessment(case=other, body=body, version=1, by=manager, at=AT)
    with pytest.raises(actions.ReportNumberTaken):
        actions.file_assessment(
            case=other, number=" A-1 ", reported_on=DAY, level="二级", findings=[FindingLine("x", 1, "A")], by=office, at=AT
        )  # fmt: skip
    assert (again(other).state, other.findings.count(), other.steps.count()) == ("ASSIGNED", 0, 2)


@pytest.mark.parametrize(
    ("words", "code", "field"),
    [
        ({"decided_on": DAY + dt.timedelta(days=1)}, "assessment-day-after-today", "decided_on"),
        ({"decided_on": DAY - dt.timedelta(days=1)}, "assessment-before-report", "decided_on"),
        ({"cost": None}, "assessment-no-cost", "cost"),
        ({"decision": "KEEP", "measures": "  "}, "assessment-no-measures", "measures"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_at_its_field(walk, manager, words, code, field):
    case = walk("REPORTED")
    given = {"decision": "REPAIR", "decided_on": DAY, "cost": Decimal(10), **words}
    with pytest.raises(actions.StepRefused) as caught:
        actions.decide_assessment(case=case, version=case.version, by=manager, at=AT, **given)
    assert (caught.value.code, caught.value.field, again(case).state) == (code, field, "REPORTED")


def test_today_is_the_day_in_nanjing(walk, office):
    case = walk("ASSIGNED")
    late, early = moment("2026-06-15 23:59"), moment("2026-06-16 00:01")
    words = {"case": case, "number": "N", "reported_on": DAY + dt.timedelta(days=1), "level": "x", "by": office}
    with pytest.raises(actions.StepRefused):
        actions.file_assessment(at=late, **words)
    assert actions.file_assessment(at=early, **words).state == "REPORTED"


def test_what_is_kept_is_closed_without_works_and_nothing_else_is(walk, manager, officer):
    case = walk("DECIDED")
    with pytest.raises(actions.StepRefused) as caught:
        actions.close_assessment(case=case, version=case.version, by=officer, at=AT)
    assert caught.value.code == "assessment-to-be-built"
    actions.cancel_assessment(case=case, note="wrong elevator", version=case.version, by=manager, at=AT)
    kept = walk("DECIDED", REPORTED={"number": "A-2"}, DECIDED={"decision": "KEEP", "measures": "monthly test"})
    with pytest.raises(actions.StepRefused) as caught:
        actions.record_fund(
            case=kept, source="OWNERS", amount=Decimal(1), state="PLANNED", version=kept.version, by=manager, at=AT
        )
    assert (caught.value.code, kept.cost, kept.gap) == ("assessment-kept", None, None)
    assert actions.close_assessment(case=kept, version=kept.version, by=officer, at=AT).state == "CLOSED"


def test_the_fund_is_asked_of_the_owners_and_the_gap_closes_by_what_is_assured(walk, manager, officer):
    case = walk("DECIDED")
    fund = {"source": "MAINTENANCE_FUND", "amount": Decimal(100_000), "state": "ASSURED", "by": manager, "at": AT}
    with pytest.raises(actions.StepRefused) as caught:
        actions.record_fund(case=case, version=case.version, **fund)
    assert (caught.value.code, caught.value.field) == ("assessment-vote-first", "state")
    against = Ballot(Decimal(900), Decimal(700), Decimal(100), 90, 70, 10)
    for ballot, outcome in ((against, "REJECTED"), (AGREED, "PASSED")):
        case = actions.record_vote(case=case, voted_on=DAY, ballot=ballot, version=case.version, by=manager, at=AT)
        assert case.vote == outcome
    case = actions.record_fund(case=case, version=case.version, **fund)
    assert (case.state, case.gap) == ("DECIDED", Decimal(50_000))
    gaps = {step["state"]: (step["count"], step["gap"]) for step in funnel(officer)}
    assert gaps["DECIDED"] == (1, Decimal(50_000))
    subsidy = fund | {"source": "SUBSIDY", "amount": Decimal(50_000)}
    case = actions.record_fund(case=case, version=case.version, **subsidy)
    assert (case.state, case.gap) == ("FUNDED", 0)
    # a subsidy that is taken back opens the gap again
    case = actions.record_fund(case=case, version=case.version, **(subsidy | {"state": "REFUSED"}))
    assert (case.state, case.gap) == ("DECIDED", Decimal(50_000))


def test_that_no_vote_is_on_record_is_said_with_a_reason(walk, manager):
    case = walk("DECIDED")
    with pytest.raises(actions.StepRefused):
        actions.record_vote(case=case, note=" ", version=case.version, by=manager, at=AT)
    case = actions.record_vote(case=case, note="before the platform", version=case.version, by=manager, at=AT)
    assert (case.vote, case.votes.count()) == ("NOT_RECORDED", 0)


def test_works_are_accepted_by_a_paper_of_this_very_elevator(walk, manager, unit):
    case, other = walk("WORKING"), old(unit)
    paper = Document.objects.create(
        elevator=other, kind="OTHER", filed_at=AT, filed_by_kind="SYSTEM", filed_by_id="tests"
    )
    given = {"case": case, "accepted_on": DAY, "version": case.version, "by": manager, "at": AT}
    with pytest.raises(actions.ProofMissing):
        actions.accept_works(**given)
    with pytest.raises(actions.ProofOfOther):
        actions.accept_works(document=paper, **given)
    assert again(case).state == "WORKING"


def test_a_cancelled_case_makes_room_for_another(walk, elevator, manager):
    case = walk("ASSIGNED")
    with pytest.raises(actions.StepRefused):
        actions.cancel_assessment(case=case, note="", version=case.version, by=manager, at=AT)
    actions.cancel_assessment(case=case, note="sold", version=case.version, by=manager, at=AT)
    assert cases_of([elevator]) == {}
    made = actions.apply_for_assessment(elevator=elevator, by=manager, at=AT)
    assert (made.pk != case.pk, cases_of([elevator])) == (True, {elevator.pk: made})


def test_the_others_are_told_and_not_who_did_it(walk, manager, office):
    case = walk("ASSIGNED")
    told = Message.objects.filter(subject_id=str(case.public_id), recipient_kind="PERSON")
    assert sorted((row.recipient_id, row.kind) for row in told) == [(office.id, "inspection.assessment_assigned")]


def test_steps_are_never_rewritten(walk):
    case = walk("ASSIGNED")
    for change in (lambda rows: rows.update(note="x"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(AssessmentStep.objects.filter(assessment=case))


@pytest.mark.parametrize("installed", ["2010-09-01", "2021-09-01"])
def test_the_seeded_city_has_cases_in_each_state_once_and_the_district_of_the_demonstration_first(
    settings, tmp_path, installed
):
    """The law names no young ones, and in a small city the district has no others: then their units ask."""
    settings.MEDIA_ROOT, settings.SEALED_DIR = tmp_path / "copies", tmp_path / "sealed"
    body, works = make_body(), make_unit("Works", kind="MAINTENANCE_UNIT")
    assert (body.synthetic, works.synthetic) == (True, True)
    officer = make_user("district_regulator", created_at=LONG)
    hold(officer, "DISTRICT_REGULATOR", area_code=JIANGNING, started_at=LONG)
    type(officer).objects.filter(pk=officer.pk).update(synthetic=True)
    for number in range(12):
        # the district's own are younger, so that only the choice brings them first
        place = {"area_code": JIANGNING, "installed": installed} if number else {}
        row = old(make_unit("Using unit", created_at=LONG), **place)
        Elevator.objects.filter(pk=row.pk).update(synthetic=True)
    assert (seed_assessments(at=AT), seed_assessments(at=AT)) == (12, 0)
    seen = Assessment.objects.visible_to(actor_for(officer, AT), "inspection.view_report")
    assert set(seen.values_list("state", flat=True)) == set(AssessmentState.values)
    assert seen.filter(state="CLOSED").count() == 2
    assert seen.get(state="ACCEPTED").acceptance_document is not None
