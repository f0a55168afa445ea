"""Addresses of safety assessments, below /assessments/."""

from django.urls import path

from inspection.views.assessments import pages, steps

app_name = "assessments"
urlpatterns = [
    path("", pages.CaseListPage.as_view(), name="cases"),
    path("worklist/", pages.WorklistPage.as_view(), name="worklist"),
    path("apply/<uuid:public_id>/", steps.ApplyPage.as_view(), name="apply"),
    path("<uuid:public_id>/", pages.CasePage.as_view(), name="case"),
    path("<uuid:public_id>/report/", steps.ReportPage.as_view(), name="report"),
    path("<uuid:public_id>/close/", steps.ClosePage.as_view(), name="close"),
    path("<uuid:public_id>/cancel/", steps.CancelPage.as_view(), name="cancel"),
    path("<uuid:public_id>/step/<str:step>/", steps.step_page, name="step"),
]
