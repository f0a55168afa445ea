from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = "Common"

    def ready(self):
        from common import checks, readiness  # noqa: F401 - registers the system checks
        from common.action_labels import our_action_labels
        from common.calendar import pages as calendar_pages
        from common.exports import pages, run
        from common.hooks import ACTION_LABELS, HOME_TILES, JOB_RUNNERS, MESSAGE_KINDS, NAV_ITEMS, RETENTION_KINDS
        from common.intake import pages as intake_pages
        from common.intake import undo, workers
        from common.messages import kinds
        from common.messages import pages as message_pages
        from common.messages.retention import old_messages
        from common.personal import rotation

        readiness.register()
        ACTION_LABELS.register("common", our_action_labels)
        JOB_RUNNERS.register(run.JOB_KIND, run.run_export)
        JOB_RUNNERS.register(workers.JOB_KIND, workers.run_import_job)
        JOB_RUNNERS.register(undo.JOB_KIND, undo.run_undo_job)
        JOB_RUNNERS.register(rotation.JOB_KIND, rotation.run_rotation)
        NAV_ITEMS.register("common.exports", pages.navigation, order=70)
        MESSAGE_KINDS.register(kinds.TEST, kinds.trial_kind)
        MESSAGE_KINDS.register(kinds.DIGEST, kinds.digest_kind)
        RETENTION_KINDS.register("common.messages", old_messages)
        HOME_TILES.register("common.messages", message_pages.tiles, order=90)
        NAV_ITEMS.register("common.messages", message_pages.navigation, order=40)
        NAV_ITEMS.register("common.sent_messages", message_pages.navigation_of_sent, order=90)
        NAV_ITEMS.register("common.calendar", calendar_pages.navigation, order=85)
        NAV_ITEMS.register("common.imports", intake_pages.navigation, order=60)
