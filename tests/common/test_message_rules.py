"""When and how messages go out, to the minute around midnight and the ends of quiet hours; where webhooks may lead."""

import datetime as dt

import pytest

from common.messages import rules
from common.messages.addresses import UnfitAddress, checked_url, may_call
from common.messages.rules import Plan, Preferences
from common.personal.kinds import without_numbers

USUAL = Preferences()
ALL = ("SMS", "EMAIL")


def local(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=rules.SHANGHAI)


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        (local(1, 21, 59), local(1, 21, 59)),
        (local(1, 22, 0), local(2, 7)),
        (local(1, 23, 59), local(2, 7)),
        (local(2, 0, 1), local(2, 7)),
        (local(2, 6, 59), local(2, 7)),
        (local(2, 7, 0), local(2, 7)),
        (local(31, 23, 59), dt.datetime(2026, 4, 1, 7, tzinfo=rules.SHANGHAI)),
        (dt.datetime(2028, 2, 28, 23, 0, tzinfo=rules.SHANGHAI), dt.datetime(2028, 2, 29, 7, tzinfo=rules.SHANGHAI)),
    ],
)
def test_quiet_hours_wait_for_their_end(at, goes):
    assert rules.plan(at.astimezone(dt.UTC), USUAL, emergency=False) == Plan(goes.astimezone(dt.UTC))
    assert rules.plan(at, USUAL, emergency=True) == Plan(at)


def test_quiet_hours_within_a_day_and_none_at_all():
    noon = Preferences(quiet_from=dt.time(12), quiet_until=dt.time(13, 30))
    assert rules.after_quiet(local(1, 12, 30), noon) == local(1, 13, 30)
    assert rules.after_quiet(local(1, 23), noon) == local(1, 23)
    none = Preferences(quiet_from=dt.time(7), quiet_until=dt.time(7))
    assert [rules.is_quiet(local(1, hour), none) for hour in (0, 7, 23)] == [False] * 3


@pytest.mark.parametrize(
    ("hour", "at", "due"),
    [
        (8, local(1, 7, 59), local(1, 8)),
        (8, local(1, 8, 0), local(2, 8)),
        (8, local(1, 23, 59), local(2, 8)),
        (8, local(2, 0, 1), local(2, 8)),
        (0, local(1, 23, 59), local(2, 7)),  # midnight is quiet
        (23, local(1, 12), local(2, 7)),
        (23, local(2, 3), local(2, 7)),  # the one of last night still waits
        (23, local(2, 7, 0), local(3, 7)),
    ],
)
def test_daily_summary_comes_at_its_hour_or_after_the_night(hour, at, due):
    chosen = Preferences(digest_hour=hour)
    assert rules.plan(at, chosen, emergency=False) == Plan(due, digest=True)
    assert rules.plan(at, chosen, emergency=True) == Plan(at)


def test_the_day_of_a_summary_is_nanjing_s():
    assert rules.digest_day(dt.datetime(2026, 3, 1, 16, 0, tzinfo=dt.UTC)) == dt.date(2026, 3, 2)
    assert rules.digest_day(dt.datetime(2026, 3, 1, 15, 59, tzinfo=dt.UTC)) == dt.date(2026, 3, 1)


@pytest.mark.parametrize(
    ("group", "chosen", "emergency", "ways"),
    [
        ("ALERT", USUAL, False, ["SMS"]),
        ("NEWS", USUAL, False, []),
        ("NEWS", Preferences({"NEWS": ["EMAIL"]}), False, ["EMAIL"]),
        ("ALERT", Preferences({"ALERT": []}), False, []),
        ("ALERT", Preferences({"ALERT": []}), True, ["SMS", "EMAIL"]),
        ("NEWS", Preferences({"ALERT": []}), False, []),
    ],
)
def test_channels_are_those_chosen_and_all_in_an_emergency(group, chosen, emergency, ways):
    assert rules.channels_for(group, chosen, emergency=emergency, offered=ALL) == ways


def test_waits_double_up_to_a_limit_and_jitter_shortens_them():
    waits = [rules.wait_after(n, emergency=False, jitter=0).total_seconds() for n in range(1, 10)]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert rules.wait_after(1, emergency=False, jitter=1).total_seconds() == 15
    urgent = [rules.wait_after(n, emergency=True, jitter=0).total_seconds() for n in (1, 2, 3, 4, 5, 40)]
    assert urgent == [5, 10, 20, 40, 60, 60]


def test_personal_numbers_are_masked_and_codes_are_not():
    assert without_numbers("call 13912345678, or 13912345678.") == "call ***, or ***."
    assert without_numbers("ID 11010519491231002X here") == "ID *** here"
    for text in ("31103201062015010123", "110105194912310021", "Y10000000000000123", "112139123456789", "96333"):
        assert without_numbers(text) == text


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:db8::1",
        "not an address",
    ],
)
def test_no_call_leads_into_a_network_of_ours(address):
    assert not may_call(address)


def test_the_internet_and_what_the_operator_allows_may_be_called():
    assert may_call("8.8.8.8")
    assert may_call("2606:4700::1111")
    assert may_call("10.20.3.4", ["10.20.0.0/16"])
    assert may_call("::ffff:10.20.3.4", ["10.20.0.0/16"])
    assert not may_call("10.21.3.4", ["10.20.0.0/16"])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example.org/", "scheme"),
        ("ftp://hooks.example.org/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("https://user:word@hooks.example.org/", "userinfo"),
        ("https://@hooks.example.org/", "userinfo"),
        ("https:///path", "host"),
        ("https://hooks.example.org/#part", "form"),
        ("https://hooks.example.org/a b", "form"),
        ("https://hooks.example.org/a\r\nX: y", "form"),
        ("https://hooks.example.org:99999/", "form"),
        ("https://hooks.example.org\\@127.0.0.1/", "userinfo"),
        ("https://127.0.0.1/", "forbidden"),
        ("https://[::1]/", "forbidden"),
        ("https://[::ffff:10.0.0.1]/", "forbidden"),
        ("https://169.254.169.254/latest", "forbidden"),
        ("https://电梯.example.org/", "form"),
        ("https://" + "a" * 400, "form"),
    ],
)
def test_addresses_that_no_webhook_may_have(url, reason):
    with pytest.raises(UnfitAddress) as unfit:
        checked_url(url, https_only=True)
    assert unfit.value.reason == reason


def test_addresses_that_a_webhook_may_have():
    for url in ("https://hooks.example.org", "https://hooks.example.org:8443/in?unit=7"):
        assert checked_url(url, https_only=True) == url
    assert checked_url("http://hooks.example.org/", https_only=False)
    assert checked_url("https://10.20.1.1/", https_only=True, allowed=["10.20.0.0/16"])
