"""One box for everything: the page of results, and what is offered while somebody types."""

from itertools import groupby

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.hooks import SEARCH_PROVIDERS, SearchHit
from common.views import ScopedPage
from registry.queries import Found, find
from registry.rules.search import LONGEST_TEXT

ON_PAGE, WHILE_TYPING = 20, 5


class _Answers(ScopedPage):
    """What every provider finds, in groups; for whoever has signed in."""

    longest = ON_PAGE

    def hits(self) -> list[SearchHit]:
        text = self.request.GET.get("q", "")
        if not text.strip():
            return []
        return [hit for provider in SEARCH_PROVIDERS for hit in provider.answer(self.actor, text, self.longest)]

    def show(self, hits: list[SearchHit]):
        groups = [(label, list(inside)) for label, inside in groupby(hits, key=lambda hit: hit.group)]
        return self.answer(
            groups=groups,
            search_text=self.request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_TEXT],
            guessed=any(hit.guessed for hit in hits),
            full=any(len(inside) == self.longest for _label, inside in groups),
        )


class SearchPage(_Answers):
    """A code that only one thing has opens it at once."""

    title = _("Search")
    template_name = "registry/search.html"

    def get(self, request):
        hits = self.hits()
        exact = [hit for hit in hits if hit.exact]
        return redirect(exact[0].url) if len(exact) == 1 else self.show(hits)


class SuggestionsPage(_Answers):
    """The list under the box, asked for by htmx while somebody types."""

    template_name = "registry/_suggestions.html"
    longest = WHILE_TYPING

    def get(self, request):
        return self.show(self.hits())


def search_register(actor, text, longest) -> list[SearchHit]:
    """Elevators, sites and units (registered at common.hooks.SEARCH_PROVIDERS)."""
    found = find(text, actor=actor, longest=longest)
    folded = "".join(text.split()).upper()
    hits = [_elevator_hit(elevator, found) for elevator in found.elevators]
    hits += [_site_hit(site, found) for site in found.sites]
    return hits + [
        SearchHit(
            unit.name,
            reverse("accounts:unit", args=[unit.public_id]),
            f"{unit.get_kind_display()} · {unit.area}",
            group=_("Units"),
            exact=unit.credit_code == folded,
            guessed=found.guessed,
        )
        for unit in found.units
    ]


def _elevator_hit(elevator, found: Found) -> SearchHit:
    where = (elevator.site and elevator.site.name, elevator.building, elevator.internal_number, elevator.address)
    return SearchHit(
        elevator.main_code,
        reverse("registry:elevator", args=[elevator.public_id]),
        " · ".join(str(part) for part in (elevator.area, *where) if part),
        group=_("Elevators"),
        exact=found.exact,
        guessed=found.guessed,
    )


def _site_hit(site, found: Found) -> SearchHit:
    """A site has no page of its own: it opens the list of its elevators."""
    return SearchHit(
        site.name,
        f"{reverse('registry:elevators')}?site={site.public_id}",
        " · ".join(str(part) for part in (site.area, site.address) if part),
        group=_("Sites"),
        guessed=found.guessed,
    )
