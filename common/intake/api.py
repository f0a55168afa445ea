"""Imports over REST: send a file, correct its shape, take or give a mapping, rehearse, run, pause, resume, take back."""

from dataclasses import fields as fields_of
from itertools import islice

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from common.api.views import IdempotentPostMixin, ScopedMixin, ScopedReadOnlyViewSet
from common.intake.api_serializers import (
    BatchSerializer,
    KindSerializer,
    MappingInputSerializer,
    RunInputSerializer,
    SavedMappingSerializer,
    ShapeSerializer,
    UploadInputSerializer,
    UploadSerializer,
    spec_from,
)
from common.intake.batch_pages import BATCHES, answer_errors
from common.intake.kinds import IMPORT_FILES, kind_named, kinds_for
from common.intake.reports import messages_of
from common.intake.runs import pause_import, resume_import, start_import
from common.intake.shapes import Shape
from common.intake.undo import start_undo
from common.intake.uploads import sample_of, save_mapping, set_shape, store_upload, table_of
from common.models.intake import SavedMapping, Upload
from common.scoping import get_visible

SAMPLE_ROWS = 20


class KindViewSet(ScopedMixin, viewsets.ViewSet):
    """What the caller may bring in, and what columns of it can mean."""

    view_permission = IMPORT_FILES

    @extend_schema(responses=KindSerializer(many=True))
    def list(self, request):
        """Every kind with its targets, their aliases and options."""
        return Response(KindSerializer(kinds_for(self.actor), many=True, context={"actor": self.actor}).data)


class UploadViewSet(ScopedReadOnlyViewSet):
    """Files that were sent. The same file again answers with the one that is there (so no Idempotency-Key is needed)."""

    queryset = Upload.objects.all()
    serializer_class = UploadSerializer
    view_permission = IMPORT_FILES
    access_logged = False
    filter_backends = []
    parser_classes = [MultiPartParser, *ScopedReadOnlyViewSet.parser_classes]

    @extend_schema(request={"multipart/form-data": UploadInputSerializer}, responses={201: UploadSerializer})
    def create(self, request):
        """Send a file as multipart/form-data: `kind` and `file`, at most 256 MB. Answers with the shape as it is guessed."""
        given = UploadInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        file = given.validated_data["file"]
        kind = kind_named(given.validated_data["kind"]).key
        upload = store_upload(content=file, name=file.name, kind=kind, by=self.actor, at=self.at)
        location = request.build_absolute_uri(f"{upload.public_id}/")
        return Response(self.get_serializer(upload).data, status=201, headers={"Location": location})

    @extend_schema(request=ShapeSerializer, responses=UploadSerializer)
    def partial_update(self, request, public_id=None):
        """Correct the shape: any of its parts. Refused (422) when the file makes no table like that."""
        upload = self.get_object()
        given = ShapeSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        stored = Shape.from_json(upload.shape)
        parts = {each.name: getattr(stored, each.name) for each in fields_of(stored)}
        shape = Shape(**{**parts, **given.corrections()})
        table_of(upload, shape)
        return Response(self.get_serializer(set_shape(upload=upload, shape=shape)).data)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True)
    def sample(self, request, public_id=None):
        """The header and the first rows as they are read now."""
        table = table_of(self.get_object())
        rows = [{"row": record.number, "cells": record.cells} for record in islice(table.beginning(), SAMPLE_ROWS)]
        return Response({"header": list(table.header), "rows": rows})

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True)
    def mapping(self, request, public_id=None):
        """A first guess of the mapping, how sure each column is, and the mappings declared in code that fit."""
        upload = self.get_object()
        kind, table = kind_named(upload.kind), table_of(upload)
        comma = Shape.from_json(upload.shape).decimal_comma
        guessed = kind.guess(table.header, sample_of(table), self.actor, decimal_comma=comma)
        return Response(
            {
                "spec": guessed.spec.as_json(),
                "columns": [
                    {
                        "header": c.header,
                        "target": c.target,
                        "confidence": c.confidence,
                        "rivals": list(map(list, c.rivals)),
                    }
                    for c in guessed.columns
                ],
                "shipped": {name: str(title) for name, title in kind.shipped(table.header).items()},
            }
        )


class MappingViewSet(IdempotentPostMixin, mixins.ListModelMixin, ScopedMixin, viewsets.GenericViewSet):
    """Mappings kept for the caller's unit (or person)."""

    queryset = SavedMapping.objects.all()
    serializer_class = SavedMappingSerializer
    view_permission = IMPORT_FILES
    filter_backends = []

    @extend_schema(request=MappingInputSerializer, responses={201: SavedMappingSerializer})
    def create(self, request):
        """Keep a mapping under a name; the same name is written over. `upload` says for which header."""
        given = MappingInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        upload = get_visible(Upload.objects.all(), given.validated_data["upload"], actor=self.actor, view=IMPORT_FILES)
        spec, header = spec_from(given.validated_data["spec"], upload), table_of(upload).header
        kind_named(spec.kind).compile(spec, header, self.actor, self.at)
        saved = save_mapping(
            name=given.validated_data["name"], spec=spec, header=list(header), by=self.actor, at=self.at
        )
        return Response(self.get_serializer(saved).data, status=201)


class ImportViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """Imports of the caller and of colleagues in the same unit, trial runs among them."""

    queryset = BATCHES
    serializer_class = BatchSerializer
    view_permission = IMPORT_FILES
    access_logged = False
    filter_backends = []

    @extend_schema(request=RunInputSerializer, responses={201: BatchSerializer})
    def create(self, request):
        """Rehearse (`dry_run`) or bring in a file as `spec` reads it. The same file and spec again is the same import."""
        given = RunInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        upload = get_visible(Upload.objects.all(), wanted["upload"], actor=self.actor, view=IMPORT_FILES)
        batch = start_import(
            upload=upload,
            spec=spec_from(wanted["spec"], upload),
            by=self.actor,
            at=self.at,
            dry_run=wanted["dry_run"],
            name=wanted["name"],
        )
        location = request.build_absolute_uri(f"{batch.public_id}/")
        return Response(self.get_serializer(batch).data, status=201, headers={"Location": location})

    def _verb(self, verb):
        return Response(self.get_serializer(verb(batch=self.get_object(), by=self.actor, at=self.at)).data)

    @extend_schema(request=None, responses=BatchSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request, public_id=None):
        """Stop after the rows in hand; what is in stays in."""
        return self._verb(pause_import)

    @extend_schema(request=None, responses=BatchSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request, public_id=None):
        """Go on where a paused or failed import stopped."""
        return self._verb(resume_import)

    @extend_schema(request=None, responses=BatchSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request, public_id=None):
        """Take back what nobody has touched since; `undo_result` names what was left."""
        return self._verb(start_undo)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True)
    def messages(self, request, public_id=None):
        """What was said cell by cell: at most the first 500, with the number of all."""
        batch = self.get_object()
        told = messages_of(batch, kind_named(batch.kind))
        return Response(
            {"total": batch.preview.get("messages_total", 0), "messages": [message._asdict() for message in told]}
        )

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    @action(detail=True)
    def errors(self, request, public_id=None):
        """The rows with something to say as CSV in the user's own columns, with a reason each. 410 before the end."""
        return answer_errors(self.get_object())


app_name = "imports-api"
router = SimpleRouter(use_regex_path=True)
router.register("kinds", KindViewSet, basename="kind")
router.register("uploads", UploadViewSet, basename="upload")
router.register("mappings", MappingViewSet, basename="mapping")
router.register("", ImportViewSet, basename="import")
urlpatterns = router.urls
