"""Base classes of the REST face: scope, permission, access log, idempotency and ETags in one place each."""

from django.http import HttpResponse
from rest_framework import generics, mixins, viewsets
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from common import clock
from common.api.problems import KeyRequired, PreconditionRequired
from common.audit import record_access
from common.errors import Changed
from common.idempotency import digest_of, fit_for_key, run_once
from common.scoping import get_visible, require


class ScopedMixin:
    """Rows only through `visible_to(actor, permission)`.

    A subclass names `queryset`, `order` (keyset), `view_permission`, and `permissions` for actions that need another.
    """

    queryset = None
    object_queryset = None  # for one row, where that is better read another way than a list (joins, not look-ups)
    order: tuple[str, ...] = ("-id",)
    view_permission = None
    permissions: dict = {}
    set_actions: tuple[str, ...] = ()  # actions on rows that the body names
    lookup_field = "public_id"
    access_logged = True

    @property
    def actor(self):
        return self.request.actor

    @property
    def at(self):
        return clock.now()

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        # about rows: whoever may not change them still learns 404 from a foreign id, as when looking
        about_rows = self.lookup_field in self.kwargs or getattr(self, "action", None) in self.set_actions
        require(request.actor, self.view_permission if about_rows else self.required_permission)

    @property
    def required_permission(self):
        return self.permissions.get(getattr(self, "action", None), self.view_permission)

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.all().visible_to(self.actor, self.required_permission)

    def get_object(self):
        """The row of the address: 404 unless seen, 403 unless the action's permission covers it."""
        rows = self.queryset if self.object_queryset is None else self.object_queryset
        row = get_visible(
            rows.all(),
            self.kwargs[self.lookup_field],
            actor=self.actor,
            view=self.view_permission,
            change=self.required_permission,
        )
        if self.access_logged:
            self.log_access(row)
        return row

    def log_access(self, row):
        record_access(subject_type=row._meta.label_lower, subject_id=str(row.public_id), via="api", by=self.actor)


class IdempotentPostMixin:
    """Every POST needs an Idempotency-Key; the work and its stored answer are one transaction."""

    idempotent = True

    def dispatch(self, request, *args, **kwargs):
        if request.method != "POST":
            return super().dispatch(request, *args, **kwargs)
        key = request.headers.get("Idempotency-Key", "")
        actor = getattr(request, "actor", None)
        if actor is None or not fit_for_key(key):
            self.key_missing = True
            return super().dispatch(request, *args, **kwargs)
        return run_once(
            actor=actor,
            key=key,
            digest=digest_of(request.method.encode(), request.get_full_path().encode(), request.body),
            work=lambda: super(IdempotentPostMixin, self).dispatch(request, *args, **kwargs).render(),
            keep=self._keep,
            replay=lambda row: self._replay(row, request, *args, **kwargs),
        )

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if getattr(self, "key_missing", False):
            raise KeyRequired

    @staticmethod
    def _keep(response):
        if response.status_code >= 400:
            return None
        headers = {name: response[name] for name in ("Content-Type", "Location", "ETag") if name in response}
        return response.status_code, response.content, headers

    def _replay(self, row, request, *args, **kwargs):
        """A kept answer is an answer: whoever lost the permission since, or still owes a code, does not get it again."""
        person = request.user
        try:
            self.perform_authentication(self.initialize_request(request, *args, **kwargs))
        except APIException:
            request.user = person  # whom that has made nobody
            return super().dispatch(request, *args, **kwargs).render()  # refused in its words before anything is done
        action = getattr(self, "action_map", {}).get("post")
        require(request.actor, self.permissions.get(action, self.view_permission))
        response = HttpResponse(bytes(row.body), status=row.status, headers=row.headers)
        response["Idempotency-Replayed"] = "true"
        return response


class MatchedChangeMixin:
    """ETag on reads; a change must name the version it read. The model keeps `version`."""

    matched = True

    @staticmethod
    def etag_of(row) -> str:
        return f'"{row.version}"'

    def retrieve(self, request, *args, **kwargs):
        row = self.get_object()
        etag = self.etag_of(row)
        if request.headers.get("If-None-Match") == etag:
            return HttpResponse(status=304, headers={"ETag": etag})
        return self.answer(row)

    def expected_version(self, row) -> int:
        """The version that the caller read. Raises 428 without If-Match, Changed when it is not the present one."""
        given = self.request.headers.get("If-Match")
        if not given:
            raise PreconditionRequired
        if given.strip() not in (self.etag_of(row), "*"):
            raise Changed
        return row.version

    def answer(self, row, *, status=200, headers=None):
        """The row as this endpoint shows it, with its ETag."""
        return Response(
            self.get_serializer(row).data, status=status, headers={"ETag": self.etag_of(row), **(headers or {})}
        )


class ScopedListView(ScopedMixin, generics.ListAPIView):
    """A list endpoint alone."""


class ScopedReadOnlyViewSet(ScopedMixin, viewsets.ReadOnlyModelViewSet):
    """List and detail."""


class ScopedViewSet(
    MatchedChangeMixin,
    IdempotentPostMixin,
    ScopedMixin,
    mixins.ListModelMixin,
    viewsets.GenericViewSet,
):
    """List, detail, create and change; `create` and `partial_update` of a subclass call one action each."""
