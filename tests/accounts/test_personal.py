"""A person's phone and identity number: written by those who may, masked for everybody, shown for a purpose on record."""

import io
import logging
import uuid

import pytest
import structlog

from accounts import actions
from accounts.choices import RevealPurpose
from accounts.models import PersonalDetails
from accounts.queries import people_numbered
from common.actor import system
from common.audit import MASK
from common.clock import now
from common.errors import Changed
from common.models import AccessRecord, AuditRecord
from common.personal.kinds import id_check_character
from tests.accounts.pages import person_path, post, text_of
from tests.factories.canaries import CANARIES, id_number_of, phone_of, seen_in
from tests.factories.make import make_user

BY = system("tests")
NEW_PHONE = "19900007377"
NEW_ID = "10000019900101737" + id_check_character("10000019900101737")


def write(user, version=0, **values):
    return actions.set_personal_details(user_id=user.pk, values=values, version=version, by=BY, at=now())


def numbers(user) -> tuple[str, str]:
    details = PersonalDetails.objects.get(user=user)
    return tuple(value.reveal() if value else "" for value in (details.phone, details.id_number))


def test_writing_keeps_what_is_not_named_and_the_same_again_changes_nothing(db):
    user = make_user()
    write(user, phone="199 0000 7377", id_number=id_number_of("stranger"))
    assert write(user, phone="+8619900007377").version == 1
    assert write(user, version=1, id_number=None).version == 2
    assert numbers(user) == (NEW_PHONE, "")
    with pytest.raises(Changed):
        write(user, version=1, phone=phone_of("stranger"))


def test_the_audit_log_says_what_was_written_without_the_numbers(db):
    user = make_user()
    write(user, phone=NEW_PHONE)
    row = AuditRecord.objects.get(action="accounts.set_personal_details")
    assert (row.subject_id, row.changes) == (str(user.public_id), {"personal": [None, ["phone"]]})


@pytest.mark.parametrize(
    ("values", "refusal"),
    [({"phone": "12"}, actions.PhoneUnfit), ({"id_number": "10000019900101731Y"}, actions.IdNumberUnfit)],
)
def test_writing_refuses_without_repeating(db, values, refusal):
    with pytest.raises(refusal) as refused:
        write(make_user(), **values)
    assert [text for text in values.values() if text in str(refused.value)] == []
    assert refused.value.__suppress_context__


def test_an_identity_number_is_entered_once(cast):
    with pytest.raises(actions.IdNumberTaken) as refused:
        write(cast.colleague.user, id_number=id_number_of("stranger"))
    assert cast.stranger.user.display_name not in str(refused.value)


def test_a_page_that_is_refused_does_not_send_back_what_was_typed(cast):
    user = cast.own_manager.user
    answer = post(cast.unit_admin.client(), person_path(user, "details/"), phone="1990000731", id_number="1", version=1)
    assert (answer.status_code, "1990000731" in text_of(answer)) == (422, False)


def test_a_person_is_shown_with_masks_to_everybody_who_sees_them(cast):
    for name in ("unit_admin", "auditor", "system_admin", "security_admin", "audit_admin"):
        text = text_of(getattr(cast, name).client().get(person_path(cast.own_manager.user)))
        assert (seen_in(text), "199****7310" in text, "10***************" in text) == ([], True, True), name


def test_showing_asks_what_for(cast):
    answer = post(cast.unit_admin.client(), person_path(cast.own_manager.user, "details/reveal/"), purpose="")
    assert (answer.status_code, seen_in(text_of(answer))) == (422, [])
    assert not AuditRecord.objects.filter(action="accounts.reveal_personal_details").exists()


def test_showing_is_on_record_with_who_and_what_for_each_time(cast, django_capture_on_commit_callbacks):
    user, client, key = cast.own_manager.user, cast.unit_admin.client(), str(uuid.uuid4())
    for _ in range(2):
        answer = post(client, person_path(user, "details/reveal/"), key=key, purpose="IDENTITY")
        assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store, private")
        assert set(seen_in(text_of(answer))) == {phone_of("own_manager"), id_number_of("own_manager")}
    rows = AuditRecord.objects.filter(action="accounts.reveal_personal_details")
    wanted = (str(user.public_id), cast.unit_admin.actor().id, {"purpose": [None, "IDENTITY"]})
    assert [(row.subject_id, row.actor_id, row.changes) for row in rows] == [wanted] * 2
    history = text_of(cast.audit_admin.client().get(person_path(user)))
    assert str(RevealPurpose.IDENTITY.label) in history


def test_the_one_who_looks_at_another_units_person_finds_nobody(cast):
    answer = post(cast.unit_admin.client(), person_path(cast.stranger.user, "details/reveal/"), purpose="REACH")
    assert answer.status_code == 404


@pytest.mark.parametrize("number_of", [phone_of, id_number_of])
def test_finding_by_number_stays_within_what_one_sees(cast, number_of):
    path = "/accounts/people/find/"
    mine = post(cast.unit_admin.client(), path, number=number_of("own_manager"))
    assert (mine.status_code, mine["Location"]) == (302, person_path(cast.own_manager.user))
    others = post(cast.unit_admin.client(), path, number=number_of("stranger"))
    unknown = post(cast.unit_admin.client(), path, number=NEW_PHONE)
    assert (others.status_code, unknown.status_code, seen_in(text_of(others))) == (422, 422, [])
    assert AccessRecord.objects.filter(via="number").count() == 1


def test_several_who_share_a_number_are_listed(cast):
    write(cast.colleague.user, phone=phone_of("own_manager"))
    answer = post(cast.unit_admin.client(), "/accounts/people/find/", number=phone_of("own_manager"))
    names = [player.user.display_name in text_of(answer) for player in (cast.own_manager, cast.colleague)]
    assert (answer.status_code, names, seen_in(text_of(answer))) == (200, [True, True], [])


def test_a_word_that_is_no_number_finds_nobody(cast):
    assert not people_numbered(type(cast.stranger.user).objects.all(), "%").exists()


def test_logs_and_errors_hold_no_number(cast, monkeypatch):
    """Everything that is logged while numbers are written, looked for, shown, and while the page that shows them breaks."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [handler])
    monkeypatch.setattr(root, "level", logging.DEBUG)
    client, path = cast.unit_admin.client(), person_path(cast.own_manager.user, "details/")
    client.raise_request_exception = False
    post(client, path, phone=NEW_PHONE, id_number=NEW_ID, version=1)
    post(client, path + "reveal/", purpose="REACH")
    post(client, "/accounts/people/find/", number=phone_of("own_manager"))

    def breaks(request, template, context, **_more):
        structlog.get_logger("tests").error("broken", revealed=context.get("revealed"), context=context)
        raise RuntimeError(f"cannot draw {context}")

    monkeypatch.setattr("accounts.views.personal.render", breaks)
    answer = post(client, path + "reveal/", purpose="REACH")
    assert (answer.status_code, seen_in(text_of(answer))) == (500, [])
    assert "cannot draw" in out.getvalue()
    assert [number for number in (*CANARIES, NEW_PHONE, NEW_ID) if number in out.getvalue()] == []


def test_revealed_prints_as_a_mask():
    assert f"{actions.Revealed(NEW_PHONE, NEW_ID)}" == MASK
