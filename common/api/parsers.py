from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """JSON whose every text can be stored: no NUL, no half characters; nested no deeper than Python follows."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            data = super().parse(stream, media_type, parser_context)
            _require_storable(data)
        except (RecursionError, UnicodeEncodeError) as error:
            raise ParseError(_("The request could not be read.")) from error
        return data


def _require_storable(value) -> None:
    """Raise where PostgreSQL would: U+0000, or a surrogate without its other half (UnicodeEncodeError for both)."""
    if isinstance(value, str):
        if "\0" in value:
            raise UnicodeEncodeError("utf-8", value, value.index("\0"), value.index("\0") + 1, "NUL")
        value.encode()
    elif isinstance(value, dict):
        for key, inner in value.items():
            _require_storable(key)
            _require_storable(inner)
    elif isinstance(value, list):
        for inner in value:
            _require_storable(inner)
