from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self):
        from common.hooks import NAV_ITEMS
        from portal.views import scan

        NAV_ITEMS.register("portal.scan", scan.navigation, order=12)
