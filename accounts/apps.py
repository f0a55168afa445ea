from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured

        from accounts.roles import ROLES

        if unknown := sorted(set(settings.SECOND_FACTOR_ROLES) - set(ROLES)):
            raise ImproperlyConfigured(f"SECOND_FACTOR_ROLES: {', '.join(unknown)} is no role (accounts/roles.py).")
        from accounts.actions.audit import JOB_KIND as VERIFY
        from accounts.actions.audit import run_verification
        from accounts.actions.import_people import people_kind
        from accounts.actions.import_units import units_kind
        from accounts.actions.retention import KINDS
        from accounts.choices import action_labels
        from accounts.forms.audit import KIND, audit_export
        from accounts.queries import actor_again, addresses_of_people, machine_again, unit_names
        from accounts.views import home
        from common.hooks import (
            ACTION_LABELS,
            ACTORS,
            ADDRESSES,
            EXPORT_KINDS,
            HOME_TILES,
            JOB_RUNNERS,
            NAV_ITEMS,
            RETENTION_KINDS,
            SEARCH_PROVIDERS,
            UNIT_NAMES,
            WHO_MAY,
        )
        from common.intake.kinds import IMPORT_KINDS

        IMPORT_KINDS.register("accounts.units", units_kind, order=80)
        IMPORT_KINDS.register("accounts.people", people_kind, order=81)
        EXPORT_KINDS.register(KIND, audit_export)
        JOB_RUNNERS.register(VERIFY, run_verification)
        for key, kind in KINDS.items():
            RETENTION_KINDS.register(key, kind)
        ACTORS.register("accounts.people", actor_again)
        ACTORS.register("accounts.machines", machine_again)
        ADDRESSES.register("PERSON", addresses_of_people)
        UNIT_NAMES.register("accounts.units", unit_names)
        NAV_ITEMS.register("accounts.people", home.navigation, order=80)
        HOME_TILES.register("accounts.people", home.tiles, order=80)
        SEARCH_PROVIDERS.register("accounts.people", home.search, order=80)
        ACTION_LABELS.register("accounts", action_labels)
        WHO_MAY.register("accounts.roles", home.who_may)
