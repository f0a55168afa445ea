"""Attachments over REST: send a file first, then name its id where it belongs."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from common.api.views import ScopedReadOnlyViewSet
from common.attachments.store import store_attachment
from common.models.attachments import Attachment


class AttachmentSerializer(serializers.ModelSerializer):
    """A file as it is kept. `media_type`, `size`, `sha256` are the original's; what is handed out is a copy without metadata."""

    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Attachment
        fields = [
            "id",
            "name",
            "media_type",
            "size",
            "sha256",
            "copy_media_type",
            "copy_size",
            "width",
            "height",
            "pages",
            "scan",
            "state",
            "received_at",
        ]
        read_only_fields = fields


class AttachmentInputSerializer(serializers.Serializer):
    file = serializers.FileField(max_length=255, allow_empty_file=True)


class AttachmentViewSet(ScopedReadOnlyViewSet):
    """Files that the caller sent and that belong to nothing yet; others do not exist (404). They are removed after two days."""

    queryset = Attachment.objects.all()
    serializer_class = AttachmentSerializer
    access_logged = False
    filter_backends = []
    parser_classes = [MultiPartParser, *ScopedReadOnlyViewSet.parser_classes]

    @extend_schema(request={"multipart/form-data": AttachmentInputSerializer}, responses={201: AttachmentSerializer})
    def create(self, request):
        """Send one file as multipart/form-data: PDF, JPEG, PNG, WebP or HEIC by its content, at most 25 MB.

        The same file again answers with the one that is there, so no Idempotency-Key is needed.
        """
        given = AttachmentInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        row = store_attachment(given.validated_data["file"], by=self.actor, at=self.at)
        location = request.build_absolute_uri(f"{row.public_id}/")
        return Response(self.get_serializer(row).data, status=201, headers={"Location": location})


app_name = "attachments-api"
router = SimpleRouter(use_regex_path=True)
router.register("", AttachmentViewSet, basename="attachment")
urlpatterns = router.urls
