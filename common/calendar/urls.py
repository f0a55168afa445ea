from django.urls import path

from common.calendar import pages

app_name = "calendar"
urlpatterns = [
    path("", pages.YearPage.as_view(), name="year"),
    path("days/", pages.SetDaysPage.as_view(), name="set_days"),
    path("days/<str:day>/remove/", pages.RemoveDayPage.as_view(), name="remove_day"),
]
