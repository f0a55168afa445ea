from django.apps import AppConfig


class InspectionConfig(AppConfig):
    name = "inspection"

    def ready(self):
        from compliance.signals import PLANNERS
        from inspection.queries import inspection_planner

        PLANNERS.register("inspection", inspection_planner)
