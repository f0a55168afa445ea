"""The synthetic city: all of it or nothing, the same for the same seed, believable, and consistent with the actions."""

import math
import os
import re
import subprocess
import sys
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client

from accounts.models import Area, AreaGrant, Membership, Unit, User
from accounts.queries import actor_for, needs_second_factor
from accounts.roles import ROLES, Permission
from accounts.rules import check_credit_code
from common import clock
from common.demo import PASSWORD
from common.models import AuditRecord, Deadline
from registry import rules
from registry.actions import refresh_current_units
from registry.models import Elevator, LifeEvent, Nameplate, Responsibility, Site, StatusFlag
from registry.queries import chain_faults
from registry.seeding import seed_city
from registry.seeding.city import Seeded
from registry.seeding.shape import figures
from registry.seeding.units import credit_code
from registry.seeding.words import chinese_number
from tests.factories.make import GULOU, make_elevator

ROOT = Path(__file__).resolve().parents[2]
SIZE = 400


@pytest.fixture
def demonstration(settings):
    settings.SYNTHETIC_DATA_BANNER = True
    settings.DEMO_CODES = True


@pytest.fixture
def city(db, demonstration) -> Seeded:
    return seed_city(count=SIZE, seed=1, at=clock.now())


def run(*arguments, command="seed_city") -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


# --- all or nothing, once, only where it belongs ----------------------------------------------------------------------


def test_seed_city_marks_every_row_synthetic(city):
    for model in (Elevator, Site, Unit, User):
        assert set(model.objects.values_list("synthetic", flat=True)) == {True}, model
    assert city == Seeded(
        elevators=Elevator.objects.count(),
        sites=Site.objects.count(),
        units=Unit.objects.count(),
        people=User.objects.count(),
        periods=Responsibility.objects.count(),
        events=LifeEvent.objects.count(),
        flags=StatusFlag.objects.count(),
        deadlines=Deadline.objects.count(),
        plates=Nameplate.objects.filter(state="BOUND").count(),
    )
    in_use = Elevator.objects.filter(registration_state="IN_USE", rescue_code__isnull=False).count()
    assert 0 < city.plates < in_use, "somebody must be left to hang one for"
    assert city.elevators == SIZE
    assert AuditRecord.objects.get(action="registry.seed_city").changes == {
        "elevators": [None, SIZE],
        "seed": [None, 1],
    }


def test_seed_city_says_what_it_made(db, demonstration):
    out = run("--elevators", "30")
    assert "30 elevators" in out
    assert "100 %" in out


def test_seed_city_refuses_outside_of_a_demonstration(db, settings):
    settings.SYNTHETIC_DATA_BANNER = False
    with pytest.raises(CommandError, match="not a demonstration"):
        run()
    assert not Elevator.objects.exists()


def test_seed_city_refuses_a_second_time_or_passes_by(city):
    with pytest.raises(CommandError, match="there already"):
        run()
    assert run("--if-empty") == ""
    assert Elevator.objects.count() == SIZE


def test_seed_city_refuses_a_city_with_real_elevators(db, demonstration):
    make_elevator(area_code=GULOU)
    for arguments in ((), ("--if-empty",)):
        with pytest.raises(CommandError, match="not synthetic"):
            run(*arguments)
    assert Elevator.objects.count() == 1


def test_seed_city_refuses_a_name_that_is_taken(db, demonstration):
    User.objects.create(username="Auditor", display_name="somebody", created_at=clock.now())
    with pytest.raises(CommandError, match="auditor"):
        run("--elevators", "30")


@pytest.mark.parametrize("number", ["29", "500001"])
def test_seed_city_refuses_a_size_out_of_range(db, demonstration, number):
    with pytest.raises(CommandError, match="from 30 to 500000"):
        run("--elevators", number)


@pytest.mark.long  # dear: keeps make test within its ten minutes
@pytest.mark.django_db(transaction=True)
def test_seed_city_killed_half_way_leaves_nothing(services):
    command = [sys.executable, "manage.py", "seed_city", "--elevators", "12000"]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.development", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().strip().endswith(" %")
        process.kill()
    for model in (Elevator, Site, Unit, User, LifeEvent):
        assert not model.objects.exists(), model


# --- the same seed, the same city -------------------------------------------------------------------------------------


def fingerprint() -> list:
    """What must not differ between two cities of one seed: everything but keys and moments."""
    return [
        *Elevator.objects.order_by("source_key").values_list(
            *("source_key", "equipment_code", "registration_code", "certificate_number", "rescue_code", "area__code"),
            *("site__name", "address", "building", "place_type", "class_code", "latitude", "longitude", "floors"),
            *("rated_load_kg", "registration_state", "commissioned_on", "using_unit__name", "maintenance_unit__name"),
        ),
        *Unit.objects.order_by("name", "credit_code").values_list("kind", "name", "credit_code"),
        *Responsibility.objects.order_by("elevator__source_key", "role", "unit__name").values_list(
            "elevator__source_key", "role", "unit__name"
        ),
        *LifeEvent.objects.order_by("elevator__source_key", "sequence").values_list("sequence", "kind", "outcome"),
    ]


