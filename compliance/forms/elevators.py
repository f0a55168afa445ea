"""Naming an elevator by its code, or by the nameplate in its car, in a form."""

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.models import Elevator
from registry.queries import elevators_with_code
from registry.queries.plates import plate_meant


class ElevatorCodeField(forms.CharField):
    """Cleans to the one elevator with this code, or whose plate was scanned, among those on which `permission` may be used;
    `actor` is set by the form."""

    actor = None

    def __init__(self, *, permission, **options):
        options = {"label": _("Elevator"), "max_length": 400, **options}  # as long as a scanned link may be
        options.setdefault("help_text", _("Its six digits, or another code that stands in the register."))
        super().__init__(**options)
        self.permission = permission

    def clean(self, value) -> Elevator | None:
        text = super().clean(value)
        if text in self.empty_values:
            return None  # of a field that may be empty
        rows = list(self._meant(text).select_related("site")[:2])
        if len(rows) != 1:
            raise forms.ValidationError(
                _("No elevator that you see has this code. Compare it with the plate in the car.")
                if not rows
                else _("Several elevators have this code. Give another one of its codes.")
            )
        return rows[0]

    def _meant(self, text: str):
        """A plate of ours means its own elevator and no other, whatever its digits are elsewhere."""
        if (plate := plate_meant(text)) is not None:
            return Elevator.objects.visible_to(self.actor, self.permission).filter(pk=plate.elevator_id)
        return elevators_with_code(text, actor=self.actor, permission=self.permission)
