from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from common.errors import Refusal
from common.pagination import page_of

DEFAULT_SIZE, LARGEST = 50, 500


class BadLimit(Refusal):
    code = "bad-limit"
    status = 400
    message = f"limit must be a whole number from 1 to {LARGEST}."


class KeysetCursor(BasePagination):
    """`?cursor=&limit=`: {"next", "previous", "results"}; no total (ask the list page for a capped one)."""

    def paginate_queryset(self, queryset, request, view=None):
        self.request = request
        self.page = page_of(
            queryset,
            order=view.order,
            size=self._limit(request),
            cursor=request.query_params.get("cursor", ""),
        )
        return self.page.rows

    def _limit(self, request) -> int:
        try:
            size = int(request.query_params.get("limit", DEFAULT_SIZE))
        except ValueError as error:
            raise BadLimit from error
        if not 1 <= size <= LARGEST:
            raise BadLimit
        return size

    def get_paginated_response(self, data):
        return Response(
            {"next": self._link(self.page.next), "previous": self._link(self.page.previous), "results": data}
        )

    def _link(self, cursor: str) -> str | None:
        if not cursor:
            return None
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

    def get_paginated_response_schema(self, schema):
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view):
        return [
            {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}},
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": DEFAULT_SIZE},
            },
        ]
