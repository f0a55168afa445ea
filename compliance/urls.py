from django.urls import include, path

from compliance.views import pages

app_name = "compliance"
urlpatterns = [
    path("duties/", include("compliance.views.duties.addresses")),
    path("", pages.ObligationListPage.as_view(), name="obligations"),
    path("alerts/", pages.AlertListPage.as_view(), name="alerts"),
    path("alerts/<uuid:public_id>/", pages.AlertPage.as_view(), name="alert"),
    path("alerts/<uuid:public_id>/acknowledge/", pages.AcknowledgeAlertPage.as_view(), name="acknowledge_alert"),
]
