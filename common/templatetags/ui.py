"""Tags behind templates/components/: dates in words, grouped codes, honest counts, panels with a body.

The functions above the tags are plain and take `today` or `now`; only the tags read the clock, and only where the page
did not bring one.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django import template
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import citations, clock

register = template.Library()

SOON = 7  # days before a due date from which it presses


@dataclass(frozen=True)
class When:
    """A date as people need it: `iso` for the machine, `shown` to read, `relative` beside it, `press` late | soon | ''."""

    iso: str
    shown: str
    relative: str
    press: str = ""


def days_in_words(days: int) -> str:
    """Distance of a date from today: 'today', 'in 6 days', '3 days ago'; months from 60 days, years from 24 months."""
    if days == 0:
        return _("today")
    amount, ahead = abs(days), days > 0
    if amount < 60:
        words = (
            ngettext("in %(n)s day", "in %(n)s days", amount)
            if ahead
            else ngettext("%(n)s day ago", "%(n)s days ago", amount)
        )
    elif amount < 730:
        amount = round(amount / 30.44)
        words = (
            ngettext("in %(n)s month", "in %(n)s months", amount)
            if ahead
            else ngettext("%(n)s month ago", "%(n)s months ago", amount)
        )
    else:
        amount = round(amount / 365.25)
        words = (
            ngettext("in %(n)s year", "in %(n)s years", amount)
            if ahead
            else ngettext("%(n)s year ago", "%(n)s years ago", amount)
        )
    return words % {"n": amount}


def late_in_words(days: int) -> str:
    """How long something has been due: 'overdue 3 days'."""
    return ngettext("overdue %(n)s day", "overdue %(n)s days", days) % {"n": days}


def late_seconds_in_words(seconds: int) -> str:
    """The same within a day: 'overdue 5 min', 'overdue 2 h'."""
    if seconds < 3600:
        return _("overdue %(n)s min") % {"n": max(1, seconds // 60)}
    return _("overdue %(n)s h") % {"n": seconds // 3600}


def seconds_in_words(seconds: int) -> str:
    """Distance of a moment within a day: 'just now', '4 min ago', 'in 2 h'."""
    amount, ahead = abs(seconds), seconds > 0
    if amount < 60:
        return _("in under a minute") if ahead else _("just now")
    if amount < 3600:
        words = _("in %(n)s min") if ahead else _("%(n)s min ago")
        return words % {"n": amount // 60}
    words = _("in %(n)s h") if ahead else _("%(n)s h ago")
    return words % {"n": amount // 3600}


def describe(value: dt.date | dt.datetime, *, today: dt.date, now: dt.datetime, due: bool = False) -> When:
    """A date or a moment in the current time zone. With `due`, a past date is overdue and a near one presses."""
    if isinstance(value, dt.datetime):
        local = timezone.localtime(value)
        seconds = int((value - now).total_seconds())
        days = (local.date() - today).days
        iso, shown = local.isoformat(timespec="seconds"), local.strftime("%Y-%m-%d %H:%M")
        if due and seconds < 0:
            late = late_seconds_in_words(-seconds) if seconds > -86400 else late_in_words(-days)
            return When(iso, shown, late, "late")
        relative = seconds_in_words(seconds) if abs(seconds) < 86400 else days_in_words(days)
        return When(iso, shown, relative, "soon" if due and days <= 1 else "")
    days = (value - today).days
    if due and days < 0:
        return When(value.isoformat(), value.isoformat(), late_in_words(-days), "late")
    press = "soon" if due and days <= SOON else ""
    return When(value.isoformat(), value.isoformat(), days_in_words(days), press)


def group_code(code: str, size: int) -> list[str]:
    """'320100202611230001' by 4 -> ['3201', '0020', ...]; six digits go 3 + 3; a code with marks of its own stays whole."""
    code = str(code)
    if not code.isalnum() or len(code) <= 4:
        return [code]
    if len(code) == 6:
        size = 3
    return [code[at : at + size] for at in range(0, len(code), size)]


@register.simple_tag(takes_context=True)
def when(context, value, due=False):
    """{% when visit.due_on due=True as w %} -> a When, or None for no date."""
    if not value:
        return None
    return describe(value, today=context.get("today") or clock.today(), now=clock.now(), due=bool(due))


@register.simple_tag(takes_context=True)
def relative_date(context, value, due=False):
    """{% relative_date visit.due_on due=True %} -> 'overdue 3 days'."""
    found = when(context, value, due)
    return found.relative if found else ""


@register.simple_tag
def grouped(code, size=4):
    """{% grouped elevator.equipment_code %} -> groups set apart by style, so that a selected code pastes without blanks."""
    return format_html_join(
        mark_safe("<wbr>"), '<span class="group">{}</span>', ((part,) for part in group_code(code, int(size or 4)))
    )


@register.filter
def thousands(number):
    """12345 -> '12,345', in both languages: Django's own zh-hans format would group by four. Money keeps its two places."""
    return f"{number:,}" if isinstance(number, int | Decimal) else number


