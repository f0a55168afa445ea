"""Makes registry/data/hanzi_readings.csv from pypinyin (MIT licence; its data from the Unihan database and zdic).

    pip install pypinyin==0.55.0 && python tools/hanzi.py

One line a syllable without tones (ü as v, as it is typed): the characters that are read so first, and those that are
read so second. Rarer readings are left out.
"""

import csv
import unicodedata
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "registry" / "data" / "hanzi_readings.csv"
BLOCK = (0x3007, *range(0x4E00, 0xA000))


def toneless(reading: str) -> str:
    """lǜ → lv, háng → hang."""
    marked = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(c for c in marked if "a" <= c <= "z")


def main() -> None:
    from pypinyin.pinyin_dict import pinyin_dict

    first: dict[str, list[str]] = {}
    second: dict[str, list[str]] = {}
    for code in BLOCK:
        readings = list(dict.fromkeys(map(toneless, pinyin_dict.get(code, "").split(","))))
        for column, syllable in zip((first, second), filter(None, readings), strict=False):
            column.setdefault(syllable, []).append(chr(code))
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("syllable", "first", "second"))
        for syllable in sorted({*first, *second}):
            writer.writerow((syllable, "".join(first.get(syllable, ())), "".join(second.get(syllable, ()))))


if __name__ == "__main__":
    main()
