from django.urls import include, path
from rest_framework.routers import SimpleRouter

from accounts.api import certificates, views

app_name = "accounts-api"
router = SimpleRouter()
router.register("certificates", certificates.CertificateViewSet)
router.register("units", views.UnitViewSet)
router.register("users", views.UserViewSet)
urlpatterns = [
    path("areas/", views.AreaList.as_view(), name="areas"),
    path("me/", views.Me.as_view(), name="me"),
    path("", include(router.urls)),
]
