from django.db import models
from django.utils.translation import gettext_lazy as _


class MediaType(models.TextChoices):
    """What is accepted, found from the content; the name and what the browser says count for nothing."""

    JPEG = "image/jpeg", _("photograph (JPEG)")
    PNG = "image/png", _("picture (PNG)")
    WEBP = "image/webp", _("picture (WebP)")
    HEIC = "image/heic", _("photograph (HEIC)")
    PDF = "application/pdf", _("document (PDF)")


class AttachmentState(models.TextChoices):
    RECEIVED = "RECEIVED", _("sent, not kept anywhere yet")
    KEPT = "KEPT", _("kept")
    REMOVED = "REMOVED", _("removed")


class Sealing(models.TextChoices):
    """How the original is kept from everybody."""

    FILE_MODE = "FILE_MODE", _("readable by the platform alone")


class ScanState(models.TextChoices):
    NOT_SCANNED = "NOT_SCANNED", _("not scanned for viruses")
    CLEAN = "CLEAN", _("scanned, nothing found")
