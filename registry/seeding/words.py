"""Neutral invented names. Two poetic words make a place that no city has; units say that they are examples."""

import random

from registry.seeding.shape import figures

_DIGITS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """1 → 一, 12 → 十二, 305 → 三百零五, up to 9,999: how units of one kind are told apart."""
    text, pending_zero = "", False
    for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // power % 10
        if digit:
            text += ("零" if pending_zero else "") + _DIGITS[digit] + name
            pending_zero = False
        else:
            pending_zero = bool(text)
    return text.removeprefix("一") if text.startswith("一十") else text


class Names:
    """Hands out names that it has not handed out before."""

    def __init__(self, chance: random.Random):
        self._chance = chance
        self._words = figures()["names"]["words"].split()
        self._used: set[str] = set()

    def pair(self) -> str:
        """Two different words, not necessarily for the first time (a street has more than one site)."""
        return "".join(self._chance.sample(self._words, 2))

    def site(self, suffixes: tuple[str, ...]) -> str:
        """A pair with a suffix, once; when the pairs run short, its second or third phase."""
        for attempt in range(1000):
            phase = f"{chinese_number(2 + attempt // 20)}期" if attempt >= 20 else ""
            name = f"{self.pair()}{self._chance.choice(suffixes)}{phase}"
            if name not in self._used:
                self._used.add(name)
                return name
        raise RuntimeError("the words are used up")
