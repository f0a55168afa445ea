"""People as a kind of file (common.intake.kinds), carried out by the actions that pages use."""

import secrets
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from accounts import rules
from accounts.actions import refusals
from accounts.actions.holdings import add_membership
from accounts.actions.import_words import WORDS, meant, remembered, table_of
from accounts.actions.people import create_user
from accounts.choices import RoleScope
from accounts.models import Membership, Unit, User
from accounts.queries import open_units, reach_of, units_named
from accounts.roles import Permission, role_choices
from common.errors import Refusal
from common.intake.actions_by_row import ActionKind
from common.intake.kinds import RowPlan, Run
from common.intake.mapping import Option, Target
from common.models.intake import RowOutcome


class UnitNotYours(Refusal):
    code = "unit-not-yours"
    field = "unit"
    message = _("There is no such unit among those that you see.")


class PeopleKind(ActionKind):
    """People of units: entered, and given a role. Nobody's password stands in a file: one is set afterwards."""

    key = "accounts.people"
    label = _("people")
    permission = Permission.CREATE_USER
    audit_action = "accounts.import_people"
    key_targets = ("username",)
    no_undo = _("People are not taken back, so that what they did keeps its name. Deactivate those who are not meant.")

    def declared(self) -> Sequence[Target]:
        roles = Option("words", WORDS, tuple(role_choices(RoleScope.UNIT)), words=True)
        return (
            Target(
                "username",
                _("sign-in name"),
                ("用户名", "登录名", "账号", "username", "login"),
                required=True,
                personal=True,
            ),
            Target("display_name", _("name"), ("姓名", "名字", "name", "display name"), required=True, personal=True),
            Target("role", _("role"), ("角色", "岗位", "职务", "role"), required=True, options=(roles,)),
            Target("unit", _("unit"), ("单位", "单位名称", "所属单位", "统一社会信用代码", "unit")),
        )

    def carry_out(self, values: dict[str, str], plan: RowPlan, run: Run) -> None:
        table = remembered(run, "roles", lambda: table_of(role_choices(RoleScope.UNIT)))
        role, unit = meant(values["role"], table, "role"), _unit_of(values.get("unit", ""), run)
        person = self._there(values["username"], run)
        if made := person is None:
            person = create_user(
                username=values["username"],
                display_name=values["display_name"],
                # nobody knows it: the first sign-in needs one that an administrator sets
                temporary_password=f"Aa1-{secrets.token_urlsafe(24)}",
                by=run.by,
                at=run.at,
            )
        held = Membership.objects.unfinished(run.at).filter(user=person, unit=unit, role=role).exists()
        if not held:
            add_membership(user_id=person.pk, unit=unit, role=role, by=run.by, at=run.at)
        plan.subject_id = person.pk
        plan.outcome = RowOutcome.CREATED if made else RowOutcome.UNCHANGED if held else RowOutcome.UPDATED
        plan.changes = {} if held else {"role": [None, role], "unit": [None, unit.name]}

    def _there(self, username: str, run: Run) -> User | None:
        """The person with this sign-in name, if the actor sees them; of anybody else only that the name is taken."""
        try:
            name = rules.canonical_username(username)
        except rules.Unfit as unfit:
            raise refusals.NameUnfit from unfit
        person = User.objects.named(name).first()
        if (
            person is not None
            and not User.objects.visible_to(run.by, Permission.VIEW_USER).filter(pk=person.pk).exists()
        ):
            raise refusals.NameTaken
        return person

    def field_label(self, name: str):
        return next((target.label for target in self.declared() if target.name == name), name)


def _unit_of(word: str, run: Run) -> Unit:
    """The unit that a row names, or the one unit of which the actor enters people."""
    if not word:
        own = reach_of(run.by, Permission.CREATE_USER).unit_ids
        if len(own) == 1 and (unit := Unit.objects.filter(pk__in=own).first()):
            return unit
        raise UnitNotYours
    found = list(units_named(open_units(run.by, Permission.VIEW_UNIT), word)[:2])
    if len(found) != 1:
        raise UnitNotYours
    return found[0]


_KIND = PeopleKind()


def people_kind() -> PeopleKind:
    """Answer at common.import_kinds."""
    return _KIND
