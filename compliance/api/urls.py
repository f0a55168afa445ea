from django.urls import include, path
from rest_framework.routers import SimpleRouter

from compliance.api import complaints, duties, duty_reports, forwardings, hazards, risk, views, waivers

app_name = "compliance-api"
router = SimpleRouter(use_regex_path=True)
router.register("obligations", views.ObligationViewSet)
router.register("alerts", views.AlertViewSet)
router.register("waivers", waivers.WaiverViewSet)
router.register("duties/records", duties.DutyRecordViewSet, basename="duty-record")
router.register("duties/daily-checks", duties.DailyCheckViewSet, basename="daily-check")
router.register("duties/weekly-reviews", duty_reports.WeeklyReviewViewSet, basename="weekly-review")
router.register("duties/monthly-meetings", duty_reports.MonthlyMeetingViewSet, basename="monthly-meeting")
router.register("duties/appointments", duties.DutyAppointmentViewSet, basename="duty-appointment")
router.register("duties/risk-items", duties.RiskItemViewSet, basename="risk-item")
router.register("hazards", hazards.HazardViewSet)
router.register("risk-scores", risk.RiskScoreViewSet, basename="risk-score")
router.register("complaints", complaints.ComplaintViewSet)
router.register("forwardings", forwardings.ForwardingViewSet, basename="forwarding")
urlpatterns = [
    path("hazard-items/", hazards.HazardItemList.as_view(), name="hazard-item-list"),
    path("risk-changes/", risk.RiskChangeList.as_view(), name="risk-change-list"),
    path("", include(router.urls)),
]
