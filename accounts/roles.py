"""Every role of docs/architecture.md as a named set of permissions, with a sentence on who may hold it.

A permission says *may this role do it*; `visible_to` says *on which rows*.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.choices import USING_KINDS, AreaKind, RoleScope, UnitKind


class Permission(StrEnum):
    VIEW_ELEVATOR = "registry.view_elevator"
    CREATE_ELEVATOR = "registry.create_elevator"
    CHANGE_ELEVATOR = "registry.change_elevator"
    CHANGE_REGISTRATION = "registry.change_registration"
    ASSIGN_RESPONSIBILITY = "registry.assign_responsibility"
    VIEW_SOURCE_ROW = "registry.view_source_row"
    ORDER_PLATES = "registry.order_plates"
    HANG_PLATE = "registry.hang_plate"
    VIEW_PLATE_SCANS = "registry.view_plate_scans"
    VIEW_UNIT = "accounts.view_unit"
    CHANGE_UNIT = "accounts.change_unit"
    VIEW_USER = "accounts.view_user"
    CREATE_USER = "accounts.create_user"
    CHANGE_USER = "accounts.change_user"
    SET_PASSWORD = "accounts.set_password"
    APPROVE_PASSWORD = "accounts.approve_password"
    END_SESSIONS = "accounts.end_sessions"
    CHANGE_DETAILS = "accounts.change_details"
    REVEAL_DETAILS = "accounts.reveal_details"
    INVITE = "accounts.invite"
    GRANT_UNIT_ROLE = "accounts.grant_unit_role"
    GRANT_ANY_ROLE = "accounts.grant_any_role"
    VIEW_CERTIFICATE = "accounts.view_certificate"
    RECORD_CERTIFICATE = "accounts.record_certificate"
    WITHDRAW_CERTIFICATE = "accounts.withdraw_certificate"
    VIEW_CLIENT = "accounts.view_client"
    MANAGE_CLIENT = "accounts.manage_client"
    REVOKE_CLIENT = "accounts.revoke_client"
    VIEW_AUDIT = "common.view_audit"
    VIEW_RETENTION = "common.view_retention"
    VERIFY_AUDIT = "common.verify_audit"
    IMPORT_FILES = "common.import_files"
    VIEW_MESSAGES = "common.view_messages"
    MANAGE_WEBHOOKS = "common.manage_webhooks"
    DISABLE_WEBHOOKS = "common.disable_webhooks"
    KEEP_CALENDAR = "common.keep_calendar"
    VIEW_DOCUMENT = "registry.view_document"
    VIEW_CONTRACT = "registry.view_contract"
    FILE_DOCUMENT = "registry.file_document"
    RECORD_CLIMATE = "registry.record_climate"
    RECORD_SIGNAL = "registry.record_signal"
    DISCLOSE_INCOME = "registry.disclose_income"
    VIEW_CHANGE = "registry.view_change"
    PROPOSE_CHANGE = "registry.propose_change"
    ANSWER_CHANGE = "registry.answer_change"
    VIEW_KEYS = "registry.view_keys"
    KEEP_KEYS = "registry.keep_keys"
    VIEW_APPLICATION = "registry.view_application"
    APPLY_REGISTRATION = "registry.apply_registration"
    VIEW_OBLIGATION = "compliance.view_obligation"
    ACKNOWLEDGE_ALERT = "compliance.acknowledge_alert"
    REPORT_HAZARD = "compliance.report_hazard"
    MEND_HAZARD = "compliance.mend_hazard"
    JUDGE_HAZARD = "compliance.judge_hazard"
    VIEW_DUTY = "compliance.view_duty"
    KEEP_DUTY = "compliance.keep_duty"
    FILE_DUTY = "compliance.file_duty"
    REMIND_UNIT = "compliance.remind_unit"
    VIEW_COMPLAINT = "compliance.view_complaint"
    ENTER_COMPLAINT = "compliance.enter_complaint"
    ANSWER_COMPLAINT = "compliance.answer_complaint"
    REVIEW_COMPLAINT = "compliance.review_complaint"
    VIEW_SWEEPS = "common.view_sweeps"
    VIEW_REPORT = "inspection.view_report"
    FILE_REPORT = "inspection.file_report"
    ORDER_INSPECTION = "inspection.order_inspection"
    APPLY_INSPECTION = "inspection.apply_inspection"
    ANSWER_INSPECTION = "inspection.answer_inspection"


# What a permission lets its holder do, as "my page" says it.
PERMISSION_LABELS: dict[Permission, str | Promise] = {
    Permission.VIEW_ELEVATOR: _("look at elevators"),
    Permission.CREATE_ELEVATOR: _("enter elevators"),
    Permission.CHANGE_ELEVATOR: _("change details of elevators"),
    Permission.CHANGE_REGISTRATION: _("decide on use registrations"),
    Permission.ASSIGN_RESPONSIBILITY: _("say which unit answers for an elevator"),
    Permission.VIEW_SOURCE_ROW: _("look at the rows of imported registers"),
    Permission.ORDER_PLATES: _("order nameplates and take them out of use"),
    Permission.HANG_PLATE: _("hang nameplates"),
    Permission.VIEW_PLATE_SCANS: _("see how often bad nameplates are read"),
    Permission.VIEW_UNIT: _("look at units"),
    Permission.CHANGE_UNIT: _("enter, change and close units"),
    Permission.VIEW_USER: _("look at people"),
    Permission.CREATE_USER: _("enter people"),
    Permission.CHANGE_USER: _("rename, deactivate and unlock people"),
    Permission.SET_PASSWORD: _("set temporary passwords"),
    Permission.APPROVE_PASSWORD: _("approve temporary passwords of people who hold an office"),
    Permission.END_SESSIONS: _("sign people out everywhere"),
    Permission.CHANGE_DETAILS: _("write phones and identity numbers of people"),
    Permission.REVEAL_DETAILS: _("look at phones and identity numbers in full, saying what for"),
    Permission.INVITE: _("invite people into the unit"),
    Permission.GRANT_UNIT_ROLE: _("give and take roles in units"),
    Permission.GRANT_ANY_ROLE: _("give and take roles over areas and the platform"),
    Permission.VIEW_CERTIFICATE: _("look at the certificates of people"),
    Permission.RECORD_CERTIFICATE: _("record certificates of the unit's people"),
    Permission.WITHDRAW_CERTIFICATE: _("withdraw certificates that should not have been recorded"),
    Permission.VIEW_CLIENT: _("look at machines that use the interface"),
    Permission.MANAGE_CLIENT: _("enter and change machines of the unit and issue their secrets"),
    Permission.REVOKE_CLIENT: _("revoke machines and their secrets"),
    Permission.VIEW_AUDIT: _("read the audit log"),
    Permission.VIEW_RETENTION: _("see what is kept how long"),
    Permission.VERIFY_AUDIT: _("have the ledgers verified"),
    Permission.IMPORT_FILES: _("bring in files of what they may enter"),
    Permission.VIEW_MESSAGES: _("see what became of messages that were sent"),
    Permission.MANAGE_WEBHOOKS: _("enter and change webhooks of the unit and try them out"),
    Permission.DISABLE_WEBHOOKS: _("disable webhooks"),
    Permission.KEEP_CALENDAR: _("keep the calendar of working days"),
    Permission.VIEW_DOCUMENT: _("read the documents of e-files"),
    Permission.VIEW_CONTRACT: _("read contracts among the documents"),
    Permission.FILE_DOCUMENT: _("file, replace and withdraw documents"),
    Permission.RECORD_CLIMATE: _("record the climate of machine rooms"),
    Permission.RECORD_SIGNAL: _("record the phone signal in cars"),
    Permission.DISCLOSE_INCOME: _("publish what elevators earn and cost"),
    Permission.VIEW_CHANGE: _("read changes of maintenance units and their handovers"),
    Permission.PROPOSE_CHANGE: _("propose that another unit maintains elevators"),
    Permission.ANSWER_CHANGE: _("take over elevators for maintenance and hand them over"),
    Permission.VIEW_KEYS: _("see who has special keys"),
    Permission.KEEP_KEYS: _("keep special keys and hand them out"),
    Permission.VIEW_APPLICATION: _("read applications about use registrations"),
    Permission.APPLY_REGISTRATION: _("apply for use registration and its changes"),
    Permission.VIEW_OBLIGATION: _("see what is due and what is late"),
    Permission.ACKNOWLEDGE_ALERT: _("take note of alerts"),
    Permission.REPORT_HAZARD: _("report hazards"),
    Permission.MEND_HAZARD: _("say that a hazard is mended"),
    Permission.JUDGE_HAZARD: _("confirm, grade, extend and verify hazards"),
    Permission.VIEW_DUTY: _("read what using units file about their safety duties"),
    Permission.KEEP_DUTY: _("appoint for safety, bind elevators to officers, keep the risk-control list"),
    Permission.FILE_DUTY: _("file daily checks, weekly reviews and monthly meetings"),
    Permission.REMIND_UNIT: _("remind units of what is overdue"),
    Permission.VIEW_COMPLAINT: _("read complaints"),
    Permission.ENTER_COMPLAINT: _("enter complaints for people who call"),
    Permission.ANSWER_COMPLAINT: _("answer complaints"),
    Permission.REVIEW_COMPLAINT: _("assign complaints, judge the answers and call back who complained"),
    Permission.VIEW_SWEEPS: _("see when the platform last looked for what is due"),
    Permission.VIEW_REPORT: _("read reports of inspections and tests"),
    Permission.FILE_REPORT: _("file reports of inspections and tests of the unit"),
    Permission.ORDER_INSPECTION: _("enter licences of inspection bodies and orders that move inspections"),
    Permission.APPLY_INSPECTION: _("apply for the inspection of the unit's elevators"),
    Permission.ANSWER_INSPECTION: _("answer applications for inspections and appoint days"),
}


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """`holders` says who may hold the role; `unit_kinds` / `area_kinds` is where it can be held at all."""

    code: str
    label: str | Promise
    holders: str | Promise
    scope: RoleScope
    permissions: frozenset[Permission]
    unit_kinds: tuple[UnitKind, ...] = ()
    area_kinds: tuple[AreaKind, ...] = ()
    needs_place_types: bool = False
    privileged: bool = False


P = Permission
_LOOK = frozenset({P.VIEW_ELEVATOR})
_OFFICE = _LOOK | {P.VIEW_UNIT}
_READ = _LOOK | {P.VIEW_DOCUMENT, P.VIEW_OBLIGATION, P.VIEW_REPORT}
_KEEP = _OFFICE | {
    P.VIEW_OBLIGATION,
    P.VIEW_REPORT,
    P.VIEW_DOCUMENT,
    P.VIEW_CONTRACT,
    P.FILE_DOCUMENT,
    P.RECORD_CLIMATE,
    P.RECORD_SIGNAL,
}
_APPLY = _KEEP | {P.VIEW_APPLICATION, P.APPLY_REGISTRATION}
_CERTIFY = frozenset({P.VIEW_CERTIFICATE, P.RECORD_CERTIFICATE, P.WITHDRAW_CERTIFICATE})
_COMPLAINTS = frozenset({P.VIEW_COMPLAINT, P.ENTER_COMPLAINT, P.ANSWER_COMPLAINT})  # of who may be complained about
_HAZARDS = frozenset({P.REPORT_HAZARD, P.MEND_HAZARD})  # of who answers for an elevator
_REGISTRAR = _KEEP | {
    P.REPORT_HAZARD,
    P.JUDGE_HAZARD,
    *_COMPLAINTS,
    P.REVIEW_COMPLAINT,
    P.ACKNOWLEDGE_ALERT,
    P.VIEW_DUTY,
    P.REMIND_UNIT,
    P.VIEW_CERTIFICATE,
    P.WITHDRAW_CERTIFICATE,
    P.CREATE_ELEVATOR,
    P.CHANGE_ELEVATOR,
    P.CHANGE_REGISTRATION,
    P.VIEW_APPLICATION,
    P.VIEW_KEYS,
    P.VIEW_CHANGE,
    P.ASSIGN_RESPONSIBILITY,
    P.VIEW_SOURCE_ROW,
    P.IMPORT_FILES,
    P.HANG_PLATE,
    P.VIEW_PLATE_SCANS,
}
# a machine may do what its maker may: so those who hold the rights of a unit make its machines, beside its administrator
_MACHINES = frozenset({P.VIEW_CLIENT, P.MANAGE_CLIENT, P.REVOKE_CLIENT})
_KEYS = frozenset({P.VIEW_KEYS, P.KEEP_KEYS})
_DUTIES = frozenset({P.VIEW_DUTY, P.FILE_DUTY})
_EVERY_KIND = tuple(UnitKind)


def _unit(code, label, holders, kinds, permissions):
    return RoleDefinition(code, label, holders, RoleScope.UNIT, frozenset(permissions), unit_kinds=tuple(kinds))


def _area(code, label, holders, kinds, permissions, **extra):
    return RoleDefinition(
        code, label, holders, RoleScope.AREA, frozenset(permissions), area_kinds=tuple(kinds), **extra
    )


def _platform(code, label, holders, permissions):
    return RoleDefinition(code, label, holders, RoleScope.PLATFORM, frozenset(permissions), privileged=True)


_DEFINITIONS = (
    _unit(
        "UNIT_ADMIN",
        _("unit administrator"),
        _(
            "One or two people whom the unit's head names in writing; they manage the unit's own people and their certificates."
        ),
        _EVERY_KIND,
        {
            P.VIEW_UNIT,
            P.VIEW_USER,
            P.CREATE_USER,
            P.END_SESSIONS,
            P.CHANGE_DETAILS,
            P.REVEAL_DETAILS,
            P.INVITE,
            P.GRANT_UNIT_ROLE,
            P.IMPORT_FILES,
            *_CERTIFY,
            P.VIEW_MESSAGES,
            P.MANAGE_WEBHOOKS,
            P.DISABLE_WEBHOOKS,
            *_MACHINES,
        },
    ),
    _unit(
        "UNIT_VIEWER",
        _("viewer"),
        _("Anybody of the unit who needs to look at its elevators and must not write."),
        _EVERY_KIND,
        _READ | {P.VIEW_APPLICATION, P.VIEW_DUTY},
    ),
    _unit(
        "USING_UNIT_MANAGER",
        _("using unit manager"),
        _("The head of the using unit or the project manager of a property manager (主要负责人)."),
        USING_KINDS,
        _APPLY
        | _CERTIFY
        | {P.CREATE_ELEVATOR, P.CHANGE_ELEVATOR, P.IMPORT_FILES, P.HANG_PLATE, P.DISCLOSE_INCOME, P.ACKNOWLEDGE_ALERT}
        | _KEYS
        | {P.VIEW_CHANGE, P.PROPOSE_CHANGE, P.FILE_REPORT, P.APPLY_INSPECTION}
        | _DUTIES
        | {P.KEEP_DUTY}
        | _COMPLAINTS
        | _HAZARDS
        | _MACHINES,
    ),
    _unit(
        "SAFETY_DIRECTOR",
        _("safety director"),
        _("The elevator safety director appointed by the using unit (SAMR Order 74, chapter 6)."),
        USING_KINDS,
        _APPLY
        | _CERTIFY
        | {P.CHANGE_ELEVATOR, P.HANG_PLATE, P.ACKNOWLEDGE_ALERT}
        | _KEYS
        | {P.VIEW_CHANGE, P.FILE_REPORT, P.APPLY_INSPECTION, P.KEEP_DUTY}
        | _DUTIES
        | _COMPLAINTS
        | _HAZARDS,
    ),
    _unit(
        "SAFETY_OFFICER",
        _("safety officer"),
        _("An elevator safety officer appointed by the using unit and bound to named elevators (SAMR Order 74)."),
        USING_KINDS,
        _READ | {P.RECORD_CLIMATE, P.RECORD_SIGNAL, P.VIEW_COMPLAINT} | _KEYS | _DUTIES | _HAZARDS,
    ),
    _unit(
        "MAINTENANCE_OFFICE",
        _("maintenance office"),
        _("Planners and managers in the office of a maintenance unit."),
        (UnitKind.MAINTENANCE_UNIT,),
        _KEEP
        | _CERTIFY
        | _KEYS
        | {P.VIEW_CHANGE, P.ANSWER_CHANGE, P.ACKNOWLEDGE_ALERT, P.FILE_REPORT}
        | _COMPLAINTS
        | _HAZARDS
        | _MACHINES,
    ),
    _unit(
        "MAINTENANCE_WORKER",
        _("maintenance worker"),
        _("A worker of a maintenance unit with a valid certificate for elevator work."),
        (UnitKind.MAINTENANCE_UNIT,),
        _READ | {P.HANG_PLATE, P.RECORD_CLIMATE, P.RECORD_SIGNAL, P.FILE_REPORT} | _HAZARDS,
    ),
    _unit(
        "RESCUER",
        _("rescuer"),
        _("A member of a rescue station's crew on duty; sees an elevator only while sent to it."),
        (UnitKind.RESCUE_STATION, UnitKind.MAINTENANCE_UNIT),
        _LOOK,
    ),
    _unit(
        "INSPECTION_OFFICE",
        _("inspection office"),
        _("Staff of an inspection body who plan inspections and file its reports."),
        (UnitKind.INSPECTION_BODY,),
        _OFFICE
        | _CERTIFY
        | {P.VIEW_DOCUMENT, P.FILE_DOCUMENT, P.VIEW_OBLIGATION, P.VIEW_REPORT, P.FILE_REPORT}
        | {P.ANSWER_INSPECTION}
        | _MACHINES,
    ),
    _unit(
        "INSPECTOR",
        _("inspector"),
        _("An inspector of an inspection body with a valid certificate."),
        (UnitKind.INSPECTION_BODY,),
        _READ | {P.FILE_REPORT},
    ),
    _unit(
        "INSURER_CLERK",
        _("insurer's clerk"),
        _("Staff of an insurer who file policies and handle claims."),
        (UnitKind.INSURER,),
        _OFFICE | _MACHINES,
    ),
    _unit(
        "MANUFACTURER_ENGINEER",
        _("manufacturer's engineer"),
        _("Staff of a manufacturer or installer who follow its elevators in use."),
        (UnitKind.MANUFACTURER, UnitKind.INSTALLER),
        _OFFICE | {P.VIEW_DOCUMENT} | _MACHINES,
    ),
    _unit(
        "IOT_ENGINEER",
        _("IoT operator's engineer"),
        _("Staff of an operator of monitoring terminals."),
        (UnitKind.IOT_OPERATOR, UnitKind.MANUFACTURER),
        _LOOK | _MACHINES,
    ),
    _unit(
        "HOTLINE_CLERK",
        _("hotline clerk"),
        _(
            "Staff of a public hotline outside the platform (such as 12345) that passes complaints on; sees none of them."
        ),
        (UnitKind.INDUSTRY_DEPARTMENT,),
        {P.ENTER_COMPLAINT} | _MACHINES,
    ),
    _area(
        "CITY_REGULATOR",
        _("city regulator"),
        _("Supervision officers of the city's market supervision bureau, by written assignment."),
        (AreaKind.CITY,),
        _REGISTRAR | {P.CHANGE_UNIT, P.ORDER_PLATES, P.VIEW_SWEEPS, P.ORDER_INSPECTION},
    ),
    _area(
        "DISTRICT_REGULATOR",
        _("district regulator"),
        _("Supervision officers of a district's or management area's market supervision bureau."),
        (AreaKind.DISTRICT, AreaKind.MANAGEMENT),
        _REGISTRAR,
    ),
    _area(
        "SUBDISTRICT_OFFICER",
        _("subdistrict officer"),
        _("Staff of a subdistrict or town government who look after orphan and ageing elevators."),
        (AreaKind.SUBDISTRICT,),
        _OFFICE
        | {
            P.VIEW_DOCUMENT,
            P.VIEW_CONTRACT,
            P.VIEW_APPLICATION,
            P.VIEW_OBLIGATION,
            P.VIEW_REPORT,
            P.ACKNOWLEDGE_ALERT,
            P.REMIND_UNIT,
            P.VIEW_DUTY,
            P.VIEW_COMPLAINT,
            P.ENTER_COMPLAINT,
        },
    ),
    _area(
        "DISPATCHER",
        _("96333 dispatcher"),
        _("Dispatchers on duty at the city's 96333 centre."),
        (AreaKind.CITY,),
        _OFFICE | {P.VIEW_OBLIGATION, P.VIEW_COMPLAINT, P.ENTER_COMPLAINT},
    ),
    _area(
        "INDUSTRY_OFFICER",
        _("industry department officer"),
        _("Staff of a department that supervises a sector (housing, health, transport, education); its places only."),
        (AreaKind.CITY, AreaKind.DISTRICT, AreaKind.MANAGEMENT),
        _OFFICE | {P.VIEW_DOCUMENT, P.VIEW_OBLIGATION, P.VIEW_REPORT, P.VIEW_COMPLAINT},
        needs_place_types=True,
    ),
    _area(
        "EMERGENCY_OFFICER",
        _("emergency-management officer"),
        _("Staff of the emergency-management bureau, who assess all districts."),
        (AreaKind.CITY,),
        _OFFICE | {P.VIEW_DOCUMENT, P.VIEW_OBLIGATION, P.VIEW_REPORT, P.VIEW_DUTY, P.VIEW_COMPLAINT},
    ),
    _platform(
        "AUDITOR",
        _("auditor"),
        _("A person bound to secrecy who reads everything and changes nothing: audit office, discipline inspection."),
        {
            P.VIEW_ELEVATOR,
            P.VIEW_DOCUMENT,
            P.VIEW_CONTRACT,
            P.VIEW_APPLICATION,
            P.VIEW_SOURCE_ROW,
            P.VIEW_UNIT,
            P.VIEW_USER,
            P.VIEW_AUDIT,
            P.VIEW_CERTIFICATE,
            P.VIEW_OBLIGATION,
            P.VIEW_REPORT,
            P.VIEW_DUTY,
            P.VIEW_COMPLAINT,
            P.VIEW_SWEEPS,
        },
    ),
    _platform(
        "SYSTEM_ADMIN",
        _("system administrator"),
        _("Operates the platform: creates people and units. May hold neither of the other two administrator roles."),
        {
            P.VIEW_UNIT,
            P.CHANGE_UNIT,
            P.VIEW_USER,
            P.CREATE_USER,
            P.CHANGE_USER,
            P.SET_PASSWORD,
            P.END_SESSIONS,
            P.CHANGE_DETAILS,
            P.REVEAL_DETAILS,
            P.IMPORT_FILES,
            P.VIEW_CLIENT,
            P.REVOKE_CLIENT,
            P.VIEW_RETENTION,
            P.VIEW_SWEEPS,
            P.VIEW_MESSAGES,
            P.DISABLE_WEBHOOKS,
            P.KEEP_CALENDAR,
        },
    ),
    _platform(
        "SECURITY_ADMIN",
        _("security administrator"),
        _(
            "Gives and takes roles, unlocks sign-ins, approves officials' passwords. "
            "May hold neither of the other two administrator roles."
        ),
        {
            P.VIEW_UNIT,
            P.VIEW_USER,
            P.CHANGE_USER,
            P.END_SESSIONS,
            P.APPROVE_PASSWORD,
            P.GRANT_UNIT_ROLE,
            P.GRANT_ANY_ROLE,
        },
    ),
    _platform(
        "AUDIT_ADMIN",
        _("audit administrator"),
        _("Reads the audit log of the other administrators. May hold neither of their roles."),
        {P.VIEW_USER, P.VIEW_AUDIT, P.VERIFY_AUDIT},
    ),
)

ROLES: dict[str, RoleDefinition] = {definition.code: definition for definition in _DEFINITIONS}
# The three administrators are kept apart (GB/T 22239-2019, level 3).
APART = frozenset({"SYSTEM_ADMIN", "SECURITY_ADMIN", "AUDIT_ADMIN"})


def role_choices(scope: RoleScope | None = None) -> list[tuple[str, str | Promise]]:
    """(code, label) pairs for forms, of one scope or of all."""
    return [(role.code, role.label) for role in ROLES.values() if scope in (None, role.scope)]


def roles_with(permission: Permission) -> list[RoleDefinition]:
    """The roles that carry a permission, in the order of this file."""
    return [role for role in ROLES.values() if permission in role.permissions]
