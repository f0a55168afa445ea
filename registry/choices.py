from django.db import models
from django.utils.translation import gettext_lazy as _


class RegistrationState(models.TextChoices):
    UNREGISTERED = "UNREGISTERED", _("not registered")
    IN_USE = "IN_USE", _("in use")
    OUT_OF_USE = "OUT_OF_USE", _("out of use")
    SCRAPPED = "SCRAPPED", _("scrapped")
    DEREGISTERED = "DEREGISTERED", _("deregistered")
    # its import was undone: kept because ledgers point at it, seen by nobody
    WITHDRAWN = "WITHDRAWN", _("withdrawn with its import")


# The states that an elevator can be seen in: what forms, filters and counts offer.
STATES_SEEN = [state for state in RegistrationState if state != RegistrationState.WITHDRAWN]


class FlagKind(models.TextChoices):
    SEALED = "SEALED", _("sealed by the regulator")
    RELOCATING = "RELOCATING", _("being relocated")
    CHANGING = "CHANGING", _("registration being changed")
    DISMANTLED = "DISMANTLED", _("dismantled")


class CoordSource(models.TextChoices):
    GPS = "GPS", _("GPS (WGS84)")
    GCJ02 = "GCJ02", _("converted from GCJ-02")
    BD09 = "BD09", _("converted from BD-09")
    GEOCODED = "GEOCODED", _("from the address")
    MANUAL = "MANUAL", _("placed by hand")
    REGISTER = "REGISTER", _("from the source register (WGS84)")


class ResponsibilityRole(models.TextChoices):
    USING_UNIT = "USING_UNIT", _("using unit")
    MAINTENANCE_UNIT = "MAINTENANCE_UNIT", _("maintenance unit")
    INSPECTION_BODY = "INSPECTION_BODY", _("inspection body")
    INSURER = "INSURER", _("insurer")
    MANUFACTURER = "MANUFACTURER", _("manufacturer")
    INSTALLER = "INSTALLER", _("installer")
    IOT_OPERATOR = "IOT_OPERATOR", _("IoT operator")
    RESCUER = "RESCUER", _("rescue unit")


# Of these an elevator has at most one at any instant (exclusion constraint).
EXCLUSIVE_ROLES = (ResponsibilityRole.USING_UNIT, ResponsibilityRole.MAINTENANCE_UNIT)


class LifeEventKind(models.TextChoices):
    IMPORTED = "IMPORTED", _("entered from a register")
    CREATED = "CREATED", _("entered by hand")
    CHANGED = "CHANGED", _("details changed")
    STATE_CHANGED = "STATE_CHANGED", _("registration state changed")
    FLAGGED = "FLAGGED", _("flag set")
    UNFLAGGED = "UNFLAGGED", _("flag lifted")
    RESPONSIBILITY_STARTED = "RESPONSIBILITY_STARTED", _("responsibility began")
    RESPONSIBILITY_ENDED = "RESPONSIBILITY_ENDED", _("responsibility ended")
    CORRECTED = "CORRECTED", _("earlier entry corrected")
    WITHDRAWN = "WITHDRAWN", _("withdrawn with its import")
    IMPORT_UNDONE = "IMPORT_UNDONE", _("an import was undone")
    DOCUMENT_FILED = "DOCUMENT_FILED", _("document filed")
    DOCUMENT_WITHDRAWN = "DOCUMENT_WITHDRAWN", _("document withdrawn")
    PLATE_HUNG = "PLATE_HUNG", _("nameplate hung")
    PLATE_VOIDED = "PLATE_VOIDED", _("nameplate taken out of use")
    CLIMATE_RECORDED = "CLIMATE_RECORDED", _("machine-room climate recorded")
    SIGNAL_CHECKED = "SIGNAL_CHECKED", _("phone signal in the car checked")
    INCOME_PUBLISHED = "INCOME_PUBLISHED", _("income and costs published")
    KEY_ENTERED = "KEY_ENTERED", _("special key entered")
    KEY_LOST = "KEY_LOST", _("special key lost")
    MAINTENANCE_CHANGE = "MAINTENANCE_CHANGE", _("change of the maintenance unit")
    REGISTRATION_STEP = "REGISTRATION_STEP", _("use registration")
    LABEL_ISSUED = "LABEL_ISSUED", _("use label issued")
    LABEL_VOIDED = "LABEL_VOIDED", _("use label no longer valid")
    HAZARD = "HAZARD", _("hazard")
    INSPECTED = "INSPECTED", _("inspected")
    INSPECTION_APPLICATION = "INSPECTION_APPLICATION", _("application for an inspection")
    SAFETY_ASSESSMENT = "SAFETY_ASSESSMENT", _("safety assessment")
    WAIVER = "WAIVER", _("waiver of what is due")


