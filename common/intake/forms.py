"""Forms of the import pages: the file, how it is written, the name of a mapping."""

from dataclasses import replace

from django import forms
from django.utils.translation import gettext_lazy as _

from common.intake.guesses import Guess
from common.intake.kinds import kinds_for
from common.intake.shapes import XLSX, Shape

ENCODING_CHOICES = (
    ("utf-8", "UTF-8"),
    ("gb18030", _("GB18030 / GBK (Chinese)")),
    ("cp1252", _("Latin-1 (Western Europe)")),
    ("utf-16", "UTF-16"),
    ("utf-16-le", "UTF-16 LE"),
    ("utf-16-be", "UTF-16 BE"),
)
DELIMITER_CHOICES = ((",", _("comma ,")), (";", _("semicolon ;")), ("\t", _("tab")), ("|", _("bar |")))
LOWEST_HEADER = 1_000
CUT_BY = ("encoding", "delimiter", "sheet")  # parts on which the others rest


class UploadForm(forms.Form):
    """What the file is about, and the file."""

    kind = forms.ChoiceField(label=_("What the rows are"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV or XLSX, up to 256 MB, as it is: encoding, delimiter and header are found, and you can correct them."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xlsm"}),
        max_length=255,
        allow_empty_file=True,  # so that the reader says it, in its own words
    )

    def __init__(self, *args, actor, **options):
        super().__init__(*args, **options)
        kinds = kinds_for(actor)
        self.fields["kind"].choices = [(kind.key, kind.label) for kind in kinds]
        if kinds:
            self.fields["kind"].initial = kinds[0].key


class ShapeForm(forms.Form):
    """A file's shape with what is thought of each part; `header`: the names of its columns as it is read now."""

    sheet = forms.ChoiceField(label=_("Sheet"))
    encoding = forms.ChoiceField(label=_("Encoding"), choices=ENCODING_CHOICES)
    delimiter = forms.ChoiceField(label=_("Delimiter"), choices=DELIMITER_CHOICES)
    header_first = forms.IntegerField(label=_("First row of the header"), min_value=1, max_value=LOWEST_HEADER)
    header_last = forms.IntegerField(label=_("Last row of the header"), min_value=1, max_value=LOWEST_HEADER)
    decimal_comma = forms.BooleanField(label=_("Numbers have a decimal comma (1.234,5)"), required=False)
    fill_down = forms.MultipleChoiceField(
        label=_("Fill gaps with the value above"), widget=forms.CheckboxSelectMultiple, required=False
    )
    serial_dates = forms.MultipleChoiceField(
        label=_("Read day numbers as dates"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, data=None, *, shape: Shape, header=()):
        stored = shape.to_json()
        super().__init__(data, initial={name: stored[name] for name in self.base_fields})
        self.shape = shape
        for name in ("encoding", "delimiter") if shape.format == XLSX else ("sheet", "serial_dates"):
            del self.fields[name]
        if "sheet" in self.fields:
            self.fields["sheet"].choices = [(name, name) for name in shape.sheets]
        self._offer_columns(header)
        for guess in shape.guesses:
            if guess.about in self.fields:
                field = self.fields[guess.about]
                field.help_text = f"{field.help_text} {_sure(guess)}".strip()

    def _offer_columns(self, header) -> None:
        """Columns with gaps or day numbers, told ones first; without any the question is left out."""
        for name in ("fill_down", "serial_dates"):
            if name not in self.fields:
                continue
            told = [guess.params["column"] for guess in self.shape.guesses if guess.about == name]
            chosen = getattr(self.shape, name)
            offered = header if name == "fill_down" else [column for column in header if column in {*told, *chosen}]
            columns = sorted(offered, key=lambda column: column not in told)
            if columns:
                self.fields[name].choices = [(column, column) for column in columns]
            else:
                del self.fields[name]

    def clean(self):
        data = super().clean()
        first, last = data.get("header_first"), data.get("header_last")
        if first and last and last < first:
            self.add_error("header_last", _("The header ends in or below the row in which it begins."))
        return data

    def corrected(self) -> Shape:
        """The shape as it stands in the form. Guesses about parts that were corrected are dropped."""
        data = {name: self.cleaned_data[name] for name in self.fields}
        for name in ("fill_down", "serial_dates"):
            if name in data:
                data[name] = tuple(data[name])
        changed = {name for name, value in data.items() if getattr(self.shape, name) != value}
        told = {"fill_down", "serial_dates"}  # what was seen stays seen
        kept = tuple(guess for guess in self.shape.guesses if guess.about in told or guess.about not in changed)
        return replace(self.shape, **data, guesses=kept)

    def cut_anew(self) -> bool:
        """Was something corrected on which the header rests?"""
        return any(name in self.fields and self.cleaned_data[name] != getattr(self.shape, name) for name in CUT_BY)


def _sure(guess: Guess) -> str:
    if guess.about in ("fill_down", "serial_dates"):
        return guess.sentence
    text = _("%(sentence)s Sure to %(percent)s %%.") % {
        "sentence": guess.sentence,
        "percent": round(guess.confidence * 100),
    }
    return f"{text} {_('Please check.')}" if guess.unsure else str(text)
