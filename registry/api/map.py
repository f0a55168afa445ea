"""Clusters of elevators for maps of others, as GeoJSON."""

from functools import partial

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.response import Response

from accounts.roles import Permission
from common.api.throttles import MapThrottle
from common.api.views import ScopedMixin
from registry.forms import ElevatorFilter
from registry.models import Elevator
from registry.queries.map import clusters
from registry.rules.clusters import Cluster
from registry.rules.grid import MAX_ZOOM, WORLD, SectionError, parse_section
from registry.signals import ElevatorMark, tallied_for


class ZoomSerializer(serializers.Serializer):
    zoom = serializers.IntegerField(min_value=0, max_value=MAX_ZOOM)


class PointSerializer(serializers.Serializer):
    type = serializers.ChoiceField(choices=["Point"])
    coordinates = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)


class ClusterPropertiesSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    worst = serializers.CharField(help_text="The gravest public status among them: a flag, else a registration state.")
    statuses = serializers.DictField(child=serializers.IntegerField(), help_text="Elevators by public status.")
    tally = serializers.DictField(
        child=serializers.IntegerField(),
        required=False,
        help_text="Elevators by what ?tally= names, the gravest first; only with it.",
    )
    spot = serializers.BooleanField(help_text="They stand at one place; zooming in shows nothing more.")


class ClusterFeatureSerializer(serializers.Serializer):
    type = serializers.ChoiceField(choices=["Feature"])
    bbox = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)
    geometry = PointSerializer()
    properties = ClusterPropertiesSerializer()


class ClusterCollectionSerializer(serializers.Serializer):
    """A GeoJSON FeatureCollection (RFC 7946), WGS84, longitude first."""

    type = serializers.ChoiceField(choices=["FeatureCollection"])
    features = ClusterFeatureSerializer(many=True)
    total = serializers.IntegerField(help_text="Elevators in all features.")


class ClusterFilter(ElevatorFilter):
    """The list's filters. `clusters` looks into the section itself: asked twice, 200,000 positions are compared twice."""

    def in_section(self, queryset, _name, _section):
        return queryset


class ElevatorClusters(ScopedMixin, generics.GenericAPIView):
    """Where the elevators are that the caller sees, counted together by zoom."""

    queryset = Elevator.objects.all()
    serializer_class = ClusterCollectionSerializer
    filterset_class = ClusterFilter
    view_permission = Permission.VIEW_ELEVATOR
    pagination_class = None
    throttle_classes = [MapThrottle]
    access_logged = False

    @extend_schema(
        parameters=[
            OpenApiParameter("zoom", int, required=True, description="0-19, as of web maps with tiles of 256 pixels."),
            OpenApiParameter(
                "bbox",
                str,
                description="west,south,east,north in degrees (WGS84); the world without. At most 4,096 cells of 64 × 64 "
                "pixels at the zoom: 400 `section-large` otherwise.",
            ),
            OpenApiParameter(
                "tally",
                str,
                description="What else to count: the name of a filter that only some roles have (`risk`). 400 for others.",
            ),
        ],
        responses=ClusterCollectionSerializer,
    )
    def get(self, request):
        """Clusters of a section of the map, largest first, with the list's filters. Elevators without a position are in
        none: the list finds them with ?located=false. Limited per person (429)."""
        asked = ZoomSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = self.filter_queryset(self.get_queryset())  # a bad bbox or filter is a 400 here
        text, mark = request.query_params.get("bbox", ""), self._asked_mark()
        section = parse_section(text) if text.strip() else WORLD
        tally = partial(mark.tally, actor=self.actor) if mark else None
        try:
            found = clusters(rows, section, asked.validated_data["zoom"], tally=tally)
        except SectionError as error:
            sentence = _("The section is too large for this zoom. Ask for a smaller section or a smaller zoom.")
            raise serializers.ValidationError({"bbox": [sentence]}, code=f"section-{error.reason}") from error
        features = [feature(cluster, mark) for cluster in found]
        return Response(
            {"type": "FeatureCollection", "features": features, "total": sum(cluster.count for cluster in found)}
        )

    def _asked_mark(self) -> ElevatorMark | None:
        """What is to be counted as well; one that the caller may not see is as unknown as one that does not exist."""
        asked = self.request.query_params.get("tally", "")
        mark = next((mark for mark in tallied_for(self.actor) if mark.name == asked), None)
        if asked and mark is None:
            raise serializers.ValidationError(
                {"tally": [_("There is nothing of this name to count.")]}, "invalid_choice"
            )
        return mark


def feature(cluster: Cluster, mark: ElevatorMark | None = None) -> dict:
    """A cluster as a GeoJSON feature; degrees to six places (0.1 m)."""
    section = cluster.section
    edges = (section.west, section.south, section.east, section.north)
    return {
        "type": "Feature",
        "bbox": [round(edge, 6) for edge in edges],
        "geometry": {"type": "Point", "coordinates": [round(cluster.longitude, 6), round(cluster.latitude, 6)]},
        "properties": {
            "count": cluster.count,
            "worst": cluster.worst,
            "statuses": cluster.statuses,
            **(
                {"tally": {value: cluster.tally[value] for value in mark.states if value in cluster.tally}}
                if mark
                else {}
            ),
            "spot": cluster.is_spot,
        },
    }