class IssueKind(models.TextChoices):
    MISSING = "MISSING", _("missing")
    MALFORMED = "MALFORMED", _("malformed")
    DOUBTFUL = "DOUBTFUL", _("doubtful")


class IssueState(models.TextChoices):
    OPEN = "OPEN", _("open")
    RESOLVED = "RESOLVED", _("corrected")
    ACCEPTED = "ACCEPTED", _("right as it stands")


class EfilePart(models.IntegerChoices):
    """The nine parts of the safety file (安全技术档案), and what is kept beside them."""

    CERTIFICATE = 1, _("Use registration certificate")
    REGISTRATION_FORM = 2, _("Use registration form")
    MANUFACTURE = 3, _("Design and manufacture documents")
    CONSTRUCTION = 4, _("Installation, alteration and repair documents")
    INSPECTION = 5, _("Inspections and tests")
    DAILY_USE = 6, _("Daily use records")
    MAINTENANCE = 7, _("Maintenance records")
    SAFETY_DEVICES = 8, _("Records of safety devices")
    ACCIDENTS = 9, _("Faults and accidents")
    BESIDE = 10, _("Contracts and other documents")


class DocumentKind(models.TextChoices):
    USE_CERTIFICATE = "USE_CERTIFICATE", _("use registration certificate")
    REGISTRATION_FORM = "REGISTRATION_FORM", _("use registration form")
    QUALITY_CERTIFICATE = "QUALITY_CERTIFICATE", _("product quality certificate")
    MANUAL = "MANUAL", _("installation and maintenance manual")
    SUPERVISION_CERTIFICATE = "SUPERVISION_CERTIFICATE", _("supervisory inspection certificate")
    TYPE_TEST = "TYPE_TEST", _("type-test certificate")
    SCHEME = "SCHEME", _("scheme of installation, alteration or repair")
    DRAWING = "DRAWING", _("drawing")
    WORK_QUALITY = "WORK_QUALITY", _("proof of quality of the work")
    WORK_SUPERVISION = "WORK_SUPERVISION", _("supervision report of the work")
    SELF_INSPECTION = "SELF_INSPECTION", _("periodic self-inspection record")
    INSPECTION_REPORT = "INSPECTION_REPORT", _("periodic inspection report")
    SELF_TEST = "SELF_TEST", _("self-test report (TSG T7008)")
    SAFETY_ASSESSMENT = "SAFETY_ASSESSMENT", _("safety assessment report")
    DAILY_USE = "DAILY_USE", _("daily use record")
    MAINTENANCE_RECORD = "MAINTENANCE_RECORD", _("maintenance record")
    SAFETY_DEVICE = "SAFETY_DEVICE", _("calibration, repair or replacement of a safety device")
    ACCIDENT = "ACCIDENT", _("fault or accident and its handling")
    MAINTENANCE_CONTRACT = "MAINTENANCE_CONTRACT", _("maintenance contract")
    PROPERTY_CONTRACT = "PROPERTY_CONTRACT", _("property management contract")
    RETROFIT_AGREEMENT = "RETROFIT_AGREEMENT", _("owners' agreement on a retrofitted elevator")
    HANDOVER_PROOF = "HANDOVER_PROOF", _("proof of handover to another using unit")
    OTHER = "OTHER", _("other document")


class ApplicationKind(models.TextChoices):
    """What a using unit asks of the use registration."""

    REGISTER = "REGISTER", _("first registration")
    CHANGE = "CHANGE", _("change after alteration")
    STOP = "STOP", _("taking out of use")
    RESTART = "RESTART", _("putting back into use")
    TRANSFER = "TRANSFER", _("transfer to another using unit")
    RELOCATE = "RELOCATE", _("relocation")
    SCRAP = "SCRAP", _("scrapping or deregistration")


class ApplicationState(models.TextChoices):
    DRAFT = "DRAFT", _("draft")
    SUBMITTED = "SUBMITTED", _("submitted")
    RETURNED = "RETURNED", _("returned to be mended")
    UNDER_REVIEW = "UNDER_REVIEW", _("under review")
    APPROVED = "APPROVED", _("approved")
    REFUSED = "REFUSED", _("registration refused")
    WITHDRAWN = "WITHDRAWN", _("taken back by the unit")


