"""Questions about applications: what they need on a day, what is wrong with them, what the regulator remarked."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.clock import local_date
from common.errors import NotVisible
from common.scoping import may
from registry.choices import OPEN_STATES, ApplicationKind, ApplicationState
from registry.models import (
    Document,
    Elevator,
    RegistrationApplication,
    RegistrationNeed,
    RegistrationRemark,
    RegistrationTerm,
    Responsibility,
)
from registry.rules import registration as rules
from registry.rules.documents import state_of
from registry.signals import PublicFact

SHOWN_AFTER_REFUSAL = 30  # days that a home page speaks of it; it stays in the list


@dataclass(frozen=True, slots=True)
class Reading:
    """An application against the law of a day: `values` of good answers, `faults` {name: code} of the others, kinds of
    documents `missing`."""

    needs: list[rules.Need]
    values: dict
    faults: dict[str, str]
    missing: list[str]

    @property
    def complete(self) -> bool:
        return not self.faults and not self.missing


def terms_on(day: dt.date) -> list[rules.Term]:
    rows = RegistrationTerm.objects.on(day).order_by("valid_from", "pk")
    return [rules.Term(row.name, row.kind, row.days, row.pk) for row in rows]


def needs_on(kind: str, elevator: Elevator, day: dt.date) -> list[rules.Need]:
    """What an application of a kind about this elevator needs on a day, in order."""
    rows = RegistrationNeed.objects.on(day).filter(kind=kind).order_by("position", "pk")
    stopped = (day - local_date(elevator.registration_state_at)).days if kind == ApplicationKind.RESTART else None
    long = rules.term_of(terms_on(day), "STOPPED_LONG", kind)
    return rules.needs_of(
        [rules.Need(row.target, row.name, row.required, row.applies) for row in rows],
        stopped_days=stopped,
        stopped_long=long.days if long else None,
    )


def attached(application: RegistrationApplication) -> QuerySet[Document]:
    """The documents that it brings, newest first."""
    return application.documents.order_by("-pk")


def attached_document(application: RegistrationApplication, public_id) -> Document:
    """The document of this id that it brings. Raises NotVisible: what another application brings is not there."""
    document = attached(application).filter(public_id=public_id).first()
    if document is None:
        raise NotVisible
    return document


def read_application(application: RegistrationApplication, *, today: dt.date) -> Reading:
    """What is good and what is wrong with it. Three statements and one for the documents."""
    needs = needs_on(application.kind, application.elevator, today)
    values, faults = rules.read_answers(needs, application.answers, today=today)
    standing = {row.kind for row in attached(application) if state_of(row, today) == "IN_FORCE"}
    return Reading(needs, values, faults, rules.missing_documents(needs, standing))


def said_at(application: RegistrationApplication) -> dict[tuple[str, str], list]:
    """What it says at each answer and brings of each kind that still stands in the e-file: {(target, name): [...]}."""
    answers = application.answers.items()
    places = {("FIELD", name): rules.said(name, raw) for name, raw in answers if name in rules.FIELDS}
    for document in attached(application).standing():
        places.setdefault(("DOCUMENT", document.kind), []).append(str(document.public_id))
    return places


def last_remarks(application: RegistrationApplication) -> dict[tuple[str, str], rules.Remark]:
    """{(target, name): remark} of the round that was returned last, each with what became of it."""
    rows = list(RegistrationRemark.objects.filter(application=application).select_related("reply").order_by("pk"))
    newest = max((row.round for row in rows), default=0)
    now = said_at(application) if rows else {}
    return {
        key: rules.Remark(*key, row.reason, row.was, now.get(key, []), reply_text(row), row.pk)
        for row in rows
        if row.round == newest
        for key in [(row.target, row.name)]
    }


def reply_text(remark: RegistrationRemark) -> str:
    reply = getattr(remark, "reply", None)
    return reply.text if reply else ""


def unanswered_remarks(application: RegistrationApplication, reading: Reading) -> list[rules.Remark]:
    """Those of a returned application that nothing was done about; what the law no longer asks for needs no answer."""
    asked = {(need.target, need.name) for need in reading.needs}
    return [remark for key, remark in last_remarks(application).items() if key in asked and remark.unanswered]


def using_unit_of(elevator: Elevator, *, actor: Actor, at: dt.datetime) -> int | None:
    """The actor's unit that answers for the elevator as using unit and for which they may apply."""
    held = Responsibility.objects.current(at).filter(elevator=elevator, role="USING_UNIT")
    return (
        held.filter(unit_id__in=reach_of(actor, Permission.APPLY_REGISTRATION).unit_ids)
        .values_list("unit_id", flat=True)
        .first()
    )


def kinds_possible(elevator: Elevator, *, actor: Actor, at: dt.datetime) -> list[str]:
    """The kinds that the actor may apply for about this elevator now."""
    if not may(actor, Permission.APPLY_REGISTRATION) or using_unit_of(elevator, actor=actor, at=at) is None:
        return []
    state, flags = elevator.registration_state, elevator.flag_kinds
    return [kind for kind in ApplicationKind.values if not rules.why_not(kind, state=state, flags=flags)]


def open_application_of(elevator: Elevator, *, actor: Actor) -> RegistrationApplication | None:
    """The one that is under way, as far as the actor may see it."""
    rows = RegistrationApplication.objects.visible_to(actor, Permission.VIEW_APPLICATION)
    return rows.filter(elevator=elevator, state__in=OPEN_STATES).first()


def refused_lately(actor: Actor, at: dt.datetime) -> QuerySet[RegistrationApplication]:
    """Refusals of the actor's own applications of the last SHOWN_AFTER_REFUSAL days, unless the unit has begun anew."""
    rows = RegistrationApplication.objects.visible_to(actor, Permission.APPLY_REGISTRATION)
    again = RegistrationApplication.objects.filter(
        elevator=OuterRef("elevator"),
        unit=OuterRef("unit"),
        kind=OuterRef("kind"),
        created_at__gt=OuterRef("decided_at"),
    )
    since = at - dt.timedelta(days=SHOWN_AFTER_REFUSAL)
    return rows.filter(~Exists(again), state=ApplicationState.REFUSED, decided_at__gt=since)


def public_inspection_month() -> PublicFact:
    """The month of the next inspection as the valid use label says it, "2027-01" (registered at PUBLIC_FACTS). It holds
    whoever keeps the dates of inspections: the label hangs in the car, and the page must not contradict it in silence."""
    return PublicFact(
        "use_label_inspection_month",
        "SELECT nullif(l.facts ->> 'next_inspection', '') FROM registry_uselabel l"
        " WHERE l.elevator_id = e.id AND l.voided_at IS NULL",
    )
