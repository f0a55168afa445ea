"""The keys that sign plates: {key id: key}, from the settings; the last one signs, all of them read (decision 0011)."""

from collections.abc import Mapping

from django.conf import settings


def plate_keys() -> Mapping[str, bytes]:
    return settings.PLATE_KEYS


def current_key_id() -> str:
    return next(reversed(settings.PLATE_KEYS))
