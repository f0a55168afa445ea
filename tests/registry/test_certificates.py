"""The certificate and the use label on paper: drawn from what the register says, drawn again when a drawing failed."""

from urllib.parse import quote

import numpy
import pypdfium2
import pytest

from common import jobs
from common.clock import local_date, now
from common.models import AccessRecord, Job
from registry.actions.certificates import NoCertificate, certificate_facts, certificate_pdf
from registry.actions.plates import hang_plate, order_plates
from registry.actions.registration_decisions import approve_application
from registry.actions.use_labels import LabelFailed, LabelNotReady, LabelVoid, folder, label_file, redraw_label
from registry.models import Elevator, Nameplate, PlateCity, UseLabel
from registry.plates.label import draw_certificate
from registry.plates.layouts import all_layouts
from registry.plates.sheets import Face, print_sheets
from registry.queries.plates import text_of
from tests.factories.make import client_for
from tests.factories.printed import code_read
from tests.factories.registrations import under_review

pytestmark = pytest.mark.usefixtures("places")


@pytest.fixture
def label(cast, own) -> UseLabel:
    """Issued with the first registration; its drawing waits."""
    row = under_review(own, "REGISTER", cast.own_manager, cast.district_regulator)
    approve_application(application=row, by=cast.district_regulator.actor(), at=now())
    own.refresh_from_db()
    return UseLabel.objects.get()


def hang(cast, elevator, *, of_an_order=True) -> str:
    by = cast.city_regulator.actor()
    batch = order_plates(city=elevator.city, layout="a4-2x5", elevators=[elevator], by=by, at=now())
    text = text_of(batch.plates.get(), PlateCity.objects.get(area=elevator.city).number)
    hang_plate(text=text, elevator=elevator, by=by, at=now())
    if not of_an_order:
        Nameplate.objects.filter(elevator=elevator).update(batch=None)
    return text


def read(content: bytes) -> tuple[str, str]:
    """(words, what the symbol says) of a page."""
    with pypdfium2.PdfDocument(content) as document:
        assert len(document) == 1
        picture = numpy.array(document[0].render(scale=3).to_pil().convert("L"))
        words = document[0].get_textpage().get_text_range()
    return words, code_read(picture)


def english(player):
    return client_for(player.user, **{"Accept-Language": "en"})


def test_a_label_is_drawn_for_a_plate_that_came_with_no_order(cast, own, label):
    """As those of a seeded city, and of plates that hung before the platform."""
    text = hang(cast, own, of_an_order=False)
    job = jobs.run(label.job_id, at=now())
    assert (job.state, job.error) == ("SUCCEEDED", "")
    label.refresh_from_db()
    assert read(label_file(label, by=cast.own_manager.actor(), via="page"))[1] == f"https://testserver/e/{text}"


def test_a_failed_drawing_says_so_and_is_drawn_again(cast, own, label):
    by, page = cast.own_manager.actor(), f"/elevators/{own.public_id}/certificate/"
    manager = english(cast.own_manager)
    waiting = manager.get(page).content.decode()
    assert "being drawn" in waiting and "every 2s" in waiting
    Job.objects.filter(pk=label.job_id).update(state="FAILED", error="SheetFailed", ended_at=now())
    label.refresh_from_db()
    with pytest.raises(LabelFailed):
        label_file(label, by=by, via="page")
    failed = manager.get(page).content.decode()
    assert "could not be drawn" in failed and "being drawn" not in failed and "every 2s" not in failed
    address = f"/elevators/labels/{label.public_id}/draw/"
    assert address in failed
    assert address not in english(cast.maintainer).get(page).content.decode(), "who may not is not offered it"
    for _twice in range(2):
        answer = manager.post(address, {"idempotency_key": f"draw-again-{_twice}"})
        assert (answer.status_code, answer["Location"]) == (302, page)
    assert Job.objects.filter(kind="registry.use_label").count() == 2, "while one waits, no other is begun"
    label.refresh_from_db()
    with pytest.raises(LabelNotReady):
        label_file(label, by=by, via="page")
    jobs.run(label.job_id, at=now())
    label.refresh_from_db()
    assert label.certificate_number in read(label_file(label, by=by, via="page"))[0]


