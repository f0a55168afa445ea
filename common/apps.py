from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
    verbose_name = "Common"

    def ready(self):
        from common import checks, readiness  # noqa: F401 - registers the system checks

        readiness.register()
