"""Machines of units: entered, given secrets and tokens, revoked. OAuth 2.0 client credentials (RFC 6749, 4.4)."""

import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actions import refusals
from accounts.models import AccessToken, ApiClient, ClientSecret, Unit, User
from accounts.queries import actor_of_client
from accounts.rules import Unfit
from accounts.rules.machines import checked_scope, permissions_held, permissions_of_unit
from common.actor import Actor, ActorKind
from common.audit import MASK, difference, record_change
from common.errors import Changed, Refusal

SECRET_KEPT = dt.timedelta(days=366)
TOKEN_KEPT = dt.timedelta(minutes=30)
NOTED_EVERY = dt.timedelta(minutes=1)


class ScopeUnfit(Refusal):
    code = "scope-unfit"
    field = "permissions"
    message = _("A machine of this unit may do at most what people of such a unit may. Choose among the offered.")


class BeyondOneself(Refusal):
    code = "beyond-oneself"
    field = "permissions"
    message = _(
        "A machine may do at most what you may do in this unit yourself. Ask a colleague who holds these rights to make it."
    )


class TwoSecrets(Refusal):
    code = "two-secrets"
    status = 409
    message = _("Two secrets are in force. Revoke the one that is no longer used, then issue another.")


class ClientRevoked(Refusal):
    code = "client-revoked"
    status = 409
    message = _("This machine is revoked for good. Enter another.")


class InvalidClient(Exception):
    """Unknown, revoked or closed, or a secret that is not in force: nobody is told which."""


class InvalidScope(Exception):
    """More was asked for than the client may do."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A secret or token in the clear, for the one answer that shows it; printed anywhere else it is a mask."""

    text: str
    scope: tuple[str, ...] = ()

    def __repr__(self):
        return MASK


