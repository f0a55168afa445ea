"""What somebody may do, one name for each; `accounts.roles` says which roles carry them."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


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
    EXTEND_HAZARD = "compliance.extend_hazard"
    VIEW_DUTY = "compliance.view_duty"
    KEEP_DUTY = "compliance.keep_duty"
    FILE_DUTY = "compliance.file_duty"
    REMIND_UNIT = "compliance.remind_unit"
    WAIVE_OBLIGATION = "compliance.waive_obligation"
    VIEW_COMPLAINT = "compliance.view_complaint"
    ENTER_COMPLAINT = "compliance.enter_complaint"
    ANSWER_COMPLAINT = "compliance.answer_complaint"
    REVIEW_COMPLAINT = "compliance.review_complaint"
    KEEP_PLATFORM = "compliance.keep_platform"
    VIEW_SWEEPS = "common.view_sweeps"
    VIEW_REPORT = "inspection.view_report"
    FILE_REPORT = "inspection.file_report"
    ORDER_INSPECTION = "inspection.order_inspection"
    APPLY_INSPECTION = "inspection.apply_inspection"
    ANSWER_INSPECTION = "inspection.answer_inspection"
    CLOSE_ASSESSMENT = "inspection.close_assessment"
    SET_LAW = "inspection.set_law"


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
    Permission.JUDGE_HAZARD: _("confirm, grade and verify hazards"),
    Permission.EXTEND_HAZARD: _("give more time for a hazard"),
    Permission.VIEW_DUTY: _("read what using units file about their safety duties"),
    Permission.KEEP_DUTY: _("appoint for safety, bind elevators to officers, keep the risk-control list"),
    Permission.FILE_DUTY: _("file daily checks, weekly reviews and monthly meetings"),
    Permission.REMIND_UNIT: _("remind units of what is overdue"),
    Permission.WAIVE_OBLIGATION: _("waive or postpone what is due, by a document"),
    Permission.VIEW_COMPLAINT: _("read complaints"),
    Permission.ENTER_COMPLAINT: _("enter complaints for people who call"),
    Permission.ANSWER_COMPLAINT: _("answer complaints"),
    Permission.REVIEW_COMPLAINT: _("assign complaints, judge the answers and call back who complained"),
    Permission.KEEP_PLATFORM: _("enter platforms outside that take complaints over, and their keys"),
    Permission.VIEW_SWEEPS: _("see when the platform last looked for what is due"),
    Permission.VIEW_REPORT: _("read reports of inspections and tests"),
    Permission.FILE_REPORT: _("file reports of inspections and tests of the unit"),
    Permission.ORDER_INSPECTION: _("enter licences of inspection bodies and orders that move inspections"),
    Permission.APPLY_INSPECTION: _("apply for the inspection of the unit's elevators"),
    Permission.ANSWER_INSPECTION: _("answer applications for inspections and appoint days"),
    Permission.CLOSE_ASSESSMENT: _("close safety assessments"),
    Permission.SET_LAW: _("propose and approve rows of law"),
}
