"""Addresses of safety assessments, below /assessments/."""

from django.urls import path

from inspection.views.assessments import pages, steps

app_name = "assessments"
urlpatterns = [
    path("", pages.CaseListPage.as_view(), name="cases"),
    path("worklist/", pages.WorklistPage.as_view(), name="worklist"),
    path("apply/<uuid:public_id>/", steps.ApplyPage.as_view(), name="apply"),
    path("<uuid:public_id>/", pages.CasePage.as_view(), name="case"),
    *(path(f"<uuid:public_id>/{step}/", steps.AS_VIEWS[step], name=step) for step in steps.OWN_ADDRESS),
    path("<uuid:public_id>/step/<str:step>/", steps.step_page, name="step"),
]
