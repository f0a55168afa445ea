"""The air of a machine room: 5 to 40 °C (宁政办发〔2019〕34号 §9); the limits come as dated rows."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Range:
    low: Decimal
    high: Decimal


def verdict(
    temperature: Decimal, humidity: Decimal | None, *, temperatures: Range | None, humidities: Range | None
) -> str:
    """TOO_COLD, TOO_HOT, TOO_DAMP or WITHIN; the limits themselves are within. Temperature is named before humidity."""
    if temperatures is not None and temperature < temperatures.low:
        return "TOO_COLD"
    if temperatures is not None and temperature > temperatures.high:
        return "TOO_HOT"
    if humidity is not None and humidities is not None and humidity > humidities.high:
        return "TOO_DAMP"
    return "WITHIN"
