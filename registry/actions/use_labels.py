"""Use labels (使用标志): issued and voided with the registration, drawn by a job, fetched by those who see the elevator."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from common import clock, jobs
from common.actor import Actor
from common.audit import record_access, record_change
from common.errors import Refusal
from common.models import Job
from registry.actions.life_events import record_event
from registry.actions.plates import city_number
from registry.choices import LifeEventKind, PlateState
from registry.models import Elevator, Nameplate, RegistrationApplication, UseLabel
from registry.plates.label import draw_label
from registry.queries.plates import text_of

JOB_KIND = "registry.use_label"
HOTLINE = "96333"
FACTS = (
    "next_inspection",
    "class",
    "equipment_code",
    "using_unit",
    "maintenance_unit",
    "manufacturer",
    "place",
    "registered_in",
    "hotline",
)


class LabelNotReady(Refusal):
    code = "label-not-ready"
    status = 409
    message = _("The label is not drawn yet. Come back in a minute.")


class LabelFailed(Refusal):
    code = "label-failed"
    status = 409
    message = _("The label could not be drawn. Have it drawn again on the page of the certificate.")


class LabelVoid(Refusal):
    code = "label-void"
    status = 410
    message = _("This label is no longer valid. Fetch the present one.")


class LabelGone(Refusal):
    code = "label-gone"
    status = 410
    message = _("The file of this label is not there, or not what it was. Tell the operator of the platform.")


def issue_label(*, application: RegistrationApplication, values: Mapping, by: Actor, at: dt.datetime) -> UseLabel:
    """A label with what holds now, in the place of the one before. Inside the transaction of the approval."""
    elevator = Elevator.objects.with_neighbours().get(pk=application.elevator_id)
    void_label(elevator=elevator, by=by, at=at)
    label = UseLabel.objects.create(
        elevator=elevator,
        application=application,
        certificate_number=elevator.certificate_number or "",
        facts=_facts(elevator, values),
        issued_at=at,
        job=jobs.queue_job(kind=JOB_KIND, params={}, by=by, at=at),
    )
    record_event(
        elevator,
        LifeEventKind.LABEL_ISSUED,
        by=by,
        at=at,
        source=label,
        details={"reference": label.certificate_number, "facts": label.facts},
    )
    record_change(action="registry.issue_label", subject=label, by=by, changes={"facts": [None, sorted(label.facts)]})
    return label


def _facts(elevator: Elevator, values: Mapping) -> dict[str, str]:
    """What the label says, in Chinese as far as the register has it: it hangs in the car."""
    before = elevator.use_labels.order_by("-pk").first()
    inspection = values.get("next_inspection_on")
    return {
        "next_inspection": f"{inspection:%Y-%m}" if inspection else (before.facts["next_inspection"] if before else ""),
        "class": elevator.class_code.name_zh if elevator.class_code else "",
        "equipment_code": elevator.equipment_code or "",
        "using_unit": elevator.using_unit.name if elevator.using_unit else "",
        "maintenance_unit": elevator.maintenance_unit.name if elevator.maintenance_unit else "",
        "manufacturer": elevator.manufacturer_name,
        "place": " ".join(part for part in (elevator.address, elevator.building) if part),
        "registered_in": elevator.managing_district.name if elevator.managing_district else elevator.city.name,
        "hotline": HOTLINE,
    }


def void_label(*, elevator: Elevator, by: Actor, at: dt.datetime) -> None:
    """Whatever label holds now holds no longer; without one nothing changes."""
    for label in UseLabel.objects.select_for_update().filter(elevator_id=elevator.pk, voided_at__isnull=True):
        label.voided_at = at
        label.save(update_fields=["voided_at"])
        details = {"reference": label.certificate_number}
        record_event(elevator, LifeEventKind.LABEL_VOIDED, by=by, at=at, source=label, details=details)
        record_change(action="registry.void_label", subject=label, by=by, changes={"voided_at": [None, at]})


@transaction.atomic
def redraw_label(*, label: UseLabel, by: Actor, at: dt.datetime) -> UseLabel:
    """Draw the file of a valid label anew: the first drawing failed, or the plate whose symbol it shows has changed.

    What it says stays as it was on the day of issue. While a drawing is under way this changes nothing. Raises LabelVoid.
    """
    label = UseLabel.objects.select_for_update(of=("self",)).select_related("job").get(pk=label.pk)
    if label.voided_at is not None:
        raise LabelVoid
    if label.job.open:
        return label
    former = label.file_name
    label.job = jobs.queue_job(kind=JOB_KIND, params={}, by=by, at=at)
    label.file_name, label.sha256, label.byte_count, label.written_at = "", "", None, None
    label.save(update_fields=["job", "file_name", "sha256", "byte_count", "written_at"])
    record_change(
        action="registry.redraw_label", subject=label, by=by, changes={"job": [None, str(label.job.public_id)]}
    )
    if former:
        transaction.on_commit(lambda: (folder() / former).unlink(missing_ok=True))
    return label


# --- the file ---------------------------------------------------------------------------------------------------------


def folder() -> Path:
    place = Path(settings.MEDIA_ROOT) / "labels"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def run_label(job: Job, at: dt.datetime) -> None:
    """Draw the label of this job (registered at JOB_RUNNERS). A killed worker's drawing begins anew."""
    label = UseLabel.objects.select_related("elevator__city").get(job=job)
    if label.written_at is not None:
        return
    content = draw_label(
        number=label.certificate_number,
        facts=label.facts,
        link=plate_link(label.elevator),
        demo=settings.SYNTHETIC_DATA_BANNER,
    )
    name = f"{label.public_id}-{job.public_id.hex[-12:]}-{job.lease_fence}.pdf"  # a drawing never overwrites another
    path = folder() / name
    path.touch(mode=0o600)
    path.write_bytes(content)
    try:
        with transaction.atomic():
            jobs.report(job, done=1, total=1, at=clock.now())
            UseLabel.objects.filter(pk=label.pk, written_at__isnull=True).update(
                file_name=name,
                byte_count=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                written_at=clock.now(),
            )
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def plate_link(elevator: Elevator) -> tuple[str, str] | None:
    """(host, text) of the plate that hangs, None without one. A plate of no order of ours leads to the host of now."""
    plate = Nameplate.objects.filter(elevator=elevator, state=PlateState.BOUND).select_related("batch").first()
    if plate is None:
        return None
    host = plate.batch.host if plate.batch else settings.PLATE_HOST
    return host, text_of(plate, city_number(elevator.city))


def label_file(label: UseLabel, *, by: Actor, via: str) -> bytes:
    """The PDF, noted in the access log. The caller has asked whether `by` sees the elevator.

    Raises LabelVoid, LabelNotReady, LabelFailed, LabelGone.
    """
    if label.voided_at is not None:
        raise LabelVoid
    if label.written_at is None:
        raise LabelNotReady if label.job.open else LabelFailed
    try:
        content = (folder() / label.file_name).read_bytes()
    except FileNotFoundError as error:
        raise LabelGone from error
    if hashlib.sha256(content).hexdigest() != label.sha256:
        raise LabelGone
    record_access(subject_type="registry.uselabel", subject_id=str(label.public_id), via=via, by=by)
    return content


def label_answer(label: UseLabel, *, by: Actor, via: str) -> HttpResponse:
    """The PDF as a download that no cache keeps. Raises what label_file raises."""
    return pdf_answer(label_file(label, by=by, via=via), name=f"use-label-{label.public_id}.pdf")


def pdf_answer(content: bytes, *, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            # a name in Chinese too (RFC 6266): a header of other letters would be lost as a whole
            "Content-Disposition": content_disposition_header(True, name),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        },
    )
