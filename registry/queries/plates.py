"""What a plate says, and whether the platform knows it."""

from registry.choices import PlateState
from registry.models import Nameplate, PlateCity
from registry.plates.keys import plate_keys
from registry.rules.plates import Plate, Reading, Verdict, plate_text, read_text

__all__ = ["Verdict", "hanging_plate", "reading_of", "text_of"]


def reading_of(text: object) -> Reading:
    """What was scanned or typed, judged by the platform's keys alone: no statement."""
    return read_text(text, plate_keys())


def text_of(plate: Nameplate, city_number: str) -> str:
    """What stands behind /e/ on this plate."""
    return plate_text(Plate(city_number, plate.code, plate.issue, plate.key_id), plate_keys()[plate.key_id])


def hanging_plate(text: str, *, city: str) -> Plate | None:
    """The plate that hangs in `city` under the six digits alone, as somebody types them; None for anything else."""
    digits = "".join(text.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    hung = Nameplate.objects.filter(code=digits, city__in=PlateCity.objects.filter(number=city).values("area"))
    row = hung.filter(state=PlateState.BOUND).values_list("issue", "key_id").first()
    return Plate(city, digits, *row) if row else None
