from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self):
        from common.hooks import ACTION_LABELS, SWEEPS
        from compliance import sweeps
        from compliance.choices import action_labels

        ACTION_LABELS.register("compliance", action_labels)
        SWEEPS.register("compliance.plan", sweeps.planning, order=10)
        SWEEPS.register("compliance.steps", sweeps.stepping, order=20)
        SWEEPS.register("compliance.escalations", sweeps.escalating, order=30)
