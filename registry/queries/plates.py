"""What a plate says, and whether the platform knows it."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import Q

from accounts.choices import AreaKind
from common.models import Attachment
from registry.choices import PlateState
from registry.models import Elevator, Nameplate, PlateCity
from registry.plates.keys import plate_keys
from registry.rules.plates import Plate, Reading, Verdict, digits_typed, plate_text, read_text, text_of_link

__all__ = [
    "Verdict",
    "city_numbered",
    "codes_on_foreign_plates",
    "digits_typed",
    "hanging_plate",
    "photo_of",
    "plate_meant",
    "plate_read",
    "reading_of",
    "text_of",
    "text_scanned",
]


def reading_of(text: object) -> Reading:
    """What was scanned or typed, judged by the platform's keys alone: no statement."""
    return read_text(text, plate_keys())


def text_scanned(scanned: str) -> str:
    """What stands behind /e/ in a scanned link of ours; anything else as it is (somebody typed what is printed)."""
    hosts = {host.lower() for host in (settings.PLATE_HOST, *settings.PLATE_FORMER_HOSTS)}
    return text_of_link(scanned, hosts) or scanned


def plate_read(plate: Plate) -> Nameplate | None:
    """The row of a plate that one of our keys signed; None when it was never printed."""
    return (
        Nameplate.objects.select_related("elevator")
        .filter(
            code=plate.code,
            issue=plate.issue,
            key_id=plate.key_id,
            city__in=PlateCity.objects.filter(number=plate.city).values("area"),
        )
        .first()
    )


def plate_meant(text: str) -> Nameplate | None:
    """The plate of ours that a scanned link or its typed line means; None for anything else. At most one statement."""
    reading = reading_of(text_scanned(text))
    return plate_read(reading.plate) if reading.verdict is Verdict.VALID else None


def codes_on_foreign_plates(elevators: Sequence[Elevator]) -> list[str]:
    """Rescue codes of `elevators` (saved or not) that a plate of their city carries which is not their own, hanging,
    in a drawer or void alike: a number is given once. One statement, none without a code."""
    coded = {(each.city_id, each.rescue_code): each.pk for each in elevators if each.rescue_code}
    if not coded:
        return []
    plates = Nameplate.objects.filter(
        code__in={code for _city, code in coded}, city__in={city for city, _code in coded}
    )
    rows = plates.values_list("city_id", "code", "elevator_id")
    return sorted({code for city, code, holder in rows if _foreign(coded, (city, code), holder)})


def _foreign(coded: dict, number: tuple, holder: int | None) -> bool:
    return number in coded and (holder is None or holder != coded[number])


def photo_of(plate: Nameplate) -> Attachment | None:
    """What the plate looked like when it was hung."""
    return Attachment.objects.kept_for(plate).first()


def text_of(plate: Nameplate, city_number: str) -> str:
    """What stands behind /e/ on this plate."""
    return plate_text(Plate(city_number, plate.code, plate.issue, plate.key_id), plate_keys()[plate.key_id])


def city_numbered(number: str) -> Q:
    """The city that plates name by this number, as a condition on areas; before its first order of plates: by its code."""
    return Q(pk__in=PlateCity.objects.filter(number=number).values("area")) | Q(kind=AreaKind.CITY, code=number)


def hanging_plate(text: str, *, city: str) -> Plate | None:
    """The plate that hangs in `city` under the six digits alone, as somebody types them; None for anything else."""
    digits = digits_typed(text)
    if len(digits) != 6:
        return None
    hung = Nameplate.objects.filter(code=digits, city__in=PlateCity.objects.filter(number=city).values("area"))
    row = hung.filter(state=PlateState.BOUND).values_list("issue", "key_id").first()
    return Plate(city, digits, *row) if row else None
