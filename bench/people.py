"""Whose pages are measured."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.models import Count

from accounts.gate import remember_second_factor
from accounts.models import Membership, Unit, User
from accounts.session_store import SessionStore
from common import clock
from registry.models import Elevator

MANAGER = "bench_manager"


def measured() -> dict[str, User]:
    """The four of the issue, by what the table calls them."""
    unit, size = unit_of_about(3000)
    return {
        "city regulator": User.objects.get(username="city_regulator"),
        "district regulator": User.objects.get(username="district_regulator"),
        "using unit with 3": User.objects.get(username="manager_of_three"),
        f"using unit with {size:,}": manager_of(unit),
    }


def others() -> dict[str, User]:
    """Scopes that the issue does not name: other roles of units, place types, everything."""
    names = ("subdistrict_officer", "industry_officer", "maintenance_office", "inspection_office", "insurer_clerk")
    return {name.replace("_", " "): User.objects.get(username=name) for name in (*names, "two_units", "auditor")}


def unit_of_about(size: int) -> tuple[Unit, int]:
    """The using unit that answers for the number of elevators nearest to `size`, and that number."""
    held = Elevator.objects.filter(using_unit__isnull=False).values("using_unit").annotate(n=Count("pk"))
    row = min(held, key=lambda row: (abs(row["n"] - size), row["using_unit"]))
    return Unit.objects.get(pk=row["using_unit"]), row["n"]


def manager_of(unit: Unit) -> User:
    """The bench's own user, who manages that unit."""
    at = clock.now()
    user, _made = User.objects.get_or_create(
        username=MANAGER, defaults={"display_name": MANAGER, "password": "!", "synthetic": True, "created_at": at}
    )
    Membership.objects.get_or_create(user=user, unit=unit, role="USING_UNIT_MANAGER", defaults={"started_at": at})
    return user


def cookie_of(user: User) -> str:
    """The cookie of a session that is really in the database."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "accounts.backends.PlatformBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    remember_second_factor(session, clock.now())
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
