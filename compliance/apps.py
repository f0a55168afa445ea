from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self):
        from common.hooks import (
            ACTION_LABELS,
            DEADLINE_HANDLERS,
            EXPORT_KINDS,
            HOME_PANELS,
            HOME_TILES,
            JOB_RUNNERS,
            NAV_ITEMS,
            RETENTION_KINDS,
            SWEEPS,
        )
        from compliance import message_kinds, sweeps
        from compliance.actions import complaint_news, complaint_retention, complaints, reminders
        from compliance.choices import action_labels
        from compliance.forms.duty_exports import KIND, duty_record_export
        from compliance.queries.events import event_words
        from compliance.queries.public import public_major_hazard
        from compliance.signals import NEXT_STEPS
        from compliance.views import bands, forwardings, hazards, home, late, pages, platforms, risk
        from compliance.views import complaints as complaint_pages
        from compliance.views.duties import home as duties
        from compliance.views.duties.steps import next_steps
        from registry.signals import EFILE_PANELS, ELEVATOR_MARKS, EVENT_WORDS, PUBLIC_FACTS

        ACTION_LABELS.register("compliance", action_labels)
        DEADLINE_HANDLERS.register(complaints.DEADLINE, complaints.fire_due)
        DEADLINE_HANDLERS.register(complaint_news.REMINDER, complaint_news.remind_due)
        RETENTION_KINDS.register("compliance.complaint_phones", complaint_retention.phones_of_complaints)
        SWEEPS.register("compliance.complaints", sweeps.moving_complaints, order=28)
        SWEEPS.register("compliance.forwarding", sweeps.forwarding, order=45)
        HOME_TILES.register("compliance.due", pages.tiles, order=15)
        NAV_ITEMS.register("compliance.due", pages.navigation, order=15)
        HOME_TILES.register("compliance.complaints", complaint_pages.tiles, order=17)
        HOME_TILES.register("compliance.forwardings", forwardings.tiles, order=18)
        NAV_ITEMS.register("compliance.platforms", platforms.navigation, order=75)
        NAV_ITEMS.register("compliance.complaints", complaint_pages.navigation, order=17)
        EFILE_PANELS.register("compliance.obligations", pages.obligation_panel, order=12)
        HOME_TILES.register("compliance.hazards", hazards.tiles, order=16)
        NAV_ITEMS.register("compliance.hazards", hazards.navigation, order=15)
        EFILE_PANELS.register("compliance.hazards", hazards.panel, order=13)
        EVENT_WORDS.register("compliance.events", event_words)
        PUBLIC_FACTS.register("compliance.major_hazard", public_major_hazard)
        SWEEPS.register("compliance.plan", sweeps.planning, order=10)
        EXPORT_KINDS.register(KIND, duty_record_export)
        HOME_TILES.register("compliance.duties", duties.tiles, order=5)
        NEXT_STEPS.register("compliance.duties", next_steps)
        NAV_ITEMS.register("compliance.duties", duties.navigation, order=16)
        SWEEPS.register("compliance.duties", sweeps.planning_duties, order=15)
        SWEEPS.register("compliance.waivers", sweeps.turning, order=18)
        SWEEPS.register("compliance.steps", sweeps.stepping, order=20)
        SWEEPS.register("compliance.hazards", sweeps.watching, order=25)
        SWEEPS.register("compliance.escalations", sweeps.escalating, order=30)
        HOME_TILES.register("compliance.risk", risk.tiles, order=14)
        NAV_ITEMS.register("compliance.risk", risk.navigation, order=15)
        EFILE_PANELS.register("compliance.risk", risk.panel, order=11)
        SWEEPS.register("compliance.risk", sweeps.rating, order=35)
        ELEVATOR_MARKS.register("compliance.risk", bands.risk_mark)
        ELEVATOR_MARKS.register("compliance.overdue", late.overdue_mark)
        SWEEPS.register("compliance.telling", sweeps.telling, order=40)
        HOME_PANELS.register("compliance.now", home.now_panel, order=5)
        JOB_RUNNERS.register(reminders.JOB, reminders.run_reminders)
        message_kinds.register()
