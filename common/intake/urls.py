from django.urls import path

from common.intake import batch_pages, mapping_pages, pages

app_name = "imports"
urlpatterns = [
    path("", pages.ImportListPage.as_view(), name="list"),
    path("new/", pages.NewImportPage.as_view(), name="new"),
    path("templates/<str:key>.xlsx", pages.TemplatePage.as_view(), name="template"),
    path("files/<uuid:public_id>/shape/", pages.ShapePage.as_view(), name="shape"),
    path("files/<uuid:public_id>/columns/", mapping_pages.ColumnsPage.as_view(), name="columns"),
    path("<uuid:public_id>/", batch_pages.BatchPage.as_view(), name="batch"),
    path("<uuid:public_id>/pause/", batch_pages.PausePage.as_view(), name="pause"),
    path("<uuid:public_id>/resume/", batch_pages.ResumePage.as_view(), name="resume"),
    path("<uuid:public_id>/run/", batch_pages.RunPage.as_view(), name="run"),
    path("<uuid:public_id>/adopt/", batch_pages.AdoptPage.as_view(), name="adopt"),
    path("<uuid:public_id>/undo/", batch_pages.UndoPage.as_view(), name="undo"),
    path("<uuid:public_id>/issues.csv", batch_pages.ErrorFilePage.as_view(), name="issues"),
]
