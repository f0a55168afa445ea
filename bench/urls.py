"""The platform's addresses and the floor of the REST measure."""

from django.urls import include, path
from rest_framework.generics import RetrieveAPIView

from registry.api.serializers import ElevatorSerializer
from registry.models import Elevator


class BareElevator(RetrieveAPIView):
    """What DRF alone needs for one elevator by primary key: nobody signed in, nothing scoped, nothing logged."""

    queryset = Elevator.objects.with_neighbours()
    serializer_class = ElevatorSerializer
    authentication_classes = []
    permission_classes = []


urlpatterns = [
    path("bare/<int:pk>/", BareElevator.as_view()),
    path("", include("config.urls")),
]
