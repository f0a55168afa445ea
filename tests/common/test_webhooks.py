"""Webhooks over real HTTP: signed so that anybody can check, bounded in all they do, and their secret seen once."""

import contextlib
import datetime as dt
import io
import logging
import socket
import ssl
import subprocess
import threading
import time

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection

from common.actor import system
from common.clock import now
from common.messages import delivery, outbound, senders, webhooks
from common.messages.actions import queue_message, unit
from common.messages.choices import Reason
from common.messages.delivery import Lane, send_due
from common.messages.outbound import CallFailed, post
from common.models import AuditRecord, Delivery, WebhookEndpoint
from stack import postgres
from tests.common.message_makers import KIND, NEWS, verified
from tests.common.test_messages import SAID

BY = system("tests")
HOUR = dt.timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("spoken")


def enter(cast, url="https://hooks.example.org/in", groups=("ALERT",), at=None, unit_id=None):
    return webhooks.create_endpoint(
        unit_id=unit_id or cast.unit_a.pk, name="A program", url=url, groups=groups, by=BY, at=at or now()
    )


def tell(cast, key="k1", kind=KIND, at=None) -> None:
    queue_message(to=unit(cast.unit_a.pk), kind=kind, params=SAID, key=key, by=BY, at=at or now())


def send(at=None):
    return send_due(Lane.WEBHOOKS, at=at)


def only() -> Delivery:
    return Delivery.objects.get()


# --- what arrives -----------------------------------------------------------------------------------------------------


def test_what_arrives_is_verified_by_who_knows_only_the_documentation(cast, receiver):
    shown = enter(cast, receiver.url)
    tell(cast)
    assert send().sent == 1
    ((method, path, headers, body),) = receiver.got
    found = verified(headers, body, {1: shown.text}, now=time.time())
    assert (method, path, found["kind"], found["title"]) == ("POST", "/hook", KIND, "Overdue: inspection")
    assert headers["Webhook-Id"] == found["id"] == str(only().public_id)
    assert (only().state, only().status_code, only().attempts) == ("DELIVERED", 200, 1)
    with pytest.raises(ValueError, match="no signature"):
        verified(headers, body + b" ", {1: shown.text}, now=time.time())
    with pytest.raises(ValueError, match="no signature"):
        verified(headers, body, {1: shown.text[:-1] + "x"}, now=time.time())
    with pytest.raises(ValueError, match="no signature"):
        verified({**headers, "Webhook-Id": "another"}, body, {1: shown.text}, now=time.time())
    with pytest.raises(ValueError, match="too old"):
        verified(headers, body, {1: shown.text}, now=time.time() + 301)


def test_a_repetition_has_the_same_id_and_a_new_moment(cast, receiver):
    shown = enter(cast, receiver.url)
    receiver.answers = [500]
    tell(cast)
    assert send().failed == 1
    assert (only().reason, only().status_code) == ("status", 500)
    later = now() + HOUR
    assert send(at=later).sent == 1
    (_1, _2, first, body), (_3, _4, second, _body) = receiver.got
    assert first["Webhook-Id"] == second["Webhook-Id"]
    assert int(second["Webhook-Timestamp"]) - int(first["Webhook-Timestamp"]) >= 3599
    assert verified(second, body, {1: shown.text}, now=later.timestamp())


def test_both_secrets_sign_while_one_is_exchanged_and_then_the_new_one_alone(cast, receiver):
    old = enter(cast, receiver.url)
    new = webhooks.rotate_secret(endpoint=old.endpoint, by=BY, at=now())
    assert new.text != old.text
    tell(cast)
    send()
    _method, _path, headers, body = receiver.got[0]
    for number, shown in ((1, old), (2, new)):
        assert verified(headers, body, {number: shown.text}, now=time.time())
    tell(cast, key="k2", at=now() + 25 * HOUR)
    send(at=now() + 25 * HOUR)
    _method, _path, headers, body = receiver.got[1]
    assert headers["Webhook-Signature"].startswith("2;v1=")
    assert " " not in headers["Webhook-Signature"]


