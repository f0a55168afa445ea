"""Base classes of pages: scope, permission, access log, keyset lists and forms that count once, in one place each.

A page names its `permission`; rows come through `visible_to(actor, permission)` only. Refusals of actions become form
errors, or error pages through common.middleware.
"""

import hashlib
import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from common import clock, readiness
from common.audit import record_access
from common.errors import Refusal
from common.idempotency import digest_of, fit_for_key, run_once
from common.lists.page import ScopedListPage
from common.proxies import is_local
from common.scoped_page import ScopedPage
from common.scoping import get_visible, get_visible_set, may, require

__all__ = [
    "ScopedBulkPage",
    "ScopedDetailPage",
    "ScopedFormPage",
    "ScopedListPage",
    "ScopedPage",
    "ScopedPicker",
]

PLATFORM_READERS = ("common.view_audit", "common.view_retention")  # what auditors and system administrators hold


@login_not_required
@never_cache
def healthz(_request):
    """Is the process alive? Asks nobody."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
def readyz(request):
    """Is the platform able to work? 503 with the same JSON when a part is not well.

    Which part it is, everybody may know (whoever watches from outside asks no more); figures are for this machine and for
    those who run or audit the platform.
    """
    ready, parts = readiness.report(clock.now())
    if not (is_local(request) or _runs_the_platform(request.actor)):
        parts = {name: {"ok": part["ok"]} for name, part in parts.items()}
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)


def _runs_the_platform(actor) -> bool:
    return actor is not None and any(may(actor, permission) for permission in PLATFORM_READERS)


class FormKeyMissing(Refusal):
    code = "form-key-missing"
    status = 400
    message = _("This form came without its key, so it might count twice. Reload the page and send it again.")


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
        sent += sorted((name, _file_digest(file)) for name, files in request.FILES.lists() for file in files)
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


def _file_digest(file) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


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
        require(request.actor, self.view_permission or self.permission)
        self.rows = self.get_rows(request)
        return super().dispatch(request, *args, **kwargs)

    def given_ids(self, request) -> list[str]:
        return request.POST.getlist("ids") or request.GET.getlist("ids")

    def get_rows(self, request) -> list:
        """The rows that the request names."""
        return get_visible_set(
            self.rows_queryset.all(),
            self.given_ids(request),
            actor=request.actor,
            view=self.view_permission or self.permission,
            change=self.permission,
            largest=self.largest,
        )

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
