"""How rows of hazards look, in lists, panels and on their pages."""

from compliance.rules.hazards import OPEN

COLOURS = {
    "FOUND": "attention", "CONFIRMED": "warning", "CLAIMED_FIXED": "info", "CLOSED": "ok", "REJECTED": "neutral",
}  # fmt: skip
GRADE_COLOURS = {"MAJOR": "danger", "LARGER": "warning", "GENERAL": "attention"}


def dressed(rows: list, today) -> list:
    """With their colours and how late they are."""
    for row in rows:
        row.colour, row.grade_colour = COLOURS[row.state], GRADE_COLOURS[row.grade]
        row.days_late = max(0, (today - row.due_on).days) if row.state in OPEN else 0
    return rows
