"""Naming an elevator by its code in a form."""

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.models import Elevator
from registry.queries import elevators_with_code


class ElevatorCodeField(forms.CharField):
    """Cleans to the one elevator with this code among those on which `permission` may be used; `actor` is set by the form."""

    actor = None

    def __init__(self, *, permission, **options):
        options = {"label": _("Elevator"), "max_length": 40, **options}
        options.setdefault("help_text", _("Its six digits, or another code that stands in the register."))
        super().__init__(**options)
        self.permission = permission

    def clean(self, value) -> Elevator:
        found = elevators_with_code(super().clean(value), actor=self.actor, permission=self.permission)
        rows = list(found.select_related("site")[:2])
        if len(rows) != 1:
            raise forms.ValidationError(
                _("No elevator that you see has this code. Compare it with the plate in the car.")
                if not rows
                else _("Several elevators have this code. Give another one of its codes.")
            )
        return rows[0]
