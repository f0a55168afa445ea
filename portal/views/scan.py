"""The scanner of people at work: any nameplate opens what it is to them."""

from csp.constants import WASM_UNSAFE_EVAL
from csp.decorators import csp_update
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.hooks import NavItem
from common.scoped_page import ScopedPage
from common.scoping import may
from registry.queries.plates import text_scanned


def navigation(actor) -> list[NavItem]:
    return [NavItem(_("Scan plate"), reverse("portal:scan"))] if may(actor, Permission.VIEW_ELEVATOR) else []


@method_decorator(csp_update({"script-src": [WASM_UNSAFE_EVAL]}), name="dispatch")
class ScanPage(ScopedPage):
    """Reads a plate with the camera, or takes what somebody types, and goes where the plate leads."""

    permission = Permission.VIEW_ELEVATOR
    template_name = "portal/scan.html"
    title = _("Scan a nameplate")

    def get(self, request):
        typed = request.GET.get("text", "").strip()[:400]
        if not typed:
            return self.answer()
        text = text_scanned(typed)[:80].replace("/", "").replace("\\", "") or "-"
        return HttpResponseRedirect(reverse("portal:plate", args=[text]))
