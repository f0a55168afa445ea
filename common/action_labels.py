"""What the audit log's actions, and the ledgers themselves, are called on pages: each app names its own."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from common.hooks import ACTION_LABELS

OURS = {
    # records that the access log names
    "common.attachment": _("attached file"),
    "common.export": _("list taken out as a file"),
    "common.importbatch": _("import of a file"),
    "common.upload": _("file sent for an import"),
    "common.message": _("message of one's inbox"),
    "common.webhookendpoint": _("webhook of a unit"),
    "common.audit": _("audit log"),
    "common.access": _("access log"),
    "common.request_export": _("list taken out as a file"),
    "common.keep_attachment": _("attached file kept"),
    "common.pause_import": _("import paused"),
    "common.resume_import": _("import taken up again"),
    "common.undo_import": _("import undone"),
    "common.save_mapping": _("mapping of columns saved"),
    "common.rotate_personal_data": _("personal data sealed under a new key"),
    "common.create_webhook": _("webhook entered"),
    "common.change_webhook": _("webhook changed"),
    "common.rotate_webhook": _("webhook given another secret"),
    "common.disable_webhook": _("webhook disabled"),
    "common.test_webhook": _("webhook tried out"),
    "common.choose_messages": _("chosen how to be told"),
    "common.send_again": _("message sent again"),
    "common.set_calendar_day": _("day of the calendar set"),
    "common.remove_calendar_day": _("day of the calendar removed"),
    "common.remove_kept": _("removed as the days of keeping are over"),
}


def our_action_labels() -> dict:
    """Registered at common.hooks.ACTION_LABELS."""
    return OURS


def action_label(name: str):
    """The name in words; "" for one that nobody names."""
    for registration in ACTION_LABELS:
        if name in (labels := registration.answer()):
            return labels[name]
    return ""


def actions_called(text: str) -> list[str]:
    """Actions whose name has this text, in any of our languages: an export is written in the language of whoever asked."""
    found, wanted = set(), text.strip().lower()
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {
                name
                for registration in ACTION_LABELS
                for name, label in registration.answer().items()
                if wanted in str(label).lower()
            }
    return sorted(found) if wanted else []
