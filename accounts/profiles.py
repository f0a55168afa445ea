"""What is asked of passwords and sessions, as data with its source. No Django here: the settings choose one.

Standards name few figures. Whatever a profile says beyond its source is customary and unverified: agree it with the
assessor and change it in `PASSWORD_PROFILE_CHANGES`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace


class ProfileUnfit(ValueError):
    """The settings name no profile, or change something that a profile does not have."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Lengths in characters; `kinds` of lower case, upper case, digits, anything else; times in their unit."""

    name: str
    source: str
    certainty: str  # of the figures: V1 read in the source, U unverified
    least_length: int
    least_length_with_factor: int
    kinds: int
    history: int  # how many former passwords do not come back, beside the present one
    max_age_days: int  # 0: no end
    tries: int
    lock_minutes: int
    idle_minutes: int
    lifetime_hours: int

    @property
    def max_age(self) -> dt.timedelta | None:
        return dt.timedelta(days=self.max_age_days) if self.max_age_days else None

    @property
    def idle(self) -> dt.timedelta:
        return dt.timedelta(minutes=self.idle_minutes)

    @property
    def lifetime(self) -> dt.timedelta:
        return dt.timedelta(hours=self.lifetime_hours)


_PROFILES = (
    # 8.1.4.1 a: complexity and regular change; b: limited wrong tries, automatic end of a session. It names no figure.
    Profile(
        name="mlps3",
        source="GB/T 22239-2019, 8.1.4.1 a, b",
        certainty="U",
        least_length=12,
        least_length_with_factor=12,
        kinds=3,
        history=5,
        max_age_days=90,
        tries=5,
        lock_minutes=15,
        idle_minutes=30,
        lifetime_hours=12,
    ),
    # 3.1.1.2: 15 alone, 8 beside another factor, a blocklist, no composition, no regular change; 2.2.3 (AAL2): 1 h and 24 h.
    # Its limit of wrong tries is 100; ten with a pause are this platform's choice.
    Profile(
        name="nist",
        source="NIST SP 800-63B-4, 3.1.1.2 and 2.2.3",
        certainty="U",
        least_length=15,
        least_length_with_factor=8,
        kinds=1,
        history=0,
        max_age_days=0,
        tries=10,
        lock_minutes=15,
        idle_minutes=60,
        lifetime_hours=24,
    ),
)

# Below these a figure is a slip of the hand, not a policy.
_LEAST = {
    "least_length": 8,
    "least_length_with_factor": 8,
    "kinds": 1,
    "history": 0,
    "max_age_days": 0,
    "tries": 3,
    "lock_minutes": 1,
    "idle_minutes": 1,
    "lifetime_hours": 1,
}


def chosen(name: str, changes: Mapping[str, int]) -> Profile:
    """The profile of this name with some figures changed. Raises ProfileUnfit."""
    profile = next((profile for profile in _PROFILES if profile.name == name), None)
    if profile is None:
        raise ProfileUnfit(f"PASSWORD_PROFILE: {name} is none of {', '.join(each.name for each in _PROFILES)}.")
    known = {field.name for field in fields(Profile)} & set(_LEAST)
    for key, value in changes.items():
        if key not in known or type(value) is not int or value < _LEAST[key]:
            raise ProfileUnfit(f"PASSWORD_PROFILE_CHANGES: {key} must be one of {', '.join(_LEAST)}, not too small.")
    changed = replace(profile, **changes)
    if changed.kinds > 4 or changed.least_length_with_factor > changed.least_length:
        raise ProfileUnfit(
            "PASSWORD_PROFILE_CHANGES: at most 4 kinds; a second factor never asks for a longer password."
        )
    return changed
