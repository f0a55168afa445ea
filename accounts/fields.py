"""Form fields about people's world that other apps' forms use too (part of this app's public face)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Area


class AreaSelect(forms.ModelChoiceField):
    """An area by its official code; subdistricts are named with the district that manages them."""

    def __init__(self, **options):
        rows = (
            Area.objects.in_pickers()
            .select_related("managing_district")
            .order_by("city__code", "managing_district__code", "code")
        )
        super().__init__(queryset=rows, to_field_name="code", **{"empty_label": _("choose an area"), **options})

    def label_from_instance(self, area):
        if area.managing_district_id in (None, area.pk):
            return str(area)
        return f"{area.managing_district} · {area}"
