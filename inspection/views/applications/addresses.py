from django.urls import path

from inspection.views.applications import answers, asking, days, lists

app_name = "applications"
urlpatterns = [
    path("", lists.ApplicationListPage.as_view(), name="list"),
    path("due/", asking.ToApplyPage.as_view(), name="due"),
    path("apply/", asking.ApplyPage.as_view(), name="apply"),
    path("days/", days.DaysPage.as_view(), name="days"),
    path("appoint/", answers.AppointManyPage.as_view(), name="appoint_many"),
    path("<uuid:public_id>/", lists.ApplicationPage.as_view(), name="application"),
    path("<uuid:public_id>/appoint/", answers.AppointPage.as_view(), name="appoint"),
    path("<uuid:public_id>/decline/", answers.DeclinePage.as_view(), name="decline"),
    path("<uuid:public_id>/withdraw/", asking.WithdrawPage.as_view(), name="withdraw"),
    path("<uuid:public_id>/contact/", answers.ContactPage.as_view(), name="contact"),
]
