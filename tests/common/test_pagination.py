"""Keyset pages: every row exactly once, forwards and backwards, whatever ties; a forged address is a 400."""

import base64
import datetime as dt
import json
import random

import pytest

from common.models import Deadline
from common.pagination import BadCursor, Count, capped_count, page_of
from tests.factories.make import make_elevator

AT = dt.datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=dt.UTC)
ORDERS = [("id",), ("-id",), ("kind", "id"), ("-due_at", "kind", "-id"), ("due_at", "-kind", "id")]


@pytest.fixture
def rows(db):
    """37 rows with many ties; moments that differ by a microsecond only."""
    dice = random.Random(7)
    for number in range(37):
        due_at = AT + dt.timedelta(microseconds=dice.randrange(4))
        Deadline.objects.create(
            kind=dice.choice("ABC"),
            subject_type="tests.nothing",
            subject_id=number,
            due_at=due_at,
            attempt_after=due_at,
            created_at=AT,
        )
    return Deadline.objects.all()


def walk(rows, order, size, *, back=False):
    """All pages from one end to the other: the ids in display order, and how many pages there were."""
    cursor, pages = "", []
    if back:
        page = page_of(rows, order=order, size=size)
        while page.next:
            page = page_of(rows, order=order, size=size, cursor=page.next)
        pages, cursor = [[row.pk for row in page]], page.previous
        while cursor:
            page = page_of(rows, order=order, size=size, cursor=cursor)
            pages.insert(0, [row.pk for row in page])
            cursor = page.previous
        return pages
    while True:
        page = page_of(rows, order=order, size=size, cursor=cursor)
        pages.append([row.pk for row in page])
        if not (cursor := page.next):
            return pages


@pytest.mark.parametrize("order", ORDERS, ids=",".join)
@pytest.mark.parametrize("size", [1, 5, 36, 37, 38])
def test_pages_hold_every_row_once(rows, order, size):
    wanted = list(rows.order_by(*order).values_list("pk", flat=True))
    pages = walk(rows, order, size)
    assert [pk for page in pages for pk in page] == wanted
    assert len(pages) == -(-37 // size)
    assert [pk for page in walk(rows, order, size, back=True) for pk in page] == wanted


def test_page_of_nothing(db):
    page = page_of(Deadline.objects.none(), order=("id",), size=5)
    assert (page.rows, page.next, page.previous, len(page)) == ([], "", "", 0)


def test_page_behind_the_end_is_empty(rows):
    last = page_of(rows, order=("id",), size=50).rows[-1]
    cursor = base64.urlsafe_b64encode(json.dumps(["n", last.pk]).encode()).decode()
    assert page_of(rows, order=("id",), size=5, cursor=cursor).rows == []


def test_page_stays_put_when_rows_come_and_go(rows):
    first = page_of(rows, order=("id",), size=10)
    Deadline.objects.filter(pk__in=[row.pk for row in first]).delete()
    second = page_of(rows, order=("id",), size=10, cursor=first.next)
    assert [row.subject_id for row in second] == list(range(10, 20))


def test_page_refuses_to_end_at_null(rows):
    with pytest.raises(TypeError, match="never null"):
        page_of(rows, order=("fired_at", "id"), size=5)


def encoded(value) -> str:
    return base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).decode()


GARBAGE = {
    "words": "garbage",
    "one letter": "a",
    "not ASCII": "电梯",
    "not base64": "%%%%",
    "not UTF-8": encoded(b"\xff\xfe\xfd"),
    "not JSON": encoded(b"[1,2"),
    "no list": encoded({"n": 1}),
    "a number": encoded(5),
    "empty list": encoded([]),
    "no side": encoded([1]),
    "unknown side": encoded(["x", 1]),
    "too short": encoded(["n"]),
    "too long": encoded(["n", 1, 2]),
    "null": encoded(["n", None]),
    "float": encoded(["n", 1.5]),
    "nested": encoded(["n", [1]]),
    "text for a number": encoded(["n", "abc"]),
    "NUL": encoded(["n", "\0"]),
    "deep": encoded(b"[" * 20_000),
    "long number": encoded(b'["n",' + b"9" * 5_000 + b"]"),
    "surrogate": encoded(b'["n","\\ud800"]'),
}


@pytest.mark.parametrize("cursor", GARBAGE.values(), ids=GARBAGE)
def test_page_refuses_a_forged_cursor(rows, cursor):
    with pytest.raises(BadCursor):
        page_of(rows, order=("id",), size=5, cursor=cursor)


@pytest.mark.parametrize(
    ("order", "value"),
    [
        (("due_at", "id"), "yesterday"),
        (("due_at", "id"), "\0"),
        (("due_at", "id"), 5),
        (("kind", "id"), "\0"),
        (("kind", "id"), "\ud800"),
        (("public_id", "id"), "not-a-uuid"),
    ],
)
def test_page_refuses_a_cursor_of_another_type(rows, order, value):
    with pytest.raises(BadCursor):
        page_of(rows, order=order, size=5, cursor=encoded(["n", value, 1]))


def test_page_takes_numbers_beyond_the_column(rows):
    assert page_of(rows, order=("id",), size=5, cursor=encoded(["n", 10**30])).rows == []
    assert len(page_of(rows, order=("id",), size=5, cursor=encoded(["n", -(10**30)])).rows) == 5


def test_count_is_capped_and_says_so(rows):
    assert str(capped_count(rows, cap=36)) == "36+"
    assert str(capped_count(rows, cap=37)) == "37"
    assert capped_count(rows.none()) == Count(0, False)
    assert str(Count(10_000, True)) == "10,000+"


# --- through the faces ------------------------------------------------------------------------------------------------

LIST = "/api/v1/registry/elevators/"


@pytest.fixture
def six(manager):
    for _ in range(5):
        make_elevator(area_code="320106001", using_unit=manager.unit)
    return manager.client


def test_rest_pages_link_to_each_other(six):
    address, seen, back = f"{LIST}?limit=2&place_type=OTHER", [], []
    while address:
        assert "place_type=OTHER" in address
        answer = six.get(address).json()
        seen.append([row["id"] for row in answer["results"]])
        last, address = address, answer["next"]
    address = last
    while address:
        answer = six.get(address).json()
        back.insert(0, [row["id"] for row in answer["results"]])
        address = answer["previous"]
    assert [len(page) for page in seen] == [2, 2, 2]
    assert back == seen
    assert len({pk for page in seen for pk in page}) == 6


def test_rest_limit_must_be_reasonable(manager):
    client = manager.client
    for limit in ("0", "501", "-1", "x", "1.5", "", "9" * 5000):
        answer = client.get(LIST, {"limit": limit})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-limit"), limit
    assert client.get(LIST, {"limit": "500"}).status_code == 200


def test_faces_answer_400_to_a_forged_cursor(manager):
    client = manager.client
    for name, cursor in GARBAGE.items():
        answer = client.get(LIST, {"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-cursor"), name
        assert client.get("/elevators/", {"cursor": cursor}).status_code == 400, name
