"""What a new password must be, and how long it lasts; the figures come from a profile (accounts.profiles)."""

import datetime as dt

from accounts.profiles import Profile


def kinds_in(password: str) -> int:
    """Lower case, upper case, digits, anything else: how many of these four. Chinese characters are of the fourth kind."""
    found = {
        "lower" if each.islower() else "upper" if each.isupper() else "digit" if each.isdigit() else "other"
        for each in password
    }
    return len(found)


def faults(password: str, profile: Profile, *, second_factor: bool) -> list[str]:
    """What is wrong with it: "length", "kinds"; [] when nothing is."""
    found = ["length"] if len(password) < least_length(profile, second_factor=second_factor) else []
    if kinds_in(password) < profile.kinds:
        found.append("kinds")
    return found


def least_length(profile: Profile, *, second_factor: bool) -> int:
    return profile.least_length_with_factor if second_factor else profile.least_length


def is_expired(set_at: dt.datetime, at: dt.datetime, profile: Profile) -> bool:
    """Has the password reached the age at which it has to be changed?"""
    return profile.max_age is not None and set_at + profile.max_age <= at


def needs_another_without_factor(profile: Profile) -> bool:
    """May a password that was long enough beside a second factor be too short alone? Nobody can measure it afterwards."""
    return profile.least_length_with_factor < profile.least_length
