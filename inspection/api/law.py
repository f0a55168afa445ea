"""Rows of law and what is proposed over REST, read only: they are set by two persons on pages."""

from rest_framework import serializers

from accounts.roles import Permission
from common.api.views import ScopedReadOnlyViewSet
from inspection.forms.law import LawFilter
from inspection.models import LawProposal, LawRow


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


class CountedSerializer(serializers.Serializer):
    """What was reckoned to follow when it was proposed: this year and the two that come. `concerned`, `looked_at`, `changed`:
    elevators; the others obligations: due sooner or later, new, gone; that may be done, or have their last day to apply, sooner
    or later. 0 of what was not counted yet when it was proposed."""

    concerned = serializers.IntegerField()
    looked_at = serializers.IntegerField()
    changed = serializers.IntegerField()
    new = serializers.IntegerField()
    gone = serializers.IntegerField()
    sooner = serializers.IntegerField()
    later = serializers.IntegerField()
    opens_sooner = serializers.IntegerField(default=0)
    opens_later = serializers.IntegerField(default=0)
    apply_sooner = serializers.IntegerField(default=0)
    apply_later = serializers.IntegerField(default=0)


class LawProposalSerializer(serializers.ModelSerializer):
    """`follows`: the row after which it would come; `row`: the one that it became, null while it waits or when it was ended;
    `lapsed`: its day passed before a second person decided."""

    id = serializers.UUIDField(source="public_id")
    follows = serializers.UUIDField(source="follows.public_id")
    row = serializers.UUIDField(source="row.public_id", default=None)
    counted = CountedSerializer()
    lapsed = serializers.BooleanField()

    class Meta:
        model = LawProposal
        fields = ["id", "follows", "version", "columns", "valid_from", "source", "certainty", "counted", "proposed_at"]
        fields += ["decided_at", "decided_note", "lapsed", "row"]
        read_only_fields = fields


class LawProposalViewSet(ScopedReadOnlyViewSet):
    """Rows of law that officers of the city propose, with what would follow: for those who may set the law."""

    queryset = LawProposal.objects.select_related("follows", "row")
    serializer_class = LawProposalSerializer
    view_permission = Permission.SET_LAW
    access_logged = False
