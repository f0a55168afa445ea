"""The schema of the REST interface is public and dear: it is made once per language and format."""

import pytest

from common.api.schema_view import SchemaView

JSON = "application/vnd.oai.openapi+json"


@pytest.fixture
def made(monkeypatch):
    """How often the schema was really made."""
    monkeypatch.setattr(SchemaView, "kept", {})
    times, make = [], SchemaView._get_schema_response

    def count(view, request):
        times.append(request.path)
        return make(view, request)

    monkeypatch.setattr(SchemaView, "_get_schema_response", count)
    return times


def test_it_is_made_once_per_language_and_format(client, made):
    first = client.get("/api/schema/", headers={"Accept": JSON})
    again = client.get("/api/schema/?lang=no-such-language", headers={"Accept": JSON})
    assert (first.status_code, len(made)) == (200, 1)
    assert again.content == first.content
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers["Content-Disposition"] == first.headers["Content-Disposition"]
    client.get("/api/schema/?lang=zh-hans", headers={"Accept": JSON})
    client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi"})
    assert len(made) == 3
