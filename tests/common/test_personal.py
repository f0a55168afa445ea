"""Sealed personal data: kinds, the key ring, the fields, what is printed, the job that changes keys."""

import json
import pickle

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction

from accounts.models import PersonalDetails
from common import jobs
from common.actor import system
from common.clock import now
from common.models import Job
from common.personal import CannotBeRead, Malformed, Sealed, blind_indexes, kinds, rotation
from common.personal.keys import ring
from tests.factories.make import make_user

PHONE = "19900007399"
ID_NUMBER = "10000019900101739" + kinds.id_check_character("10000019900101739")
OLD_KEY, NEW_KEY = 1, 2


@pytest.fixture
def details(db):
    return PersonalDetails.objects.create(user=make_user(), phone=PHONE, id_number=ID_NUMBER, changed_at=now())


@pytest.mark.parametrize(
    "typed",
    [
        "13800138000",
        " 138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "008613800138000",
        "１３８００１３８０００",
    ],
)
def test_phone_in_any_spelling_is_one(typed):
    assert kinds.phone(typed) == "13800138000"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("025-83260000", "02583260000"), ("+86 25 8326 0000", "02583260000"), ("+1 212 555 0100", "+12125550100")],
)
def test_phone_of_an_office_or_abroad(typed, kept):
    assert kinds.phone(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "12345", "12800138000", "1380013800", "138001380001", "٠٢٥٨٣٢٦٠٠٠٠", "abc", "+0123456789"]
)
def test_phone_refuses_what_is_none_without_repeating_it(typed):
    with pytest.raises(Malformed) as refused:
        kinds.phone(typed)
    assert str(refused.value) == "phone"


def test_id_number_of_the_standards_annex():
    """GB 11643-1999, annex: 11010519491231002X."""
    assert kinds.id_number("110105 19491231 002x") == "11010519491231002X"


@pytest.mark.parametrize(
    "typed", ["110105194912310021", "11010519490231002X", "110105491231002", "A1010519491231002X", ""]
)
def test_id_number_refuses_wrong_check_day_and_length(typed):
    with pytest.raises(Malformed):
        kinds.id_number(typed)


def test_masks_hide_the_middle_and_the_day_of_birth():
    shown = kinds.mask_phone("13800138000"), kinds.mask_phone("02583260000"), kinds.mask_id_number("11010519491231002X")
    assert shown == ("138****8000", "****000", "11***************X")


def test_a_row_holds_ciphertext_and_a_keyed_hash_only(details):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_personaldetails WHERE user_id = %s", [details.pk])
        row = cursor.fetchone()
    kept = b"".join(bytes(value) for value in row if isinstance(value, bytes | memoryview))
    assert PHONE.encode() not in kept
    assert ID_NUMBER.encode() not in kept
    again = PersonalDetails.objects.get(pk=details.pk)
    assert (again.phone.reveal(), again.id_number.reveal()) == (PHONE, ID_NUMBER)
    assert (again.phone.masked, again.id_number.masked) == ("199****7399", f"10***************{ID_NUMBER[-1]}")


def test_the_same_number_is_sealed_differently_each_time_and_found_by_its_hash(details):
    other = PersonalDetails.objects.create(user=make_user(), phone="+86 199-0000-7399", changed_at=now())
    assert bytes(other.phone.token) != bytes(details.phone.token)
    index = blind_indexes(PersonalDetails._meta.get_field("phone"), PHONE)
    assert set(PersonalDetails.objects.filter(phone_index__in=index)) == {details, other}
    # of another field the same digits have another hash
    assert blind_indexes(PersonalDetails._meta.get_field("id_number"), PHONE) != index


def test_an_identity_number_is_one_persons(details):
    with pytest.raises(IntegrityError), transaction.atomic():
        PersonalDetails.objects.create(user=make_user(), id_number=ID_NUMBER, changed_at=now())


def test_nothing_that_prints_it_shows_it(details):
    token = PersonalDetails.objects.values_list("phone", flat=True).get(pk=details.pk)
    shown = [f"{value}{value!r}{[value]}" for value in (details.phone, token, Sealed.of(PHONE, b"x", kinds.PHONE))]
    assert shown == ["******[***]"] * 3
    for write in (json.dumps, pickle.dumps):
        with pytest.raises(TypeError):
            write(details.phone)


