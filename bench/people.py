"""Whose pages are measured."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.models import Count

from accounts.gate import remember_second_factor
from accounts.models import Membership, Unit, User
from accounts.session_store import SessionStore
from common import clock
from registry.models import Elevator

MANAGER, MAINTAINER = "bench_manager", "bench_maintainer"


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


def largest_maintainer() -> tuple[User, int]:
    """The bench's own user of the unit that maintains most, and how many elevators that are."""
    kept = Elevator.objects.filter(maintenance_unit__isnull=False).values("maintenance_unit").annotate(n=Count("pk"))
    row = min(kept, key=lambda row: (-row["n"], row["maintenance_unit"]))
    return _of_unit(MAINTAINER, Unit.objects.get(pk=row["maintenance_unit"]), "MAINTENANCE_OFFICE"), row["n"]


def manager_of(unit: Unit) -> User:
    """The bench's own user, who manages that unit."""
    return _of_unit(MANAGER, unit, "USING_UNIT_MANAGER")


def _of_unit(username: str, unit: Unit, role: str) -> User:
    at = clock.now()
    user, _made = User.objects.get_or_create(
        username=username, defaults={"display_name": username, "password": "!", "synthetic": True, "created_at": at}
    )
    Membership.objects.get_or_create(user=user, unit=unit, role=role, defaults={"started_at": at})
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
