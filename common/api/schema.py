from django.conf import settings
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_view_model
from drf_spectacular.utils import OpenApiParameter


class PlatformAutoSchema(AutoSchema):
    """Tells OpenAPI about the headers that every endpoint of the platform shares."""

    def get_override_parameters(self):
        parameters = list(super().get_override_parameters())
        if self.method == "POST" and getattr(self.view, "idempotent", False):
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    str,
                    OpenApiParameter.HEADER,
                    required=True,
                    description="The same key with the same content does the work once and answers alike.",
                )
            )
        if self.method in ("PUT", "PATCH") and getattr(self.view, "matched", False):
            parameters.append(
                OpenApiParameter(
                    "If-Match",
                    str,
                    OpenApiParameter.HEADER,
                    required=True,
                    description="The ETag that you read; 412 when the record changed since.",
                )
            )
        return parameters


class BroughtFilters(DjangoFilterExtension):
    """Lists the filters, too, that other apps bring to a filter set for those who may see them (`brought_filters()`)."""

    priority = 1

    def get_schema_operation_parameters(self, auto_schema, *args, **kwargs):
        parameters = super().get_schema_operation_parameters(auto_schema, *args, **kwargs)
        filterset = getattr(auto_schema.view, "filterset_class", None)
        model = get_view_model(auto_schema.view)
        for name, brought in getattr(filterset, "brought_filters", dict)().items():
            parameters += self.resolve_filter_field(auto_schema, model, filterset, name, brought)
        return parameters


class SessionScheme(OpenApiAuthenticationExtension):
    """People use the session of their sign-in; found by its path, since common knows no app above it."""

    target_class = "accounts.authentication.PersonAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class MachineScheme(OpenApiAuthenticationExtension):
    """Machines use client credentials; the scopes are names of permissions."""

    target_class = "accounts.authentication.MachineAuthentication"
    name = "machine"

    def get_security_definition(self, auto_schema):
        flow = {"tokenUrl": "/api/v1/oauth/token/", "scopes": {}}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}
