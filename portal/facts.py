"""The public page in words: what is said of an elevator, in which order, and what a plate that is none is answered."""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from common.clock import SHANGHAI
from registry.choices import PlateState
from registry.queries.public import PublicElevator

LANGUAGES = dict(settings.LANGUAGES)

# Public status: (colour, what a rider needs to know of it)
STATUS = {
    "IN_USE": ("ok", gettext_lazy("In use")),
    "OUT_OF_USE": ("danger", gettext_lazy("Out of use: do not ride")),
    "UNREGISTERED": ("danger", gettext_lazy("Not registered for use: do not ride")),
    "SCRAPPED": ("danger", gettext_lazy("Scrapped: do not ride")),
    "DEREGISTERED": ("danger", gettext_lazy("Registration cancelled: do not ride")),
    "SEALED": ("danger", gettext_lazy("Sealed by the regulator: do not ride")),
    "RELOCATING": ("danger", gettext_lazy("Being relocated: do not ride")),
    "CHANGING": ("warning", gettext_lazy("Registration is being changed")),
    "DISMANTLED": ("danger", gettext_lazy("Dismantled: do not ride")),
}
# What is not a good plate: (heading, what to do)
BAD = {
    "void": (
        gettext_lazy("This plate is no longer valid"),
        gettext_lazy("It was replaced or taken out of use. Look for the newer plate in the car."),
    ),
    "void-alone": (
        gettext_lazy("This plate is no longer valid"),
        gettext_lazy("It was taken out of use, and no valid plate hangs on this elevator. Tell 96333."),
    ),
    "void-unhung": (
        gettext_lazy("This plate is no longer valid"),
        gettext_lazy("It was taken out of use before it hung on any elevator. Tell 96333 where you found it."),
    ),
    "forged": (
        gettext_lazy("This is not a genuine plate"),
        gettext_lazy(
            "Its signature is not the platform's. Do not follow what it says, and trust no number but the one below."
        ),
    ),
    "unknown": (
        gettext_lazy("The platform does not know this plate"),
        gettext_lazy("Nobody has ever been given it. Trust no number but the one below."),
    ),
    "malformed": (
        gettext_lazy("This is not the address of a plate"),
        gettext_lazy("Scan the code again, or type the six digits that stand on the plate."),
    ),
    "unlisted": (
        gettext_lazy("No elevator here has this number"),
        gettext_lazy("Compare it with the plate in the car: it has six digits."),
    ),
    "limited": (
        gettext_lazy("Too many requests from here"),
        gettext_lazy("Wait a minute and try again. If you are trapped, call now: that is never limited."),
    ),
    "typed": (
        gettext_lazy("Look up an elevator"),
        gettext_lazy("Type the six digits that stand on the plate in the car."),
    ),
}
NOTES = {
    "hangs": gettext_lazy(
        "Answered from the number that was typed, not from a plate: this does not say that the plate in the car is genuine."
    ),
    "numbered": gettext_lazy(
        "No valid plate hangs on this elevator. Answered from the number that was typed, not from a plate."
    ),
}
ALARM = "96333"
# Facts that other apps add (registry.signals.PUBLIC_FACTS), in this order; each app brings its own words.
FACTS: dict[str, str] = {
    "use_label_inspection_month": gettext_noop("Next inspection (use label)"),
    "next_inspection_on": gettext_noop("Inspection"),
    "major_hazard_since": gettext_noop("Major hazard"),
    "last_maintenance_on": gettext_noop("Last maintenance"),
    "income_and_costs": gettext_noop("Advertising income and costs"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`kind`: 'hangs', 'numbered' (an elevator without a valid plate), 'printed' or a key of BAD; `status`: of HTTP."""

    kind: str
    status: int
    elevator: PublicElevator | None = None
    typed: str = ""  # digits that name no elevator, to be mended
    by_number: bool = False  # six digits were typed: nothing is said of any plate

    @property
    def tells(self) -> bool:
        """Are there facts of an elevator?"""
        return self.kind in ("hangs", "numbered")

    @property
    def note(self) -> str:
        return str(NOTES[self.kind]) if self.by_number and self.tells else ""

    @property
    def bad(self) -> tuple:
        """(heading, advice) of what is no good plate."""
        if self.kind != "void" or self.elevator is None or self.elevator.newer_hangs:
            return BAD.get(self.kind, ("", ""))
        return BAD["void-unhung" if self.elevator.newer_hangs is None else "void-alone"]

    def rows(self) -> list[tuple[str, str]]:
        """[(label, value)], blanks left out."""
        lift = self.elevator
        if lift is None or not self.tells:
            return []
        english = translation.get_language().startswith("en")
        place = " ".join(filter(None, (lift.place, lift.building, lift.internal_number)))
        area = " ".join(
            filter(None, (lift.district_en or lift.district, lift.area_en or lift.area))
            if english
            else filter(None, (lift.district, lift.area if lift.area != lift.district else ""))
        )
        facts = [(_(FACTS[key]), _told(key, lift.facts[key])) for key in FACTS if key in (lift.facts or {})]
        if _differs(lift.facts or {}):
            facts.append((_("Beware"), _("The use label in the car names another month than the platform.")))
        rows = [
            (_("Place"), place),
            (_("Area"), area),
            (_("Kind"), (lift.kind_en if english else lift.kind) or lift.kind),
            (_("Using unit (answers for it)"), lift.using_unit),
            (_("Maintenance unit"), lift.maintenance_unit),
            *facts,
            (_("What the income was used for"), (lift.facts or {}).get("income_and_costs", {}).get("used_for", "")),
        ]
        return [(label, value) for label, value in rows if value]

    def _headline(self) -> tuple:
        """(colour, words, since): what a rider reads first. A green "in use" would deny the line below that forbids it."""
        if not self.tells:
            return "", "", ""
        inspection = (self.elevator.facts or {}).get("next_inspection_on", {})
        if self.elevator.status == "IN_USE" and (barred := BARRED.get(inspection.get("state"))):
            return "danger", barred, inspection.get("since", "")
        if self.elevator.status == "IN_USE" and (found := (self.elevator.facts or {}).get("major_hazard_since")):
            return "danger", HAZARD_BARS, _spoken(found)
        since = self.elevator.status_since
        return *STATUS[self.elevator.status], _spoken(since) if since else ""

    def context(self, path: str, *, said: str = "", at_work: bool = False) -> dict:
        heading, advice = self.bad
        state, status, since = self._headline()
        if self.kind == "printed":
            heading, advice = (
                _("This plate hangs nowhere yet"),
                _("It is genuine, and no elevator has been named for it."),
            )
        return {
            "kind": self.kind,
            "alarm": ALARM,
            "code": self.elevator.code if self.elevator else "",
            "heading": heading,
            "advice": advice,
            "state": state,
            "status": status,
            "since": since,
            "note": self.note,
            "rows": self.rows(),
            "path": path,
            "complain": self._complain(path, said) if self.tells else "",
            "said": said,
            "at_work": at_work,
            "typed": self.typed,
            "language": translation.get_language(),
            # not beside a forged plate: the facts of the elevator whose number it shows would vouch for the fake
            "ask": self.kind in ("malformed", "unlisted", "typed", "unknown", "void"),
            "synthetic": settings.SYNTHETIC_DATA_BANNER,
        }

    @staticmethod
    def _complain(path: str, said: str) -> str:
        return f"{path.rstrip('/')}/complain/" + (f"?lang={said}" if said else "")

    def as_json(self) -> dict:
        """The same facts for machines; a problem (RFC 9457) for what is no good plate."""
        if self.kind != "printed" and not self.tells:
            heading, advice = self.bad
            code = f"plate-{self.kind}"
            return {
                "type": f"urn:problem:{code}",
                "title": str(heading),
                "status": self.status,
                "code": code,
                "detail": str(advice),
                "alarm": f"tel:{ALARM}",
            }
        lift = self.elevator
        body = {"plate": "none" if self.kind == "numbered" else self.kind, "code": lift.code, "alarm": f"tel:{ALARM}"}
        if self.note:
            body |= {"answered_from": "number", "note": self.note}
        if self.tells:
            body |= {
                "status": lift.status,
                "status_words": str(STATUS[lift.status][1]),
                "status_since": lift.status_since,
                "place": {"name": lift.place, "building": lift.building, "number": lift.internal_number},
                "area": lift.area,
                "district": lift.district,
                "kind": lift.kind,
                "using_unit": lift.using_unit,
                "maintenance_unit": lift.maintenance_unit,
                **(lift.facts or {}),
            }
        return body


def answer_of(found: PublicElevator, *, by_number: bool = False) -> Answer:
    if not found.plate_state:
        return Answer("numbered", 200, found, by_number=True)
    hangs = found.plate_state == PlateState.BOUND and found.status
    return Answer("hangs" if hangs else "printed", 200, found, by_number=by_number)


def _income(value: dict) -> str:
    """What registry.queries.disclosures.public_income tells, in yuan."""
    sentence = (
        _("%(first)s to %(last)s, all of the unit's elevators here: income %(income)s, costs %(costs)s yuan")
        if value["whole_site"]
        else _("%(first)s to %(last)s: income %(income)s, costs %(costs)s yuan")
    )
    income, costs = (f"{Decimal(value[name]) / 100:,.2f}" for name in ("income_fen", "costs_fen"))
    return sentence % {"first": value["from"], "last": value["until"], "income": income, "costs": costs}


INSPECTION = {
    "VALID": gettext_lazy("inspected %(inspected)s, next due %(next_due)s"),
    "OVERDUE": gettext_lazy("overdue since %(since)s: do not use"),
    "FAILED": gettext_lazy("inspected %(inspected)s, not passed: do not use"),
    "SELF_TEST_OVERDUE": gettext_lazy("inspected %(inspected)s, self-test overdue since %(since)s"),
    "EXCUSED": gettext_lazy("inspected %(inspected)s; the authority has put off the next inspection until %(until)s"),
    "UNKNOWN": gettext_lazy("not known"),
}

# what bars the use (law art. 40), where the register still says that it is in use
BARRED = {
    "OVERDUE": gettext_lazy("Do not use: not inspected in time"),
    "FAILED": gettext_lazy("Do not use: inspection not passed"),
}

# GB 45067-2024 §5.6, whatever the register and the last inspection say
HAZARD_BARS = gettext_lazy("Do not use: major hazard, not mended yet")


def _month(text: str) -> str:
    """ "2026-05" as reports print it."""
    if not text:
        return _("not known")
    year, month = text.split("-")
    return _("%(year)s-%(month)s") % {"year": year, "month": month}


def _inspection(value: dict) -> str:
    """What inspection.queries.public.public_inspection tells."""
    months = {name: _month(value[name]) for name in ("inspected", "next_due")}
    return str(INSPECTION[value["state"]]) % {
        **months,
        "since": value.get("since", ""),
        "until": value.get("until", ""),
    }


def _differs(facts: dict) -> bool:
    """Does the label that hangs in the car say another month than what is due?"""
    printed, known = facts.get("use_label_inspection_month"), facts.get("next_inspection_on", {}).get("next_due")
    put_off = facts.get("next_inspection_on", {}).get("state") == "EXCUSED"
    return bool(printed and known and printed != known and not put_off)


def _told(key: str, value) -> str:
    if key == "major_hazard_since":
        return _("found %(day)s, not mended yet: do not use") % {"day": _spoken(value)}
    return _spoken(value)


def _spoken(value) -> str:
    if isinstance(value, dict):
        return _inspection(value) if "state" in value else _income(value)
    if hasattr(value, "hour"):
        value = timezone.localtime(value, SHANGHAI).date()
    return date_format(value, "Y-m-d") if hasattr(value, "isoformat") else str(value)
