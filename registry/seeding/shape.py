"""What the city looks like in numbers: how many elevators where, of which class, since when."""

import bisect
import datetime as dt
import itertools
import json
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from accounts.choices import PlaceType

FILE = Path(__file__).resolve().parents[1] / "data" / "synthetic_city.json"
# Nothing is commissioned after it, so that the same seed gives the same city on any day.
LAST_DAY = dt.date(2026, 6, 30)


@cache
def figures() -> dict:
    """The data file: districts, growth, classes, positions, each with its source."""
    return json.loads(FILE.read_text(encoding="utf-8"))


@dataclass(frozen=True, eq=False)
class Profile:
    """A kind of site. `share` is of all elevators; `own` of the sites are used by a unit of their own, `committee` by
    their owners' committee, the rest by a property manager; `classes` are weights; sizes and floors (low, usual, high).
    """

    code: str
    place_type: PlaceType
    suffixes: tuple[str, ...]
    share: float
    sizes: tuple[int, int, int]
    floors: tuple[int, int, int]
    classes: dict[str, float]
    own: float = 0.0
    committee: float = 0.0
    first_year: int = 1992
    retrofitted: bool = False


# The shares by place are an assumption (about 70 % dwellings); the class weights are chosen so that the whole city
# comes out with the class shares of the bulletin (data file; the test holds both together).
P = PlaceType
PROFILES = (
    Profile(
        *("estate", P.RESIDENTIAL, ("小区", "花园", "家园", "苑"), 67.9, (2, 12, 60), (7, 18, 34)),
        {"3110": 95.7, "3120": 1.9, "3210": 0.13, "3420": 2.27},
        committee=0.06,
    ),
    Profile(
        *("retrofit", P.RESIDENTIAL, ("新村", "里"), 2.1, (2, 5, 16), (5, 6, 7)),
        {"3110": 100},
        committee=0.5,
        first_year=2016,
        retrofitted=True,
    ),
    Profile(
        *("office", P.OFFICE, ("大厦", "中心", "商务楼"), 8.0, (2, 6, 24), (8, 20, 45)),
        {"3110": 79, "3120": 9, "3310": 6, "3420": 4, "3430": 2},
        own=0.3,
    ),
    Profile(
        *("mall", P.MALL, ("广场", "购物中心", "商业街"), 7.0, (6, 18, 60), (2, 5, 8)),
        {"3110": 14, "3120": 14, "3310": 64.5, "3320": 4.5, "3430": 3},
        own=0.45,
    ),
    Profile(
        *("hotel", P.HOTEL, ("宾馆", "酒楼"), 2.5, (2, 4, 12), (4, 12, 30)),
        {"3110": 55, "3120": 14, "3310": 6, "3420": 3, "3430": 22},
        own=0.9,
    ),
    Profile(
        *("hospital", P.HOSPITAL, ("医院", "卫生服务中心"), 2.2, (2, 12, 40), (3, 9, 20)),
        {"3110": 72, "3120": 8, "3310": 15, "3430": 5},
        own=0.95,
    ),
    Profile(
        *("school", P.SCHOOL, ("学校", "小学", "中学"), 1.5, (1, 4, 20), (3, 5, 12)),
        {"3110": 81, "3120": 5, "3430": 14},
        own=0.95,
    ),
    Profile(
        *("station", P.TRANSPORT, ("客运站", "换乘中心"), 0.8, (4, 14, 50), (2, 3, 4)),
        {"3110": 23, "3120": 10, "3310": 55, "3320": 12},
        own=0.95,
    ),
    Profile(
        *("metro", P.METRO, ("地铁站",), 2.5, (6, 14, 28), (2, 2, 3)),
        {"3110": 21.5, "3310": 75, "3320": 3.5},
        own=1.0,
        first_year=2005,
    ),
    Profile(
        *("culture", P.CULTURE_SPORT, ("文化馆", "体育馆", "展览馆"), 0.7, (2, 5, 20), (2, 4, 6)),
        {"3110": 65, "3120": 10, "3310": 25},
        own=0.9,
    ),
    Profile(*("care", P.CARE_HOME, ("养老院",), 0.3, (1, 3, 8), (3, 5, 9)), {"3110": 100}, own=0.95),
    Profile(
        *("factory", P.INDUSTRIAL, ("工业园", "仓储园"), 3.5, (1, 5, 30), (2, 4, 8)),
        {"3110": 11.5, "3120": 78, "3130": 8, "3220": 1.5, "3410": 1},
        own=0.9,
    ),
    Profile(
        *("authority", P.GOVERNMENT, ("政务服务中心", "办事大厅"), 0.5, (1, 3, 10), (3, 8, 20)),
        {"3110": 95, "3120": 5},
        own=0.95,
    ),
    Profile(*("other", P.OTHER, ("综合楼",), 0.5, (1, 2, 8), (2, 5, 10)), {"3110": 70, "3120": 30}, own=0.7),
)


def apportion(total: int, weights: list[float]) -> list[int]:
    """Whole numbers in proportion to the weights that add up to the total (largest remainder)."""
    exact = [total * weight / sum(weights) for weight in weights]
    whole = [int(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (whole[i] - exact[i], i))
    for i in by_remainder[: total - sum(whole)]:
        whole[i] += 1
    return whole


class Draw:
    """Weighted choice from a fixed table, quick when repeated a million times."""

    def __init__(self, weights: dict):
        self._items = list(weights)
        self._bounds = list(itertools.accumulate(weights.values()))

    def __call__(self, chance: random.Random):
        return self._items[bisect.bisect(self._bounds, chance.random() * self._bounds[-1], hi=len(self._items) - 1)]


def zipf(count: int, exponent: float) -> dict[int, float]:
    """Weights of the ranks 0 … count-1: few large units, many small ones."""
    return {rank: (rank + 1) ** -exponent for rank in range(count)}


@cache
def years(first_year: int) -> Draw:
    """Years of commissioning in the proportions in which the city's elevators grew."""
    growth = figures()["growth"]
    in_use = {int(year): float(number) for year, number in growth["in_use"].items()}
    for year in range(min(in_use) - 1, growth["first_year"] - 2, -1):
        in_use[year] = in_use[year + 1] / growth["before_2014_yearly_growth"]
    added = {year: in_use[year] - in_use[year - 1] for year in sorted(in_use) if year - 1 in in_use}
    # what stood before the first year counts as of that year
    added[growth["first_year"]] += in_use[growth["first_year"] - 1]
    return Draw({year: number for year, number in added.items() if year >= first_year})


@cache
def classes(profile: Profile) -> Draw:
    """Class codes of the elevators of such a site."""
    return Draw(profile.classes)
