"""The house's shape: apps use of each other only what is public, and the hook registrations are known by name."""

import grimp
import pytest

from common.hooks import all_points

APPS = ("portal", "inspection", "compliance", "registry", "accounts", "common")
# Of another app one may import these modules; all of common; and accounts' vocabulary of roles and reach.
PUBLIC = {"models", "queries", "actions", "signals", "choices"}
PUBLIC_TOO = {"accounts.roles", "accounts.rules", "accounts.fields"}


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph(*APPS, cache_dir=None)


def _face(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_apps_import_only_each_others_public_face(graph):
    trespasses = sorted(
        f"{importer} -> {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if (app := imported.split(".")[0]) != importer.split(".")[0]
        and app != "common"
        and imported != app
        and _face(imported).split(".")[1] not in PUBLIC
        and _face(imported) not in PUBLIC_TOO
    )
    assert trespasses == []


def test_the_public_face_test_sees_imports_at_all(graph):
    assert "accounts.models" in {_face(m) for m in graph.find_modules_directly_imported_by("registry.models.elevators")}


SAID = [
    "soon_one",
    "soon",
    "overdue_one",
    "overdue",
    "escalated",
    "resolved",
    "day",
    "week",
    "reminder",
    "hazard_major",
    "waived",
    "waiver_revoked",
    "complaint_assigned",
    "complaint_returned",
    "complaint_due",
    "complaint_moved",
    "hazard_found_one",
    "hazard_found",
    "hazard_later_one",
    "hazard_later",
    "hazard_back_one",
    "hazard_back",
    "hazard_mend_one",
    "hazard_mend",
    "hazard_yes_one",
    "hazard_yes",
    "hazard_no_one",
    "hazard_no",
]
APPLICATIONS_SAY = ["applied_one", "applied", "withdrawn_one", "appointed_one", "appointed", "late_one", "late"]
APPLICATIONS_SAY += ["declined_one", "reopened_one", "reopened", "drafts_unused_one", "drafts_unused"]
APPLICATIONS_SAY += ["coming_one", "coming", "not_yours_one", "not_yours", "off_one", "off"]
APPLICATIONS_SAY += ["gone_one", "gone", "law_proposed", "law_lapsed"]
ASSESSED = ["applied", "assigned", "reported", "decided", "funded", "working", "accepted", "closed", "cancelled"]
TOLD = "message_kinds._answer.<locals>.kind_of_message"
SAYS = "compliance.message_kinds._answer.<locals>.kind_of_message"


def test_hook_registrations_are_pinned():
    """A new registration is a decision: add it here with the change that makes it."""
    registered = {f"{point.name}: {r.key} = {r.path}" for point in all_points() for r in point}
    listed = {
        "accounts.unit_blockers: registry.responsibilities = registry.queries.scope.unit_blockers",
        "common.action_labels: accounts = accounts.choices.action_labels",
        "common.action_labels: common = common.action_labels.our_action_labels",
        "common.action_labels: registry = registry.choices.action_labels",
        "common.action_labels: inspection = inspection.choices.action_labels",
        "common.action_labels: compliance = compliance.choices.action_labels",
        "common.deadline_handlers: compliance.complaint = compliance.actions.complaints.fire_due",
        "common.deadline_handlers: compliance.complaint_reminder = compliance.actions.complaint_news.remind_due",
        "common.retention_kinds: inspection.application_phones"
        " = inspection.actions.application_retention.phones_of_applications",
        "common.retention_kinds: compliance.complaint_phones = compliance.actions.complaint_retention.phones_of_complaints",
        "common.sweeps: compliance.complaints = compliance.sweeps.moving_complaints",
        "common.home_tiles: compliance.forwardings = compliance.views.forwardings.tiles",
        "common.sweeps: compliance.forwarding = compliance.sweeps.forwarding",
        "common.home_tiles: compliance.hazards = compliance.views.hazards.tiles",
        "common.nav_items: compliance.hazards = compliance.views.hazards.navigation",
        "registry.efile_panels: compliance.hazards = compliance.views.hazards.panel",
        "registry.event_words: compliance.events = compliance.queries.events.event_words",
        "common.home_tiles: compliance.complaints = compliance.views.complaints.tiles",
        "common.nav_items: compliance.platforms = compliance.views.platforms.navigation",
        "common.nav_items: compliance.complaints = compliance.views.complaints.navigation",
        "common.export_kinds: compliance.duty_records = compliance.forms.duty_exports.duty_record_export",
        "common.home_tiles: compliance.due = compliance.views.pages.tiles",
        "common.home_tiles: compliance.duties = compliance.views.duties.home.tiles",
        "common.nav_items: compliance.duties = compliance.views.duties.home.navigation",
        "common.sweeps: compliance.duties = compliance.sweeps.planning_duties",
        "common.nav_items: compliance.due = compliance.views.pages.navigation",
        "common.action_labels: inspection.applications = inspection.choices.application_labels",
        *(
            f"common.message_kinds: inspection.{n} = {SAYS.replace('compliance', 'inspection')}"
            for n in APPLICATIONS_SAY
        ),
        "common.home_tiles: inspection.applications = inspection.views.applications.lists.tiles",
        "common.nav_items: inspection.applications = inspection.views.applications.lists.navigation",
        "compliance.next_steps: compliance.duties = compliance.views.duties.steps.next_steps",
        "compliance.next_steps: inspection.testers = inspection.views.tester_steps.next_steps",
        "compliance.next_steps: inspection.filing = inspection.views.filing_steps.next_steps",
        "compliance.next_steps: inspection.applications = inspection.views.applications.steps.next_steps",
        "common.nav_items: inspection.reports = inspection.views.reports.navigation",
        "common.home_tiles: inspection.drafts = inspection.views.filing.tiles",
        "registry.efile_panels: inspection.inspections = inspection.views.efile.inspection_panel",
        "registry.public_facts: compliance.major_hazard = compliance.queries.public.public_major_hazard",
        "registry.public_facts: inspection.state = inspection.queries.public.public_inspection",
        "compliance.planners: inspection = inspection.queries.inspection_planner",
        "common.readiness_checks: sweeps = common.sweeps.check",
        "common.sweeps: compliance.escalations = compliance.sweeps.escalating",
        "common.sweeps: compliance.hazards = compliance.sweeps.watching",
        "common.sweeps: compliance.plan = compliance.sweeps.planning",
        "common.sweeps: compliance.waivers = compliance.sweeps.turning",
        "common.home_tiles: compliance.risk = compliance.views.risk.tiles",
        "common.nav_items: compliance.risk = compliance.views.risk.navigation",
        "registry.efile_panels: compliance.risk = compliance.views.risk.panel",
        "common.sweeps: compliance.risk = compliance.sweeps.rating",
        "registry.elevator_marks: compliance.risk = compliance.views.bands.risk_mark",
        "registry.elevator_marks: compliance.overdue = compliance.views.late.overdue_mark",
        "common.sweeps: compliance.steps = compliance.sweeps.stepping",
        "common.sweeps: compliance.telling = compliance.sweeps.telling",
        "common.home_panels: compliance.now = compliance.views.home.now_panel",
        "common.job_runners: compliance.remind = compliance.actions.reminders.run_reminders",
        *(f"common.message_kinds: compliance.{name} = {SAYS}" for name in SAID),
        *(f"common.message_kinds: inspection.assessment_{name} = inspection.{TOLD}" for name in ASSESSED),
        "registry.efile_panels: compliance.obligations = compliance.views.pages.obligation_panel",
        "common.actors: accounts.machines = accounts.queries.machines.machine_again",
        "common.actors: accounts.people = accounts.queries.people.actor_again",
        "common.deadline_handlers: registry.refresh_current_units = registry.actions.responsibilities.refresh_due",
        "common.export_kinds: common.audit = accounts.forms.audit.audit_export",
        "common.export_kinds: registry.elevators = registry.forms.exports.elevator_export",
        "common.home_panels: registry.districts = registry.views.home.district_panel",
        "common.home_tiles: accounts.people = accounts.views.home.tiles",
        "common.home_tiles: common.messages = common.messages.pages.tiles",
        "common.home_tiles: registry.applications = registry.views.registration_home.tiles",
        "common.nav_items: registry.applications = registry.views.registration_home.navigation",
        "common.home_tiles: registry.quality = registry.views.quality.tiles",
        "common.home_tiles: registry.states = registry.views.home.tiles",
        "common.job_runners: accounts.verify_ledgers = accounts.actions.audit.run_verification",
        "common.job_runners: common.export = common.exports.run.run_export",
        "common.import_kinds: accounts.people = accounts.actions.import_people.people_kind",
        "common.import_kinds: accounts.units = accounts.actions.import_units.units_kind",
        "common.import_kinds: registry.responsibilities = registry.actions.import_responsibilities.responsibilities_kind",
        "common.import_kinds: inspection.reports = inspection.actions.report_files.reports_kind",
        "common.import_kinds: registry.elevators = registry.actions.import_kind.elevator_kind",
        "common.job_runners: common.import = common.intake.workers.run_import_job",
        "common.job_runners: common.import_undo = common.intake.undo.run_undo_job",
        "common.job_runners: registry.plates = registry.actions.plate_sheets.run_plates",
        "common.job_runners: registry.use_label = registry.actions.use_labels.run_label",
        "common.job_runners: common.rotate_personal_data = common.personal.rotation.run_rotation",
        "common.addresses: PERSON = accounts.queries.messages.addresses_of_people",
        "common.unit_names: accounts.units = accounts.queries.messages.unit_names",
        "common.message_kinds: common.digest = common.messages.kinds.digest_kind",
        "common.message_kinds: common.test = common.messages.kinds.trial_kind",
        "common.nav_items: common.calendar = common.calendar.pages.navigation",
        "common.nav_items: common.sent_messages = common.messages.pages.navigation_of_sent",
        "common.nav_items: common.messages = common.messages.pages.navigation",
        "common.retention_kinds: common.messages = common.messages.retention.old_messages",
        "common.ledgers: common.access = common.readiness._access",
        "common.ledgers: common.audit = common.readiness._audit",
        "common.ledgers: registry.life_events = registry.apps._life_events",
        "common.lists: registry.elevators = registry.views.lists.elevator_list",
        "common.nav_items: accounts.people = accounts.views.home.navigation",
        "common.nav_items: common.exports = common.exports.pages.navigation",
        "common.nav_items: common.imports = common.intake.pages.navigation",
        "common.nav_items: registry.elevators = registry.views.home.navigation",
        "common.nav_items: registry.quality = registry.views.quality.navigation",
        "common.readiness_checks: database = common.readiness.database",
        "common.readiness_checks: disk = common.readiness.disk",
        "common.readiness_checks: messages = common.readiness.waiting_messages",
        "common.readiness_checks: oldest_due = common.readiness.oldest_due",
        "common.readiness_checks: processes = common.readiness.heartbeats",
        "common.readiness_checks: redis = common.readiness.broker",
        "common.search_providers: accounts.people = accounts.views.home.search",
        "common.retention_kinds: inspection.drafts = inspection.actions.draft_retention.abandoned_drafts",
        "common.sweeps: inspection.gone = inspection.sweeps.ending_with_elevators",
        "common.sweeps: inspection.law = inspection.sweeps.lapsing_proposals",
        "common.home_tiles: inspection.law = inspection.views.law.pages.tiles",
        "common.sweeps: inspection.drafts = inspection.actions.draft_retention.telling_drafts",
        "common.search_providers: inspection.numbers = inspection.views.search.search_numbers",
        "common.search_providers: registry.register = registry.views.search.search_register",
        "common.who_may: accounts.roles = accounts.views.home.who_may",
        "registry.efile_panels: registry.climate = registry.views.climate.climate_panel",
        "registry.efile_panels: registry.documents = registry.views.documents.documents_panel",
        "registry.efile_panels: registry.identity = registry.views.efile.identity_panel",
        "common.home_tiles: registry.plates = registry.views.plate_counts.tiles",
        "common.nav_items: portal.scan = portal.views.scan.navigation",
        "common.nav_items: registry.plates = registry.views.plates.navigation",
        "registry.efile_panels: registry.plate = registry.views.plates.plate_panel",
        "accounts.unit_finders: registry.search = registry.queries.search.unit_keys",
        "registry.plate_screens: registry.efile = registry.views.plates.screen_of_plate",
        "registry.efile_panels: registry.income = registry.views.disclosures.disclosure_panel",
        "registry.public_facts: registry.income = registry.queries.disclosures.public_income",
        "registry.public_facts: registry.use_label = registry.queries.registrations.public_inspection_month",
        "common.home_tiles: registry.keys = registry.views.keys.tiles",
        "common.nav_items: registry.keys = registry.views.keys.navigation",
        "registry.efile_panels: registry.keys = registry.views.keys.keys_panel",
        "common.deadline_handlers: registry.change_expires = registry.actions.handovers.expire_due",
        "common.job_runners: registry.maintenance_change = registry.actions.handovers.run_change",
        "common.nav_items: registry.changes = registry.views.handovers.navigation",
        "common.home_tiles: registry.changes = registry.views.handovers.tiles",
        "common.retention_kinds: accounts.former_people = accounts.actions.retention.former_people",
        "common.retention_kinds: accounts.invitations = accounts.actions.retention.expired_invitations",
        "common.retention_kinds: accounts.lapsed_passwords = accounts.actions.retention.lapsed_passwords",
        "common.retention_kinds: accounts.lapsed_resets = accounts.actions.retention.lapsed_resets",
        "common.retention_kinds: accounts.attempts = accounts.actions.retention.refused_sign_ins",
        "common.retention_kinds: accounts.failures = accounts.actions.retention.failures",
        "common.retention_kinds: accounts.sign_ins = accounts.actions.retention.sign_ins",
        "registry.efile_panels: registry.quality = registry.views.quality.efile_panel",
        "registry.efile_panels: registry.registration = registry.views.registration_home.registration_panel",
        "registry.efile_panels: registry.responsibilities = registry.views.efile.responsibility_panel",
        "registry.efile_panels: registry.signal = registry.views.signal.signal_panel",
        "registry.efile_panels: registry.source = registry.views.efile.source_panel",
        "registry.efile_panels: registry.technical = registry.views.efile.technical_panel",
        "registry.efile_panels: registry.timeline = registry.views.efile.timeline_panel",
        "common.action_labels: inspection.assessments = inspection.choices.assessment_labels",
        "common.export_kinds: inspection.assessments = inspection.forms.assessment_exports.case_export",
        "common.export_kinds: inspection.to_be_assessed = inspection.forms.assessment_exports.worklist_export",
        "common.home_tiles: inspection.assessments = inspection.views.assessments.home.tiles",
        "common.nav_items: inspection.law = inspection.views.law.pages.navigation",
        "common.nav_items: inspection.assessments = inspection.views.assessments.home.navigation",
        "registry.efile_panels: inspection.assessment = inspection.views.assessments.home.assessment_panel",
    }
    assert registered == listed, "\n".join(sorted(registered ^ listed))
