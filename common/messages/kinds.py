"""What an app may say: each kind of message with its words, registered at common.hooks.MESSAGE_KINDS."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.hooks import MESSAGE_KINDS
from common.messages.choices import Group

TEST, DIGEST = "common.test", "common.digest"
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class MessageKind:
    """`title` and `body` are translated sentences with `%(name)s` for the parameters: words lie in code and catalogue, a row
    holds plain values, so each reader has their own language and nobody's free text travels."""

    label: str | Promise
    group: str
    title: str | Promise
    body: str | Promise = ""

    @property
    def names(self) -> set[str]:
        """The parameters that the words need."""
        return set(_PLACEHOLDER.findall(f"{self.title} {self.body}"))


def kind_of(key: str) -> MessageKind | None:
    """The kind, or None for one whose app has gone."""
    return MESSAGE_KINDS[key]() if key in MESSAGE_KINDS else None


def label_of(key: str) -> str:
    kind = kind_of(key)
    return kind.label if kind else key


def trial_kind() -> MessageKind:
    return MessageKind(
        _("test of a webhook"),
        Group.NEWS,
        _("Test of the webhook “%(name)s”"),
        _("Whoever reads this has received it."),
    )


def digest_kind() -> MessageKind:
    return MessageKind(
        _("daily summary"),
        Group.NEWS,
        _("New messages: %(count)s"),
        _("Sign in to the elevator platform to read them."),
    )
