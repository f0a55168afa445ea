from django.urls import include, path
from rest_framework.routers import SimpleRouter

from inspection.api import views

app_name = "inspection-api"
router = SimpleRouter(use_regex_path=True)
router.register("reports", views.ReportViewSet)
urlpatterns = [
    path("catalogue/", views.CatalogueList.as_view(), name="catalogue"),
    path("", include(router.urls)),
]
