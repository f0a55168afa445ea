"""A form field for several files. The form's page hands what it cleans to store_attachment."""

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

ACCEPTED = ".pdf,.jpg,.jpeg,.png,.webp,.heic,.heif"


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class AttachmentsField(forms.FileField):
    """Cleans to a list of uploaded files, at most `most` of them."""

    widget = FilesInput

    def __init__(self, *, most: int = 10, **options):
        words = _("PDF or photographs (JPEG, PNG, WebP, HEIC), each up to {megabytes} MB, at most {most} files.")
        megabytes = settings.ATTACHMENT_MAX_BYTES >> 20
        options.setdefault("help_text", format_lazy(words, megabytes=megabytes, most=most))
        super().__init__(widget=FilesInput(attrs={"accept": ACCEPTED}), allow_empty_file=True, **options)
        self.most = most

    def clean(self, data, initial=None):
        files = [each for each in (data if isinstance(data, list | tuple) else [data]) if each]
        if not files:
            return [super().clean(None, initial)] if self.required else []
        if len(files) > self.most:
            raise forms.ValidationError(_("At most %(most)s files at once.") % {"most": self.most}, code="too-many")
        return [super(AttachmentsField, self).clean(each, initial) for each in files]
