"""Bands: the panel of an e-file, home tiles, the list with the worst first."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Permission
from common.hooks import NavItem, Panel, Tile
from common.scoping import may
from common.views import ScopedListPage
from compliance.choices import RiskBand
from compliance.forms import spoken_place
from compliance.forms.risk import RiskFilter
from compliance.models import RiskScore
from compliance.queries.risk import changes_of, counts_by_band, one_of_each, reasons_in_words
from compliance.queries.standing import with_elevators
from compliance.rules.risk import ALERT_KIND

COLOURS = {"RED": "danger", "ORANGE": "warning", "YELLOW": "attention", "GREEN": "ok", "NONE": "neutral"}


def navigation(actor) -> list[NavItem]:
    if not may(actor, Permission.VIEW_OBLIGATION):
        return []
    return [NavItem(_("Risk bands"), reverse("compliance:risk"))]


def tiles(actor, at) -> list[Tile]:
    """How many elevators of one's scope are red and orange. One statement; nothing where none is."""
    if not may(actor, Permission.VIEW_OBLIGATION):
        return []
    found, address = counts_by_band(actor), reverse("compliance:risk")
    words = (("RED", _("red: risk band")), ("ORANGE", _("orange: risk band")))
    return [
        Tile(label, found[band], f"{address}?band={band}", "", COLOURS[band]) for band, label in words if found[band]
    ]


def panel(actor, elevator, at) -> Panel | None:
    """The band of this elevator, why, and which it was in. Three statements where a hazard is among the reasons, else two."""
    if not may(actor, Permission.VIEW_OBLIGATION):
        return None
    score = RiskScore.objects.filter(elevator=elevator).first()
    if score is None:
        return None
    row, *changes = dressed([score, *changes_of(elevator)])
    named = {"row": row, "changes": changes}
    return Panel("risk", _("Risk band"), "compliance/panels/risk.html", named, aside=True)


def behind(alert) -> dict:
    """Of a standing alert of a band: the band, and of its reasons which hold it there and which would be left then.
    Two statements at most."""
    score = None
    if alert.kind == ALERT_KIND and not alert.resolved_at:
        score = RiskScore.objects.filter(elevator=alert.elevator_id).first()
    if score is None:
        return {}
    [row] = dressed([score], each=list)
    row.holding = [reason for reason in row.why if reason["band"] == row.band]
    row.left = [reason for reason in row.why if reason["band"] != row.band]
    row.then = RiskBand(row.left[0]["band"] if row.left else RiskBand.GREEN).label
    return {"risk": row}


def dressed(rows: list, *, each=one_of_each) -> list:
    for row, reasons in zip(rows, reasons_in_words(rows), strict=True):
        row.colour, row.why = COLOURS[row.band], each(reasons)
        for reason in reasons:
            reason["colour"] = COLOURS[reason["band"]]
    return rows


class RiskListPage(ScopedListPage):
    """The elevators that one sees, the worst first, with what makes it."""

    permission = Permission.VIEW_OBLIGATION
    template_name = "components/list_page.html"
    title = _("Risk bands")
    queryset = RiskScore.objects.rated()
    order = ("-score", "-id")
    filter_class = RiskFilter
    row_template = "compliance/_risk_row.html"
    caption = _("Elevators by risk band, the worst first")
    empty_text = _("No elevator that you see is rated yet.")
    columns = (
        {"label": pgettext_lazy("risk", "Band")},
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": pgettext_lazy("risk", "Why")},
        {"label": pgettext_lazy("risk", "Since")},
        {"label": _("Using unit"), "wide": True},
    )

    def dress(self, rows):
        dressed(with_elevators(rows))

    def spoken(self, name, field, given, rows):
        return spoken_place(name, given, self.actor) or super().spoken(name, field, given, rows)
