"""Addresses of the rows of law, below /law/."""

from django.urls import path

from inspection.views.law import pages

app_name = "law"
urlpatterns = [
    path("", pages.LawPage.as_view(), name="rows"),
    path("<uuid:public_id>/", pages.LawRowPage.as_view(), name="row"),
    path("<uuid:public_id>/follow/", pages.FollowPage.as_view(), name="follow"),
    path("proposals/<uuid:public_id>/", pages.ProposalPage.as_view(), name="proposal"),
    path("proposals/<uuid:public_id>/approve/", pages.ApprovePage.as_view(), name="approve"),
    path("proposals/<uuid:public_id>/refuse/", pages.RefusePage.as_view(), name="refuse"),
]
