from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """Ways out of the platform. The inbox is none of them: it is the message's own row, there at once."""

    SMS = "SMS", _("text message")
    EMAIL = "EMAIL", _("e-mail")
    WEBHOOK = "WEBHOOK", _("webhook")


# A person chooses among these; a unit's programs are reached by webhook alone.
PERSONAL = (Channel.SMS, Channel.EMAIL)


class Group(models.TextChoices):
    """What people choose channels for: kinds of messages that belong together."""

    ALERT = "ALERT", _("alerts and what is overdue")
    DUE = "DUE", _("what will be due")
    DECISION = "DECISION", _("answers and decisions")
    NEWS = "NEWS", _("everything else")


class DeliveryState(models.TextChoices):
    DIGEST = "DIGEST", _("waits for the daily summary")
    GATHERED = "GATHERED", _("told in the daily summary")
    QUEUED = "QUEUED", _("waiting")
    ACCEPTED = "ACCEPTED", _("taken over for delivery")
    DELIVERED = "DELIVERED", _("delivered")
    GIVEN_UP = "GIVEN_UP", _("given up")


class Reason(models.TextChoices):
    """Why an attempt failed, in one word that holds nothing of anybody's answer."""

    NO_ADDRESS = "no-address", _("the person has no such address")
    UNREACHABLE = "unreachable", _("nobody answered")
    TIMEOUT = "timeout", _("the answer took too long")
    CERTIFICATE = "certificate", _("the certificate is not valid")
    FORBIDDEN_ADDRESS = "forbidden-address", _("the address leads into a network that the platform does not call")
    REDIRECT = "redirect", _("the answer leads elsewhere, which is not followed")
    STATUS = "status", _("the answer was not a success")
    GONE = "gone", _("the receiver says that it is gone")
    REFUSED = "refused", _("the provider refused it")
    UNDELIVERED = "undelivered", _("the provider could not deliver it")
    DISABLED = "disabled", _("the webhook was disabled")
    WORKER_DIED = "worker-died", _("the platform's worker died each time")
    BROKEN = "broken", _("an error of the platform")
