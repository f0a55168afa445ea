"""Plates in numbers: coverage by district, stock by holder, scans of bad plates."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common import clock
from common.hooks import Tile
from common.scoped_page import ScopedPage
from common.scoping import may
from common.views import ScopedListPage
from registry.forms.plates import ScanFilter
from registry.models import Elevator, PlateScan
from registry.queries.plate_counts import (
    bad_scans_since,
    coverage_lines,
    hung_far_away,
    plates_named,
    scans_by_day,
    stock_lines,
)

SHOWN_DAYS, TOLD_DAYS = 30, 7


def tiles(actor, at) -> list[Tile]:
    """How often bad plates were read of late, and what was hung far from its place, for those who supervise."""
    if not may(actor, Permission.VIEW_PLATE_SCANS):
        return []
    first = clock.local_date(at) - dt.timedelta(days=TOLD_DAYS - 1)
    count = bad_scans_since(actor, first)
    state = "warning" if count else ""
    hint = _("in seven days: void, unknown or forged")
    far, plates = hung_far_away(actor), reverse("registry:plates")
    where = _("from where the register has the elevator") if far else ""
    return [
        Tile(_("scans of bad nameplates"), count, reverse("registry:plate_scans"), hint if count else "", state),
        Tile(_("nameplates hung far away"), far, f"{plates}?state=BOUND&far=true", where, "warning" if far else ""),
    ]


class CoveragePage(ScopedPage):
    """How many of the elevators in use have a plate, by managing district; who holds the plates that hang nowhere."""

    permission = Permission.HANG_PLATE
    template_name = "registry/plates/coverage.html"
    title = _("Coverage with nameplates")

    def get(self, request):
        lines = coverage_lines(self.actor)
        return self.answer(
            lines=lines,
            in_use=sum(line.in_use for line in lines),
            hung=sum(line.hung for line in lines),
            stock=stock_lines(self.actor, self.permission),
        )


class ScanListPage(ScopedListPage):
    """Plates that are not good and how often they were read, by day."""

    permission = Permission.VIEW_PLATE_SCANS
    template_name = "registry/plates/scans.html"
    title = _("Scans of bad nameplates")
    lead = _("Counted by day; nobody who scans is recorded.")
    queryset = PlateScan.objects.all()
    order = ("-day", "-id")
    filter_class = ScanFilter
    row_template = "registry/plates/_scan_row.html"
    caption = _("Scans of bad nameplates")
    empty_text = _("Nobody has scanned a bad nameplate yet.")
    columns = (
        {"label": _("Day")},
        {"label": _("What was wrong")},
        {"label": _("Number")},
        {"label": _("Times read"), "num": True},
        {"label": _("Last at")},
        {"label": _("Where it hung")},
    )

    def dress(self, rows):
        plates = plates_named(rows)
        hung = {plate.elevator_id for plate in plates.values() if plate.elevator_id}
        seen = Elevator.objects.visible_to(self.actor, Permission.VIEW_ELEVATOR).filter(pk__in=hung)
        mine = set(seen.values_list("pk", flat=True)) if hung else set()
        for row in rows:
            row.plate = plates.get((row.city, row.code, row.issue)) if row.code else None
            row.elevator = row.plate.elevator if row.plate and row.plate.elevator_id in mine else None

    def get_context(self, **extra):
        last = clock.local_date(self.at)
        days = scans_by_day(self.actor, first=last - dt.timedelta(days=SHOWN_DAYS - 1), last=last)
        most = max(count for _day, count in days) or 1
        bars = [
            {"day": day, "count": count, "x": place * 10, "height": round(count / most * 48, 1)}
            for place, (day, count) in enumerate(days)
        ]
        for bar in bars:
            bar["y"] = round(48 - bar["height"], 1)
        return super().get_context(lead=self.lead, bars=bars, total=sum(count for _day, count in days), **extra)