def test_a_value_moved_to_another_row_or_altered_cannot_be_read(details):
    other = PersonalDetails.objects.create(user=make_user(), phone="19900007398", changed_at=now())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_personaldetails o SET phone = d.phone FROM accounts_personaldetails d"
            " WHERE o.user_id = %s AND d.user_id = %s",
            [other.pk, details.pk],
        )
        cursor.execute(
            "UPDATE accounts_personaldetails SET id_number = set_byte(id_number, 20, 255 - get_byte(id_number, 20))"
            " WHERE user_id = %s",
            [details.pk],
        )
    for sealed in (
        PersonalDetails.objects.get(pk=other.pk).phone,
        PersonalDetails.objects.get(pk=details.pk).id_number,
    ):
        with pytest.raises(CannotBeRead):
            sealed.reveal()
        assert sealed.masked == "***"


def test_plain_text_reaches_no_statement(details):
    with pytest.raises(FieldError):
        PersonalDetails.objects.filter(phone=PHONE)
    with pytest.raises(TypeError):
        PersonalDetails.objects.filter(pk=details.pk).update(phone=PHONE)


# --- changing keys ------------------------------------------------------------------------------------------------------


@pytest.fixture
def under_the_old_key(db, settings):
    """Seven people whose numbers the former key sealed; the present one is in force."""
    both = settings.PERSONAL_DATA_KEYS
    settings.PERSONAL_DATA_KEYS = {OLD_KEY: both[OLD_KEY]}
    rows = [
        PersonalDetails.objects.create(user=make_user(), phone=f"1990000{number:04d}", changed_at=now())
        for number in range(7)
    ]
    settings.PERSONAL_DATA_KEYS = both
    assert ring().current == NEW_KEY
    return rows


def rotate():
    job = jobs.queue_job(kind=rotation.JOB_KIND, params={}, by=system("tests"), at=now())
    return jobs.run(job.pk, at=now())


def keys_used() -> set[int]:
    return {details.phone.key_id for details in PersonalDetails.objects.all()}


def test_rotation_seals_all_anew_and_the_old_key_may_go(under_the_old_key, settings, monkeypatch):
    monkeypatch.setattr(rotation, "CHUNK", 3)
    assert [part.rows for part in rotation.left() if part.model is PersonalDetails] == [7]
    job = rotate()
    assert (job.state, job.done, job.total, keys_used()) == ("SUCCEEDED", 7, 7, {NEW_KEY})
    settings.PERSONAL_DATA_KEYS = {NEW_KEY: settings.PERSONAL_DATA_KEYS[NEW_KEY]}
    again = [PersonalDetails.objects.get(pk=row.pk).phone.reveal() for row in under_the_old_key]
    assert again == [f"1990000{number:04d}" for number in range(7)]


def test_rotation_again_changes_nothing(under_the_old_key):
    rotate()
    before = [bytes(row.phone.token) for row in PersonalDetails.objects.order_by("pk")]
    job = rotate()
    assert (job.state, job.done) == ("SUCCEEDED", 0)
    assert [bytes(row.phone.token) for row in PersonalDetails.objects.order_by("pk")] == before


def test_rotation_goes_on_where_a_dead_worker_left_it(under_the_old_key, monkeypatch):
    """Killed in the second chunk: the first stays done, the second is as it was, the next worker does the rest."""
    monkeypatch.setattr(rotation, "CHUNK", 3)
    seal, calls = rotation._seal_anew, []

    def dies(*arguments):
        calls.append(1)
        if len(calls) == 2:
            seal(*arguments)
            raise KeyboardInterrupt
        return seal(*arguments)

    monkeypatch.setattr(rotation, "_seal_anew", dies)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    assert [part.rows for part in rotation.left() if part.model is PersonalDetails] == [4]
    job = Job.objects.get(kind=rotation.JOB_KIND)
    Job.objects.filter(pk=job.pk).update(lease_until=now())
    ended = jobs.run(job.pk, at=now())
    assert (ended.state, ended.done, ended.total, keys_used()) == ("SUCCEEDED", 7, 7, {NEW_KEY})


def test_rotation_names_what_it_cannot_read_and_does_the_rest(under_the_old_key, settings):
    settings.PERSONAL_DATA_KEYS = settings.PERSONAL_DATA_KEYS | {9: bytes(range(32))}
    lost = PersonalDetails.objects.create(user=make_user(), phone=PHONE, changed_at=now())
    settings.PERSONAL_DATA_KEYS = {key: value for key, value in settings.PERSONAL_DATA_KEYS.items() if key != 9}
    job = rotate()
    assert (job.state, job.done, "1 " in job.error) == ("FAILED", 7, True)
    assert [part.rows for part in rotation.left() if part.model is PersonalDetails] == [1]
    assert PersonalDetails.objects.get(pk=lost.pk).phone.masked == "***"