def digest_of(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@transaction.atomic
def create_client(
    *, unit: Unit, name: str, permissions: Iterable[str], rate_per_minute: int, by: Actor, at: dt.datetime
) -> ApiClient:
    """Enter a machine of a unit, without a secret yet. Raises UnitClosed, ScopeUnfit, BeyondOneself."""
    if unit.closed_on is not None:
        raise refusals.UnitClosed
    permissions = list(permissions)
    _require_held(permissions, unit, by)
    client = ApiClient.objects.create(
        unit=unit,
        name=" ".join(name.split()),
        permissions=_checked(permissions, unit),
        rate_per_minute=rate_per_minute,
        created_at=at,
    )
    said = {"unit": str(unit.public_id), "permissions": client.permissions, "rate_per_minute": rate_per_minute}
    record_change(
        action="accounts.create_client", subject=client, by=by, changes={k: [None, v] for k, v in said.items()}
    )
    return client


@transaction.atomic
def change_client(
    *, client: ApiClient, name: str, permissions: Iterable[str], rate_per_minute: int, version: int | None, by: Actor
) -> ApiClient:
    """Change name, permissions and rate. What is taken away is gone from tokens in use at once.

    What it may do already stays, whoever changes the rest. Raises Changed, ClientRevoked, ScopeUnfit, BeyondOneself.
    """
    client = _lock(client)
    if version is not None and client.version != version:
        raise Changed
    if client.revoked_at is not None:
        raise ClientRevoked
    permissions = list(permissions)
    _require_held(set(permissions) - set(client.permissions), client.unit, by)
    values = {
        "name": " ".join(name.split()),
        "permissions": _checked(permissions, client.unit),
        "rate_per_minute": rate_per_minute,
    }
    if changes := difference(client, values):
        for field, value in values.items():
            setattr(client, field, value)
        client.version += 1
        client.save(update_fields=[*values, "version"])
        record_change(action="accounts.change_client", subject=client, by=by, changes=changes)
    return client


@transaction.atomic
def revoke_client(*, client: ApiClient, by: Actor, at: dt.datetime) -> ApiClient:
    """Stop a machine for good, its tokens with it. Again changes nothing."""
    client = _lock(client)
    if client.revoked_at is None:
        client.revoked_at = at
        client.version += 1
        client.save(update_fields=["revoked_at", "version"])
        record_change(action="accounts.revoke_client", subject=client, by=by, changes={"revoked_at": [None, at]})
    return client


@transaction.atomic
def issue_secret(*, client: ApiClient, by: Actor, at: dt.datetime) -> Issued:
    """A new secret beside the one in use, shown this once to somebody who may do all that it opens.

    It ends when they leave the unit. Raises TwoSecrets, ClientRevoked, BeyondOneself.
    """
    client = _lock(client)
    if client.revoked_at is not None:
        raise ClientRevoked
    _require_held(client.permissions, client.unit, by)
    live = ClientSecret.objects.live(at).filter(client=client)
    ended = ClientSecret.objects.filter(client=client, revoked_at__isnull=True).exclude(pk__in=live.values("pk"))
    ended.update(revoked_at=at)
    taken = set(live.values_list("slot", flat=True))
    if not (free := {1, 2} - taken):
        raise TwoSecrets
    text = f"nes_{secrets.token_urlsafe(32)}"
    secret = ClientSecret.objects.create(
        client=client,
        slot=min(free),
        digest=digest_of(text),
        hint=text[-4:],
        issued_by=User.objects.filter(public_id=by.id).first() if by.kind == ActorKind.PERSON else None,
        created_at=at,
        expires_at=at + SECRET_KEPT,
    )
    changes = {"secret": [None, str(secret.public_id)], "expires_at": [None, secret.expires_at]}
    record_change(action="accounts.issue_secret", subject=client, by=by, changes=changes)
    return Issued(text)


@transaction.atomic
def revoke_secret(*, secret: ClientSecret, by: Actor, at: dt.datetime) -> ClientSecret:
    """Stop one secret and every token that it was given. Again changes nothing."""
    client = _lock(secret.client)
    secret = ClientSecret.objects.select_for_update().get(pk=secret.pk)
    if secret.revoked_at is None:
        secret.revoked_at = at
        secret.save(update_fields=["revoked_at"])
        changes = {"secret": [str(secret.public_id), None]}
        record_change(action="accounts.revoke_secret", subject=client, by=by, changes=changes)
    return secret


@transaction.atomic
def issue_token(*, client_id: str, client_secret: str, scope: str, at: dt.datetime) -> Issued:
    """A token for whoever has a secret in force, limited to `scope` (words; "" for all that the client may).

    The same work for every wrong guess. Raises InvalidClient, InvalidScope.
    """
    found = _secret_in_force(client_id, client_secret, at)
    client = found.client
    allowed = set(client.permissions) & {str(each) for each in permissions_of_unit(client.unit.kind)}
    try:
        granted = sorted(str(each) for each in checked_scope(scope.split() or allowed, allowed))
    except Unfit as unfit:
        raise InvalidScope from unfit
    AccessToken.objects.filter(secret__client=client, expires_at__lte=at).delete()
    text = f"net_{secrets.token_urlsafe(32)}"
    AccessToken.objects.create(
        digest=digest_of(text), secret=found, permissions=granted, created_at=at, expires_at=at + TOKEN_KEPT
    )
    by = Actor(kind=ActorKind.API_CLIENT, id=str(client.public_id), acting_unit=client.unit_id, label=client.name)
    record_change(
        action="accounts.issue_token",
        subject=client,
        by=by,
        changes={"secret": [None, str(found.public_id)], "permissions": [None, granted]},
    )
    return Issued(text, tuple(granted))


def client_of(*, client_id: str, client_secret: str, at: dt.datetime) -> Actor:
    """The machine that shows its secret itself, for interfaces that know no tokens (Open311's api_key), with all that it may
    do. Raises InvalidClient."""
    client = _secret_in_force(client_id, client_secret, at).client
    return actor_of_client(client, client.permissions)


def _secret_in_force(client_id: str, client_secret: str, at: dt.datetime) -> ClientSecret:
    """Raises InvalidClient, after the same work for every wrong guess."""
    given, found = digest_of(client_secret), None
    for secret in (
        ClientSecret.objects.select_related("client__unit").live(at).filter(client__public_id=_uuid(client_id))
    ):
        if hmac.compare_digest(bytes(secret.digest), given):
            found = secret
    if found is None or found.client.revoked_at is not None or found.client.unit.closed_on is not None:
        raise InvalidClient
    return found


def note_use(*, client: ApiClient, address: str, at: dt.datetime) -> None:
    """When and from where a machine came last, to the minute: not a write for every request."""
    if client.last_used_at is None or client.last_used_at <= at - NOTED_EVERY or client.last_used_address != address:
        ApiClient.objects.filter(pk=client.pk).update(last_used_at=at, last_used_address=address or None)


def _require_held(permissions: Iterable[str], unit: Unit, by: Actor) -> None:
    """Nobody makes a machine, or sees the secret of one, that may do what they may not."""
    if by.kind == ActorKind.SYSTEM:
        return
    held = {str(each) for each in permissions_held(by.holdings, unit.pk)}
    if {str(each) for each in permissions} & {str(each) for each in permissions_of_unit(unit.kind)} - held:
        raise BeyondOneself


def _checked(permissions: Iterable[str], unit: Unit) -> list[str]:
    try:
        return sorted(str(each) for each in checked_scope(permissions, permissions_of_unit(unit.kind)))
    except Unfit as unfit:
        raise ScopeUnfit from unfit


def _lock(client: ApiClient) -> ApiClient:
    return ApiClient.objects.select_for_update(of=("self",)).select_related("unit").get(pk=client.pk)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)  # asked for like any other, and nobody's
