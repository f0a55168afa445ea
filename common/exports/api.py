"""Exports over REST: ask for one, watch it, fetch the file."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from common.api.views import IdempotentPostMixin, ScopedReadOnlyViewSet
from common.exports.actions import request_export
from common.exports.kinds import BadFilter, kind_of
from common.exports.pages import answer_file
from common.jobs import cancel_job
from common.models import Export, ExportFormat


class ExportSerializer(serializers.ModelSerializer):
    """An export and how far it is. `state` is the job's, or REMOVED; `file` is there once it is written."""

    id = serializers.UUIDField(source="public_id")
    state = serializers.CharField()
    filters = serializers.ListField(
        source="parameters", child=serializers.ListField(child=serializers.CharField()), help_text="[[name, value], …]"
    )
    filters_in_words = serializers.ListField(
        source="filter_words", child=serializers.ListField(child=serializers.CharField())
    )
    columns = serializers.ListField(child=serializers.CharField())
    done = serializers.IntegerField(source="job.done")
    total = serializers.IntegerField(source="job.total", allow_null=True)
    error = serializers.CharField(source="job.error")
    rows = serializers.IntegerField(source="row_count", allow_null=True)
    bytes = serializers.IntegerField(source="byte_count", allow_null=True)
    file = serializers.SerializerMethodField()

    class Meta:
        model = Export
        fields = [
            "id",
            "kind",
            "format",
            "state",
            "filters",
            "filters_in_words",
            "columns",
            "done",
            "total",
            "error",
            "rows",
            "bytes",
            "created_at",
            "written_at",
            "expires_at",
            "file",
        ]
        read_only_fields = fields

    def get_file(self, export) -> str | None:
        if not export.available:
            return None
        return self.context["request"].build_absolute_uri(f"/api/v1/exports/{export.public_id}/file/")


class ExportInputSerializer(serializers.Serializer):
    """`filters` as in the list's address: {"area": "320106", …}; `columns` by name, all usual ones when left out."""

    kind = serializers.CharField(max_length=64)
    format = serializers.ChoiceField(choices=ExportFormat.choices)
    filters = serializers.DictField(child=serializers.CharField(max_length=400), required=False)
    columns = serializers.ListField(
        child=serializers.CharField(max_length=64), required=False, min_length=1, max_length=100
    )

    def validate(self, data):
        if unknown := set(self.initial_data) - set(self.fields):
            raise serializers.ValidationError(
                {name: ["This field does not exist or cannot be set here."] for name in sorted(unknown)},
                code="unknown-field",
            )
        return data


class ExportViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """The caller's own exports; others' do not exist (404). What may be in one is asked per kind, also when it is fetched."""

    queryset = Export.objects.select_related("job").defer("keys")
    serializer_class = ExportSerializer
    access_logged = False
    filter_backends = []

    @extend_schema(request=ExportInputSerializer, responses={201: ExportSerializer})
    def create(self, request):
        """Queue the writing of a list as the caller sees it now. Follow `state` until it is SUCCEEDED, then `file`."""
        given = ExportInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        filters = list(wanted.get("filters", {}).items())
        kept = kind_of(wanted["kind"]).kept(filters)
        for name, value in filters:
            if value and [name, value] not in kept:
                raise BadFilter(name=name, reason=_("The filter is not known here."))
        export = request_export(
            kind=wanted["kind"],
            format=wanted["format"],
            parameters=kept,
            columns=wanted.get("columns"),
            by=self.actor,
            at=self.at,
        )
        location = request.build_absolute_uri(f"{export.public_id}/")
        return Response(self.get_serializer(export).data, status=201, headers={"Location": location})

    @extend_schema(request=None, responses=ExportSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request, public_id=None):
        """Stop the writing; harmless when it has ended."""
        export = self.get_object()
        cancel_job(export.job, at=self.at)
        export.job.refresh_from_db()
        return Response(self.get_serializer(export).data)

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    @action(detail=True)
    def file(self, request, public_id=None):
        """The file. 409 while it is written, 410 when its days are over, 403 when the caller may no longer see all of it."""
        return answer_file(self.get_object(), by=self.actor, at=self.at, via="api")


app_name = "exports-api"
router = SimpleRouter(use_regex_path=True)
router.register("", ExportViewSet, basename="export")
urlpatterns = router.urls
