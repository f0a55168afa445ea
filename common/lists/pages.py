"""The forms behind a list: save its filters under a name, change or delete a saved one, choose its columns."""

from urllib.parse import parse_qsl, urlencode

from django import forms
from django.http import HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from common.errors import NotVisible
from common.filtering import filter_names
from common.forms import FreeText
from common.hooks import LISTS
from common.lists.actions import choose_columns, delete_view, save_view
from common.lists.page import OWN_PARAMETERS, ScopedListPage
from common.models import ListView
from common.scoping import require
from common.views import ScopedFormPage

LONGEST_QUERY = 4000


def list_of(key: str) -> type[ScopedListPage]:
    """The registered list. Raises NotVisible."""
    if key not in LISTS:
        raise NotVisible
    return LISTS[key]()


def parameters_of(page: type[ScopedListPage], query: str) -> list[tuple[str, str]]:
    """Those pairs of a query string that are this list's filters or its order."""
    names = (filter_names(page.filter_class) if page.filter_class else set()) | {"order"}
    try:
        pairs = parse_qsl(query, max_num_fields=100)
    except ValueError:
        return []
    return [(name, value) for name, value in pairs if name in names - OWN_PARAMETERS | {"order"} and "\0" not in value]


class ViewForm(forms.Form):
    """The name of a saved filter, and for whom."""

    name = FreeText(label=_("Name"), max_length=60)
    opens_first = forms.BooleanField(
        label=_("Open the list with it"), required=False, help_text=_("Removing the filter still shows the whole list.")
    )
    shared = forms.BooleanField(
        label=_("Share it with my unit"),
        required=False,
        help_text=_("Colleagues see the filter; each sees only the rows that are theirs to see."),
    )
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=LONGEST_QUERY)

    def __init__(self, *args, may_share: bool, **options):
        super().__init__(*args, **options)
        if not may_share:
            del self.fields["shared"]

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].split())
        if "\0" in name:
            raise forms.ValidationError(_("Write the name with letters and digits."), code="name")
        return name


class OfListPage(ScopedFormPage):
    """A form about the list in the address, for those who may open it."""

    template_name = "lists/form.html"

    def dispatch(self, request, *args, **kwargs):
        self.list = list_of(self.list_key)
        require(request.actor, self.list.permission)
        return super().dispatch(request, *args, **kwargs)

    @property
    def list_key(self) -> str:
        return self.kwargs["key"]

    @property
    def query(self) -> str:
        """The list's address that this form was opened from."""
        sent = self.request.POST.get("query") if self.request.method == "POST" else self.request.META["QUERY_STRING"]
        return (sent or "")[:LONGEST_QUERY]

    def parameters(self) -> list[tuple[str, str]]:
        return parameters_of(self.list, self.query)

    def back_to(self, parameters) -> str:
        query = urlencode(parameters)
        return self.list.own_address() + (f"?{query}" if query else "")

    def cancel_url(self):
        return self.back_to(self.parameters())

    def get_context(self, **extra):
        return super().get_context(list_title=self.list.title, **extra)


class SaveViewPage(OfListPage):
    """Keep the filters and the order that the list has now."""

    form_class = ViewForm
    title = _("Save this filter")
    submit_label = _("Save the filter")

    def get_form_kwargs(self):
        return {"initial": {"query": self.query}, "may_share": self.actor.acting_unit is not None}

    def get_context(self, **extra):
        return super().get_context(words=self.list.words_for(self.parameters(), self.actor), **extra)

    def save(self, form):
        view = save_view(
            list_key=self.list_key,
            name=form.cleaned_data["name"],
            parameters=self.parameters(),
            opens_first=form.cleaned_data["opens_first"],
            shared=form.cleaned_data.get("shared", False),
            by=self.actor,
            at=self.at,
        )
        return HttpResponseRedirect(self.back_to(view.pairs or [("view", "all")]))


class OfViewPage(OfListPage):
    """A step about a saved filter of one's own; others' are 404, also those that one sees because they are shared."""

    def dispatch(self, request, *args, **kwargs):
        self.saved = (
            ListView.objects.owned_by(request.actor).exclude(name="").filter(public_id=kwargs["public_id"]).first()
        )
        if self.saved is None:
            raise NotVisible
        return super().dispatch(request, *args, **kwargs)

    @property
    def list_key(self) -> str:
        return self.saved.list_key

    def parameters(self):
        return self.saved.pairs


class ChangeViewPage(OfViewPage):
    """Rename a saved filter, let it open first, share it or stop sharing it."""

    form_class = ViewForm
    template_name = "lists/view.html"
    title = _("Saved filter")
    submit_label = _("Save the changes")

    def get_form_kwargs(self):
        initial = {
            "name": self.saved.name,
            "opens_first": self.saved.opens_first,
            "shared": self.saved.shared_unit_id is not None,
        }
        return {"initial": initial, "may_share": self.actor.acting_unit is not None}

    def get_context(self, **extra):
        return super().get_context(saved=self.saved, words=self.list.words_for(self.parameters(), self.actor), **extra)

    def save(self, form):
        save_view(
            view=self.saved,
            list_key=self.list_key,
            name=form.cleaned_data["name"],
            parameters=self.parameters(),
            opens_first=form.cleaned_data["opens_first"],
            shared=form.cleaned_data.get("shared", False),
            by=self.actor,
            at=self.at,
        )
        return HttpResponseRedirect(self.cancel_url())


class DeleteViewPage(OfViewPage):
    """Take a saved filter away."""

    form_class = forms.Form
    title = _("Delete the saved filter")
    submit_label = _("Delete it")
    danger = True

    @property
    def consequence(self):
        if self.saved.shared_unit_id is not None:
            return _("“%(name)s” goes for your colleagues as well. No record is touched.") % {"name": self.saved.name}
        return _("“%(name)s” goes. No record is touched.") % {"name": self.saved.name}

    def save(self, form):
        delete_view(self.saved)
        return HttpResponseRedirect(self.back_to([("view", "all")]))


class ColumnsForm(forms.Form):
    """Which columns the list shows."""

    columns = forms.MultipleChoiceField(label=_("Columns"), widget=forms.CheckboxSelectMultiple, required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=LONGEST_QUERY)

    def __init__(self, *args, columns, **options):
        super().__init__(*args, **options)
        self.fields["columns"].choices = [(column["name"], column["label"]) for column in columns]


class ColumnsPage(OfListPage):
    """Choose columns; remembered for this person on every computer. Phones keep their cards."""

    form_class = ColumnsForm
    title = _("Columns")
    submit_label = _("Show these columns")

    def choosable(self) -> list[dict]:
        return [column for column in self.list.columns_for(self.actor) if "name" in column]

    def get_form_kwargs(self):
        page = self.list()
        page.setup(self.request)
        shown = [column["name"] for column in page.shown_columns() if "name" in column]
        return {"columns": self.choosable(), "initial": {"columns": shown, "query": self.query}}

    def save(self, form):
        chosen = form.cleaned_data["columns"]
        usual = [column["name"] for column in self.choosable() if not column.get("extra")]
        choose_columns(
            list_key=self.list_key,
            columns=None if not chosen or set(chosen) == set(usual) else chosen,
            by=self.actor,
            at=self.at,
        )
        return HttpResponseRedirect(self.cancel_url())
