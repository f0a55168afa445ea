from django.urls import include, path
from rest_framework.routers import SimpleRouter

from compliance.api import complaints, views

app_name = "compliance-api"
router = SimpleRouter(use_regex_path=True)
router.register("obligations", views.ObligationViewSet)
router.register("alerts", views.AlertViewSet)
router.register("complaints", complaints.ComplaintViewSet)
urlpatterns = [path("", include(router.urls))]
