from django.urls import path

from common.lists import pages

app_name = "lists"
urlpatterns = [
    path("<str:key>/save/", pages.SaveViewPage.as_view(), name="save"),
    path("<str:key>/columns/", pages.ColumnsPage.as_view(), name="columns"),
    path("saved/<uuid:public_id>/", pages.ChangeViewPage.as_view(), name="view"),
    path("saved/<uuid:public_id>/delete/", pages.DeleteViewPage.as_view(), name="delete"),
]