def seeded_and_undone(seed: int) -> list:
    with transaction.atomic():
        seed_city(count=SIZE, seed=seed, at=clock.now())
        made = fingerprint()
        transaction.set_rollback(True)
    return made


def test_seed_city_is_the_same_for_the_same_seed(db, demonstration):
    first = seeded_and_undone(7)
    assert seeded_and_undone(7) == first
    assert seeded_and_undone(8) != first


# --- as the actions would have written it -----------------------------------------------------------------------------


def test_seed_city_agrees_with_refresh_current_units(city):
    at = clock.now()
    names = ("using_unit_id", "using_unit_until", "maintenance_unit_id", "maintenance_unit_until")

    def state(elevator):
        pending = Deadline.objects.pending().filter(subject_type="registry.elevator", subject_id=elevator.pk)
        return [getattr(elevator, name) for name in names], list(pending.values_list("kind", "due_at"))

    assert Deadline.objects.pending().exists()
    for elevator in Elevator.objects.all():
        before = state(elevator)
        refresh_current_units(elevator, at=at)
        assert state(elevator) == before


def test_seed_city_chains_every_life(city):
    result = chain_faults()
    assert (result.faults, result.elevators, result.events) == ([], SIZE, city.events)
    firsts = LifeEvent.objects.filter(sequence=1).values_list("kind", flat=True)
    assert set(firsts) <= {"IMPORTED", "CREATED"}
    assert len(firsts) == SIZE


def test_seed_city_has_former_units_and_known_ends(city):
    at = clock.now()
    assert Responsibility.objects.filter(role="MAINTENANCE_UNIT", ended_at__lt=at).exists()
    future = Elevator.objects.filter(maintenance_unit_until__gt=at)
    assert future.exists()
    assert Deadline.objects.pending().filter(subject_id__in=future.values("pk")).count() == future.count()


# --- believable -------------------------------------------------------------------------------------------------------


def share(queryset) -> float:
    return queryset.count() / Elevator.objects.count()


def test_seed_city_has_the_shares_of_its_figures(db, demonstration):
    seed_city(count=3000, seed=1, at=clock.now())
    wanted = figures()["districts"]["elevators"]
    got = Counter(Elevator.objects.values_list("managing_district__code", flat=True))
    assert got == {code: pytest.approx(3000 * n / sum(wanted.values()), abs=1) for code, n in wanted.items()}
    by_class = figures()["classes"]["elevators"]
    total = sum(by_class.values())
    codes = {
        "passenger": ["3110"],
        "goods": ["3120", "3130"],
        "escalators": ["3310"],
        "other": ["3410", "3420", "3430"],
    }
    for name, several in codes.items():
        expected = by_class[name] / total
        assert share(Elevator.objects.filter(class_code__in=several)) == pytest.approx(expected, rel=0.25), name
    assert share(Elevator.objects.filter(place_type="RESIDENTIAL")) == pytest.approx(0.70, abs=0.01)
    assert share(Elevator.objects.filter(registration_state="IN_USE")) == pytest.approx(0.94, abs=0.02)
    assert 0.1 < share(Elevator.objects.filter(commissioned_on__lt="2011-11-01")) < 0.35
    dwellings = Elevator.objects.filter(place_type="RESIDENTIAL")
    assert dwellings.filter(retrofitted=True).count() / dwellings.count() == pytest.approx(0.03, abs=0.012)
    there = Elevator.objects.exclude(registration_state__in=["SCRAPPED", "DEREGISTERED"])
    orphans = there.filter(using_unit=None) | there.filter(maintenance_unit=None)
    assert share(orphans) == pytest.approx(0.01, abs=0.005)
    assert set(StatusFlag.objects.values_list("kind", flat=True)) == {"SEALED", "RELOCATING", "CHANGING"}
    assert Unit.objects.filter(kind="PROPERTY_MANAGER").count() == 40
    assert Unit.objects.filter(kind="MAINTENANCE_UNIT").count() == 12 + 1  # the one that has lost all its elevators
    assert not Elevator.objects.filter(area__hidden=True).exists()
    certificate = Elevator.objects.filter(certificate_number__isnull=False)
    assert not certificate.filter(registration_state="UNREGISTERED").exists()


def test_seed_city_gives_codes_of_the_right_form(city):
    forms = {
        "equipment_code": rules.normalise_equipment_code,
        "registration_code": rules.normalise_registration_code,
        "certificate_number": rules.normalise_certificate_number,
        "rescue_code": rules.normalise_rescue_code,
    }
    for field, normalise in forms.items():
        codes = [code for code in Elevator.objects.values_list(field, flat=True) if code is not None]
        assert [normalise(code) for code in codes] == codes
        assert 0 < len(codes) <= SIZE
    # class and year say the same in code and columns
    for elevator in Elevator.objects.filter(equipment_code__isnull=False):
        assert elevator.equipment_code[:4] == elevator.class_code_id
        assert elevator.equipment_code[9:13] == str(elevator.manufactured_on.year)


