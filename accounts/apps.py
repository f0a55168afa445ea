from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from accounts.queries import actor_again
        from accounts.views import home
        from common.hooks import ACTORS, HOME_TILES, NAV_ITEMS, SEARCH_PROVIDERS, WHO_MAY

        ACTORS.register("accounts.people", actor_again)
        NAV_ITEMS.register("accounts.people", home.navigation, order=80)
        HOME_TILES.register("accounts.people", home.tiles, order=80)
        SEARCH_PROVIDERS.register("accounts.people", home.search, order=80)
        WHO_MAY.register("accounts.roles", home.who_may)