# the regulator's clock runs
WAITING_STATES = (ApplicationState.SUBMITTED, ApplicationState.UNDER_REVIEW)
# of these an elevator has at most one, whatever its kind
OPEN_STATES = (*WAITING_STATES, ApplicationState.RETURNED)
DECIDED_STATES = (ApplicationState.APPROVED, ApplicationState.REFUSED)


class RemarkTarget(models.TextChoices):
    FIELD = "FIELD", _("answer")
    DOCUMENT = "DOCUMENT", _("document")


class TermName(models.TextChoices):
    """Terms of the use registration: who has how long for what."""

    APPLY = "APPLY", _("days for the using unit to apply")
    ACCEPT = "ACCEPT", _("working days for the regulator to take up or return")
    ANSWER = "ANSWER", _("working days for the regulator to decide")
    STOPPED_LONG = "STOPPED_LONG", _("days out of use after which an inspection comes before use")


class NeedWhen(models.TextChoices):
    ALWAYS = "ALWAYS", _("always")
    STOPPED_LONG = "STOPPED_LONG", _("after a long time out of use")


class ClimateQuantity(models.TextChoices):
    TEMPERATURE = "TEMPERATURE", _("temperature (°C)")
    HUMIDITY = "HUMIDITY", _("relative humidity")


class ClimateVerdict(models.TextChoices):
    """What a reading came to against the limits of its day."""

    WITHIN = "WITHIN", _("within the limits")
    TOO_COLD = "TOO_COLD", _("too cold")
    TOO_HOT = "TOO_HOT", _("too hot")
    TOO_DAMP = "TOO_DAMP", _("too damp")


class Carrier(models.TextChoices):
    """Who runs a public mobile network in the city."""

    MOBILE = "MOBILE", _("China Mobile")
    UNICOM = "UNICOM", _("China Unicom")
    TELECOM = "TELECOM", _("China Telecom")
    BROADNET = "BROADNET", _("China Broadnet")


class SignalOutcome(models.TextChoices):
    """What a check came to over the carriers that were tried."""

    COVERED = "COVERED", _("calls get through")
    PARTLY = "PARTLY", _("calls get through with some carriers")
    NOT_COVERED = "NOT_COVERED", _("no call gets through")


class DocumentState(models.TextChoices):
    IN_FORCE = "IN_FORCE", _("in force")
    FUTURE = "FUTURE", _("to come")
    EXPIRED = "EXPIRED", _("expired")
    SUPERSEDED = "SUPERSEDED", _("superseded")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


class BatchContent(models.TextChoices):
    STOCK = "STOCK", _("stock, to be bound where they are hung")
    ELEVATORS = "ELEVATORS", _("for these elevators")


class PlateState(models.TextChoices):
    PRINTED = "PRINTED", _("printed, not hung yet")
    BOUND = "BOUND", _("hangs")
    VOID = "VOID", _("void")


class ScanVerdict(models.TextChoices):
    """What a scan came to that is not a good plate. A text that cannot be a plate's is nobody's and is not counted."""

    VOID = "VOID", _("void plate")
    UNKNOWN = "UNKNOWN", _("right signature, no such plate")
    UNKNOWN_KEY = "UNKNOWN_KEY", _("unknown key")
    FORGED = "FORGED", _("forged")


class KeyKind(models.TextChoices):
    DOOR = "DOOR", _("landing doors (triangular key)")
    MACHINE_ROOM = "MACHINE_ROOM", _("machine room")
    CABINET = "CABINET", _("control cabinet or car panel")
    OTHER = "OTHER", _("something else")


class KeyState(models.TextChoices):
    KEPT = "KEPT", _("with its keeper")
    ISSUED = "ISSUED", _("handed out")
    LOST = "LOST", _("lost")
    RETIRED = "RETIRED", _("retired")


class KeyEnding(models.TextChoices):
    RETURNED = "RETURNED", _("came back")
    LOST = "LOST", _("was lost")


class ChangeState(models.TextChoices):
    PROPOSED = "PROPOSED", _("waits for the new unit")
    CONFIRMED = "CONFIRMED", _("confirmed")
    DONE = "DONE", _("entered in the register")
    REFUSED = "REFUSED", _("declined")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")
    EXPIRED = "EXPIRED", _("lapsed without an answer")


