"""One's own messages over REST: the inbox, and marking as read. A machine has none; its unit's come by webhook."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from common.api.views import IdempotentPostMixin, ScopedReadOnlyViewSet
from common.messages.forms import MessageFilter
from common.messages.inbox import mark_read
from common.messages.texts import text_of
from common.models import Message


class MessageSerializer(serializers.ModelSerializer):
    """A message in the language of the request; `link` is an address of the platform, "" where it leads nowhere."""

    id = serializers.UUIDField(source="public_id")
    title = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = ["id", "kind", "title", "text", "params", "link", "emergency", "created_at", "read_at"]
        read_only_fields = fields

    def get_title(self, message) -> str:
        return text_of(message).title

    def get_text(self, message) -> str:
        return text_of(message).body


class MessageViewSet(IdempotentPostMixin, ScopedReadOnlyViewSet):
    """The caller's own inbox, newest first; `?unread=yes` for what has not been read. Others' messages do not exist (404)."""

    queryset = Message.objects.all()
    serializer_class = MessageSerializer
    filterset_class = MessageFilter
    access_logged = False

    @extend_schema(request=None, responses=MessageSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request, public_id=None):
        """Mark as read; harmless when it was."""
        message = self.get_object()
        mark_read(message=message, by=self.actor, at=self.at)
        message.refresh_from_db()
        return Response(self.get_serializer(message).data)


app_name = "messages-api"
router = SimpleRouter(use_regex_path=True)
router.register("", MessageViewSet, basename="message")
urlpatterns = router.urls
