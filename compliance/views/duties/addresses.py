"""Addresses of the safety duties, below /due/duties/."""

from django.urls import path

from compliance.views.duties import filing, home, people, risk_lists, units

urlpatterns = [
    path("", units.DutyUnitListPage.as_view(), name="duties"),
    path("today/", home.TodayPage.as_view(), name="duty_today"),
    path("records/", units.DutyRecordListPage.as_view(), name="duty_records"),
    path("records/<uuid:public_id>/", units.DutyRecordPage.as_view(), name="duty_record"),
    path("records/<uuid:public_id>/files/<uuid:attachment_id>/", units.PhotoPage.as_view(), name="duty_photo"),
    path("appointments/<uuid:public_id>/end/", people.DismissPage.as_view(), name="dismiss"),
    path("appointments/<uuid:public_id>/files/<uuid:attachment_id>/", units.LetterPage.as_view(), name="duty_letter"),
    path("lists/<uuid:public_id>/", risk_lists.RiskListPage.as_view(), name="risk_list"),
    path("lists/<uuid:public_id>/line/", risk_lists.RiskItemPage.as_view(), name="risk_item"),
    path("lists/<uuid:public_id>/approve/", risk_lists.ApproveListPage.as_view(), name="approve_risk_list"),
    path("<uuid:public_id>/", units.DutyFilePage.as_view(), name="duty_unit"),
    path("<uuid:public_id>/unbound/", units.UnboundListPage.as_view(), name="duty_unbound"),
    path("<uuid:public_id>/appoint/", people.AppointPage.as_view(), name="appoint"),
    path("<uuid:public_id>/bind/", people.BindPage.as_view(), name="bind_elevators"),
    path("<uuid:public_id>/list/", risk_lists.DraftPage.as_view(), name="draft_risk_list"),
    path("<uuid:public_id>/check/", filing.DailyCheckPage.as_view(), name="daily_check"),
    path("<uuid:public_id>/week/", filing.WeekPage.as_view(), name="duty_week"),
    path("<uuid:public_id>/review/", filing.WeeklyReviewPage.as_view(), name="weekly_review"),
    path("<uuid:public_id>/meeting/", filing.MonthlyMeetingPage.as_view(), name="monthly_meeting"),
]
