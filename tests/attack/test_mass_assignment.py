"""Every POST and PATCH of the route matrix again, with a value for every column of every model: none of them lands.

What a page's own form offers is left out, and what a row's body sends anyway. A marker is looked for in every table in
the transaction that the request wrote in. Nobody is a superuser here: the model has no such column.
"""

import re
import uuid
from dataclasses import replace

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from inspection.forms.filing import ReportForm
from tests.matrix.framework import UNKNOWN, options_of
from tests.matrix.test_route_matrix import MATRIX, stage

__all__ = ["stage"]  # the matrix's cast, signed in

WORDS, NUMBER, DAY = "HOSTILE-7f3a", 917_354_826, "1971-02-03"
OURS = ("accounts", "common", "compliance", "inspection", "registry")
NAME = re.compile(r'name="([^"]+)"')


def _marker(column) -> object:
    if isinstance(column, models.BooleanField):
        return "true"
    if isinstance(column, models.DateTimeField):
        return f"{DAY}T04:05"
    if isinstance(column, models.DateField):
        return DAY
    if isinstance(column, models.IntegerField | models.DecimalField | models.ForeignKey):
        return NUMBER
    return WORDS


def every_column() -> dict[str, object]:
    """{name of a column of any of our models, as a form or a client would write it: a marker}"""
    found = {}
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            for column in model._meta.concrete_fields:
                found |= {name: _marker(column) for name in (column.name, column.attname)}
    return found


def where_it_landed() -> list[str]:
    """The tables that hold a marker now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd > 0")
        written = [name for (name,) in cursor.fetchall()]
        landed = []
        for table in written:
            cursor.execute(
                f'SELECT EXISTS (SELECT 1 FROM "{table}" AS t WHERE t::text ~ %s)', [f"{WORDS}|{NUMBER}|{DAY}"]
            )
            landed += [table] if cursor.fetchone()[0] else []
    return landed


def doing(row):
    """[(verb, right, player, object)] of one who may, for each verb that writes."""
    for verb in ("POST", "PATCH", "PUT"):
        if (right := row.rights.get(verb)) is None:
            continue
        who, objects = next(((who, objs) for who, objs in right.table.items() if objs), (None, ()))
        if who is not None:
            yield verb, right, who, sorted(objects - {UNKNOWN} or objects)[0]


# A draft keeps its form's own answers as typed; that form stands on a page of another address, or comes by hand-made parts.
DRAFTS = dict.fromkeys(("inspection:draft", "inspection:save_draft"), ReportForm.base_fields)
CASES = sorted(name for name, row in MATRIX.items() if list(doing(row)))


def test_the_columns_are_all_of_ours():
    columns = every_column()
    assert len(columns) > 150 and {"is_active", "rescue_code", "state", "unit_id", "password"} <= set(columns)
    assert len(CASES) > 40


@pytest.mark.parametrize("name", CASES)
def test_no_column_is_set_by_whoever_names_it(name, stage, tried):
    cast, clients, cookies = stage
    row, tries = MATRIX[name], 0
    with transaction.atomic():
        for verb, right, who, obj in doing(row):
            client = clients[who]
            client.cookies.clear()
            client.cookies.load(cookies[who].replace("Set-Cookie: ", ""))
            path = row.path(cast, obj)
            body = right.body(cast, obj) if right.body else {}
            offered = {*body, *DRAFTS.get(name, ())}
            if not row.json and "GET" in row.rights:
                offered |= set(NAME.findall(client.get(path).content.decode(errors="replace")))
            hostile = {column: value for column, value in every_column().items() if column not in offered}
            tries += len(hostile)
            sent = replace(right, body=lambda _cast, _obj, sent=body | hostile: sent)
            with transaction.atomic():
                answer = getattr(client, verb.lower())(path, **options_of(verb, row, sent, cast, obj))
                landed = where_it_landed()  # while it still stands
                transaction.set_rollback(True)
            assert answer.status_code < 500, f"{verb} {path} broke: {answer.status_code}"
            assert landed == [], f"{verb} {path} as {who} ({answer.status_code})"
        transaction.set_rollback(True)
    tried("columns × routes of mass assignment", tries)


def test_the_look_sees_a_marker(stage):
    cast, _clients, _cookies = stage
    with transaction.atomic():
        cast.elevator_own.__class__.objects.filter(pk=cast.elevator_own.pk).update(address=f"{WORDS} {uuid.uuid4()}")
        assert "registry_elevator" in where_it_landed()
        transaction.set_rollback(True)
