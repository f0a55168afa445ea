"""Rules of who is who: the credit code's check digit, how far a permission reaches, which roles fit where."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.choices import RoleScope
from accounts.roles import APART, ROLES, Permission

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


# --- who may hold what, and who may give it ---------------------------------------------------------------------------


class Unfit(ValueError):
    """Why a rule of this app says no; `reason` is one of the words that the function which raises it names."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


_USERNAME = re.compile(r"[a-z0-9一-龥][a-z0-9一-龥._@-]{1,63}")


def canonical_username(text: str) -> str:
    """A sign-in name as it is stored: compatibility forms folded, lower case. Raises Unfit("username").

    2 to 64 letters a-z, digits, Chinese characters, and . _ @ - behind the first; letters of other alphabets look like
    these and would let one person pass for another.
    """
    name = unicodedata.normalize("NFKC", text).strip().lower()
    if not _USERNAME.fullmatch(name):
        raise Unfit("username")
    return name


def require_unit_role(role: str, unit_kind: str) -> None:
    """A unit of this kind can hold this role (accounts.roles). Raises Unfit: "role", "unit_kind"."""
    definition = ROLES.get(role)
    if definition is None or definition.scope != RoleScope.UNIT:
        raise Unfit("role")
    if unit_kind not in definition.unit_kinds:
        raise Unfit("unit_kind")


def require_area_role(role: str, area_kind: str | None, place_types: Iterable[str]) -> None:
    """The role can be held over an area of this kind (None: over the platform) with these place types.

    Raises Unfit: "role" (not an area's or the platform's), "area" (one is needed), "area_kind", "no_area" (the platform's
    role takes none), "place_types" (a sector role needs them), "no_place_types" (another role takes none).
    """
    definition = ROLES.get(role)
    if definition is None or definition.scope == RoleScope.UNIT:
        raise Unfit("role")
    if definition.scope == RoleScope.PLATFORM and area_kind is not None:
        raise Unfit("no_area")
    if definition.scope == RoleScope.AREA and area_kind is None:
        raise Unfit("area")
    if definition.scope == RoleScope.AREA and area_kind not in definition.area_kinds:
        raise Unfit("area_kind")
    if definition.needs_place_types and not list(place_types):
        raise Unfit("place_types")
    if not definition.needs_place_types and list(place_types):
        raise Unfit("no_place_types")


_GIVES = frozenset({Permission.GRANT_ANY_ROLE})
_MAKES = frozenset({Permission.CREATE_USER, Permission.SET_PASSWORD})


def require_apart(held: Iterable[str], role: str) -> None:
    """Nobody holds two of the three administrator roles (GB/T 22239-2019, level 3). Raises Unfit("apart").

    Nor does anybody who gives roles everywhere enter people in a unit: they would know the password of whom they give to.
    Raises Unfit("enters").
    """
    if role in APART and (APART & set(held)) - {role}:
        raise Unfit("apart")
    wanted = ROLES[role].permissions if role in ROLES else frozenset()
    present = [ROLES[code].permissions for code in held if code in ROLES]
    for mine, theirs in ((_GIVES, _MAKES), (_MAKES, _GIVES)):
        if wanted & mine and any(permissions & theirs for permissions in present):
            raise Unfit("enters")


def require_somebody_else(actor_id: str, subject_id: str) -> None:
    """Nobody gives, takes, unlocks or deactivates anything of their own. Raises Unfit("oneself")."""
    if actor_id == subject_id:
        raise Unfit("oneself")


def require_no_takeover(own_roles: Iterable[str], subject_roles: Iterable[str]) -> None:
    """Whoever sets a password can sign in with it, so a platform role's holder gets it from another holder only.

    Otherwise a system administrator could become the security administrator from whom GB/T 22239-2019 keeps them apart,
    or the auditor, who reads everything.
    Raises Unfit("takeover").
    """
    if {role for role in subject_roles if role in ROLES and ROLES[role].privileged} - set(own_roles):
        raise Unfit("takeover")


def takes_two(subject_roles: Iterable[str]) -> bool:
    """Does setting this person's password take a second administrator? Of whoever holds an office: over an area or more.

    One who sets it could sign in and decide in the officer's name; two would have to agree on it.
    """
    return any(role in ROLES and ROLES[role].scope != RoleScope.UNIT for role in subject_roles)


def may_give_in_unit(holdings, unit_id: int) -> bool:
    """Does a role of these holdings let its holder give and take unit roles in this unit?"""
    scope = reach(holdings, Permission.GRANT_UNIT_ROLE)
    return scope.everything or unit_id in scope.unit_ids


def may_give_anywhere(holdings) -> bool:
    """Does a role of these holdings let its holder give and take roles over areas and the platform?"""
    return reach(holdings, Permission.GRANT_ANY_ROLE).everything


def may_place_unit(holdings, city_id: int) -> bool:
    """May a unit in this city be entered or changed with these holdings?"""
    scope = reach(holdings, Permission.CHANGE_UNIT)
    return scope.everything or any(area.city_id == city_id for area in scope.areas)


def invitation_digest(token: str) -> str:
    """What is stored of an invitation's token: 256 random bits need no more than a plain hash."""
    return hashlib.sha256(f"invitation:{token}".encode()).hexdigest()


# Without one of these nobody is left who can give roles: in a unit, on the platform.
UNIT_KEEPER, PLATFORM_KEEPER = "UNIT_ADMIN", "SECURITY_ADMIN"


# --- names of areas ---------------------------------------------------------------------------------------------------


def fold(text: str) -> str:
    """Words as they are compared: compatibility forms, case and blanks folded."""
    return re.sub(r"[\s·・]+", "", unicodedata.normalize("NFKC", text)).casefold()


_ENDINGS = ("街道办事处", "街道", "新区", "区", "县", "市", "镇", "乡")
_ENGLISH_ENDINGS = (" district", " subdistrict", " county", " city", " town", " new area")


def area_forms(code: str, name: str, name_en: str) -> set[str]:
    """What an area may be called: its code (shorter ones of nine digits too), its names, those without what it is."""
    forms = {code, name, name_en}
    if code.isdigit() and len(code) in (6, 9, 12):
        forms |= {code.ljust(length, "0") for length in (6, 9, 12) if length >= len(code)}
    forms |= {name.removesuffix(ending) for ending in _ENDINGS if len(name) - len(ending) >= 2}
    lower = name_en.casefold()
    bare = next((name_en[: -len(ending)] for ending in _ENGLISH_ENDINGS if lower.endswith(ending)), name_en)
    forms |= {bare} if bare != name_en else {name_en + ending for ending in _ENGLISH_ENDINGS if name_en}
    return {fold(form) for form in forms if form}


def areas_by_form(areas: list[tuple[str, str, str]]) -> tuple[dict[str, str], set[str]]:
    """({folded form: code}, forms that several areas share) of (code, name, English name)."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for code_, name, name_en in areas:
        for form in area_forms(code_, name, name_en):
            if found.setdefault(form, code_) != code_:
                shared.add(form)
    exact = {fold(name): code_ for code_, name, _en in areas}
    # a full name wins over another area's short one: 江宁区 against 江宁街道
    for form in list(shared):
        if form in exact:
            found[form] = exact[form]
            shared.discard(form)
    return {form: code_ for form, code_ in found.items() if form not in shared}, shared