@register.filter
def capped(number, cap=10_000):
    """A count that stopped at the cap says so: '10,000+'. A `common.pagination.Count` already knows; an int is compared."""
    if number is None or number == "":
        return ""
    if not isinstance(number, int):
        return str(number)
    return f"{cap:,}+" if number > cap else f"{number:,}"


@register.filter
def cited(clause):
    """A stored clause ("特种设备安全法 art. 40") in the reader's language."""
    return citations.cited(str(clause or ""))


@register.filter
def certainty(marks):
    """How sure a source is, in words."""
    return citations.certainty_in_words(str(marks or ""))


@register.filter
def given_again(form):
    """Labels of what does not come back with a refused form: passwords, numbers to be sealed, files that nobody kept."""
    return " · ".join(str(field.label) for field in form.visible_fields() if _is_lost(form, field))


def _is_lost(form, field) -> bool:
    widget = field.field.widget
    if getattr(widget, "input_type", "") == "password" or not getattr(widget, "shown_again", True):
        return bool(field.data)
    sent = field.field.widget.needs_multipart_form and field.html_name in form.files
    return sent and not getattr(field.field.widget, "kept", ()) and not form.data.get(f"{field.html_name}_kept")


@register.simple_tag
def percent(part, whole):
    """0-100, rounded down: 100 means all of it, 0 none; between 0 and 1 and between 99 and 100 with one decimal."""
    if not whole:
        return 0
    share = 100 * (part or 0) / whole
    if 0 < share < 1 or 99 < share < 100:
        return max(0.1, int(share * 10) / 10)
    return min(100, int(share))


@register.simple_block_tag(takes_context=True)
def panel(context, content, title, anchor="", link_url="", link_label="", flush=False):
    """{% panel title=_("Next dates") anchor="dates" %}...{% endpanel %}: the same card as components/panel.html."""
    card = {
        "title": title,
        "anchor": anchor,
        "link_url": link_url,
        "link_label": link_label,
        "flush": flush,
        "body": content,
    }
    return get_template("components/panel.html").render(card)


SHAPES = {
    "danger": "M3.5 0h5L12 3.5v5L8.5 12h-5L0 8.5v-5z",  # octagon, as a stop sign
    "warning": "M6 .5 12 11.5H0z",  # triangle
    "attention": "M6 0l6 6-6 6-6-6z",  # diamond
    "ok": "M4.3 10.6.4 6.7l1.7-1.7 2.2 2.2 5.6-5.6 1.7 1.7z",  # tick
    "neutral": "M6 .5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zm0 2a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",  # ring
}


@register.simple_tag
def shape(state):
    """The outline that stands for a state, told apart without colour; an unknown state is neutral."""
    return format_html(
        '<svg class="shape" viewBox="0 0 12 12" aria-hidden="true" focusable="false"><path fill="currentColor" d="{}"/></svg>',
        SHAPES.get(state, SHAPES["neutral"]),
    )