def test_a_webhook_is_told_what_it_wants_and_only_of_its_unit(cast, receiver):
    enter(cast, receiver.url, groups=("ALERT", "DUE"))
    enter(cast, receiver.url, unit_id=cast.unit_b.pk)
    tell(cast)
    tell(cast, key="k2", kind=NEWS)
    assert [row.endpoint.unit_id for row in Delivery.objects.select_related("endpoint")] == [cast.unit_a.pk]


# --- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reason", "state"),
    [(301, "redirect", "QUEUED"), (302, "redirect", "QUEUED"), (404, "status", "QUEUED"), (410, "gone", "GIVEN_UP")],
)
def test_no_redirect_is_followed_and_gone_is_gone(cast, receiver, answer, reason, state):
    enter(cast, receiver.url)
    receiver.answers, receiver.headers_out = [answer], {"Location": receiver.url.replace("/hook", "/elsewhere")}
    tell(cast)
    send()
    assert [path for _method, path, _headers, _body in receiver.got] == ["/hook"]
    assert (only().reason, only().state, only().status_code) == (reason, state, answer)


def test_a_slow_answer_is_cut_off(receiver):
    receiver.delay = 3
    began = time.monotonic()
    with pytest.raises(CallFailed) as failed:
        post(receiver.url, b"{}", {}, seconds=0.3)
    assert (failed.value.reason, time.monotonic() - began < 2) == (Reason.TIMEOUT, True)


def test_an_answer_that_drips_is_cut_off_as_well():
    server = socket.create_server(("127.0.0.1", 0))

    def drip():
        line, _address = server.accept()
        line.recv(1000)
        with contextlib.suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\n" * 100:
                line.sendall(bytes((byte,)))
                time.sleep(0.05)

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(CallFailed) as failed:
        post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {}, seconds=0.5)
    assert (failed.value.reason, time.monotonic() - began < 2) == (Reason.TIMEOUT, True)
    server.close()


def test_a_long_answer_is_read_no_further_than_allowed(receiver):
    receiver.bodies = b"x" * 1_000_000
    assert len(post(receiver.url, b"{}", {}, most_bytes=1024).body) == 1024


def test_who_is_not_there_is_unreachable():
    with pytest.raises(CallFailed) as failed:
        post("http://127.0.0.1:9/", b"{}", {})
    assert failed.value.reason == Reason.UNREACHABLE


