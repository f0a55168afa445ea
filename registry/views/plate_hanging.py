"""Hanging a plate: in an elevator that one stands in, or a plate that was scanned first."""

from csp.constants import WASM_UNSAFE_EVAL
from csp.decorators import csp_update
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.attachments.claims import AttachmentTaken
from common.attachments.store import store_attachment
from common.errors import Refusal
from common.models import Attachment
from common.scoping import get_visible
from common.views import ScopedFormPage, ScopedPicker
from registry.actions.plates import hang_plate
from registry.forms.plates import HangForm, HangFoundForm
from registry.models import Elevator
from registry.queries.elevators import code_condition
from registry.queries.search import find
from registry.views.changes import efile_url, named

# the scanner's decoder is compiled code; nothing else on these pages becomes a program
scanning = method_decorator(csp_update({"script-src": [WASM_UNSAFE_EVAL]}), name="dispatch")


class _HangingPage(ScopedFormPage):
    permission = Permission.HANG_PLATE
    template_name = "registry/plates/hang.html"
    title = _("Hang a nameplate")
    submit_label = _("Hang it")

    def get_form_kwargs(self):
        return {"initial": {"text": self.request.GET.get("text", "")[:400]}}

    def post(self, request, **kwargs):
        """The photograph is kept before anything is judged: nobody takes it twice because of a slip in another field."""
        self.sent, self.refused = None, None
        if file := request.FILES.get("photo"):
            try:
                self.sent = store_attachment(file, by=self.actor, at=self.at)
            except Refusal as refusal:
                self.refused = Refusal(refusal.message, field="photo")
        return super().post(request, **kwargs)

    def answer(self, **context):
        if getattr(self, "sent", None) is not None:
            context["form"].keep_photo(self.sent)
        return super().answer(**context)

    def hang(self, form, elevator):
        plate = hang_plate(elevator=elevator, photo=self.photo(form), by=self.actor, at=self.at, **form.values())
        words = _("Nameplate %(plate)s hangs in %(elevator)s.")
        messages.success(self.request, words % {"plate": plate, "elevator": named(elevator)})
        return HttpResponseRedirect(f"{efile_url(elevator)}#plate")

    def photo(self, form) -> Attachment:
        """The photograph that came with this form, else the one of an earlier try."""
        if self.refused is not None:
            raise self.refused
        if self.sent is not None:
            return self.sent
        mine = Attachment.objects.visible_to(self.actor).filter(public_id=form.cleaned_data["photo_kept"])
        if (kept := mine.first()) is None:
            raise AttachmentTaken(field="photo")
        return kept


@scanning
class HangPlatePage(_HangingPage):
    """Hang a plate in the elevator of this e-file."""

    view_permission = Permission.VIEW_ELEVATOR
    queryset = Elevator.objects.all()
    form_class = HangForm

    def get_context(self, **extra):
        return super().get_context(lead=named(self.object), **extra)

    def cancel_url(self):
        return f"{efile_url(self.object)}#plate"

    def save(self, form):
        return self.hang(form, self.object)


@scanning
class HangFoundPlatePage(_HangingPage):
    """A plate was scanned that hangs nowhere yet: say in which elevator it hangs now."""

    form_class = HangFoundForm

    def get_form_kwargs(self):
        initial = super().get_form_kwargs()["initial"]
        if wanted := self.request.GET.get("elevator", ""):
            seen = get_visible(Elevator.objects.all(), wanted, actor=self.actor, view=self.permission)
            initial["elevator"] = str(seen.public_id)
        return {"actor": self.actor, "initial": initial}

    def cancel_url(self):
        return reverse("registry:plates")

    def save(self, form):
        return self.hang(form, form.cleaned_data["elevator"])


class HangingPicker(ScopedPicker):
    """The elevators that one may hang plates in, by code, site, address or unit, as the search finds them."""

    permission = Permission.HANG_PLATE
    queryset = Elevator.objects.all()
    order = ("-pk",)
    parameter = "elevator"

    def matching(self, rows, text):
        if not text:
            return rows
        found = [elevator.pk for elevator in find(text, actor=self.actor, longest=self.longest).elevators]
        return rows.filter(Q(pk__in=found) | code_condition(text))

    def describe(self, row):
        return {"id": str(row.public_id), "label": row.main_code, "hint": named(row)}

    def suggest(self, row):
        typed = row.equipment_code or row.registration_code or str(row.public_id)
        return {"value": typed, "label": named(row)}
