from django.urls import include, path

from compliance.views import (
    calendar,
    complaints,
    forwardings,
    hazard_bulk,
    hazards,
    overdue,
    pages,
    platforms,
    risk,
    waivers,
)

app_name = "compliance"
urlpatterns = [
    path("duties/", include("compliance.views.duties.addresses")),
    path("", pages.ObligationListPage.as_view(), name="obligations"),
    path("obligations/<uuid:public_id>/", waivers.ObligationPage.as_view(), name="obligation"),
    path("obligations/<uuid:public_id>/waive/", waivers.WaivePage.as_view(), name="waive"),
    path("waivers/<uuid:public_id>/revoke/", waivers.RevokeWaiverPage.as_view(), name="revoke_waiver"),
    path("waivers/<uuid:public_id>/files/<uuid:attachment_id>/", waivers.WaiverFilePage.as_view(), name="waiver_file"),
    path("overdue/", overdue.OverduePage.as_view(), name="overdue"),
    path("overdue/remind/", overdue.RemindPage.as_view(), name="remind"),
    path("overdue/reminders/<uuid:public_id>/", overdue.RemindersPage.as_view(), name="reminders"),
    path("calendar/", calendar.CalendarPage.as_view(), name="calendar"),
    path("calendar/addresses/", calendar.FeedsPage.as_view(), name="feeds"),
    path("calendar/addresses/new/", calendar.MakeFeedPage.as_view(), name="make_feed"),
    path("calendar/addresses/<uuid:public_id>/revoke/", calendar.RevokeFeedPage.as_view(), name="revoke_feed"),
    path("calendar/<str:token>.ics", calendar.FeedView.as_view(), name="feed"),
    path("alerts/", pages.AlertListPage.as_view(), name="alerts"),
    path("alerts/<uuid:public_id>/", pages.AlertPage.as_view(), name="alert"),
    path("alerts/<uuid:public_id>/acknowledge/", pages.AcknowledgeAlertPage.as_view(), name="acknowledge_alert"),
    path("hazards/", hazards.HazardListPage.as_view(), name="hazards"),
    path("hazards/new/", hazards.ReportHazardPage.as_view(), name="report_hazard"),
    path("hazards/steps/<str:step>/", hazard_bulk.steps_page, name="hazard_steps"),
    path("hazards/<uuid:public_id>/", hazards.HazardPage.as_view(), name="hazard"),
    path("hazards/<uuid:public_id>/files/<uuid:attachment_id>/", hazards.HazardFilePage.as_view(), name="hazard_file"),
    *(
        path(f"hazards/<uuid:public_id>/step/{name}/", page.as_view(), name=f"hazard_{name}")
        for name, page in hazards.STEPS.items()
    ),
    path("risk/", risk.RiskListPage.as_view(), name="risk"),
    path("complaints/", complaints.ComplaintListPage.as_view(), name="complaints"),
    path("complaints/new/", complaints.EnterComplaintPage.as_view(), name="enter_complaint"),
    path("complaints/platforms/", platforms.PlatformListPage.as_view(), name="platforms"),
    path("complaints/platforms/new/", platforms.EnterPlatformPage.as_view(), name="enter_platform"),
    path("complaints/platforms/<uuid:public_id>/", platforms.ChangePlatformPage.as_view(), name="change_platform"),
    path(
        "complaints/platforms/<uuid:public_id>/off/", platforms.DisablePlatformPage.as_view(), name="disable_platform"
    ),
    path("complaints/forwarded/", forwardings.ForwardingListPage.as_view(), name="forwardings"),
    path("complaints/forwarded/<uuid:public_id>/", forwardings.ForwardAgainPage.as_view(), name="forward_again"),
    path("complaints/forwarded/<uuid:public_id>/back/", forwardings.TakeBackPage.as_view(), name="take_back"),
    path("complaints/<uuid:public_id>/", complaints.ComplaintPage.as_view(), name="complaint"),
    path("complaints/<uuid:public_id>/answer/", complaints.AnswerPage.as_view(), name="answer_complaint"),
    path("complaints/<uuid:public_id>/contact/", complaints.ContactPage.as_view(), name="complaint_contact"),
    path("complaints/<uuid:public_id>/step/<str:step>/", complaints.step_page, name="complaint_step"),
]
