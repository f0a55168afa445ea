from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry"

    def ready(self):
        from accounts.signals import UNIT_BLOCKERS, UNIT_FINDERS
        from common.hooks import (
            ACTION_LABELS,
            DEADLINE_HANDLERS,
            EXPORT_KINDS,
            HOME_PANELS,
            HOME_TILES,
            JOB_RUNNERS,
            LEDGERS,
            LISTS,
            NAV_ITEMS,
            SEARCH_PROVIDERS,
        )
        from common.intake.kinds import IMPORT_KINDS
        from registry.actions.handovers import EXPIRES, expire_due, run_change
        from registry.actions.handovers import JOB_KIND as CHANGES
        from registry.actions.import_kind import elevator_kind
        from registry.actions.import_responsibilities import responsibilities_kind
        from registry.actions.plate_sheets import run_plates
        from registry.actions.plates import JOB_KIND as PLATES
        from registry.actions.responsibilities import REFRESH, refresh_due
        from registry.actions.use_labels import JOB_KIND as USE_LABEL
        from registry.actions.use_labels import run_label
        from registry.choices import action_labels
        from registry.forms.exports import KIND, elevator_export
        from registry.queries import unit_blockers
        from registry.queries.disclosures import public_income
        from registry.queries.registrations import public_inspection_month
        from registry.queries.search import unit_keys
        from registry.signals import EFILE_PANELS, PLATE_SCREENS, PUBLIC_FACTS
        from registry.views import (
            climate,
            disclosures,
            documents,
            efile,
            handovers,
            home,
            keys,
            lists,
            plate_counts,
            plates,
            quality,
            registration_home,
            search,
            signal,
        )

        ACTION_LABELS.register("registry", action_labels)
        DEADLINE_HANDLERS.register(REFRESH, refresh_due)
        EXPORT_KINDS.register(KIND, elevator_export)
        IMPORT_KINDS.register("registry.elevators", elevator_kind, order=10)
        IMPORT_KINDS.register("registry.responsibilities", responsibilities_kind, order=20)
        JOB_RUNNERS.register(PLATES, run_plates)
        JOB_RUNNERS.register(CHANGES, run_change)
        DEADLINE_HANDLERS.register(EXPIRES, expire_due)
        JOB_RUNNERS.register(USE_LABEL, run_label)
        LEDGERS.register("registry.life_events", _life_events)
        UNIT_BLOCKERS.register("registry.responsibilities", unit_blockers)
        UNIT_FINDERS.register("registry.search", unit_keys)
        LISTS.register("registry.elevators", lists.elevator_list)
        NAV_ITEMS.register("registry.elevators", home.navigation, order=10)
        NAV_ITEMS.register("registry.plates", plates.navigation, order=25)
        NAV_ITEMS.register("registry.applications", registration_home.navigation, order=20)
        NAV_ITEMS.register("registry.keys", keys.navigation, order=27)
        NAV_ITEMS.register("registry.changes", handovers.navigation, order=22)
        NAV_ITEMS.register("registry.quality", quality.navigation, order=30)
        HOME_TILES.register("registry.states", home.tiles, order=10)
        HOME_TILES.register("registry.applications", registration_home.tiles, order=20)
        HOME_TILES.register("registry.quality", quality.tiles, order=30)
        HOME_TILES.register("registry.keys", keys.tiles, order=35)
        HOME_TILES.register("registry.changes", handovers.tiles, order=25)
        HOME_TILES.register("registry.plates", plate_counts.tiles, order=40)
        HOME_PANELS.register("registry.districts", home.district_panel, order=10)
        SEARCH_PROVIDERS.register("registry.register", search.search_register, order=10)
        EFILE_PANELS.register("registry.responsibilities", efile.responsibility_panel, order=10)
        EFILE_PANELS.register("registry.documents", documents.documents_panel, order=15)
        EFILE_PANELS.register("registry.registration", registration_home.registration_panel, order=18)
        EFILE_PANELS.register("registry.identity", efile.identity_panel, order=20)
        EFILE_PANELS.register("registry.plate", plates.plate_panel, order=25)
        EFILE_PANELS.register("registry.technical", efile.technical_panel, order=30)
        EFILE_PANELS.register("registry.climate", climate.climate_panel, order=35)
        EFILE_PANELS.register("registry.signal", signal.signal_panel, order=36)
        EFILE_PANELS.register("registry.income", disclosures.disclosure_panel, order=38)
        EFILE_PANELS.register("registry.keys", keys.keys_panel, order=37)
        EFILE_PANELS.register("registry.quality", quality.efile_panel, order=40)
        EFILE_PANELS.register("registry.timeline", efile.timeline_panel, order=90)
        EFILE_PANELS.register("registry.source", efile.source_panel, order=95)
        PUBLIC_FACTS.register("registry.income", public_income)
        PUBLIC_FACTS.register("registry.use_label", public_inspection_month)
        PLATE_SCREENS.register("registry.efile", plates.screen_of_plate, order=90)


def _life_events():
    from registry.models import LifeEvent

    return LifeEvent
