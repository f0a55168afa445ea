from django.urls import path

from compliance.api import open311

app_name = "open311"
urlpatterns = [
    path("services.<str:format>", open311.Services.as_view(), name="services"),
    path("services/<str:code>.<str:format>", open311.Service.as_view(), name="service"),
    path("requests.<str:format>", open311.Requests.as_view(), name="requests"),
    path("requests/<str:service_request_id>.<str:format>", open311.Request.as_view(), name="request"),
    path("tokens/<str:token>.<str:format>", open311.Token.as_view(), name="token"),
]
