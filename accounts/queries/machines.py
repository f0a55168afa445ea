"""Questions about machines: who is behind a token, and what it may do now."""

import datetime as dt
from collections.abc import Iterable

from accounts.models import AccessToken, ApiClient, ClientSecret
from accounts.queries.people import is_uuid
from accounts.rules import Holding
from accounts.rules.machines import permissions_of_unit
from common.actor import Actor, ActorKind

MACHINE_ROLE = "MACHINE"  # what a machine holds in its unit; no person can


def machine_of_token(digest: bytes, at: dt.datetime) -> tuple[ApiClient, Actor] | None:
    """The machine behind a token in force with what it may do now, in one statement; None when anything of it has ended."""
    live = ClientSecret.objects.live(at)
    tokens = AccessToken.objects.select_related("secret__client__unit").filter(secret__in=live)
    token = tokens.filter(digest=digest, expires_at__gt=at).first()
    if token is None:
        return None
    client = token.secret.client
    if client.revoked_at is not None or client.unit.closed_on is not None:
        return None
    return client, actor_of_client(client, set(token.permissions) & set(client.permissions))


def actor_of_client(client: ApiClient, granted: Iterable[str]) -> Actor:
    """A machine as an actor: its unit's, with what it was granted as far as such a unit may have it today."""
    permissions = frozenset(each for each in permissions_of_unit(client.unit.kind) if str(each) in set(granted))
    holding = Holding(role=MACHINE_ROLE, permissions=permissions, unit_id=client.unit_id)
    return Actor(
        kind=ActorKind.API_CLIENT,
        id=str(client.public_id),
        acting_unit=client.unit_id,
        label=client.name,
        holdings=(holding,),
    )


def machine_again(kind, id, acting_unit, at) -> Actor | None:
    """The machine behind a stored actor, as long as it may act (registered at common.actors)."""
    if kind != ActorKind.API_CLIENT or not is_uuid(id):
        return None
    clients = ApiClient.objects.select_related("unit").filter(revoked_at__isnull=True, unit__closed_on__isnull=True)
    client = clients.filter(public_id=id).first()
    return None if client is None else actor_of_client(client, client.permissions)