def test_seed_city_gives_credit_codes_that_nobody_has(city):
    codes = list(Unit.objects.exclude(kind="OWNERS_COMMITTEE").values_list("credit_code", flat=True))
    assert [check_credit_code(code) for code in codes] == codes
    # 99 is no province's number
    assert all(re.match(r"Y1999999", code) for code in codes)
    assert set(Unit.objects.filter(kind="OWNERS_COMMITTEE").values_list("credit_code", flat=True)) <= {None}
    assert check_credit_code(credit_code(12_345_678))


def test_seed_city_puts_elevators_inside_their_district(city):
    circles = figures()["positions"]["circles"]

    def inside(latitude, longitude, circle):
        north = (latitude - circle[0]) * 111.32
        east = (longitude - circle[1]) * 111.32 * math.cos(math.radians(circle[0]))
        return math.hypot(north, east) <= circle[2]

    for elevator in Elevator.objects.select_related("managing_district", "area__statistical_parent"):
        statistical = elevator.area.statistical_parent.code
        own = circles.get(f"{elevator.managing_district.code}/{statistical}") or circles[statistical]
        assert any(inside(float(elevator.latitude), float(elevator.longitude), circle) for circle in own)


def test_chinese_number_reads_like_one():
    numbers = {
        1: "一",
        10: "十",
        12: "十二",
        20: "二十",
        101: "一百零一",
        110: "一百一十",
        350: "三百五十",
        1005: "一千零五",
    }
    assert {number: chinese_number(number) for number in numbers} == numbers


# --- the people -------------------------------------------------------------------------------------------------------


def sees(username, permission=Permission.VIEW_ELEVATOR) -> set:
    actor = actor_for(User.objects.get(username=username), clock.now())
    return set(Elevator.objects.visible_to(actor, permission).values_list("pk", flat=True))


def test_seed_city_has_one_person_per_role(city):
    usernames = {role.lower() for role in ROLES}
    assert set(User.objects.values_list("username", flat=True)) >= usernames
    for username in usernames:
        user = User.objects.get(username=username)
        held = [*Membership.objects.filter(user=user), *AreaGrant.objects.filter(user=user)]
        assert [row.role for row in held] == [username.upper()]
        role = ROLES[held[0].role]
        if role.unit_kinds:
            assert held[0].unit.kind in role.unit_kinds
        elif role.area_kinds:
            assert held[0].area.kind in role.area_kinds
    assert all(user.check_password(PASSWORD) for user in User.objects.all()[:2])


@pytest.mark.parametrize("size", [30, SIZE])
def test_seed_city_cast_see_their_own(db, demonstration, size):
    seed_city(count=size, seed=1, at=clock.now())
    own, strange = sees("using_unit_manager"), sees("stranger")
    assert own
    assert strange
    assert not own & strange
    assert sees("colleague") == own
    assert len(sees("manager_of_three")) == 3
    assert sees("former_worker") == set()
    assert Responsibility.objects.filter(unit__memberships__user__username="former_worker").exists()
    assert sees("two_units") == own | strange
    assert sees("two_units", Permission.CHANGE_ELEVATOR) == own
    for username in ("maintenance_worker", "inspector", "insurer_clerk", "iot_engineer", "subdistrict_officer"):
        assert sees(username) & own, username
    assert len(sees("city_regulator")) == size
    assert sees("district_regulator") & own
    assert sees("district_regulator") < sees("city_regulator")


def test_demo_logins_lists_everybody(city):
    lines = run(command="demo_logins").splitlines()
    assert len(lines) == 1 + User.objects.count() + 2
    assert "demo_codes NAME" in lines[-1]
    assert lines[0].split() == ["role", "username", "password", "sees", "the", "elevators", "of"]
    line = next(line for line in lines if " manager_of_three " in line)
    assert PASSWORD in line
    assert "示例物业管理（一）有限公司" in line
    assert Area.objects.get(code="320100").name in next(line for line in lines if " city_regulator " in line)


def test_people_of_the_demonstration_sign_in_with_the_codes_that_the_command_shows(city):
    """Whose role takes a code has an app from the beginning, and its present code is good."""
    shown = dict(reversed(line.split()) for line in run(command="demo_codes").splitlines()[:-1])
    takes = {user.username for user in User.objects.all() if needs_second_factor(actor_for(user, clock.now()))}
    assert set(shown) == takes
    assert {"city_regulator", "dispatcher", "security_admin", "unit_admin"} <= takes
    client = Client()
    client.post("/accounts/sign-in/", {"username": "city_regulator", "password": PASSWORD})
    code = run("city_regulator", command="demo_codes").split()[0]
    assert client.post("/accounts/sign-in/code/", {"code": code})["Location"] == "/"
    assert client.get("/elevators/").status_code == 200


def test_demo_logins_says_that_there_are_none(db):
    assert "seed_city" in run(command="demo_logins")
