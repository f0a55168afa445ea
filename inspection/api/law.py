"""Rows of law over REST, read only: they are set by two persons on pages."""

from rest_framework import serializers

from accounts.roles import Permission
from common.api.views import ScopedReadOnlyViewSet
from inspection.forms.law import LawFilter
from inspection.models import LawRow


class LawRowSerializer(serializers.ModelSerializer):
    """`columns`: the numbers of the row by name, dates as ISO text; `certainty`: V2 two sources, V1 one, P proposed, D our own
    decision, U not verified; `valid_to`: the first day on which it holds no more."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = LawRow
        fields = [
            "id",
            "section",
            "version",
            "area",
            "columns",
            "valid_from",
            "valid_to",
            "enabled",
            "source",
            "certainty",
        ]
        read_only_fields = fields


class LawRowViewSet(ScopedReadOnlyViewSet):
    """The law as dated rows: what is due is reckoned by them. A row that follows another leaves that one as it is."""

    queryset = LawRow.objects.all()
    serializer_class = LawRowSerializer
    filterset_class = LawFilter
    view_permission = Permission.VIEW_REPORT
    access_logged = False
