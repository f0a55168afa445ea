from django.urls import path

from common.exports import pages

app_name = "exports"
urlpatterns = [
    path("", pages.ExportListPage.as_view(), name="list"),
    path("new/<str:kind>/", pages.NewExportPage.as_view(), name="new"),
    path("<uuid:public_id>/", pages.ExportPage.as_view(), name="export"),
    path("<uuid:public_id>/stop/", pages.StopExportPage.as_view(), name="stop"),
    path("<uuid:public_id>/file/", pages.DownloadPage.as_view(), name="file"),
]
