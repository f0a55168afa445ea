"""The regulator's list of what is overdue, level by level, and reminding those who answer for it."""

from urllib.parse import urlencode

from django import forms
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Unit
from accounts.queries import people_to_tell
from accounts.roles import Permission
from common.clock import local_date
from common.errors import NotVisible
from common.scoping import may, require
from common.views import ScopedDetailPage, ScopedFormPage, ScopedPage
from compliance.actions.reminders import request_reminders
from compliance.models import ReminderRun
from compliance.queries import kinds
from compliance.queries.overdue import (
    BANDS,
    LONGEST,
    NUMBERS,
    Where,
    count_bands,
    count_without_unit,
    debts,
    level_of,
    lines_of,
    named,
    reminder_hours,
    where_of,
)
from compliance.views.risk import COLOURS

SORTS = ("overdue", "month", "hazards", *BANDS, "duties", "share", "label")
_OF_MANY = (("duties", _("Duties of units overdue"), "-"), ("share", _("Elevators with something overdue"), "-"))
HEADINGS = {
    "district": _("District"),
    "area": _("Subdistrict"),
    "unit": _("Using unit"),
    "elevator": _("Elevator"),
}
BAND_HEADINGS = {"red": _("red: risk band"), "orange": _("orange: risk band"), "yellow": _("yellow: risk band")}
SHOWN_IN_PREVIEW = 50


def address(name: str, parameters) -> str:
    query = urlencode(list(parameters))
    return reverse(f"compliance:{name}") + (f"?{query}" if query else "")


def address_without_unit(where: Where) -> str:
    """The list of what is overdue inside and has nobody who could be reminded."""
    return address("obligations", [*where.parameters, ("when", "overdue"), ("answers", "none")])


def asked_where(request) -> Where:
    """The filter of an address. Raises NotVisible for a district, unit or kind that there is not, and for foreign units."""
    where = where_of(request.GET, kinds(), request.actor)
    if where is None:
        raise NotVisible
    return where


class OverduePage(ScopedPage):
    """Counts by the next level of who answers; each line opens the level below, an elevator its e-file."""

    permission = Permission.VIEW_OBLIGATION
    template_name = "compliance/overdue.html"
    title = _("Overdue by area")

    def get(self, request):
        where = asked_where(request)
        level = level_of(self.actor, where)
        sort = request.GET.get("sort", "")
        sort = sort if sort.removeprefix("-") in SORTS else "-overdue"
        lines = named(lines_of(self.actor, where, level, local_date(self.at)), level)
        count_bands(lines, self.actor, where, level)
        shown = self._sorted(lines, sort)[:LONGEST]
        kept = [*where.parameters, *([("sort", sort)] if sort != "-overdue" else [])]
        for line in shown:
            line.url = self._below(line, level, kept)
            line.bands = self._bands(line, where, level)
            if level == "unit" and line.key is None and line.overdue:
                line.label, line.url = _("no using unit known"), address_without_unit(where)
        return self.answer(
            where=where,
            level=level,
            heading=HEADINGS[level],
            lines=shown,
            more=len(lines) - len(shown),
            total=_total(lines),
            columns=self._columns(where, sort, level),
            crumbs=self._crumbs(where),
            kind_links=self._kind_links(where),
            list_url=address("obligations", [*where.parameters, ("when", "overdue")]),
            may_remind=may(self.actor, Permission.REMIND_UNIT) and level != "elevator",
            remind_url=address("remind", where.parameters),
        )

    @staticmethod
    def _sorted(lines, sort: str) -> list:
        name = sort.removeprefix("-")
        by_label = sorted(lines, key=lambda line: line.label)
        return sorted(by_label, key=lambda line: getattr(line, name), reverse=sort.startswith("-"))

    @staticmethod
    def _below(line, level: str, kept) -> str:
        if not line.code:
            return ""
        if level == "elevator":
            return reverse("registry:elevator", args=[line.code]) + "#obligations"
        return address("overdue", [*((name, value) for name, value in kept if name != level), (level, line.code)])

    @staticmethod
    def _bands(line, where: Where, level: str) -> list[dict]:
        """How many stand in each band, with the list of just those; of one elevator its band."""
        within = [(name, value) for name, value in where.parameters if name not in ("kind", level)]
        cells = []
        for name, band in BANDS.items():
            count, url = getattr(line, name), ""
            if count and line.code:
                own = f"{line.url.partition('#')[0]}#risk"
                url = own if level == "elevator" else address("risk", [*within, (level, line.code), ("band", band)])
            cells.append(
                {
                    "label": band.label,
                    "heading": BAND_HEADINGS[name],
                    "count": count,
                    "state": COLOURS[band],
                    "url": url,
                }
            )
        return cells

    @staticmethod
    def _columns(where: Where, sort: str, level: str) -> list[dict]:
        """Headings with the links that sort by them: numbers the most first, names from the beginning."""
        columns = (
            ("label", HEADINGS[level], ""),
            ("overdue", pgettext_lazy("obligation", "Overdue"), "-"),
            ("month", _("Due or to be applied for within 30 days"), "-"),
            ("hazards", _("Hazards"), "-"),
            *((name, band.label, "-") for name, band in BANDS.items()),  # short: ten columns stand here
            # of one elevator alone there is neither a unit's duty nor a share
            *([] if level == "elevator" else _OF_MANY),
        )
        made = []
        for name, label, first in columns:
            now = sort if sort.removeprefix("-") == name else ""
            wanted = (name if now.startswith("-") else f"-{name}") if now else f"{first}{name}"
            made.append(
                {
                    "name": name,
                    "label": label,
                    "url": address("overdue", [*where.parameters, ("sort", wanted)]),
                    "sorted": ("descending" if now.startswith("-") else "ascending") if now else "",
                }
            )
        return made

    @staticmethod
    def _crumbs(where: Where) -> list[tuple]:
        """The way up: what stands above the present level."""
        kind = [("kind", where.kind)] if where.kind else []
        crumbs, given = [(_("Overdue by area"), address("overdue", kind))], []
        for name, value, code in (
            ("district", where.district, where.district and where.district.code),
            ("area", where.area, where.area and where.area.code),
            ("unit", where.unit, where.unit and str(where.unit.public_id)),
        ):
            if value is not None:
                given.append((name, code))
                crumbs.append((str(value), address("overdue", [*given, *kind])))
        return crumbs

    @staticmethod
    def _kind_links(where: Where) -> list[dict]:
        rest = [(name, value) for name, value in where.parameters if name != "kind"]
        links = [{"label": _("everything"), "url": address("overdue", rest), "active": not where.kind}]
        for kind in kinds().values():
            url = address("overdue", [*rest, ("kind", kind.code)])
            links.append({"label": kind.label, "url": url, "active": kind.code == where.kind})
        return links


