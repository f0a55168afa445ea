"""When a session is over, and how little of where it is from is kept."""

import datetime as dt
import ipaddress
from enum import StrEnum

from accounts.profiles import Profile


class Over(StrEnum):
    IDLE = "idle"
    OLD = "old"


def over(began_at: dt.datetime, seen_at: dt.datetime, at: dt.datetime, profile: Profile) -> Over | None:
    """Why a session is over at a moment: nothing done for too long, or too long since the sign-in; None while it is not."""
    if began_at + profile.lifetime <= at:
        return Over.OLD
    if seen_at + profile.idle <= at:
        return Over.IDLE
    return None


def noted_each(profile: Profile) -> dt.timedelta:
    """How often it is written down that somebody is there: each minute, oftener where idle ends sooner."""
    return min(dt.timedelta(minutes=1), profile.idle / 4)


def mask_address(address: str) -> str:
    """Half of an IPv4 address, the site's part of an IPv6 one: enough to know one's own office again."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if found.version == 6 and found.ipv4_mapped:
        found = found.ipv4_mapped
    if found.version == 4:
        return ".".join([*str(found).split(".")[:2], "*", "*"])
    return ":".join([*found.exploded.split(":")[:3], "*"])


# What a browser calls itself, the particular before the general: several call themselves Chrome and Safari as well.
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Edg", "Edge"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("MiuiBrowser", "Mi Browser"),
    ("QQBrowser", "QQ Browser"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Browser and system by their names, "" for what is unknown; nothing else of what the browser says is kept."""
    names = (next((name for mark, name in table if mark in user_agent), "") for table in (_BROWSERS, _SYSTEMS))
    return " · ".join(name for name in names if name)
