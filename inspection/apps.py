from django.apps import AppConfig


class InspectionConfig(AppConfig):
    name = "inspection"

    def ready(self):
        from common.hooks import (
            ACTION_LABELS,
            EXPORT_KINDS,
            HOME_TILES,
            NAV_ITEMS,
            RETENTION_KINDS,
            SEARCH_PROVIDERS,
            SWEEPS,
        )
        from common.intake.kinds import IMPORT_KINDS
        from compliance.signals import NEXT_STEPS, PLANNERS
        from inspection import message_kinds, sweeps
        from inspection.actions.application_retention import phones_of_applications
        from inspection.actions.draft_retention import KEPT, abandoned_drafts, telling_drafts
        from inspection.actions.report_files import reports_kind
        from inspection.choices import action_labels, application_labels, assessment_labels
        from inspection.forms import assessment_exports as exports
        from inspection.queries import inspection_planner
        from inspection.queries.public import public_inspection
        from inspection.views import filing, reports, search
        from inspection.views.applications import lists
        from inspection.views.applications.steps import next_steps
        from inspection.views.assessments import home as assessments
        from inspection.views.efile import inspection_panel
        from inspection.views.filing_steps import next_steps as filing_steps
        from inspection.views.law import pages as law
        from inspection.views.tester_steps import next_steps as tester_steps
        from registry.signals import EFILE_PANELS, PUBLIC_FACTS

        ACTION_LABELS.register("inspection", action_labels)
        PLANNERS.register("inspection", inspection_planner)
        ACTION_LABELS.register("inspection.applications", application_labels)
        EFILE_PANELS.register("inspection.inspections", inspection_panel, order=13)
        IMPORT_KINDS.register("inspection.reports", reports_kind, order=40)
        PUBLIC_FACTS.register("inspection.state", public_inspection)
        message_kinds.register()
        NEXT_STEPS.register("inspection.applications", next_steps)
        NEXT_STEPS.register("inspection.filing", filing_steps)
        NEXT_STEPS.register("inspection.testers", tester_steps)
        HOME_TILES.register("inspection.applications", lists.tiles, order=16)
        NAV_ITEMS.register("inspection.applications", lists.navigation, order=16)
        NAV_ITEMS.register("inspection.reports", reports.navigation, order=14)
        HOME_TILES.register("inspection.drafts", filing.tiles, order=14)
        ACTION_LABELS.register("inspection.assessments", assessment_labels)
        HOME_TILES.register("inspection.assessments", assessments.tiles, order=18)
        NAV_ITEMS.register("inspection.assessments", assessments.navigation, order=18)
        NAV_ITEMS.register("inspection.law", law.navigation, order=19)
        EFILE_PANELS.register("inspection.assessment", assessments.assessment_panel, order=14)
        EXPORT_KINDS.register(exports.CASES, exports.case_export)
        EXPORT_KINDS.register(exports.WORKLIST, exports.worklist_export)
        RETENTION_KINDS.register("inspection.application_phones", phones_of_applications)
        SEARCH_PROVIDERS.register("inspection.numbers", search.search_numbers, order=20)
        RETENTION_KINDS.register(KEPT, abandoned_drafts)
        SWEEPS.register("inspection.drafts", telling_drafts, order=50)
        SWEEPS.register("inspection.gone", sweeps.ending_with_elevators, order=51)
        SWEEPS.register("inspection.law", sweeps.lapsing_proposals, order=52)
        HOME_TILES.register("inspection.law", law.tiles, order=19)
