from registry.models.car_signal import CarSignal
from registry.models.climate import ClimateLimit, ClimateReading
from registry.models.disclosures import Disclosure, DisclosureRule
from registry.models.documents import Document, EfileItem
from registry.models.elevators import Elevator, ElevatorClass, StatusFlag
from registry.models.handovers import ChangeItem, HandoverRecord, HandoverRule, MaintenanceChange
from registry.models.keys import KeyIssue, KeyRule, SpecialKey
from registry.models.life_events import LifeEvent
from registry.models.plates import Nameplate, PlateBatch, PlateCity, PlateScan
from registry.models.quality import (
    DataIssue,
    Manufacturer,
    ManufacturerSpelling,
    QualityDue,
    QualityLimit,
    QualityScore,
)
from registry.models.registration_law import CertificateLetters, RegistrationNeed, RegistrationTerm
from registry.models.registrations import (
    ApplicationDocument,
    CertificateSeries,
    RegistrationApplication,
    RegistrationRemark,
    RemarkReply,
    UseLabel,
)
from registry.models.responsibilities import Responsibility
from registry.models.search import SearchEntry
from registry.models.sites import Site

__all__ = [
    "ApplicationDocument",
    "CarSignal",
    "CertificateLetters",
    "CertificateSeries",
    "ChangeItem",
    "ClimateLimit",
    "ClimateReading",
    "DataIssue",
    "Disclosure",
    "DisclosureRule",
    "Document",
    "EfileItem",
    "Elevator",
    "ElevatorClass",
    "HandoverRecord",
    "HandoverRule",
    "KeyIssue",
    "KeyRule",
    "LifeEvent",
    "MaintenanceChange",
    "Manufacturer",
    "ManufacturerSpelling",
    "Nameplate",
    "PlateBatch",
    "PlateCity",
    "PlateScan",
    "QualityDue",
    "QualityLimit",
    "QualityScore",
    "RegistrationApplication",
    "RegistrationNeed",
    "RegistrationRemark",
    "RegistrationTerm",
    "RemarkReply",
    "Responsibility",
    "SearchEntry",
    "Site",
    "SpecialKey",
    "StatusFlag",
    "UseLabel",
]
