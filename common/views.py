"""Base classes of pages: scope, permission, access log, keyset lists and forms that count once, in one place each.

A page names its `permission`; rows come through `visible_to(actor, permission)` only. Refusals of actions become form
errors, or error pages through common.middleware.
"""

import uuid
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.cache import never_cache

from common import clock, readiness
from common.audit import record_access
from common.errors import Refusal
from common.filtering import given_filters, spoken_value
from common.idempotency import digest_of, fit_for_key, run_once
from common.pagination import Count, page_of
from common.scoping import get_visible, get_visible_set, require


@login_not_required
@never_cache
def healthz(_request):
    """Is the process alive? Asks nobody."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
def readyz(_request):
    """Is the platform able to work? 503 with the same JSON when a part is not well."""
    ready, parts = readiness.report(clock.now())
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)


class FormKeyMissing(Refusal):
    code = "form-key-missing"
    status = 400
    message = _("This form came without its key, so it might count twice. Reload the page and send it again.")


class ScopedPage(View):
    """A page for people whose roles carry `permission` somewhere; others get 403."""

    permission = None
    template_name = ""
    title = ""

    @property
    def actor(self):
        return self.request.actor

    @property
    def at(self):
        return clock.now()

    def dispatch(self, request, *args, **kwargs):
        if self.permission is not None:
            require(request.actor, self.permission)
        return super().dispatch(request, *args, **kwargs)

    def get_context(self, **extra) -> dict:
        """What the template gets; subclasses add to it."""
        return {"title": self.title, "view": self, **extra}

    def answer(self, *, status: int = 200, **extra) -> HttpResponse:
        return render(self.request, self.template_name, self.get_context(**extra), status=status)


class ScopedListPage(ScopedPage):
    """A list: scope, declared filters as removable chips, keyset pages, a capped count.

    `queryset`, `order` (see common.pagination), `columns` and `row_template` (components/table.html), `filter_class`
    (a django-filter FilterSet, or None).
    """

    queryset = None
    order: tuple[str, ...] = ("-id",)
    page_size = 50
    columns: tuple[dict, ...] = ()
    row_template = ""
    filter_class = None
    # filters on columns of an index that is not in the list's order (see common.pagination)
    keys_first_filters: tuple[str, ...] = ()
    caption = ""
    empty_text = _("Nothing here yet.")
    export_kind = ""  # the common.exports.kinds.ExportKind that takes this list out

    def get_queryset(self):
        return self.queryset.all().visible_to(self.actor, self.permission)

    @cached_property
    def scoped_rows(self):
        """The rows of this request's actor; working out the scope may ask the database, so it is done once."""
        return self.get_queryset()

    def decorate(self, queryset):
        """Add what rows show (select_related, prefetch_related); the count does without."""
        return queryset

    def dress(self, rows: list) -> None:
        """Give the rows of this page what their template names and one statement can bring for all."""

    def get(self, request, **_kwargs):
        rows, filterset = self.scoped_rows, None
        if self.filter_class is not None:
            filterset = self.filter_class(request.GET, queryset=rows, request=request)
            rows = filterset.qs if filterset.is_valid() else rows.none()
        page = page_of(
            rows,
            order=self.order,
            size=self.page_size,
            cursor=request.GET.get("cursor", ""),
            decorate=self.decorate,
            keys_first=any(request.GET.get(name) for name in self.keys_first_filters),
        )
        self.dress(page.rows)
        return self.answer(
            filterset=filterset,
            filter_form=filterset.form if filterset else None,
            chips=self._chips(filterset, page.rows) if filterset else [],
            clear_url=request.path,
            page=page,
            # a first page that is also the last one counts itself; else the number follows when the page stands
            count=Count(len(page), False) if not page.next and not page.previous else None,
            count_url=f"?{urlencode([*self._parameters(), ('count', '1')])}",
            export_url=self._export_url(),
            previous_url=self._page_url(page.previous),
            next_url=self._page_url(page.next),
        )

    def _export_url(self) -> str:
        """Where this list, as it is filtered, is taken out as a file; '' when it is not."""
        if not self.export_kind:
            return ""
        query = urlencode(self._parameters())
        return reverse("exports:new", args=[self.export_kind]) + (f"?{query}" if query else "")

    def _page_url(self, cursor: str) -> str:
        if not cursor:
            return ""
        return f"?{urlencode([*self._parameters(), ('cursor', cursor)])}"

    def _parameters(self, without: str = "") -> list[tuple[str, str]]:
        """The filters of this address, without the page and without one filter."""
        dropped = {"cursor", without}
        return [(k, v) for k, values in self.request.GET.lists() if k not in dropped for v in values if v]

    def _chips(self, filterset, rows) -> list[dict]:
        chips = []
        for name, field, given in given_filters(filterset):
            rest = urlencode(self._parameters(without=name))
            chips.append(
                {
                    "label": field.label,
                    "value": self.spoken(name, field, given, rows),
                    "remove_url": f"{self.request.path}?{rest}" if rest else self.request.path,
                }
            )
        return chips

    def spoken(self, name: str, field, given, rows: list):
        """A filter's value as the page says it; `rows` are those of this page, dressed."""
        return spoken_value(field, given)


