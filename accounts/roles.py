"""Every role of docs/architecture.md as a named set of permissions, with a sentence on who may hold it.

A permission says *may this role do it*; `visible_to` says *on which rows*.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.choices import USING_KINDS, AreaKind, RoleScope, UnitKind
from accounts.permissions import PERMISSION_LABELS, Permission

__all__ = ["APART", "PERMISSION_LABELS", "ROLES", "Permission", "RoleDefinition", "role_choices", "roles_with"]


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
    P.CLOSE_ASSESSMENT,
    *_COMPLAINTS,
    P.REVIEW_COMPLAINT,
    P.ACKNOWLEDGE_ALERT,
    P.VIEW_DUTY,
    P.REMIND_UNIT,
    P.WAIVE_OBLIGATION,
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
        | {P.ANSWER_INSPECTION, P.IMPORT_FILES}
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
        _REGISTRAR | {P.CHANGE_UNIT, P.ORDER_PLATES, P.VIEW_SWEEPS, P.ORDER_INSPECTION, P.SET_LAW},
    ),
    _area(
        "DISTRICT_REGULATOR",
        _("district regulator"),
        _("Supervision officers of a district's or management area's market supervision bureau."),
        (AreaKind.DISTRICT, AreaKind.MANAGEMENT),
        _REGISTRAR | {P.EXTEND_HAZARD},  # "one extension by a district officer" (oversight.md §2)
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
            P.KEEP_PLATFORM,
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
