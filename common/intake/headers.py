"""Where in a sheet the header stands, and what its columns are called. Pure functions over the first rows."""

import re
from collections.abc import Iterable, Mapping, Sequence

MOST_LINES = 4  # of a header
SEARCHED = 40  # rows in which a header may begin
JOINT = " / "
DIGIT = re.compile(r"\d")


def unique_names(names: Sequence[str]) -> list[str]:
    """The names a record's cells go by: blank and repeated ones get their place (" #3") behind them."""
    unique: list[str] = []
    for place, name in enumerate(names, start=1):
        unique.append(name if name and name not in unique else f"{name} #{place}".strip())
    return unique


def joined(lines: Mapping[int, Sequence[str]], merges: Iterable, *, spread: bool) -> list[str]:
    """The names of the columns from a header's lines ({row number: cells}), several lines joined "A / B".

    Merged cells count for all the cells they cover; without merges (`spread`: a text file knows none) a blank cell of
    an upper line takes its left neighbour's, for that is what is left of a merged heading.
    """
    width = max(map(len, lines.values()), default=0)
    grid = {number: [*map(_tidy, cells), *[""] * (width - len(cells))] for number, cells in lines.items()}
    for merge in merges:
        _spread_merge(grid, merge)
    if spread:
        for number in sorted(grid)[:-1]:
            _spread_right(grid[number])
    names = []
    for place in range(width):
        parts: list[str] = []
        for number in sorted(grid):
            part = grid[number][place]
            if part and part not in parts:
                parts.append(part)
        names.append(JOINT.join(parts))
    while not spread and names and not names[-1]:
        names.pop()  # of a workbook; the rows of a text have as many cells as its header
    return names


def _tidy(name: str) -> str:
    return " ".join(name.replace("\0", "").split())


def _spread_merge(grid: dict[int, list[str]], merge) -> None:
    if merge.top not in grid or merge.left >= len(grid[merge.top]):
        return
    value = grid[merge.top][merge.left]
    for number in range(merge.top, merge.bottom + 1):
        if number in grid:
            for place in range(merge.left, min(merge.right + 1, len(grid[number]))):
                grid[number][place] = value
        elif number > max(grid):
            break


def _spread_right(cells: list[str]) -> None:
    for place in range(1, len(cells)):
        cells[place] = cells[place] or cells[place - 1]


def find_header(rows: Sequence[tuple[int, Sequence[str]]]) -> tuple[int, int, float]:
    """(first row, last row, how sure) of the header among the first (number, cells) of a sheet.

    The data are the rows further down; the header is what stands directly above the first of them: text, no figures
    where the columns hold figures. Title lines (a cell or two) further up are none of it.
    """
    rows = [(number, list(map(str.strip, cells))) for number, cells in rows if any(map(str.strip, cells))]
    if not rows:
        return 1, 1, 0.0
    width = _usual_width(rows)
    figures = _figure_columns(rows[len(rows) // 2 :] if len(rows) > 3 else rows[1:])
    place = _first_data(rows, figures, width)
    if place is None:
        wide = next((at for at, (_n, cells) in enumerate(rows) if _filled(cells) >= max(2, width * 0.6)), 0)
        return rows[wide][0], rows[wide][0], 0.5
    if place == 0:
        return rows[0][0], rows[0][0], 0.3
    last = first = place - 1
    while first > 0 and last - first < MOST_LINES - 1 and _is_upper_line(rows, first, width):
        first -= 1
    sure = 0.95 if _filled(rows[last][1]) >= width * 0.8 or first < last else 0.7
    return rows[first][0], rows[last][0], sure


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell)


def _usual_width(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    widths = sorted(_filled(cells) for _number, cells in rows[len(rows) // 2 :])
    return max(widths[len(widths) // 2], 1)


def _figure_columns(rows: Sequence[tuple[int, Sequence[str]]]) -> set[int]:
    """Columns in whose cells there are mostly figures: codes, dates, numbers."""
    width = max((len(cells) for _number, cells in rows), default=0)
    found = set()
    for place in range(width):
        cells = [cells[place] for _number, cells in rows if place < len(cells) and cells[place]]
        if cells and sum(1 for cell in cells if DIGIT.search(cell)) >= 0.7 * len(cells):
            found.add(place)
    return found


def _first_data(rows: Sequence[tuple[int, Sequence[str]]], figures: set[int], width: int) -> int | None:
    if not figures:
        return None
    for at, (_number, cells) in enumerate(rows[:SEARCHED]):
        hits = sum(1 for place in figures if place < len(cells) and DIGIT.search(cells[place]))
        filled = sum(1 for place in figures if place < len(cells) and cells[place])
        # a heading may hold a figure ("96333 code"); a title its year: neither is most of what stands there
        if hits and hits * 2 > filled and _filled(cells) >= min(width, 3) and _filled(cells) * 2 >= width:
            return at
    return None


def _is_upper_line(rows: Sequence[tuple[int, Sequence[str]]], at: int, width: int) -> bool:
    """Is the row above this one a line of the same header (and not a title)?"""
    number, cells = rows[at - 1]
    if number != rows[at][0] - 1 or _filled(cells) < 2:
        return False
    # the line below leaves out what this one says for several lines, or this one heads groups of columns
    lower = rows[at][1]
    gaps = sum(1 for place, cell in enumerate(cells) if cell and (place >= len(lower) or not lower[place]))
    groups = sum(
        1
        for place in range(len(cells))
        if cells[place] and place + 1 < max(len(lower), len(cells)) and not [*cells, ""][place + 1]
    )
    # two cells with a figure are rather a title with its date
    return bool(gaps or groups) and (_filled(cells) >= 3 or width <= 4 or not any(map(DIGIT.search, cells)))
