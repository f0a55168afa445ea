"""Neutral invented names. Two poetic words make a place that no city has; units say that they are examples."""

import random

_WORDS = [
    "松风",
    "竹影",
    "梅雪",
    "兰石",
    "荷露",
    "桂月",
    "柳烟",
    "桐荫",
    "枫岸",
    "榆钱",
    "槐序",
    "杏雨",
    "桃溪",
    "梨云",
    "橘井",
    "棠里",
    "芦汀",
    "苇洲",
    "萍渚",
    "茶坞",
    "稻香",
    "麦浪",
    "棉野",
    "桑田",
    "藤阶",
    "菊篱",
    "莲塘",
    "葵阳",
    "蕉窗",
    "薇谷",
    "云岫",
    "霞岭",
    "星野",
    "月湾",
    "雾津",
    "雪原",
    "霜林",
    "溪石",
    "泉鸣",
    "涧松",
    "沙洲",
    "潭影",
    "汀兰",
    "舟渡",
    "帆影",
    "鹭飞",
    "雁归",
    "鹤鸣",
    "燕来",
    "莺啼",
    "鹿野",
    "鱼跃",
    "蝉声",
    "萤火",
    "石桥",
    "木桥",
    "砖塔",
    "瓦舍",
    "灯影",
    "钟声",
    "书窗",
    "棋局",
    "琴台",
    "画屏",
    "墨池",
    "砚田",
    "纸鸢",
    "陶径",
]
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
        self._used: set[str] = set()

    def pair(self) -> str:
        """Two different words, not necessarily for the first time (a street has more than one site)."""
        return "".join(self._chance.sample(_WORDS, 2))

    def site(self, suffixes: tuple[str, ...]) -> str:
        """A pair with a suffix, once; when the pairs run short, its second or third phase."""
        for attempt in range(1000):
            phase = f"{chinese_number(2 + attempt // 20)}期" if attempt >= 20 else ""
            name = f"{self.pair()}{self._chance.choice(suffixes)}{phase}"
            if name not in self._used:
                self._used.add(name)
                return name
        raise RuntimeError("the words are used up")
