"""Every address of the platform. tests/test_route_matrix.py fails for one that it does not know."""

from django.conf.urls.i18n import urlpatterns as language_urls
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from accounts.api.oauth import issue_token
from common.api.schema_view import SchemaView

for pattern in language_urls:
    pattern.callback.login_required = False

api = [
    path("accounts/", include("accounts.api.urls")),
    path("oauth/token/", issue_token, name="oauth_token"),
    path("registry/", include("registry.api.urls")),
    path("compliance/", include("compliance.api.urls")),
    path("inspection/", include("inspection.api.urls")),
    path("exports/", include("common.exports.api")),
    path("imports/", include("common.intake.api")),
    path("attachments/", include("common.attachments.api")),
    path("messages/", include("common.messages.api")),
]

urlpatterns = [
    path("", include("common.urls")),
    path("", include("portal.urls")),
    path("accounts/", include("accounts.urls")),
    path("elevators/", include("registry.urls")),
    path("due/", include("compliance.urls")),
    path("inspections/applications/", include("inspection.views.applications.addresses")),
    path("inspections/", include("inspection.urls")),
    path("assessments/", include("inspection.views.assessments.addresses")),
    path("law/", include("inspection.views.law.addresses")),
    path("exports/", include("common.exports.urls")),
    path("lists/", include("common.lists.urls")),
    path("imports/", include("common.intake.urls")),
    path("messages/", include("common.messages.urls")),
    path("calendar/", include("common.calendar.urls")),
    path("language/", include((language_urls, None))),
    path("open311/v2/", include("compliance.api.open311_urls")),
    path("api/v1/", include(api)),
    path("api/schema/", login_not_required(SchemaView.as_view()), name="schema"),
    path("api/docs/", login_not_required(SpectacularSwaggerSplitView.as_view(url_name="schema")), name="docs"),
]

handler400 = "common.views.bad_request"
handler403 = "common.views.forbidden"
handler404 = "common.views.not_found"
handler500 = "common.views.server_error"
