"""Pick lists of areas, units and people, each within what the asker may see."""

from django.db.models import Q

from accounts.models import Area, Unit, User
from accounts.roles import Permission
from common.views import ScopedPicker


class AreaPicker(ScopedPicker):
    """Areas by code or beginning of the name; public to everybody who has signed in."""

    queryset = Area.objects.in_pickers().select_related("managing_district")
    order = ("code",)
    parameter = "area"

    def matching(self, rows, text):
        begins = Q(code__startswith=text) | Q(name__startswith=text) | Q(name_en__istartswith=text)
        return rows.filter(begins) if text else rows

    def describe(self, row):
        district = row.managing_district
        return {"id": row.code, "label": str(row), "hint": str(district) if district and district != row else row.code}


class UnitPicker(ScopedPicker):
    """Open units by credit code or beginning of the name."""

    permission = Permission.VIEW_UNIT
    queryset = Unit.objects.filter(closed_on__isnull=True).select_related("area")
    order = ("name", "pk")
    parameter = "unit"

    def matching(self, rows, text):
        return rows.called(text) if text else rows

    def describe(self, row):
        hint = " · ".join([str(row.get_kind_display()), str(row.area)])
        return {"id": str(row.public_id), "label": row.name, "hint": hint}

    def suggest(self, row):
        return {"value": row.credit_code or str(row.public_id), "label": row.name}


class UserPicker(ScopedPicker):
    """Active people by sign-in name or beginning of the name."""

    permission = Permission.VIEW_USER
    queryset = User.objects.filter(is_active=True)
    order = ("display_name", "pk")
    parameter = "user"

    def matching(self, rows, text):
        return rows.called(text) if text else rows

    def describe(self, row):
        return {"id": str(row.public_id), "label": row.display_name, "hint": row.username}

    def suggest(self, row):
        return {"value": row.username, "label": row.display_name}
