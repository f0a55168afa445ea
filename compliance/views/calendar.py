"""What is due as a calendar: a month on a page, and an address for calendar programs."""

import datetime as dt
import hashlib

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from icalendar import Calendar
from icalendar import Event as IcsEvent

from accounts.choices import AreaKind
from accounts.models import Unit
from accounts.queries import areas_by_id, reach_of
from accounts.roles import Permission
from common import clock
from common.actor import ActorKind
from common.clock import local_date
from common.forms import FreeText
from common.scoping import actor_again, get_visible, may
from common.views import ScopedFormPage, ScopedPage
from common.workdays import is_working_day, moved_days
from compliance.actions.feeds import hash_of, make_feed, note_use, revoke_feed
from compliance.models import CalendarFeed, Obligation
from compliance.queries.calendar import ONE, Day, counts_by_day, events_of, weeks_of
from compliance.queries.overdue import Where
from compliance.views.overdue import address, asked_where

FITS = 3  # kinds that a day of the grid names
YEARS = (2000, 2100)
FEED_DAYS = (31, 396)  # back, so that what has just become late is still seen; ahead, thirteen months


def month_of(text: str, today: dt.date) -> dt.date:
    """The first day of "2026-11"; of the present month for anything else."""
    try:
        found = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return found if YEARS[0] <= found.year < YEARS[1] else today.replace(day=1)


def rows_of(actor, where: Where):
    """Pending obligations that one sees, narrowed."""
    rows = where.narrow(Obligation.objects.visible_to(actor, Permission.VIEW_OBLIGATION).pending(), prefix="elevator__")
    return rows.filter(kind=where.kind) if where.kind else rows


class CalendarPage(ScopedPage):
    """A month: what has its last day, or its last day to apply, when. On a phone the days that have something, one by one."""

    permission = Permission.VIEW_OBLIGATION
    template_name = "compliance/calendar.html"
    title = _("Calendar of what is due")

    def get(self, request):
        today, where = local_date(self.at), asked_where(request)
        month = month_of(request.GET.get("month", ""), today)
        weeks = self._weeks(month, where)
        previous, following = month - ONE, month + dt.timedelta(days=32)
        return self.answer(
            month=month,
            weeks=weeks,
            today=today,
            total=sum(day.total for week in weeks for day in week if day.inside),
            previous_url=self._address(previous, where),
            next_url=self._address(following, where),
            today_url=self._address(today, where),
            where=where,
            crumbs=[str(part) for part in (where.district, where.area, where.unit) if part],
            all_url=address("calendar", [("month", f"{month:%Y-%m}")]) if where.parameters else "",
            feeds_url=address("feeds", ()),
        )

    def _weeks(self, month: dt.date, where: Where) -> list[list[Day]]:
        days = weeks_of(month)
        counts = counts_by_day(rows_of(self.actor, where), days[0][0], days[-1][-1])
        moved = moved_days(days[0][0])
        weeks = []
        for week in days:
            line = [Day(day, day.month == month.month, is_working_day(day, moved), counts.get(day, [])) for day in week]
            weeks.append([Cell(day, address("obligations", [*where.parameters, ("on", str(day.day))])) for day in line])
        return weeks

    @staticmethod
    def _address(day: dt.date, where: Where) -> str:
        return address("calendar", [*where.parameters, ("month", f"{day:%Y-%m}")])


class Cell:
    """A day as the page shows it."""

    def __init__(self, day: Day, url: str):
        self.day, self.inside, self.working, self.total = day.day, day.inside, day.working, day.total
        self.url = url if day.total else ""
        self.shown = day.counts if len(day.counts) <= FITS else day.counts[: FITS - 1]
        self.rest = sum(number for _kind, _label, number in day.counts[len(self.shown) :])


# --- addresses for calendar programs ----------------------------------------------------------------------------------


class FeedsPage(ScopedPage):
    """One's own addresses: which are in force, when each was read last."""

    permission = Permission.VIEW_OBLIGATION
    template_name = "compliance/feeds.html"
    title = _("Calendar addresses")

    def get(self, request):
        rows = CalendarFeed.objects.visible_to(self.actor).select_related("unit").order_by("-id")[:50]
        areas = areas_by_id()
        feeds = [(feed, str(feed.unit or areas.get(feed.area_id) or _("everything that you see"))) for feed in rows]
        return self.answer(feeds=feeds)


class FeedForm(forms.Form):
    """What the address is called and what it holds. `scopes`: [(value, label)]."""

    name = FreeText(label=_("Name"), max_length=80, help_text=_("Where you will use it: “phone”, “office”."))
    scope = forms.ChoiceField(label=_("What it holds"), required=False)

    def __init__(self, *args, scopes, **options):
        super().__init__(*args, **options)
        self.fields["scope"].choices = [("", _("everything that I see")), *scopes]


