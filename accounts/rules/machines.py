"""What a machine of a unit may do: what people of such a unit may, without people, roles and passwords."""

from collections.abc import Iterable

from accounts.choices import RoleScope
from accounts.roles import ROLES, Permission
from accounts.rules import Holding, Unfit

# A program files, reads and records; it administers nobody, decides nothing and sees no personal number.
FOR_MACHINES = frozenset(
    {
        Permission.VIEW_ELEVATOR,
        Permission.CREATE_ELEVATOR,
        Permission.CHANGE_ELEVATOR,
        Permission.VIEW_UNIT,
        Permission.VIEW_DOCUMENT,
        Permission.VIEW_CONTRACT,
        Permission.FILE_DOCUMENT,
        Permission.RECORD_CLIMATE,
        Permission.RECORD_SIGNAL,
        Permission.VIEW_CERTIFICATE,
        Permission.RECORD_CERTIFICATE,
        Permission.VIEW_REPORT,
        Permission.FILE_REPORT,
        Permission.APPLY_INSPECTION,
        Permission.ANSWER_INSPECTION,
        Permission.VIEW_COMPLAINT,
        Permission.ENTER_COMPLAINT,
        Permission.ANSWER_COMPLAINT,
    }
)


def permissions_of_unit(unit_kind: str) -> frozenset[Permission]:
    """What machines of a unit of this kind may be given: what some role in such a unit carries."""
    roles = [role for role in ROLES.values() if role.scope == RoleScope.UNIT and unit_kind in role.unit_kinds]
    return frozenset(permission for role in roles for permission in role.permissions) & FOR_MACHINES


def permissions_held(holdings: Iterable[Holding], unit_id: int) -> frozenset[Permission]:
    """What somebody may do in a unit by their roles there: a machine is given none of anybody else's rights."""
    return frozenset(each for holding in holdings if holding.unit_id == unit_id for each in holding.permissions)


def checked_scope(wanted: Iterable[str], allowed: Iterable[str]) -> frozenset[Permission]:
    """`wanted` as permissions, each of them in `allowed`. Raises Unfit("scope") for anything else, and for none at all."""
    scope = frozenset(str(each) for each in wanted)
    if not scope or scope - {str(each) for each in allowed}:
        raise Unfit("scope")
    return frozenset(Permission(each) for each in scope)