class ScopedDetailPage(ScopedPage):
    """One row by its public id: 404 unless seen; looking is noted in the access log."""

    queryset = None
    access_logged = True

    def get_object(self):
        row = get_visible(self.queryset.all(), self.kwargs["public_id"], actor=self.actor, view=self.permission)
        if self.access_logged:
            record_access(subject_type=row._meta.label_lower, subject_id=str(row.public_id), via="page", by=self.actor)
        return row

    def get(self, request, **_kwargs):
        self.object = self.get_object()
        return self.answer(object=self.object)


class ScopedFormPage(ScopedPage):
    """A form whose second click counts for nothing.

    `permission` is what it takes to do this, `view_permission` what it takes to see the row (404 without, 403 with it
    but without `permission`). A subclass gives `form_class`, `save(form)` → redirect, and `queryset` when it is about
    an existing row (then `self.object`).
    """

    template_name = "components/form_page.html"
    form_class = None
    queryset = None
    view_permission = None
    submit_label = _("Save")
    consequence = ""
    danger = False

    def dispatch(self, request, *args, **kwargs):
        self.object = None
        if self.queryset is not None:
            self.object = get_visible(
                self.queryset.all(),
                kwargs["public_id"],
                actor=request.actor,
                view=self.view_permission or self.permission,
                change=self.permission,
            )
        return super().dispatch(request, *args, **kwargs)

    def get_form(self, data=None, files=None):
        return self.form_class(data, files, **self.get_form_kwargs())

    def get_form_kwargs(self) -> dict:
        return {}

    def cancel_url(self) -> str:
        return ""

    def save(self, form) -> HttpResponse:
        """Call one action and answer with a redirect. Refusals are shown at their field."""
        raise NotImplementedError(f"{type(self).__name__} must say what saving means")

    def get(self, request, **_kwargs):
        return self._show(self.get_form(), key=str(uuid.uuid4()))

    def post(self, request, **_kwargs):
        key = request.POST.get("idempotency_key", "")
        if not 8 <= len(key) <= 64 or not fit_for_key(key):
            raise FormKeyMissing
        sent = sorted((k, v) for k, v in request.POST.lists() if k != "csrfmiddlewaretoken")
        return run_once(
            actor=self.actor,
            key=key,
            digest=digest_of(request.path.encode(), repr(sent).encode()),
            work=lambda: self._work(key),
            keep=lambda answer: (
                (answer.status_code, b"", {"Location": answer["Location"]}) if "Location" in answer else None
            ),
            replay=lambda row: HttpResponse(status=row.status, headers=row.headers),
        )

    def _work(self, key):
        form = self.get_form(self.request.POST, self.request.FILES or None)
        if form.is_valid():
            try:
                return self.save(form)
            except Refusal as refusal:
                if refusal.status in (403, 404):
                    raise
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return self._show(form, key=key, status=422)

    def _show(self, form, *, key: str, status: int = 200):
        return self.answer(
            status=status,
            form=form,
            idempotency_key=key,
            submit_label=self.submit_label,
            consequence=self.consequence,
            cancel_url=self.cancel_url(),
            form_kind="danger" if self.danger else "primary",
            object=self.object,
        )


