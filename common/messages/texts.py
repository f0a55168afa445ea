"""A message in words, in the language of whoever reads it."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import translation

from common.messages.kinds import kind_of


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    body: str


def text_of(message) -> Text:
    """In the language that is active; of a kind that no app knows any more, its name."""
    kind = kind_of(message.kind)
    if kind is None or kind.names - set(message.params):
        return Text(message.kind, "")
    return Text(str(kind.title) % message.params, str(kind.body) % message.params if kind.body else "")


def text_to_send(message) -> Text:
    """In the platform's own language: what leaves it has no reader's settings at hand."""
    with translation.override(settings.LANGUAGE_CODE):
        return text_of(message)
