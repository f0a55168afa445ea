"""Who goes where on which day: seven days on a page, to be printed."""

import datetime as dt
import uuid

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.clock import local_date
from common.scoping import may
from common.views import ScopedPage
from compliance.queries.standing import with_elevators
from inspection.queries.applications import SPAN, appointed_between, fileable
from inspection.views.applications.lists import dressed, filing_url

YEARS = (2000, 2100)


class DaysPage(ScopedPage):
    """Appointments of seven days by day and inspector; `from`: the first day, `inspector`: one person alone."""

    permission = Permission.VIEW_REPORT
    template_name = "inspection/applications/days.html"
    title = _("Appointments by day")

    def get(self, request):
        first, inspector = self._first(), self._inspector()
        last = first + SPAN - dt.timedelta(days=1)
        days, more = appointed_between(self.actor, first, last, inspector)
        rows = [row for day in days for _person, lines in day.people for row in lines]
        dressed(with_elevators(rows), local_date(self.at))
        filed_here = fileable(self.actor, rows)
        for row in rows:
            row.filing_url = filing_url(row) if row.pk in filed_here else ""
        return self.answer(
            files=may(self.actor, Permission.FILE_REPORT),
            days=days,
            more=more,
            first=first,
            last=last,
            # a name only of whom one sees somewhere on these days
            inspector=rows[0].inspector if inspector is not None and rows else None,
            earlier=self._address(first - SPAN),
            later=self._address(first + SPAN),
            everybody=f"{reverse('applications:days')}?from={first}" if inspector is not None else "",
        )

    def _first(self) -> dt.date:
        """The day of the address; for anything else today."""
        try:
            found = dt.date.fromisoformat(self.request.GET.get("from", ""))
        except ValueError:
            return local_date(self.at)
        return found if YEARS[0] <= found.year < YEARS[1] else local_date(self.at)

    def _inspector(self) -> uuid.UUID | None:
        """Whose days; nobody has the id of an address that names none."""
        given = self.request.GET.get("inspector", "")
        try:
            return uuid.UUID(given) if given else None
        except ValueError:
            return uuid.UUID(int=0)

    def _address(self, day: dt.date) -> str:
        inspector = self._inspector()
        tail = f"&inspector={inspector}" if inspector is not None else ""
        return f"{reverse('applications:days')}?from={day}{tail}"
