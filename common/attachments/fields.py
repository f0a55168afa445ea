"""A form field for several files: cleans to what was sent, or, on a page that keeps files, to attachments."""

from django import forms
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

MOST_FILES = 10  # in one field
ACCEPTED = ".pdf,.jpg,.jpeg,.png,.webp,.heic,.heif"


class FilesInput(forms.FileInput):
    """`kept`: attachments that came with an earlier try of this form, each with a tick (common.attachments.pages)."""

    allow_multiple_selected = True
    kept = ()

    def render(self, name, value, attrs=None, renderer=None):
        field = super().render(name, value, attrs, renderer)
        if not self.kept:
            return field
        rows = format_html_join(
            "",
            '<label class="choice"><input type="checkbox" name="{}_kept" value="{}" checked> <span>{}</span></label>',
            ((name, row.public_id, row.name) for row in self.kept),
        )
        words = _("Here already. Untick what should be left out; what you choose below is added.")
        return format_html('<div class="kept-files"><p class="help">{}</p>{}</div>{}', words, rows, field)


class AttachmentsField(forms.FileField):
    """Cleans to a list of uploaded files, at most `most` of them; to a list of attachments once `receive` was called."""

    widget = FilesInput
    keeps = False

    def __init__(self, *, most: int = MOST_FILES, **options):
        words = _("PDF or photographs (JPEG, PNG, WebP, HEIC), each up to {megabytes} MB, at most {most} files.")
        megabytes = settings.ATTACHMENT_MAX_BYTES >> 20
        options.setdefault("help_text", format_lazy(words, megabytes=megabytes, most=most))
        super().__init__(widget=FilesInput(attrs={"accept": ACCEPTED}), allow_empty_file=True, **options)
        self.most = most

    def receive(self, kept: list, refused: list[str]) -> None:
        """`kept` are attachments of this try and earlier ones; `refused` says of each other file why."""
        self.keeps, self.kept, self.refused = True, kept, refused
        self.widget.kept = kept

    def clean(self, data, initial=None):
        files = [each for each in (data if isinstance(data, list | tuple) else [data]) if each]
        if max(len(files), len(self.kept) if self.keeps else 0) > self.most:
            raise forms.ValidationError(_("At most %(most)s files at once.") % {"most": self.most}, code="too-many")
        if self.keeps:
            if self.refused:
                raise forms.ValidationError(self.refused, code="refused")
            if self.required and not self.kept:
                raise forms.ValidationError(self.error_messages["required"], code="required")
            return list(self.kept)
        if not files:
            return [super().clean(None, initial)] if self.required else []
        return [super(AttachmentsField, self).clean(each, initial) for each in files]
