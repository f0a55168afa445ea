from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry"

    def ready(self):
        from common.hooks import DEADLINE_HANDLERS, LEDGERS
        from registry.actions.responsibilities import REFRESH, refresh_due

        DEADLINE_HANDLERS.register(REFRESH, refresh_due)
        LEDGERS.register("registry.life_events", _life_events)


def _life_events():
    from registry.models import LifeEvent

    return LifeEvent
