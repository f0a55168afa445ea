from django.urls import include, path
from rest_framework.routers import SimpleRouter

from inspection.api import applications, assessments, forms, law, orders, views

app_name = "inspection-api"
router = SimpleRouter(use_regex_path=True)
router.register("reports", views.ReportViewSet)
router.register("applications", applications.ApplicationViewSet)
router.register("licences", orders.BodyLicenceViewSet)
router.register("windows", orders.WindowOverrideViewSet)
router.register("excesses", orders.TesterExcessViewSet)
router.register("assessments", assessments.AssessmentViewSet)
router.register("law", law.LawRowViewSet)
router.register("law-proposals", law.LawProposalViewSet)
urlpatterns = [
    path("forms/<uuid:public_id>/", forms.FormViewSet.as_view({"get": "retrieve"}), name="form"),
    path("catalogue/", views.CatalogueList.as_view(), name="catalogue"),
    path("", include(router.urls)),
]