class MakeFeedPage(ScopedFormPage):
    """An address for one's calendar program; the answer shows it, once."""

    permission = Permission.VIEW_OBLIGATION
    form_class = FeedForm
    title = _("Make a calendar address")
    submit_label = _("Make the address")
    consequence = _(
        "Whoever knows the address reads what you may see of what is due, without signing in. Revoke it when a device is lost."
    )

    def get_form_kwargs(self):
        scope = reach_of(self.actor, self.permission)
        self.units = {f"unit:{unit.public_id}": unit for unit in Unit.objects.filter(pk__in=scope.unit_ids)}
        held, known = {area.area_id for area in scope.areas}, areas_by_id()
        cities = {area.area_id for area in scope.areas if area.kind == AreaKind.CITY}
        kinds = (AreaKind.DISTRICT, AreaKind.MANAGEMENT)
        self.areas = {
            f"area:{area.code}": area
            for area in known.values()
            if area.pk in held or (area.kind in kinds and area.city_id in cities)
        }
        return {"scopes": [(value, str(row)) for value, row in {**self.units, **self.areas}.items()]}

    def cancel_url(self):
        return reverse("compliance:feeds")

    def post(self, request, **_kwargs):
        """Not once per form: a kept answer would keep the address. A second click makes a second address, to be revoked."""
        return self._work("")

    def save(self, form):
        chosen = form.cleaned_data["scope"]
        unit, area = self.units.get(chosen), self.areas.get(chosen)
        whole = area is not None and area.kind in (AreaKind.DISTRICT, AreaKind.MANAGEMENT)
        made = make_feed(
            name=form.cleaned_data["name"],
            where=Where(unit=unit, district=area if whole else None, area=None if whole else area),
            language=translation.get_language(),
            by=self.actor,
            at=self.at,
        )
        url = self.request.build_absolute_uri(reverse("compliance:feed", args=[made.token]))
        return render(self.request, "compliance/feed_made.html", {"title": self.title, "feed": made.feed, "url": url})


class RevokeFeedPage(ScopedPage):
    """From now on the address leads nowhere."""

    permission = Permission.VIEW_OBLIGATION
    http_method_names = ["post"]

    def post(self, request, public_id):
        feed = get_visible(CalendarFeed.objects.all(), public_id, actor=self.actor, view=self.permission)
        revoke_feed(feed=feed, by=self.actor, at=self.at)
        messages.success(request, _("The address leads nowhere any more."))
        return HttpResponseRedirect(reverse("compliance:feeds"))


@method_decorator(login_not_required, name="dispatch")
class FeedView(View):
    """RFC 5545 for whoever brings a token: what its person may see now. Anything else is the same 404."""

    http_method_names = ["get", "head"]

    def get(self, request, token):
        at = clock.now()
        feed = CalendarFeed.objects.in_force().filter(token_hash=hash_of(token)).select_related("user", "unit").first()
        actor = actor_again(ActorKind.PERSON, str(feed.user.public_id), None, at) if feed is not None else None
        if actor is None or not may(actor, Permission.VIEW_OBLIGATION):
            raise Http404
        note_use(feed=feed, by=actor, at=at)
        with translation.override(feed.language):
            return _feed(request, feed, actor, local_date(at))


def _feed(request, feed: CalendarFeed, actor, today: dt.date) -> HttpResponse:
    where = where_of_feed(feed)
    back, ahead = FEED_DAYS
    events = events_of(rows_of(actor, where), today - dt.timedelta(days=back), today + dt.timedelta(days=ahead))
    digest = hashlib.sha256(repr((feed.pk, feed.name, feed.language, events)).encode()).hexdigest()[:32]
    etag = f'"{digest}"'
    answer = (
        HttpResponse(status=304)
        if etag in _asked(request)
        else HttpResponse(content_type="text/calendar; charset=utf-8")
    )
    answer["ETag"], answer["Cache-Control"] = etag, "private, no-cache"
    if answer.status_code == 200:
        answer.content = written(request, feed, where, events)
        answer["Content-Disposition"] = 'inline; filename="due.ics"'
    return answer


def _asked(request) -> set[str]:
    """The tags of If-None-Match, weak ones as well."""
    return {tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")}


def where_of_feed(feed: CalendarFeed) -> Where:
    area = areas_by_id().get(feed.area_id)
    if area is None or area.kind not in (AreaKind.DISTRICT, AreaKind.MANAGEMENT):
        return Where(unit=feed.unit, area=area if area is None or area.kind != AreaKind.CITY else None)
    return Where(district=area)


def written(request, feed: CalendarFeed, where: Where, events) -> bytes:
    """The calendar as a file: one event of a whole day for each day and kind, under a name that never changes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Nanjing Smart Elevator Platform//due//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", feed.name)
    for event in events:
        calendar.add_component(_event(request, feed, where, event))
    return calendar.to_ical()


def _event(request, feed: CalendarFeed, where: Where, event) -> IcsEvent:
    made = IcsEvent()
    uid = f"{feed.public_id}-{event.day:%Y%m%d}-{event.kind}"
    made.add("uid", f"{uid}-apply" if event.to_apply else uid)
    made.add("dtstamp", feed.created_at.replace(microsecond=0))  # of no reading, so that the same stays the same
    made.add("dtstart", event.day)
    made.add("dtend", event.day + ONE)
    words = gettext("Apply by: %(what)s (%(count)s)") if event.to_apply else gettext("Last day: %(what)s (%(count)s)")
    made.add("summary", words % {"what": event.label, "count": event.number})
    link = request.build_absolute_uri(
        address("obligations", [*where.parameters, ("on", str(event.day)), ("kind", event.kind)])
    )
    more = event.number - len(event.codes)
    words = "\n".join(
        [*event.codes, *([gettext("and %(count)s more") % {"count": more}] if more and event.codes else []), link]
    )
    made.add("description", words)
    made.add("url", link)
    made.add("transp", "TRANSPARENT")
    return made
