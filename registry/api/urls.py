from django.urls import include, path
from rest_framework.routers import SimpleRouter

from registry.api import climate, disclosures, documents, handovers, keys, plates, quality, registrations, signal, views
from registry.api import map as map_api

app_name = "registry-api"
router = SimpleRouter(use_regex_path=True)
router.register("elevators", views.ElevatorViewSet)
router.register("data-issues", quality.DataIssueViewSet)
router.register("documents", documents.DocumentViewSet)
router.register("plates", plates.PlateViewSet)
router.register("plate-orders", plates.PlateOrderViewSet)
router.register("registrations", registrations.RegistrationViewSet, basename="registration")
router.register("use-labels", registrations.UseLabelViewSet, basename="use-label")
router.register("maintenance-changes", handovers.MaintenanceChangeViewSet)
router.register("special-keys", keys.SpecialKeyViewSet)
router.register("sites", views.SiteViewSet)
urlpatterns = [
    path("classes/", views.ElevatorClassList.as_view(), name="classes"),
    path("elevators/clusters/", map_api.ElevatorClusters.as_view(), name="clusters"),
    path("elevators/<uuid:public_id>/climate/", climate.ClimateReadingList.as_view(), name="climate"),
    path("elevators/<uuid:public_id>/special-keys/", keys.ElevatorKeyList.as_view(), name="elevator_keys"),
    path("elevators/<uuid:public_id>/income/", disclosures.DisclosureList.as_view(), name="income"),
    path("elevators/<uuid:public_id>/signal/", signal.CarSignalList.as_view(), name="car_signal"),
    path("elevators/<uuid:public_id>/plates/", plates.ElevatorPlateList.as_view(), name="elevator_plates"),
    path("elevators/<uuid:public_id>/documents/", documents.ElevatorDocumentList.as_view(), name="documents"),
    path(
        "elevators/<uuid:public_id>/registrations/",
        registrations.ElevatorRegistrationList.as_view(),
        name="elevator_registrations",
    ),
    path("elevators/<uuid:public_id>/life-events/", views.LifeEventList.as_view(), name="life_events"),
    path("elevators/<uuid:public_id>/responsibilities/", views.ResponsibilityList.as_view(), name="responsibilities"),
    path("responsibilities/<uuid:public_id>/end/", views.EndResponsibility.as_view(), name="end_responsibility"),
    path("plate-coverage/", plates.PlateCoverage.as_view(), name="plate_coverage"),
    path("plate-scans/", plates.PlateScanList.as_view(), name="plate_scans"),
    path("search/", views.SearchView.as_view(), name="search"),
    path("", include(router.urls)),
]
