"""The use registration certificate (使用登记证) as a PDF: drawn when it is asked for, from what the register says then."""

import datetime as dt

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from common.actor import Actor
from common.audit import record_access
from common.errors import Refusal
from registry.actions.use_labels import plate_link
from registry.choices import ApplicationKind, ApplicationState, RegistrationState
from registry.models import Elevator
from registry.plates.label import draw_certificate

STANDING = frozenset({RegistrationState.IN_USE, RegistrationState.OUT_OF_USE})


class NoCertificate(Refusal):
    code = "no-certificate"
    status = 409
    message = _(
        "There is no certificate to print: this elevator is not registered for use, or has no certificate number."
    )


def has_certificate(elevator: Elevator) -> bool:
    """Is there one that stands? What is scrapped or deregistered has none any more."""
    return bool(elevator.certificate_number) and elevator.registration_state in STANDING


def certificate_pdf(elevator: Elevator, *, by: Actor, at: dt.datetime, via: str) -> bytes:
    """The PDF, noted in the access log. The caller has asked whether `by` sees the elevator. Raises NoCertificate."""
    if not has_certificate(elevator):
        raise NoCertificate
    content = draw_certificate(
        number=elevator.certificate_number,
        facts=certificate_facts(elevator, at=at),
        link=plate_link(elevator),
        demo=settings.SYNTHETIC_DATA_BANNER,
    )
    record_access(subject_type="registry.certificate", subject_id=str(elevator.public_id), via=via, by=by)
    return content


def certificate_facts(elevator: Elevator, *, at: dt.datetime) -> dict[str, str]:
    """What it says, in Chinese whatever the reader's language.

    The day of registration is the approval on the platform; of numbers that came with a register it is not on record.
    """
    first = elevator.applications.filter(kind=ApplicationKind.REGISTER, state=ApplicationState.APPROVED)
    decided = first.order_by("pk").values_list("decided_at", flat=True).first()
    with override("zh-hans"):
        state = str(elevator.get_registration_state_display())
    return {
        "using_unit": elevator.using_unit.name if elevator.using_unit else "",
        "place": " ".join(part for part in (elevator.address, elevator.building) if part),
        "class": elevator.class_code.name_zh if elevator.class_code else "",
        "equipment_code": elevator.equipment_code or "",
        "internal_number": elevator.internal_number,
        "factory_number": elevator.factory_number,
        "manufacturer": elevator.manufacturer_name,
        "registered_in": elevator.managing_district.name if elevator.managing_district else elevator.city.name,
        "registered_on": f"{timezone.localtime(decided):%Y-%m-%d}" if decided else "",
        "state": state,
        "printed_at": f"{timezone.localtime(at):%Y-%m-%d %H:%M}",
    }
