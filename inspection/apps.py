from django.apps import AppConfig


class InspectionConfig(AppConfig):
    name = "inspection"

    def ready(self):
        from common.hooks import ACTION_LABELS, EXPORT_KINDS, HOME_TILES, NAV_ITEMS
        from compliance.signals import PLANNERS
        from inspection import message_kinds
        from inspection.choices import action_labels, application_labels, assessment_labels
        from inspection.forms import assessment_exports as exports
        from inspection.queries import inspection_planner
        from inspection.queries.public import public_inspection
        from inspection.views.assessments import home as assessments
        from inspection.views.efile import inspection_panel
        from registry.signals import EFILE_PANELS, PUBLIC_FACTS

        ACTION_LABELS.register("inspection", action_labels)
        PLANNERS.register("inspection", inspection_planner)
        ACTION_LABELS.register("inspection.applications", application_labels)
        EFILE_PANELS.register("inspection.inspections", inspection_panel, order=13)
        PUBLIC_FACTS.register("inspection.state", public_inspection)
        ACTION_LABELS.register("inspection.assessments", assessment_labels)
        HOME_TILES.register("inspection.assessments", assessments.tiles, order=18)
        NAV_ITEMS.register("inspection.assessments", assessments.navigation, order=18)
        EFILE_PANELS.register("inspection.assessment", assessments.assessment_panel, order=14)
        EXPORT_KINDS.register(exports.CASES, exports.case_export)
        EXPORT_KINDS.register(exports.WORKLIST, exports.worklist_export)
        message_kinds.register()
