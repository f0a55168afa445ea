"""Verbs on rows over REST: POST …/<id>/<verb>/. One mechanism for all of them.

    class AlertViewSet(VerbsMixin, ScopedReadOnlyViewSet):
        permissions = {"acknowledge": Permission.ACKNOWLEDGE_ALERT}

        @row_verb(takes=AcknowledgeSerializer, gives=AlertSerializer)
        def acknowledge(self, alert, **given):
            \"\"\"What callers read of it.\"\"\"
            return acknowledge_alert(alert_id=alert.pk, by=self.actor, at=self.at, **given)

404 unless the row is seen, 403 unless the verb's permission covers it, 428 is never asked: an If-Match is compared where it is
sent (412), as most verbs are harmless when repeated. The answer is the row as the endpoint shows it, with its ETag.
"""

from functools import wraps

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from common.api.fields import refuse_unknown
from common.api.views import IdempotentPostMixin
from common.errors import Changed


class VerbSerializer(serializers.Serializer):
    """What a verb takes: a misspelt field is named."""

    def validate(self, data):
        refuse_unknown(self)
        return data


class NothingSerializer(VerbSerializer):
    """A verb that takes no words."""


class VerbsMixin(IdempotentPostMixin):
    """For a scoped viewset of rows with verbs; every POST needs an Idempotency-Key."""

    def given(self, serializer) -> dict:
        """The checked body. Raises ValidationError."""
        filled = serializer(data=self.request.data, context=self.get_serializer_context())
        filled.is_valid(raise_exception=True)
        return dict(filled.validated_data)

    def shown(self, row, *, status: int = 200) -> Response:
        """The row read anew, with everything that the endpoint shows of it."""
        rows = self.queryset if self.object_queryset is None else self.object_queryset
        row = rows.all().get(pk=row.pk)
        headers = {"ETag": f'"{row.version}"'} if hasattr(row, "version") else {}
        return Response(self.get_serializer(row).data, status=status, headers=headers)

    def require_match(self, row) -> None:
        """Raises Changed when the caller read another version than the present one."""
        wanted = self.request.headers.get("If-Match", "").strip()
        if wanted and hasattr(row, "version") and wanted not in (f'"{row.version}"', "*"):
            raise Changed


def row_verb(
    *, takes: type[serializers.Serializer] = NothingSerializer, gives: type[serializers.Serializer], **options
):
    """Make `method(self, row, **given) → row` a verb; `options` are those of DRF's action."""

    def made(method):
        @extend_schema(request=takes, responses=gives)
        @action(detail=True, methods=["post"], **options)
        @wraps(method)
        def answer(self, request, **_address):
            row = self.get_object()
            self.require_match(row)
            return self.shown(method(self, row, **self.given(takes)))

        return answer

    return made