def write_certificate(folder, name: str) -> None:
    """A key and a certificate of a day that it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begun = now() - dt.timedelta(hours=1)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(begun).not_valid_after(begun + dt.timedelta(days=1))
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "cert").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    (folder / "key").write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))


def test_tls_needs_a_certificate_of_that_name(tmp_path):
    write_certificate(tmp_path, "other.example.org")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    server = socket.create_server(("127.0.0.1", 0))

    def shake():
        line, _address = server.accept()
        with contextlib.suppress(OSError):
            context.wrap_socket(line, server_side=True)

    threading.Thread(target=shake, daemon=True).start()
    with pytest.raises(CallFailed) as failed:
        post(f"https://localhost:{server.getsockname()[1]}/", b"{}", {})
    assert failed.value.reason == Reason.CERTIFICATE
    server.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "127.1"])
def test_no_way_of_writing_it_reaches_the_platform_s_own_network(cast, receiver, settings, host):
    shown = enter(cast, receiver.url)
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    port = receiver.url.rpartition(":")[2]
    WebhookEndpoint.objects.filter(pk=shown.endpoint.pk).update(url=f"http://{host}:{port}")
    tell(cast)
    send()
    assert (only().reason, receiver.got) == ("forbidden-address", [])


def test_a_name_that_also_leads_inside_is_refused_and_the_judged_address_is_called(receiver, monkeypatch):
    asked = []

    def answers(*addresses):
        def resolve(host, port, **_options):
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        return resolve

    port = receiver.url.rpartition(":")[2].partition("/")[0]
    url = f"http://hooks.example.org:{port}/hook"
    monkeypatch.setattr(outbound.socket, "getaddrinfo", answers("127.0.0.1", "10.0.0.1"))
    with pytest.raises(CallFailed) as failed:
        post(url, b"{}", {}, may_call=lambda address: address == "127.0.0.1")
    assert failed.value.reason == Reason.FORBIDDEN_ADDRESS
    monkeypatch.setattr(outbound.socket, "getaddrinfo", answers("127.0.0.1"))
    asked.clear()
    monkeypatch.setattr(outbound.socket, "create_connection", connect_without_names(asked))
    assert post(url, b"{}", {}, may_call=lambda address: address == "127.0.0.1").status == 200
    assert receiver.got[-1][2]["Host"] == f"hooks.example.org:{port}"
    assert asked == ["hooks.example.org"]  # asked once; a second question might get another answer


def connect_without_names(asked):
    """As socket.create_connection, but it fails the test for anything that is no address."""

    def connect(place, timeout):
        assert place[0] == "127.0.0.1"
        line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        line.settimeout(timeout)
        line.connect(place)
        return line

    return connect


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "https://127.0.0.1/",
        "https://10.0.0.8/",
        "https://u:p@hooks.example.org/",
        "nonsense",
    ],
)
def test_production_takes_no_such_address(cast, url):
    with pytest.raises(webhooks.AddressUnfit):
        enter(cast, url)
    assert WebhookEndpoint.objects.count() == 0


# --- its life ---------------------------------------------------------------------------------------------------------


def test_the_same_address_is_entered_once_and_again_after_disabling(cast):
    shown = enter(cast)
    with pytest.raises(webhooks.EndpointTwice):
        enter(cast)
    webhooks.disable_endpoint(endpoint=shown.endpoint, by=BY, at=now())
    assert enter(cast).endpoint.pk != shown.endpoint.pk


def test_a_disabled_webhook_is_told_nothing_more(cast, receiver):
    shown = enter(cast, receiver.url)
    tell(cast)
    for _twice in range(2):
        webhooks.disable_endpoint(endpoint=shown.endpoint, by=BY, at=now())
    assert (only().state, only().reason) == ("GIVEN_UP", "disabled")
    tell(cast, key="k2")
    assert (send().taken, receiver.got, Delivery.objects.count()) == (0, [], 1)
    for step in (webhooks.rotate_secret, webhooks.try_endpoint):
        with pytest.raises(webhooks.EndpointDisabled):
            step(endpoint=shown.endpoint, by=BY, at=now())


def test_a_closed_unit_and_one_that_nobody_knows_get_no_webhook(cast):
    cast.unit_a.closed_on = now().date()
    cast.unit_a.save()
    for key in (cast.unit_a.pk, 999_999_999):
        with pytest.raises(webhooks.UnitIsClosed):
            enter(cast, unit_id=key)


def test_a_test_goes_to_that_webhook_alone_and_not_without_end(cast, receiver):
    shown = enter(cast, receiver.url, groups=("DUE",))
    enter(cast, f"{receiver.url}/second")
    at = now()
    for _number in range(3):
        webhooks.try_endpoint(endpoint=shown.endpoint, by=BY, at=at)
    with pytest.raises(webhooks.TriedTooOften):
        webhooks.try_endpoint(endpoint=shown.endpoint, by=BY, at=at)
    assert send().sent == 3
    assert {path for _method, path, _headers, _body in receiver.got} == {"/hook"}
    assert AuditRecord.objects.filter(action="common.test_webhook").count() == 3


def test_change_names_the_version_and_the_audit_log_the_fields(cast):
    shown = enter(cast)
    values = {"name": "Other", "url": "https://other.example.org/", "groups": ["NEWS", "ALERT"]}
    row = webhooks.change_endpoint(endpoint=shown.endpoint, version=1, by=BY, **values)
    assert (row.version, row.groups) == (2, ["ALERT", "NEWS"])
    with pytest.raises(webhooks.Changed):
        webhooks.change_endpoint(endpoint=shown.endpoint, version=1, by=BY, **values)
    assert sorted(AuditRecord.objects.get(action="common.change_webhook").changes) == ["groups", "name", "url"]


def test_no_secret_stands_in_a_row_a_log_a_repr_or_a_dump(cast, receiver):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    try:
        with structlog.testing.capture_logs() as said:
            shown = enter(cast, receiver.url)
            again = webhooks.rotate_secret(endpoint=shown.endpoint, by=BY, at=now())
            tell(cast)
            send()
    finally:
        logging.getLogger().removeHandler(handler)
    row = WebhookEndpoint.objects.get()
    kept = [
        repr(shown),
        repr(row.secret) + repr(row.former_secret) + str(list(WebhookEndpoint.objects.values())),
        str(list(AuditRecord.objects.values_list("changes", flat=True))),
        str(list(Delivery.objects.values())),
        stream.getvalue() + str(said),
    ]
    assert [place for place in kept for text in (shown.text, again.text) if text in place] == []
    assert row.secret.masked == "********"
    assert delivery.secrets_of(row, now()) == [(2, again.text), (1, shown.text)]


def test_a_dump_of_the_database_holds_no_secret(transactional_db, cast):
    shown = enter(cast)
    place = connection.settings_dict
    answer = subprocess.run(
        [postgres.find_programs()["pg_dump"], "-t", "common_webhookendpoint", place["NAME"]],
        env={f"PG{name}": str(place[name]) for name in ("HOST", "PORT", "USER", "PASSWORD")},
        capture_output=True,
        check=True,
    )
    dump = answer.stdout.decode()
    assert "hooks.example.org" in dump
    assert [form for form in (shown.text, shown.text.encode().hex()) if form in dump] == []


# --- a gateway for text messages over real HTTP -----------------------------------------------------------------------


@pytest.fixture
def gateway(receiver, settings):
    settings.SMS_BACKEND = "common.messages.senders.HttpSms"
    settings.SMS_HTTP_URL, settings.SMS_HTTP_TOKEN = receiver.url, "token-of-the-tests"
    return receiver


def test_gateway_gets_number_text_and_an_id_and_says_what_it_calls_it(gateway):
    gateway.bodies = b'{"reference": "g-7"}'
    sent = senders.sms().send(to="13900000001", mask="139****0001", text="超期", id="d-1")
    assert (sent.reference, sent.delivered) == ("g-7", False)
    method, _path, headers, body = gateway.got[0]
    assert (method, headers["Authorization"], body.decode()) == (
        "POST",
        "Bearer token-of-the-tests",
        '{"id": "d-1", "to": "13900000001", "text": "超期"}',
    )


def test_gateway_tells_what_became_of_messages(gateway):
    gateway.bodies = b'{"a": "delivered", "b": "failed", "c": "on its way"}'
    reports = senders.sms().reports(["a", "b", "c", "d"])
    assert {name: report.delivered for name, report in reports.items()} == {"a": True, "b": False, "c": None}
    assert gateway.got[0][:2] == ("GET", "/hook?references=a%2Cb%2Cc%2Cd")


@pytest.mark.parametrize(
    ("status", "body", "for_good"),
    [(400, b"{}", True), (429, b"{}", False), (401, b"{}", False), (503, b"{}", False), (200, b"no json", False)],
)
def test_gateway_that_refuses_and_one_that_is_not_well(gateway, status, body, for_good):
    gateway.answers, gateway.bodies = [status], body
    with pytest.raises(senders.SendFailed) as failed:
        senders.sms().send(to="13900000001", mask="139****0001", text="x", id="d-1")
    assert (failed.value.for_good, failed.value.status_code) == (for_good, status)
    assert "13900000001" not in str(failed.value)
