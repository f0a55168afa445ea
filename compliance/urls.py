from django.urls import path

from compliance.views import complaints, pages

app_name = "compliance"
urlpatterns = [
    path("", pages.ObligationListPage.as_view(), name="obligations"),
    path("alerts/", pages.AlertListPage.as_view(), name="alerts"),
    path("alerts/<uuid:public_id>/", pages.AlertPage.as_view(), name="alert"),
    path("alerts/<uuid:public_id>/acknowledge/", pages.AcknowledgeAlertPage.as_view(), name="acknowledge_alert"),
    path("complaints/", complaints.ComplaintListPage.as_view(), name="complaints"),
    path("complaints/new/", complaints.EnterComplaintPage.as_view(), name="enter_complaint"),
    path("complaints/<uuid:public_id>/", complaints.ComplaintPage.as_view(), name="complaint"),
    path("complaints/<uuid:public_id>/answer/", complaints.AnswerPage.as_view(), name="answer_complaint"),
    path("complaints/<uuid:public_id>/contact/", complaints.ContactPage.as_view(), name="complaint_contact"),
    path("complaints/<uuid:public_id>/step/<str:step>/", complaints.step_page, name="complaint_step"),
]
