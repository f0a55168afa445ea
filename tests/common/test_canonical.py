"""The byte form that every hash covers, pinned: a change here makes each ledger in the field look forged."""

import datetime as dt
import hashlib
import uuid
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from common.canonical import canonical
from registry.rules import FORM_VERSION, GENESIS, event_hash

PINNED = [
    (None, b"null", "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b"),
    (True, b"true", "b5bea41b6c623f7c09f1bf24dcae58ebab3c0cdd90ad966bc43a45b44867e12b"),
    (7, b"7", "7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451"),
    (
        '电梯 "A"\n',
        b'"\xe7\x94\xb5\xe6\xa2\xaf \\"A\\"\\n"',
        "6c5ed3db766a4cc99863ce6bb8e2c1b94f36b6ad8a95501c4123545edbfa0ea3",
    ),
    ([1, (2, None)], b"[1,[2,null]]", "c6b3f316e2e69c56607f24dc7addd76170f22c4fbcf42eb8de1938c53193d116"),
    (
        {"b": 1, "a": {"d": 2, "c": "é"}},
        b'{"a":{"c":"\xc3\xa9","d":2},"b":1}',
        "692b016b7265d94f55202ebf924b711958dd77e7e7a13016bb475a31286e509a",
    ),
    (
        dt.datetime(2026, 3, 1, 16, 0, tzinfo=ZoneInfo("Asia/Shanghai")),
        b'"2026-03-01T08:00:00.000000+00:00"',
        "c5067b4e69c6e95e7d6b5ee0d1792a962c79568035ebc033f5f72f0e44f35082",
    ),
    (
        dt.datetime(2026, 3, 1, 8, 0, 0, 5, tzinfo=dt.UTC),
        b'"2026-03-01T08:00:00.000005+00:00"',
        "812fefa79f1068fb1a31d90f1d1875805e437a340841196566aeab69b55bff15",
    ),
    (dt.date(2026, 3, 1), b'"2026-03-01"', "db9b71c8e01cc41403791b3dbd7265c3beb7db273f0f4f4f944fa7677ca35fe4"),
    (Decimal("1.750"), b'"1.750"', "9ed993fb5bc82e9b1f88ae73c2f805fc217561f525e6b4a96b7e8f19a920603a"),
    (
        uuid.UUID(int=7),
        b'"00000000-0000-0000-0000-000000000007"',
        "b29854e6ceb28492c406545121a84f608de42991869464fd551d50c48382d90d",
    ),
    (b"\x00\xff", b'"00ff"', "9442dbaf8e48060aa532b565d0067ca106ea6418ce10a3852f638248a1de15b9"),
]


@pytest.mark.parametrize(("value", "form", "digest"), PINNED, ids=[repr(row[0])[:30] for row in PINNED])
def test_canonical_form_is_pinned(value, form, digest):
    assert canonical(value) == form
    assert hashlib.sha256(form).hexdigest() == digest


def test_canonical_form_does_not_depend_on_how_a_dict_was_built():
    assert canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})


def test_canonical_refuses_what_has_no_form():
    with pytest.raises(TypeError, match="set has no canonical form"):
        canonical({1, 2})


EVENT = {
    "elevator": "0198c0de-0000-7000-8000-000000000001",
    "sequence": 1,
    "kind": "CREATED",
    "outcome": "",
    "occurred_at": dt.datetime(2026, 3, 1, 8, 0, tzinfo=dt.UTC),
    "actor_kind": "PERSON",
    "actor_id": "0198c0de-0000-7000-8000-000000000002",
    "acting_unit_id": 7,
    "source_type": "",
    "source_id": "",
    "details": {},
}
FIRST = bytes.fromhex("175590bb86a6de2b2bfeb474d5878f2653d0c9ad78c21bd955cb2364161bf7f3")


def test_event_hash_is_pinned():
    second = EVENT | {"sequence": 2, "kind": "CHANGED", "details": {"fields": ["地址", "a"]}}
    assert (1, bytes(32)) == (FORM_VERSION, GENESIS)
    assert event_hash(GENESIS, **EVENT) == FIRST
    assert event_hash(FIRST, **second).hex() == "3ce99e4befbca897f4807f4e7e199170442f1d9ce01671fdf61a4540fd57e665"


@pytest.mark.parametrize("name", EVENT)
def test_event_hash_covers_every_field(name):
    other = {"sequence": 2, "acting_unit_id": None, "details": {"a": 1}, "occurred_at": dt.datetime.now(dt.UTC)}
    assert event_hash(GENESIS, **EVENT | {name: other.get(name, "other")}) != FIRST


def test_event_hash_covers_the_event_before():
    assert event_hash(b"\1" * 32, **EVENT) != FIRST
