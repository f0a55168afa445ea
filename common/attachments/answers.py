"""Handing a file out: the clean copy, to whoever the caller has let through, noted in the access log."""

import hashlib
from io import BytesIO

from django.http import FileResponse
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.attachments.choices import AttachmentState
from common.attachments.names import harmless_name
from common.attachments.store import COPIES, path_of
from common.audit import record_access
from common.errors import Refusal
from common.models.attachments import Attachment


class AttachmentGone(Refusal):
    code = "attachment-gone"
    status = 410
    message = _("This file is no longer kept.")


class AttachmentDamaged(Refusal):
    code = "attachment-damaged"
    status = 410
    message = _("This file is not what it was when it was kept. Tell the operator of the platform.")


def answer_attachment(attachment: Attachment, *, by: Actor, via: str) -> FileResponse:
    """The clean copy as a download. The caller has asked whether `by` may see the row that keeps it.

    Raises AttachmentGone, AttachmentDamaged (the bytes are not those that were written).
    """
    if attachment.state == AttachmentState.REMOVED:
        raise AttachmentGone
    try:
        content = path_of(COPIES, attachment.public_id).read_bytes()
    except FileNotFoundError as error:
        raise AttachmentGone from error
    if hashlib.sha256(content).hexdigest() != attachment.copy_sha256:
        raise AttachmentDamaged
    record_access(subject_type="common.attachment", subject_id=str(attachment.public_id), via=via, by=by)
    response = FileResponse(
        BytesIO(content),
        as_attachment=True,
        filename=harmless_name(attachment.name, attachment.copy_media_type),
        content_type=attachment.copy_media_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    # should a browser show it after all, it is nobody's page and may do nothing
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