def test_a_label_drawn_again_shows_the_plate_that_hangs_now_and_a_void_one_is_not(cast, own, label):
    by = cast.district_regulator.actor()
    jobs.run(label.job_id, at=now())
    label.refresh_from_db()
    former, facts = label.file_name, label.facts
    assert read(label_file(label, by=by, via="page"))[1] == ""
    text = hang(cast, own)
    label = redraw_label(label=label, by=by, at=now())
    jobs.run(label.job_id, at=now())
    label.refresh_from_db()
    assert read(label_file(label, by=by, via="page"))[1] == f"https://testserver/e/{text}"
    assert (label.facts, label.file_name != former) == (facts, True)
    UseLabel.objects.update(voided_at=now())
    with pytest.raises(LabelVoid):
        redraw_label(label=label, by=by, at=now())


def test_the_former_file_goes_when_a_label_is_drawn_again(cast, label, django_capture_on_commit_callbacks):
    jobs.run(label.job_id, at=now())
    label.refresh_from_db()
    former = folder() / label.file_name
    assert former.exists()
    with django_capture_on_commit_callbacks(execute=True):
        redraw_label(label=label, by=cast.district_regulator.actor(), at=now())
    assert not former.exists()


def test_the_certificate_is_read_back_and_leads_to_the_plate(cast, own, label):
    text = hang(cast, own)
    answer = english(cast.own_manager).get(f"/elevators/{own.public_id}/certificate/file/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == f'attachment; filename="certificate-{own.main_code}.pdf"'
    words, symbol = read(answer.content)
    assert symbol == f"https://testserver/e/{text}"
    today = str(local_date(now()))
    for wanted in ("特种设备使用登记证", own.certificate_number, "Using unit A", "曳引驱动乘客电梯", "在用", today):
        assert wanted in words
    assert AccessRecord.objects.filter(subject_type="registry.certificate", subject_id=str(own.public_id)).count() == 1


def test_a_number_that_came_with_a_register_has_no_day_of_registration(cast, own):
    Elevator.objects.filter(pk=own.pk).update(registration_state="OUT_OF_USE", certificate_number="梯11苏A00083(21)")
    own.refresh_from_db()
    facts = certificate_facts(own, at=now())
    assert (facts["registered_on"], facts["state"]) == ("", "停用")


@pytest.mark.parametrize(
    ("state", "number"), [("IN_USE", None), ("UNREGISTERED", "梯11苏A00084(21)"), ("SCRAPPED", "梯11苏A00084(21)")]
)
def test_without_a_registration_that_stands_there_is_no_certificate(cast, own, state, number):
    Elevator.objects.filter(pk=own.pk).update(registration_state=state, certificate_number=number)
    own.refresh_from_db()
    with pytest.raises(NoCertificate):
        certificate_pdf(own, by=cast.city_regulator.actor(), at=now(), via="page")
    regulator = english(cast.city_regulator)
    assert regulator.get(f"/elevators/{own.public_id}/certificate/file/").status_code == 409
    assert "Certificate as PDF" not in regulator.get(f"/elevators/{own.public_id}/certificate/").content.decode()


def test_no_text_of_a_certificate_is_read_as_markup(cast, own):
    facts = dict.fromkeys(certificate_facts(own, at=now()), "")
    facts |= {"using_unit": '#panic("read") $x$ *b* "', "place": "长" * 120}
    words, _symbol = read(draw_certificate(number="梯11苏A0001(26)", facts=facts, link=None))
    assert '#panic("read") $x$ *b*' in words


def test_a_name_in_chinese_does_not_lose_the_files_name(cast, own, label):
    codes = dict.fromkeys(("rescue_code", "equipment_code", "registration_code"))
    Elevator.objects.filter(pk=own.pk).update(**codes)
    own.refresh_from_db()
    said = english(cast.own_manager).get(f"/elevators/{own.public_id}/certificate/file/")["Content-Disposition"]
    assert said == f"attachment; filename*=utf-8''{quote(f'certificate-{own.certificate_number}.pdf')}"


@pytest.mark.parametrize("demo", [True, False])
def test_only_the_papers_of_a_demonstration_say_that_they_prove_nothing(cast, own, label, settings, tmp_path, demo):
    settings.SYNTHETIC_DATA_BANNER = demo
    certificate = certificate_pdf(own, by=cast.city_regulator.actor(), at=now(), via="page")
    jobs.run(label.job_id, at=now())
    label.refresh_from_db()
    sheets = tmp_path / "sheets.pdf"
    print_sheets(
        sheets, [Face("123456", "X")], layout=all_layouts()["a4-2x5"], host="testserver", city="南京市", demo=demo
    )
    for content in (certificate, label_file(label, by=cast.city_regulator.actor(), via="page"), sheets.read_bytes()):
        assert ("演示数据不具法律效力" in read(content)[0].replace(" ", "")) is demo
