"""Forms with files: what came is kept before anything else is judged, so that no slip elsewhere makes anybody send it again."""

from uuid import UUID

from common.attachments.fields import AttachmentsField
from common.attachments.store import store_attachment
from common.errors import Refusal
from common.models.attachments import Attachment


class KeepsFiles:
    """For a ScopedFormPage with AttachmentsFields: these clean to attachments, of this sending or of an earlier one.

    A browser sends a chosen file once. What was kept is named at the field with a tick: without the tick it is left out.
    """

    def post(self, request, **kwargs):
        self.sent, self.refused = {}, {}
        names = [name for name in request.FILES if isinstance(self._fields().get(name), AttachmentsField)]
        for name in names:
            files = request.FILES.getlist(name)
            for file in files[: self._fields()[name].most]:
                try:
                    self.sent.setdefault(name, []).append(store_attachment(file, by=self.actor, at=self.at))
                except Refusal as refusal:
                    words = f"{file.name}: {refusal.message}" if len(files) > 1 else str(refusal.message)
                    self.refused.setdefault(name, []).append(words)
        return super().post(request, **kwargs)

    def _fields(self) -> dict:
        return self.form_class.base_fields

    def get_form(self, data=None, files=None):
        form = super().get_form(data, files)
        if data is not None:
            for name, field in form.fields.items():
                if isinstance(field, AttachmentsField):
                    field.receive([*self._earlier(data, name), *self.sent.get(name, [])], self.refused.get(name, []))
        return form

    def _earlier(self, data, name: str) -> list[Attachment]:
        """Sent with an earlier try, still ticked, and their own."""
        ids = [key for key in data.getlist(f"{name}_kept") if _is_id(key)][:50]
        already = [row.pk for row in self.sent.get(name, [])]
        return list(
            Attachment.objects.visible_to(self.actor).filter(public_id__in=ids).exclude(pk__in=already).order_by("pk")
        )


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
