"""The schema over HTTP. Not in schema.py, which REST framework reads before its views exist."""

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView


class SchemaView(SpectacularAPIView):
    """The schema, made once per language and format: it takes a second of a core, anybody may ask, and only a new
    version of the code changes it."""

    kept: dict[tuple[str, str], tuple[bytes, dict]] = {}

    @extend_schema(exclude=True)
    def get(self, request, *args, **kwargs):
        asked = request.GET.get("lang")
        language = asked if asked in dict(settings.LANGUAGES) else translation.get_language()
        key = (language, request.accepted_renderer.format)
        if key in self.kept:
            content, headers = self.kept[key]
            return HttpResponse(content, headers=headers)
        with translation.override(language):
            answer = self._get_schema_response(request)

        def keep(done) -> None:
            self.kept[key] = (done.content, {name: done[name] for name in ("Content-Type", "Content-Disposition")})

        answer.add_post_render_callback(keep)
        return answer
