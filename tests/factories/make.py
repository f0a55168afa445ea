"""Rows for tests: plain functions with believable defaults. Every name is invented."""

import datetime as dt
from itertools import count

from django.conf import settings
from django.test import Client

from accounts.choices import UnitKind
from accounts.gate import remember_second_factor
from accounts.models import Area, AreaGrant, Membership, SecondFactor, Unit, User
from accounts.queries import actor_for, needs_second_factor, user_with_holdings
from accounts.roles import ROLES, RoleScope
from accounts.rules import USCC_ALPHABET, credit_code_check_digit
from accounts.session_store import keep_alive
from common.actor import system
from common.clock import now
from registry import actions as registry_actions

GULOU, JIANGNING, JIANGBEI, NANJING = "320106", "320115", "320100JB", "320100"
# long enough ago that every period of the cast has begun
LONG_AGO = dt.timedelta(days=400)
PASSWORD = "correct-horse-lantern"

_numbers = count(1)


def area(code: str) -> Area:
    """An area of the reference data, by its code."""
    return Area.objects.get(code=code)


def credit_code(number: int | None = None) -> str:
    """A valid synthetic 统一社会信用代码: registrar Y (others), division 000000, which no real unit has."""
    number = next(_numbers) if number is None else number
    digits = ""
    while number:
        number, rest = divmod(number, len(USCC_ALPHABET))
        digits = USCC_ALPHABET[rest] + digits
    body = "Y1000000" + digits.rjust(9, "0")
    return body + credit_code_check_digit(body)


def make_unit(name: str | None = None, *, kind=UnitKind.PROPERTY_MANAGER, area_code=NANJING, **values) -> Unit:
    """A unit; its credit code is valid and synthetic unless given."""
    number = next(_numbers)
    values.setdefault("credit_code", credit_code(number))
    values.setdefault("created_at", now() - LONG_AGO)
    return Unit.objects.create(
        name=name or f"Test unit {number}", kind=kind, area=area(area_code), synthetic=True, **values
    )


def make_user(username: str | None = None, *, password: str | None = None, **values) -> User:
    """A person; without `password` nobody can sign in by typing (client_for still can)."""
    username = username or f"person-{next(_numbers)}"
    values.setdefault("display_name", username.replace("_", " ").capitalize())
    values.setdefault("created_at", now() - LONG_AGO)
    user = User(username=username, synthetic=True, **values)
    user.set_password(password) if password else user.set_unusable_password()
    user.save()
    return user


def hold(user: User, role: str, *, unit=None, area_code=None, place_types=(), started_at=None, ended_at=None):
    """Let a user hold a role: a Membership with `unit`, otherwise an AreaGrant (over the platform without `area_code`)."""
    period = {"started_at": started_at or now() - LONG_AGO, "ended_at": ended_at}
    if ROLES[role].scope == RoleScope.UNIT:
        return Membership.objects.create(user=user, unit=unit, role=role, **period)
    place = area(area_code) if area_code else None
    return AreaGrant.objects.create(user=user, area=place, role=role, place_types=list(place_types), **period)


def make_elevator(*, area_code: str, using_unit=None, maintenance_unit=None, since=None, **values):
    """An elevator entered through registry.actions; its units answer for it from `since` (default: LONG_AGO)."""
    since, by = since or now() - LONG_AGO, system("tests")
    number = next(_numbers)
    values.setdefault("rescue_code", f"{900000 + number:06d}")
    values.setdefault("address", f"{number} Sample Road")
    elevator = registry_actions.create_elevator(values={"area": area(area_code), **values}, by=by, at=since)
    for role, unit in (("USING_UNIT", using_unit), ("MAINTENANCE_UNIT", maintenance_unit)):
        if unit is not None:
            registry_actions.assign_responsibility(
                elevator=elevator, unit=unit, role=role, started_at=since, by=by, at=since
            )
    elevator.refresh_from_db()
    return elevator


def hand_over(elevator, *, role: str, from_unit, to_unit, at: dt.datetime) -> None:
    """`to_unit` takes over `role` from `from_unit` at a moment (which may lie in the past)."""
    by = system("tests")
    present = elevator.responsibilities.get(unit=from_unit, role=role, ended_at=None)
    registry_actions.end_responsibility(responsibility=present, ended_at=at, by=by, at=at)
    registry_actions.assign_responsibility(elevator=elevator, unit=to_unit, role=role, started_at=at, by=by, at=now())
    elevator.refresh_from_db()


# Of every second factor that tests give; codes come from accounts.rules.second_factor.code_at.
OTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def give_second_factor(user: User) -> SecondFactor:
    """A confirmed authenticator app; the one that is there stays."""
    moment = now() - LONG_AGO
    factor = SecondFactor(user=user, made_at=moment, confirmed_at=moment)
    factor.secret = OTP_SECRET
    SecondFactor.objects.bulk_create([factor], ignore_conflicts=True)
    return factor


def client_for(user: User | None, **headers) -> Client:
    """A test client signed in as `user` (None: a stranger to the platform), with a second factor where a role takes one."""
    client = Client(headers=headers or None)
    if user is None:
        return client
    client.force_login(user, backend="accounts.backends.PlatformBackend")
    fresh = user_with_holdings(user.pk, now())
    needs = needs_second_factor(actor_for(fresh, now()))
    if needs and not fresh.has_second_factor:
        give_second_factor(user)
    session = client.session
    keep_alive(session, now(), address="127.0.0.1", user_agent="", acted=True)  # as the first request does
    session.save()
    if needs or fresh.has_second_factor:
        pass_second_step(client)
    return client


def pass_second_step(client: Client) -> None:
    """As if the code had been typed: what the page does once it has been judged."""
    session = client.session
    remember_second_factor(session, now())
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
