"""Rules of who is who: the credit code's check digit, how far a permission reaches, which roles fit where."""

from dataclasses import dataclass

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


class CreditCodeError(ValueError):
    """Why a 统一社会信用代码 is refused: `length`, `character` or `check`."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


def check_credit_code(code: str) -> str:
    """The code in canonical form (upper case, no spaces), or CreditCodeError.

    GB 32100-2015: 18 characters of 31 (no I, O, S, V, Z); the last is 31 - (Σ value·weight mod 31), 31 counting as 0.
    """
    code = "".join(code.split()).upper()
    if len(code) != 18:
        raise CreditCodeError("length")
    if any(character not in USCC_ALPHABET for character in code):
        raise CreditCodeError("character")
    if code[17] != credit_code_check_digit(code):
        raise CreditCodeError("check")
    return code


def credit_code_check_digit(code: str) -> str:
    """The 18th character that belongs to the first 17 (GB 32100-2015, annex)."""
    total = sum(USCC_ALPHABET.index(code[i]) * USCC_WEIGHTS[i] for i in range(17))
    return USCC_ALPHABET[-total % 31]


@dataclass(frozen=True, slots=True)
class Holding:
    """A role in force: in a unit, over an area (with place types, empty for all), or over the platform (neither)."""

    role: str
    permissions: frozenset
    unit_id: int | None = None
    area_id: int | None = None
    area_kind: str = ""
    city_id: int | None = None
    place_types: frozenset = frozenset()


@dataclass(frozen=True, slots=True)
class AreaReach:
    """Rows of this area (a city's, a district's or a subdistrict's), of these place types (empty: of all)."""

    area_id: int
    kind: str
    city_id: int
    place_types: frozenset


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one permission reaches for one actor: everything, or units plus areas."""

    everything: bool = False
    unit_ids: frozenset = frozenset()
    areas: tuple = ()

    def __bool__(self) -> bool:
        return self.everything or bool(self.unit_ids or self.areas)


def reach(holdings, permission) -> Reach:
    """Union of the holdings that carry `permission`; a role without it adds nothing, however strong it is elsewhere."""
    counted = [holding for holding in holdings if permission in holding.permissions]
    if any(holding.unit_id is None and holding.area_id is None for holding in counted):
        return Reach(everything=True)
    areas = {
        AreaReach(holding.area_id, holding.area_kind, holding.city_id, holding.place_types)
        for holding in counted
        if holding.area_id is not None
    }
    return Reach(
        unit_ids=frozenset(holding.unit_id for holding in counted if holding.unit_id is not None),
        areas=tuple(sorted(areas, key=lambda area: (area.area_id, sorted(area.place_types)))),
    )
