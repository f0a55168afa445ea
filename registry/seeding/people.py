"""The demonstration's people: one per role, and the cast by which one sees that everybody sees their own."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.actions import give_demo_factor
from accounts.choices import PlaceType
from accounts.models import Area, AreaGrant, Membership, Unit, User
from common.actor import system
from common.demo import PASSWORD
from registry.choices import ResponsibilityRole as Role
from registry.seeding.sites import PlannedSite
from registry.seeding.units import ANSWERING, OF_THREE, STRANGER, Units

# What users are called on screen: data, not interface, hence not translated; nobody's name.
_PEOPLE = {
    "UNIT_ADMIN": "演示·单位管理员",
    "UNIT_VIEWER": "演示·单位查看员",
    "USING_UNIT_MANAGER": "演示·使用单位负责人",
    "SAFETY_DIRECTOR": "演示·安全总监",
    "SAFETY_OFFICER": "演示·安全员",
    "MAINTENANCE_OFFICE": "演示·维保内勤",
    "MAINTENANCE_WORKER": "演示·维保人员",
    "RESCUER": "演示·救援员",
    "INSPECTION_OFFICE": "演示·检验内勤",
    "INSPECTOR": "演示·检验员",
    "INSURER_CLERK": "演示·保险专员",
    "MANUFACTURER_ENGINEER": "演示·制造单位工程师",
    "IOT_ENGINEER": "演示·物联网工程师",
    "HOTLINE_CLERK": "演示·热线话务员",
    "CITY_REGULATOR": "演示·市级监察员",
    "DISTRICT_REGULATOR": "演示·区级监察员",
    "SUBDISTRICT_OFFICER": "演示·街道专员",
    "DISPATCHER": "演示·96333调度员",
    "INDUSTRY_OFFICER": "演示·行业主管人员",
    "EMERGENCY_OFFICER": "演示·应急管理人员",
    "AUDITOR": "演示·审计员",
    "SYSTEM_ADMIN": "演示·系统管理员",
    "SECURITY_ADMIN": "演示·安全管理员",
    "AUDIT_ADMIN": "演示·审计管理员",
}
# Who is there to be a stranger, a colleague, a former worker, a person of two units, the second officer of what takes two.
_CAST = {
    "colleague": "演示·同单位同事",
    "stranger": "演示·其他使用单位负责人",
    "manager_of_three": "演示·三台电梯的负责人",
    "former_worker": "演示·原维保人员",
    "two_units": "演示·两单位任职人员",
    "second_regulator": "演示·另一名市级监察员",
}
USERNAMES = (*(role.lower() for role in _PEOPLE), *_CAST)


@dataclass(frozen=True)
class Person:
    """Somebody to be: `holdings` are (role, Unit | Area | None, place types)."""

    username: str
    display_name: str
    holdings: tuple


def cast(sites: list[PlannedSite], units: Units, city: Area) -> list[Person]:
    """Everybody, around the site of the unit that answers."""
    home = next(site for site in sites if site.cast == 1)
    answering, stranger, of_three = units.managers[ANSWERING], units.managers[STRANGER], units.managers[OF_THREE]
    district = home.area.managing_district
    station = next(unit for unit in units.rescue_stations if unit.area_id == district.pk)
    where: dict[str, Unit | Area | None] = {
        "UNIT_ADMIN": answering,
        "UNIT_VIEWER": answering,
        "USING_UNIT_MANAGER": answering,
        "SAFETY_DIRECTOR": answering,
        "SAFETY_OFFICER": answering,
        "MAINTENANCE_OFFICE": home.maintaining,
        "MAINTENANCE_WORKER": home.maintaining,
        "RESCUER": station,
        "INSPECTION_OFFICE": home.others[Role.INSPECTION_BODY],
        "INSPECTOR": home.others[Role.INSPECTION_BODY],
        "INSURER_CLERK": home.others[Role.INSURER],
        "MANUFACTURER_ENGINEER": units.manufacturers[0],
        "IOT_ENGINEER": units.iot_operator,
        "HOTLINE_CLERK": units.department,
        "CITY_REGULATOR": city,
        "DISTRICT_REGULATOR": district,
        "SUBDISTRICT_OFFICER": home.area,
        "DISPATCHER": city,
        "INDUSTRY_OFFICER": city,
        "EMERGENCY_OFFICER": city,
        "AUDITOR": None,
        "SYSTEM_ADMIN": None,
        "SECURITY_ADMIN": None,
        "AUDIT_ADMIN": None,
    }
    health = (PlaceType.HOSPITAL, PlaceType.CARE_HOME)
    people = [
        Person(role.lower(), name, ((role, where[role], health if role == "INDUSTRY_OFFICER" else ()),))
        for role, name in _PEOPLE.items()
    ]
    manager = "USING_UNIT_MANAGER"
    holdings = {
        "colleague": ((manager, answering, ()),),
        "stranger": ((manager, stranger, ()),),
        "manager_of_three": ((manager, of_three, ()),),
        "former_worker": (("MAINTENANCE_WORKER", units.former_maintainer, ()),),
        # strong in one, weak in the other
        "two_units": ((manager, answering, ()), ("UNIT_VIEWER", stranger, ())),
        "second_regulator": (("CITY_REGULATOR", city, ()),),
    }
    return people + [Person(username, name, holdings[username]) for username, name in _CAST.items()]


def write(people: list[Person], *, at: dt.datetime) -> None:
    """Users with what they hold; all have the one password of the demonstration."""
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(
            username=person.username,
            display_name=person.display_name,
            password=password,
            synthetic=True,
            created_at=at,
        )
        for person in people
    )
    memberships, grants = [], []
    for user, person in zip(users, people, strict=True):
        for role, where, place_types in person.holdings:
            if isinstance(where, Unit):
                memberships.append(Membership(user=user, unit=where, role=role, started_at=at))
            else:
                what = {"place_types": list(place_types), "reference": "synthetic"}
                grants.append(AreaGrant(user=user, area=where, role=role, started_at=at, **what))
    Membership.objects.bulk_create(memberships)
    AreaGrant.objects.bulk_create(grants)
    if not settings.DEMO_CODES:
        return  # they set one up at their first sign-in
    required = set(settings.SECOND_FACTOR_ROLES)
    for user in {row.user.pk: row.user for row in (*memberships, *grants) if row.role in required}.values():
        give_demo_factor(user=user, password=PASSWORD, by=system("seed_city"), at=at)
