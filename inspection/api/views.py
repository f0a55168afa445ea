"""Reports of inspections and tests over REST: filed in bulk by bodies, read by whom they concern."""

import datetime as dt
import uuid

from django.db.models import Q
from django.utils.encoding import force_str
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, permissions
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.roles import Permission
from common import clock
from common.api.problems import field_errors
from common.api.views import IdempotentPostMixin, ScopedReadOnlyViewSet
from common.errors import Refusal
from inspection.actions import Filed, file_reports
from inspection.actions.report_refusals import ElevatorUnknown
from inspection.api.filters import ReportFilter
from inspection.api.serializers import (
    BulkInputSerializer,
    BulkResultSerializer,
    BulkSchema,
    CatalogueItemSerializer,
    ReportDetailSerializer,
    ReportInputSerializer,
    ReportSerializer,
)
from inspection.choices import ReportKind
from inspection.models import CatalogueItem, Report
from inspection.queries.reports import filing_body
from registry.models import Elevator

CODES = ("equipment_code", "registration_code", "rescue_code")


class ReportViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """Reports about elevators that the caller sees, and those of the caller's own unit; newest first."""

    queryset = Report.objects.select_related("elevator", "body", "supersedes", "superseded_by").prefetch_related(
        "people"
    )
    object_queryset = queryset.prefetch_related("results__item")
    serializer_class = ReportSerializer
    filterset_class = ReportFilter
    view_permission = Permission.VIEW_REPORT
    permissions = {"create": Permission.FILE_REPORT}

    def get_serializer_class(self):
        return ReportDetailSerializer if self.action == "retrieve" else ReportSerializer

    @extend_schema(request=BulkSchema, responses=BulkResultSerializer)
    def create(self, request):
        """File up to 500 reports, each judged by itself: one that is refused costs the others nothing.

        A report whose number and content were filed before is `replayed`: the answer names the first one. Refused ones name a
        code and the field; send them again, corrected, in another request.
        """
        given = BulkInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        body = filing_body(self.actor, given.validated_data["unit"])
        rows = [_Row(index, data) for index, data in enumerate(given.validated_data["reports"])]
        self._name_elevators([row for row in rows if row.values])
        ready = [row for row in rows if row.filing]
        filings = [row.filing for row in ready]
        outcomes = file_reports(filings=filings, body=body, by=self.actor, at=self.at) if filings else []
        for row, outcome in zip(ready, outcomes, strict=True):
            row.take(outcome)
        results = [row.result for row in rows]
        counted = {name: sum(each["result"] == name for each in results) for name in ("filed", "replayed", "refused")}
        return Response({**counted, "results": results})

    def _name_elevators(self, rows: list["_Row"]) -> None:
        """Which elevator each row means, among those that the caller may file for. One statement."""
        found = _elevators_named({row.values["elevator"].strip() for row in rows}, self.actor)
        for row in rows:
            keys = found.get(row.values["elevator"].strip(), set())
            if len(keys) == 1:
                row.filing = ReportInputSerializer.as_filing(row.values, next(iter(keys)))
            else:
                row.take(ElevatorUnknown())


class _Row:
    """One report on its way through a bulk request."""

    def __init__(self, index: int, data: dict):
        self.filing, self.values = None, None
        number = data.get("number")
        self.result = {"index": index, "number": number[:40] if isinstance(number, str) else "", "result": "refused"}
        self.result |= {"report": None, "warnings": [], "code": "", "errors": []}
        given = ReportInputSerializer(data=data)
        if given.is_valid():
            self.values = given.validated_data
        else:
            self.result |= {"code": "invalid", "errors": field_errors(ValidationError(given.errors))}

    def take(self, outcome: Filed | Refusal) -> None:
        if isinstance(outcome, Filed):
            self.result |= {
                "result": "replayed" if outcome.replayed else "filed",
                "report": str(outcome.report.public_id),
                "warnings": outcome.report.warnings,
            }
            return
        error = {
            "pointer": f"/{outcome.field or ''}",
            "code": outcome.code,
            "detail": force_str(outcome.message),
        }
        self.result |= {"code": outcome.code, "errors": [error]}


def _elevators_named(names: set[str], actor) -> dict[str, set[int]]:
    """{name: keys} by public id or code; a code that several elevators have names none."""
    ids = {}
    for name in names:
        try:
            ids[str(uuid.UUID(name))] = name
        except ValueError:
            continue
    meant = Q(public_id__in=list(ids))
    for column in CODES:
        meant |= Q(**{f"{column}__in": sorted(names)})
    found: dict[str, set[int]] = {}
    seen = Elevator.objects.visible_to(actor, Permission.FILE_REPORT).filter(meant)
    for pk, public_id, *codes in seen.values_list("pk", "public_id", *CODES):
        for name in {ids.get(str(public_id)), *codes} & names:
            found.setdefault(name, set()).add(pk)
    return found


class CatalogueList(generics.ListAPIView):
    """The items of reports that are in force on a day; the same for everybody who has signed in."""

    queryset = CatalogueItem.objects.all()
    serializer_class = CatalogueItemSerializer
    permission_classes = [permissions.IsAuthenticated]
    pagination_class = None
    filter_backends = []

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, enum=[ReportKind.PERIODIC, ReportKind.SELF_TEST]),
            OpenApiParameter("on", dt.date, description="Default: today."),
        ]
    )
    def get(self, request):
        return super().get(request)

    def get_queryset(self):
        kind, day = self.request.query_params.get("kind", ""), self.request.query_params.get("on", "")
        try:
            on = dt.date.fromisoformat(day) if day else clock.today()
        except ValueError as error:
            raise ValidationError({"on": ["A day is written as 2026-05-31."]}, code="invalid") from error
        rows = self.queryset.filter(valid_from__lte=on).exclude(valid_until__lt=on)
        return rows.filter(kind=kind) if kind else rows
