from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self):
        from common.hooks import ACTION_LABELS, DEADLINE_HANDLERS, HOME_TILES, NAV_ITEMS, SWEEPS
        from compliance import sweeps
        from compliance.actions import complaints
        from compliance.choices import action_labels
        from compliance.views import complaints as complaint_pages
        from compliance.views import pages
        from registry.signals import EFILE_PANELS

        ACTION_LABELS.register("compliance", action_labels)
        DEADLINE_HANDLERS.register(complaints.DEADLINE, complaints.fire_due)
        HOME_TILES.register("compliance.due", pages.tiles, order=15)
        NAV_ITEMS.register("compliance.due", pages.navigation, order=15)
        HOME_TILES.register("compliance.complaints", complaint_pages.tiles, order=17)
        NAV_ITEMS.register("compliance.complaints", complaint_pages.navigation, order=17)
        EFILE_PANELS.register("compliance.obligations", pages.obligation_panel, order=12)
        SWEEPS.register("compliance.plan", sweeps.planning, order=10)
        SWEEPS.register("compliance.steps", sweeps.stepping, order=20)
        SWEEPS.register("compliance.hazards", sweeps.watching, order=25)
        SWEEPS.register("compliance.escalations", sweeps.escalating, order=30)