class ItemState(models.TextChoices):
    OPEN = "OPEN", _("not entered yet")
    DONE = "DONE", _("entered")
    FAILED = "FAILED", _("not entered")
    DROPPED = "DROPPED", _("stays as it was")


class HandedOver(models.TextChoices):
    ALL = "ALL", _("all of them")
    PARTLY = "PARTLY", _("some, see remarks")
    NONE = "NONE", _("none")
    HAD_NONE = "HAD_NONE", _("we had none")


# What the audit log's actions of this app, and its ledger, are called; the last ones are states of a change.
ACTION_LABELS = {
    # records that the access log names
    "registry.certificate": _("certificate of use registration"),
    "registry.dataissue": _("doubt about data"),
    "registry.document": _("document of an e-file"),
    "registry.elevator": _("e-file of an elevator"),
    "registry.maintenancechange": _("change of the maintenance unit"),
    "registry.nameplate": _("nameplate"),
    "registry.platebatch": _("sheets of nameplates"),
    "registry.registrationapplication": _("application for use registration"),
    "registry.site": _("site"),
    "registry.specialkey": _("special key"),
    "registry.uselabel": _("use label"),
    "registry.life_events": _("life events of elevators"),
    "registry.create_elevator": _("elevator entered"),
    "registry.change_elevator": _("elevator changed"),
    "registry.confirm_certificate_number": _("certificate number confirmed"),
    "registry.import_elevators": _("elevators brought in from a file"),
    "registry.import_responsibilities": _("responsibilities brought in from a file"),
    "registry.seed_city": _("synthetic city made"),
    "registry.set_registration_state": _("registration state changed"),
    "registry.set_flag": _("flag set"),
    "registry.lift_flag": _("flag lifted"),
    "registry.assign_responsibility": _("responsible unit assigned"),
    "registry.end_responsibility": _("responsibility ended"),
    "registry.accept_data_issue": _("doubtful value accepted as it is"),
    "registry.fold_spelling": _("spelling of a name settled"),
    "registry.file_document": _("document filed"),
    "registry.withdraw_document": _("document withdrawn"),
    "registry.open_application": _("application about a use registration begun"),
    "registry.save_application": _("application saved"),
    "registry.reply_to_remarks": _("remarks on an application replied to"),
    "registry.attach_document": _("document attached to an application"),
    "registry.detach_document": _("document taken off an application"),
    "registry.registration_step": _("step of an application"),
    "registry.withdraw_application": _("application taken back"),
    "registry.issue_label": _("use label issued"),
    "registry.redraw_label": _("use label drawn again"),
    "registry.void_label": _("use label no longer valid"),
    "registry.order_plates": _("nameplates ordered"),
    "registry.hand_out_plates": _("nameplates handed out"),
    "registry.hang_plate": _("nameplate hung"),
    "registry.void_plate": _("nameplate out of use"),
    "registry.record_climate": _("climate of a machine room recorded"),
    "registry.record_signal": _("phone signal in a car recorded"),
    "registry.publish_income": _("income and costs published"),
    "registry.enter_key": _("special key entered"),
    "registry.issue_key": _("special key handed out"),
    "registry.return_key": _("special key brought back"),
    "registry.report_key_lost": _("special key lost"),
    "registry.retire_key": _("special key retired"),
    "registry.propose_change": _("change of the maintenance unit proposed"),
    "registry.resume_change": _("change of the maintenance unit taken up again"),
    "registry.hand_over": _("elevator handed over by its maintenance unit"),
    "registry.receive_handover": _("elevator received by its maintenance unit"),
    "registry.change_confirmed": _("change of the maintenance unit confirmed"),
    "registry.change_refused": _("change of the maintenance unit refused"),
    "registry.change_withdrawn": _("change of the maintenance unit taken back"),
    "registry.change_expired": _("change of the maintenance unit lapsed"),
}


def action_labels() -> dict:
    """Registered at common.hooks.ACTION_LABELS."""
    return ACTION_LABELS


# Sources of the shipped rows of law, as components/source.html shows them translated.
SOURCES = (
    _("特种设备安全法 art. 33: before use or within 30 days after"),
    _("TSG 08-2017, from memory; in force since 2026-05-01 is TSG 08-2026, which may differ"),
    _("行政许可法 art. 32, from memory: five days to say at once all that is missing"),
    _("停用1年以上 (TSG 08-2017; two sources): a periodic inspection before re-use"),
)
