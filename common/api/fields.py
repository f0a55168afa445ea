"""Serializer fields that every app's REST shares."""

from rest_framework import serializers

from common.validation import without_personal_numbers


class MomentField(serializers.DateTimeField):
    """A moment; one so near the end of the calendar that a time zone pushes it over is invalid, not an error of ours."""

    def enforce_timezone(self, value):
        try:
            return super().enforce_timezone(value)
        except OverflowError:
            self.fail("overflow")


class FreeTextField(serializers.CharField):
    """What people write in their own words, for others to read: no personal numbers."""

    default_validators = [without_personal_numbers]


def refuse_unknown(serializer) -> None:
    """A misspelt or forbidden field is named, so that nobody believes that it was stored."""
    unknown = set(serializer.initial_data) - set(serializer.fields)
    if unknown:
        raise serializers.ValidationError(
            {name: ["This field does not exist or cannot be set here."] for name in sorted(unknown)},
            code="unknown-field",
        )
