"""What a typed number finds: reports, and applications for inspections (registered at common.hooks.SEARCH_PROVIDERS)."""

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.hooks import SearchHit
from common.scoping import may
from compliance.queries.standing import with_elevators
from inspection.queries.numbers import applications_numbered, reports_numbered
from inspection.views.applications.lists import application_url
from inspection.views.reports import report_url


def search_numbers(actor, text, longest) -> list[SearchHit]:
    """Reports and applications with this very number that the actor sees; nothing by a part of one. Two statements where
    nothing has it."""
    if not may(actor, Permission.VIEW_REPORT):
        return []
    return [*_reports(actor, text, longest), *_applications(actor, text, longest)]


def _reports(actor, text, longest) -> list[SearchHit]:
    return [
        SearchHit(
            row.number,
            report_url(row),
            f"{row.get_kind_display()} · {row.concluded_on} · {row.elevator.main_code} · {row.body.name}",
            group=_("Reports of inspections"),
            exact=True,
        )
        for row in with_elevators(reports_numbered(actor, text, longest))
    ]


def _applications(actor, text, longest) -> list[SearchHit]:
    return [
        SearchHit(
            row.short_number,
            application_url(row),
            f"{row.get_kind_display()} {row.period} · {row.elevator.main_code} · {row.get_state_display()}",
            group=_("Inspection applications"),
            exact=True,
        )
        for row in with_elevators(applications_numbered(actor, text, longest))
    ]
