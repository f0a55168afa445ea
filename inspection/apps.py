from django.apps import AppConfig


class InspectionConfig(AppConfig):
    name = "inspection"

    def ready(self):
        from common.hooks import ACTION_LABELS
        from compliance.signals import PLANNERS
        from inspection.choices import action_labels
        from inspection.queries import inspection_planner

        ACTION_LABELS.register("inspection", action_labels)
        PLANNERS.register("inspection", inspection_planner)