class ScopedPicker(ScopedPage):
    """What a pick list offers for the text typed so far, within the actor's scope, at most 20.

    JSON [{id, label, hint}] by default; for htmx the <option>s of a datalist (common.forms.PickInput), where `parameter`
    is the field's name.
    """

    queryset = None
    order: tuple[str, ...] = ("name",)
    longest = 20
    parameter = "q"

    def matching(self, rows, text: str):
        """Narrow `rows` to those that `text` may mean."""
        return rows.filter(name__startswith=text) if text else rows

    def describe(self, row) -> dict:
        return {"id": str(row.public_id), "label": str(row), "hint": ""}

    def suggest(self, row) -> dict:
        """What typing would have to be (`value`), and what explains it (`label`)."""
        described = self.describe(row)
        return {"value": described["label"], "label": described["hint"]}

    def get(self, request, **_kwargs):
        text = (request.GET.get(self.parameter) or request.GET.get("q", "")).strip()[:80]
        rows = self.queryset.all().visible_to(self.actor, self.permission)
        found = self.matching(rows, text).order_by(*self.order)[: self.longest]
        if request.headers.get("HX-Request"):
            return render(request, "components/options.html", {"options": [self.suggest(row) for row in found]})
        return JsonResponse({"results": [self.describe(row) for row in found]})


class ScopedBulkPage(ScopedFormPage):
    """The same change to many rows: every id must be seen (else 404 for the whole) and theirs to change (else 403)."""

    rows_queryset = None
    largest = 1000

    def dispatch(self, request, *args, **kwargs):
        ids = request.POST.getlist("ids") or request.GET.getlist("ids")
        require(request.actor, self.view_permission or self.permission)
        self.rows = get_visible_set(
            self.rows_queryset.all(),
            ids,
            actor=request.actor,
            view=self.view_permission or self.permission,
            change=self.permission,
            largest=self.largest,
        )
        return super().dispatch(request, *args, **kwargs)

    def get_context(self, **extra):
        return super().get_context(rows=self.rows, **extra)


# --- errors that no view answered: pages for people, problem+json under /api/ -----------------------------------------


def for_machines(request) -> bool:
    return request.path.startswith("/api/")


def problem_page(request, status: int, code: str, detail) -> JsonResponse:
    body = {
        "type": f"urn:problem:{code}",
        "title": code.replace("-", " "),
        "status": status,
        "code": code,
        "detail": str(detail),
        "request_id": getattr(request, "request_id", ""),
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")


def bad_request(request, exception=None):
    if for_machines(request):
        return problem_page(request, 400, "invalid", _("The request could not be read."))
    return render(request, "400.html", status=400)


def forbidden(request, exception=None):
    if for_machines(request):
        return problem_page(request, 403, "not-permitted", _("Your role may not do this."))
    return render(request, "403.html", status=403)


def not_found(request, exception=None):
    if for_machines(request):
        return problem_page(request, 404, "not-found", _("There is no such record."))
    return render(request, "404.html", status=404)


def server_error(request):
    """Asks nothing of anybody: neither the database nor the session may be there."""
    if for_machines(request):
        return problem_page(
            request, 500, "internal-error", _("Something went wrong on our side; it has been recorded.")
        )
    context = {"request_id": getattr(request, "request_id", ""), "theme": request.COOKIES.get("theme", "auto")}
    return HttpResponse(loader.get_template("500.html").render(context), status=500)