def _total(lines) -> dict:
    return {name: sum(getattr(line, name) for line in lines) for name in NUMBERS}


class RemindForm(forms.Form):
    """Which of the units shown are meant; none chosen means all of them."""

    units = forms.MultipleChoiceField(label=_("Units"), widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *args, choices, **options):
        super().__init__(*args, **options)
        self.fields["units"].choices = choices
        self.fields["units"].help_text = _("Choose none to remind all of them.")


class RemindPage(ScopedFormPage):
    """Who would be told how much; confirmed once, it is a job."""

    permission = Permission.REMIND_UNIT
    template_name = "compliance/remind.html"
    form_class = RemindForm
    title = _("Remind units of what is overdue")
    submit_label = _("Remind them")

    def dispatch(self, request, *args, **kwargs):
        require(request.actor, self.permission)  # or the answer would say which units there are
        self.where = asked_where(request)
        return super().dispatch(request, *args, **kwargs)

    def _owed(self) -> list:
        if not hasattr(self, "_kept"):
            self._kept = debts(self.actor, self.where, today=local_date(self.at), at=self.at)
            self._free = [debt for debt in self._kept if not debt.rests(self.at)]
        return self._kept

    def get_form_kwargs(self):
        self._owed()
        self.names = Unit.objects.only("pk", "public_id", "name").in_bulk([debt.unit_id for debt in self._free])
        self.by_id = {str(self.names[debt.unit_id].public_id): debt for debt in self._free}
        return {"choices": [(public_id, self._label(debt)) for public_id, debt in self._offered()]}

    def _offered(self) -> list:
        """All that a form may name; the page shows the first of them, the rest is meant with "all"."""
        rows = list(self.by_id.items())
        return rows if self.request.method == "POST" else rows[:SHOWN_IN_PREVIEW]

    def _label(self, debt) -> str:
        words = _("%(unit)s (overdue: %(overdue)s, elevators: %(elevators)s)")
        return words % {
            "unit": self.names[debt.unit_id].name,
            "overdue": debt.overdue,
            "elevators": debt.elevators,
        }

    def get_context(self, **extra):
        of_units, _areas = people_to_tell(
            permission=Permission.ACKNOWLEDGE_ALERT, unit_ids=[debt.unit_id for debt in self._free], at=self.at
        )
        without_unit = count_without_unit(self.actor, self.where, today=local_date(self.at), at=self.at)
        silent = [debt for debt in self._free if not of_units.get(debt.unit_id)]
        return super().get_context(
            units=len(self._free),
            elevators=sum(debt.elevators for debt in self._free),
            people=len({each for ids in of_units.values() for each in ids}),
            silent=len(silent),
            without_unit=without_unit,
            without_unit_url=address_without_unit(self.where),
            late=sum(debt.elevators for debt in self._kept) + without_unit,
            rested=sum(debt.elevators for debt in self._kept if debt.rests(self.at)),
            resting=len(self._kept) - len(self._free),
            hours=reminder_hours(local_date(self.at)),
            unlisted=max(0, len(self._free) - SHOWN_IN_PREVIEW),
            crumbs=OverduePage._crumbs(self.where),
            **extra,
        )

    def cancel_url(self):
        return address("overdue", self.where.parameters)

    def save(self, form):
        chosen = form.cleaned_data["units"] or list(self.by_id)
        ids = [self.by_id[public_id].unit_id for public_id in chosen]
        run = request_reminders(where=self.where, unit_ids=ids, by=self.actor, at=self.at)
        return HttpResponseRedirect(reverse("compliance:reminders", args=[run.public_id]))


class RemindersPage(ScopedDetailPage):
    """How far it is, then who was told: one's own run."""

    permission = Permission.REMIND_UNIT
    template_name = "compliance/reminders.html"
    queryset = ReminderRun.objects.select_related("job")
    access_logged = False

    def get_context(self, **extra):
        run = self.object
        rows = list(run.reminders.select_related("unit").order_by("pk")[:LONGEST])
        back = address("overdue", run.scope.items())
        return super().get_context(run=run, rows=rows, back_url=back, meant=len(run.unit_ids), **extra)
