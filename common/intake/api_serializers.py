"""What the import endpoints take and give."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.intake.forms import DELIMITER_CHOICES, ENCODING_CHOICES, LOWEST_HEADER
from common.intake.kinds import MappingRefused
from common.intake.mapping import MappingSpec
from common.intake.shapes import Shape
from common.models.intake import ImportBatch, SavedMapping, Upload


class StrictSerializer(serializers.Serializer):
    """Refuses what it does not know."""

    def validate(self, data):
        if unknown := set(self.initial_data) - {name for name, field in self.fields.items() if not field.read_only}:
            raise serializers.ValidationError(
                {name: ["This field does not exist or cannot be set here."] for name in sorted(unknown)},
                code="unknown-field",
            )
        return data


class KindSerializer(serializers.Serializer):
    """A kind of file. `targets`: what a column can mean; `options`: what is asked about the file as a whole."""

    key = serializers.CharField()
    label = serializers.CharField()
    targets = serializers.SerializerMethodField()
    options = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_targets(self, kind):
        return [
            {
                "name": target.name,
                "label": str(target.label),
                "aliases": list(target.aliases),
                "required": target.required,
                "several": target.several,
                "options": [_option(option) for option in target.options],
            }
            for target in kind.targets(self.context["actor"])
        ]

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_options(self, kind):
        return [_option(option) for option in kind.options(self.context["actor"])]


def _option(option) -> dict:
    return {
        "name": option.name,
        "label": str(option.label),
        "choices": [[value, str(label)] for value, label in option.choices],
        "default": option.default,
        "words": option.words,
    }


class GuessSerializer(serializers.Serializer):
    """How sure a part of the shape is, and why."""

    about = serializers.CharField()
    confidence = serializers.FloatField()
    code = serializers.CharField()
    sentence = serializers.CharField()


class ShapeSerializer(StrictSerializer):
    """How a file is written. `format`, `sheets` and `guesses` are found, the rest can be corrected."""

    format = serializers.CharField(read_only=True)
    encoding = serializers.ChoiceField(choices=ENCODING_CHOICES, required=False)
    delimiter = serializers.ChoiceField(choices=DELIMITER_CHOICES, required=False)
    decimal_comma = serializers.BooleanField(required=False)
    sheet = serializers.CharField(max_length=100, required=False)
    sheets = serializers.ListField(child=serializers.CharField(), read_only=True)
    header_first = serializers.IntegerField(min_value=1, max_value=LOWEST_HEADER, required=False)
    header_last = serializers.IntegerField(min_value=1, max_value=LOWEST_HEADER, required=False)
    fill_down = serializers.ListField(child=serializers.CharField(max_length=400), required=False, max_length=500)
    serial_dates = serializers.ListField(child=serializers.CharField(max_length=400), required=False, max_length=500)
    guesses = GuessSerializer(many=True, read_only=True)

    def corrections(self) -> dict:
        """What was given, as fields of Shape."""
        return {name: tuple(value) if isinstance(value, list) else value for name, value in self.validated_data.items()}


class UploadSerializer(serializers.ModelSerializer):
    """A file that was sent, and how it is read."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField(source="original_name")
    shape = serializers.SerializerMethodField()

    class Meta:
        model = Upload
        fields = ["id", "kind", "name", "size", "sha256", "created_at", "shape"]
        read_only_fields = fields

    @extend_schema_field(ShapeSerializer)
    def get_shape(self, upload):
        return ShapeSerializer(Shape.from_json(upload.shape)).data


class UploadInputSerializer(serializers.Serializer):
    kind = serializers.CharField(max_length=64)
    file = serializers.FileField(max_length=255, allow_empty_file=True)


class RunInputSerializer(StrictSerializer):
    """`spec`: as `GET uploads/<id>/mapping/` proposes it, corrected; or {"kind": …, "shipped": name}."""

    upload = serializers.UUIDField()
    spec = serializers.DictField()
    dry_run = serializers.BooleanField(default=False)
    name = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)


class MappingInputSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80)
    upload = serializers.UUIDField()
    spec = serializers.DictField()


class SavedMappingSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="public_id")
    spec = serializers.DictField()
    header = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = SavedMapping
        fields = ["id", "kind", "name", "spec", "header", "created_at", "updated_at"]
        read_only_fields = fields


class BatchSerializer(serializers.ModelSerializer):
    """An import and how far it is. `done` of `total` rows; `summary` counts outcomes, messages and blanks."""

    id = serializers.UUIDField(source="public_id")
    state = serializers.CharField()
    done = serializers.IntegerField(source="job.done")
    total = serializers.IntegerField(source="job.total", allow_null=True)
    error = serializers.CharField(source="job.error")
    upload = serializers.UUIDField(source="upload.public_id", allow_null=True, default=None)
    spec = serializers.DictField()
    summary = serializers.DictField()
    undo_result = serializers.DictField()

    class Meta:
        model = ImportBatch
        fields = [
            "id",
            "kind",
            "state",
            "dry_run",
            "file_name",
            "sha256",
            "mapping",
            "upload",
            "spec",
            "done",
            "total",
            "error",
            "summary",
            "undo_result",
            "created_at",
            "completed_at",
            "undone_at",
        ]
        read_only_fields = fields


def spec_from(given: dict, upload: Upload) -> MappingSpec:
    """The spec in a request about an upload. Raises MappingRefused for what is none, or of another kind."""
    try:
        spec = MappingSpec.from_json({"kind": upload.kind, **given})
    except ValueError:
        raise MappingRefused(_("This is not a mapping: it needs “targets”, each with “columns”.")) from None
    if spec.kind != upload.kind:
        raise MappingRefused(_("The mapping is of another kind than the file."))
    return spec
