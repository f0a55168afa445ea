from django.urls import path

from inspection.views import filing, reports

app_name = "inspection"
urlpatterns = [
    path("", reports.ReportListPage.as_view(), name="reports"),
    path("new/", filing.FindPage.as_view(), name="find"),
    path("new/<uuid:public_id>/", filing.BeginPage.as_view(), name="begin"),
    path("drafts/", filing.DraftListPage.as_view(), name="drafts"),
    path("drafts/<uuid:public_id>/", filing.DraftPage.as_view(), name="draft"),
    path("drafts/<uuid:public_id>/save/", filing.SaveDraftPage.as_view(), name="save_draft"),
    path("drafts/<uuid:public_id>/discard/", filing.DiscardDraftPage.as_view(), name="discard_draft"),
    path("<uuid:public_id>/", reports.ReportPage.as_view(), name="report"),
    path("<uuid:public_id>/print/", reports.PrintPage.as_view(), name="print_report"),
    path("<uuid:public_id>/notice/", reports.NoticePage.as_view(), name="notice"),
    path("<uuid:public_id>/correct/", filing.CorrectPage.as_view(), name="correct_report"),
]
