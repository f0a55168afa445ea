"""Typed columns: what a value is, and how SQL gives it to each format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import (
    Case,
    Expression,
    F,
    FloatField,
    Func,
    IntegerField,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.utils.functional import Promise

from common.clock import SHANGHAI
from common.exports.formulas import safe_text


class Form(StrEnum):
    """What a column holds. CODE is text whose zeros and length count; CHOICE is written as its label."""

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    MOMENT = "moment"
    CHOICE = "choice"


TEXTUAL = frozenset({Form.TEXT, Form.CODE, Form.CHOICE})


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a kind offers. `source`: a field path, or a function that gives an expression in the language in
    force. `choices()` gives {stored value: label} for Form.CHOICE. `width` in characters, `places` behind the point."""

    name: str
    label: str | Promise
    form: Form = Form.TEXT
    source: str | Callable[[], Expression] = ""
    choices: Callable[[], Mapping] | None = None
    width: int = 14
    places: int = 0
    chosen: bool = True  # in the file unless somebody takes it out

    def expression(self) -> Expression:
        """The value as the database holds it."""
        source = self.source or self.name
        return F(source) if isinstance(source, str) else source()

    def labelled(self, *, label=str, other=lambda value: value) -> Expression:
        """The value, or the label of a choice, made by `label`; `other` is put around a value that has none."""
        if self.form != Form.CHOICE:
            return other(self.expression())
        field = self.source or self.name
        whens = [When(**{field: value, "then": Value(label(str(text)))}) for value, text in self.choices().items()]
        return Case(*whens, default=other(Cast(self.expression(), TextField())), output_field=TextField())


class FormulaSafe(Func):
    """The text, behind an apostrophe where a spreadsheet would take it for a formula (migration 0005)."""

    function = "common_formula_safe"
    output_field = TextField()


class LocalText(Func):
    """A moment as people in Nanjing write it."""

    template = f"to_char(%(expressions)s AT TIME ZONE '{SHANGHAI.key}', 'YYYY-MM-DD HH24:MI:SS')"
    output_field = TextField()


class DaySerial(Func):
    """A date as a spreadsheet counts it: days since 1899-12-30."""

    template = "(%(expressions)s - DATE '1899-12-30')"
    output_field = IntegerField()


class MomentSerial(Func):
    """A moment in Nanjing as a spreadsheet counts it: days and their fraction since 1899-12-30."""

    template = f"(extract(epoch FROM (%(expressions)s AT TIME ZONE '{SHANGHAI.key}') - TIMESTAMP '1899-12-30') / 86400)::float8"
    output_field = FloatField()


def for_csv(column: Column) -> Expression:
    """The cell of a CSV: text safe from formulas, numbers plain, dates ISO, moments in Nanjing's time."""
    if column.form in TEXTUAL:
        # labels are our own words: made safe here once, and not in each row
        return column.labelled(label=safe_text, other=FormulaSafe)
    return LocalText(column.expression()) if column.form == Form.MOMENT else column.expression()


def for_sheet(column: Column) -> Expression:
    """The cell of a sheet: text, or the number that a spreadsheet keeps for a number, date or moment."""
    match column.form:
        case Form.DATE:
            return DaySerial(column.expression())
        case Form.MOMENT:
            return MomentSerial(column.expression())
        case Form.DECIMAL:
            return Cast(column.expression(), FloatField())
        case _:
            return column.labelled()
