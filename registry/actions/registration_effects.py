"""What approving each kind of application does, through the actions that there are, in the approval's transaction."""

import datetime as dt

from django.db import models
from django.db.models import Max
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from common.audit import record_change
from common.clock import local_date
from common.errors import Refusal
from registry.actions.elevators import change_elevator, lift_flag, set_registration_state
from registry.actions.registrations import place_of, receiving_unit
from registry.actions.responsibilities import assign_responsibility, end_responsibility
from registry.actions.use_labels import issue_label, void_label
from registry.choices import ApplicationKind, FlagKind
from registry.models import CertificateLetters, CertificateSeries, Elevator
from registry.rules import registration as rules


class ClassMissing(Refusal):
    code = "application-class-missing"
    status = 409
    message = _("The certificate number begins with the class of the elevator. Enter the class first.")


class LettersMissing(Refusal):
    code = "certificate-letters-missing"
    status = 409
    message = _("For this city it is not known how certificate numbers begin. Enter the number by hand first.")


class SeriesFull(Refusal):
    code = "certificate-series-full"
    status = 409
    message = _("This year's certificate numbers of six digits are used up.")


NEW_NUMBER = "NEW"


def unconfirmed_number(row) -> str:
    """The certificate number that the elevator of a first registration carries although nobody issued it here: '' for none."""
    return (row.elevator.certificate_number or "") if row.kind == ApplicationKind.REGISTER else ""


def settle_number(elevator: Elevator, *, keep: bool, by, at: dt.datetime) -> None:
    """What the reviewer chose for a number that came before the registration, on record either way."""
    number = elevator.certificate_number
    if keep:
        confirmed = {"certificate_number": [number, number]}
        record_change(action="registry.confirm_certificate_number", subject=elevator, by=by, changes=confirmed)
        return
    new = next_certificate_number(elevator, year=local_date(at).year)
    change_elevator(elevator_id=elevator.pk, values={"certificate_number": new}, version=None, by=by, at=at)
    elevator.certificate_number = new


def _register(row, values, held, by, at) -> None:
    used_from, today = values["used_from"], local_date(at)
    new = {"commissioned_on": used_from} if not row.elevator.commissioned_on and used_from <= today else {}
    if not row.elevator.certificate_number:
        new["certificate_number"] = next_certificate_number(row.elevator, year=today.year)
    _change(row, new, by, at)
    _set_state(row, "IN_USE", by, at)
    issue_label(application=row, values=values, by=by, at=at)


def _altered(row, values, held, by, at) -> None:
    lift_flag(elevator_id=row.elevator_id, kind=FlagKind.CHANGING, reference=_reference(row), by=by, at=at)
    _renew_label(row, values, by, at)


def _stopped(row, values, held, by, at) -> None:
    _set_state(row, "OUT_OF_USE", by, at)
    void_label(elevator=row.elevator, by=by, at=at)


def _restarted(row, values, held, by, at) -> None:
    _set_state(row, "IN_USE", by, at)
    issue_label(application=row, values=values, by=by, at=at)


def _transferred(row, values, held, by, at) -> None:
    unit = receiving_unit(row, values)
    end_responsibility(responsibility=held, ended_at=at, by=by, at=at)
    assign_responsibility(
        elevator=row.elevator, unit=unit, role="USING_UNIT", started_at=at, reference=_reference(row), by=by, at=at
    )
    _renew_label(row, values, by, at)


def _relocated(row, values, held, by, at) -> None:
    # the old position and the old site are wrong now; nobody has measured the new ones
    gone = {"site": None, "latitude": None, "longitude": None, "coord_source": ""}
    new = {"area": place_of(row, values), "address": values["address"], "building": values.get("building", "")}
    _change(row, gone | new, by, at)
    lift_flag(elevator_id=row.elevator_id, kind=FlagKind.RELOCATING, reference=_reference(row), by=by, at=at)
    _renew_label(row, values, by, at)


def _ended(row, values, held, by, at) -> None:
    _set_state(row, values["ending"], by, at)
    void_label(elevator=row.elevator, by=by, at=at)


EFFECTS = {
    ApplicationKind.REGISTER: _register,
    ApplicationKind.CHANGE: _altered,
    ApplicationKind.STOP: _stopped,
    ApplicationKind.RESTART: _restarted,
    ApplicationKind.TRANSFER: _transferred,
    ApplicationKind.RELOCATE: _relocated,
    ApplicationKind.SCRAP: _ended,
}


def _renew_label(row, values, by, at) -> None:
    """A new label says the new facts; out of use there is none to renew."""
    void_label(elevator=row.elevator, by=by, at=at)
    if Elevator.objects.get(pk=row.elevator_id).registration_state == "IN_USE":
        issue_label(application=row, values=values, by=by, at=at)


def _reference(row) -> str:
    return row.short_number


def _change(row, values, by, at) -> None:
    if values:
        change_elevator(elevator_id=row.elevator_id, values=values, version=None, by=by, at=at)


def _set_state(row, state, by, at) -> None:
    set_registration_state(elevator_id=row.elevator_id, state=state, reference=_reference(row), by=by, at=at)


def next_certificate_number(elevator: Elevator, *, year: int) -> str:
    """The next free number of the elevator's class and city in a year, under the series' lock.

    Raises ClassMissing, LettersMissing, SeriesFull.
    """
    if elevator.class_code_id is None:
        raise ClassMissing
    letters = CertificateLetters.objects.on(dt.date(year, 12, 31)).filter(city_id=elevator.city_id)
    if (row := letters.order_by("-valid_from").first()) is None:
        raise LettersMissing
    prefix = rules.certificate_prefix(elevator.class_code_id, row.letters)
    series, _made = CertificateSeries.objects.get_or_create(
        prefix=prefix, year=year, defaults={"last": _last_known(prefix, year)}
    )
    series = CertificateSeries.objects.select_for_update().get(pk=series.pk)
    while True:
        series.last += 1
        if series.last > 999_999:
            raise SeriesFull
        number = rules.certificate_number(prefix, series.last, year)
        if not Elevator.objects.filter(certificate_number=number).exists():  # somebody entered it by hand
            series.save(update_fields=["last"])
            return number


def _last_known(prefix: str, year: int) -> int:
    """The highest serial that the register already has: certificates given before the platform. Once a prefix and year.

    What stands on an elevator that nobody registered was given by nobody: one of 999999 would use the series up.
    """
    suffix = f"({year % 100:02d})"
    rows = Elevator.objects.filter(certificate_number__startswith=prefix, certificate_number__endswith=suffix)
    rows = rows.exclude(registration_state__in=("UNREGISTERED", "WITHDRAWN"))
    serial = Cast(
        models.Func(models.F("certificate_number"), models.Value(r"([0-9]+)\("), function="substring"),
        models.IntegerField(),
    )
    return rows.aggregate(last=Max(serial))["last"] or 0
