"""Registration states and what the public reads out of them (domain notes §3)."""

# 未登记 → 在用 ↔ 停用 → 报废 → 注销; a legacy register may enter an elevator in any of them.
TRANSITIONS = {
    "UNREGISTERED": {"IN_USE", "DEREGISTERED"},
    "IN_USE": {"OUT_OF_USE", "SCRAPPED", "DEREGISTERED"},
    "OUT_OF_USE": {"IN_USE", "SCRAPPED", "DEREGISTERED"},
    "SCRAPPED": {"DEREGISTERED"},
    "DEREGISTERED": set(),
    "WITHDRAWN": set(),
}
# Worst first: what a rider has to know before anything else.
FLAGS_BY_WEIGHT = ("SEALED", "DISMANTLED", "RELOCATING", "CHANGING")


# How an elevator's row repeats its open flags, for lists: one bit each. Kept by a trigger (migration 0005).
FLAG_BITS = {"SEALED": 1, "DISMANTLED": 2, "RELOCATING": 4, "CHANGING": 8}


def flags_in(bits: int) -> set[str]:
    """The open flags that a row's bits stand for."""
    return {kind for kind, bit in FLAG_BITS.items() if bits & bit}


def masks_with(kind: str) -> list[int]:
    """Every combination of bits in which a flag is open; a list, because an index can look for listed values only."""
    return [mask for mask in range(2 ** len(FLAG_BITS)) if mask & FLAG_BITS[kind]]


class InvalidTransition(ValueError):
    """The state does not follow from the present one."""

    def __init__(self, present: str, wanted: str):
        self.present, self.wanted = present, wanted
        super().__init__(f"{present} -> {wanted}")


def require_transition(present: str, wanted: str) -> None:
    """Raise InvalidTransition unless `wanted` may follow `present`."""
    if wanted not in TRANSITIONS[present]:
        raise InvalidTransition(present, wanted)


def public_status(state: str, flags: set[str]) -> str:
    """What counts for somebody about to step in: the gravest open flag, else the registration state."""
    return next((flag for flag in FLAGS_BY_WEIGHT if flag in flags), state)


# Set only by whoever may change the use registration; the rest is the using unit's to keep right as well.
REGISTRATION_FIELDS = frozenset(
    {
        "equipment_code",
        "registration_code",
        "certificate_number",
        "rescue_code",
        "area",
        "class_code",
        "place_type",
        "commissioned_on",
        "last_renewed_on",
        "retrofitted",
    }
)
