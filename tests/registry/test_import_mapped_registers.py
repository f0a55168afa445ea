"""The two real registers, mapped by hand as on the page: the same elevators and the same defects as the declared way."""

from pathlib import Path

import pytest

from common import clock
from common.intake.undo import undo_now
from common.intake.workers import import_file
from registry.actions import import_elevators
from registry.actions.import_kind import elevator_kind
from registry.models import Elevator
from tests.registry.mapped_files import BY, new_york, the_list_of_maryland

pytestmark = [pytest.mark.registers, pytest.mark.django_db, pytest.mark.usefixtures("foreign_areas", "files_dir")]


def named(summary: dict) -> dict:
    return {(column, code, effect): count for column, code, effect, count in summary["issues"]}


def rehearse(path: Path, spec) -> dict:
    return import_file(path=path, kind=elevator_kind(), spec=spec, by=BY, at=clock.now(), dry_run=True).summary


# What the hand-made mapping says otherwise, and why.
ELSEWHERE = {
    "nyc": {},
    "maryland": {
        # the declared mapping knows that Maryland counts in whole pounds and feet per minute
        ("equipment_capacity", "not-whole", "KEPT"): (2, None),
        ("equipment_speed", "not-whole", "KEPT"): (4, None),
    },
}


@pytest.mark.parametrize(
    ("mapping", "name", "spec"),
    [
        pytest.param("nyc", "nyc_elevator_devices_2015_raw.csv", new_york, marks=pytest.mark.long),
        pytest.param("maryland", "maryland_elevators_2022.csv", the_list_of_maryland, marks=pytest.mark.long),
        pytest.param("maryland", "part", the_list_of_maryland, id="maryland-part"),
    ],
)
def test_a_mapping_made_by_hand_names_the_same_defects(registers_dir, part_of_maryland, mapping, name, spec):
    path = part_of_maryland if name == "part" else registers_dir / name
    declared = import_elevators(path=path, mapping=mapping, by=BY, at=clock.now(), dry_run=True).summary
    mapped = rehearse(path, spec(path))
    assert mapped["outcomes"] == declared["outcomes"]
    one, other = named(declared), named(mapped)
    different = {
        key: (one.get(key), other.get(key))
        for key in sorted(one.keys() | other.keys())
        if one.get(key) != other.get(key)
    }
    assert different == ELSEWHERE[mapping]


def test_new_york_mapped_by_hand_makes_the_same_elevators(registers_dir):
    path = registers_dir / "nyc_problem_rows.csv"
    columns = [
        field.attname
        for field in Elevator._meta.concrete_fields
        if field.attname not in ("id", "public_id", "created_at", "updated_at", "site_id", "registration_state_at")
    ]

    def elevators() -> dict:
        seen = Elevator.objects.visible_to(BY, "registry.view_elevator")
        return {row["source_key"]: row for row in seen.values(*columns, "site__source_key")}

    spec = new_york(path)
    batch = import_file(path=path, kind=elevator_kind(), spec=spec, by=BY, at=clock.now()).batch
    mapped = elevators()
    assert len(mapped) == 233
    assert undo_now(batch=batch, by=BY, at=clock.now()).undo_result == {
        "withdrawn": 233,
        "restored": 0,
        "touched": 0,
        "rows": [],
    }
    assert elevators() == {}
    import_elevators(path=path, mapping="nyc", by=BY, at=clock.now())
    assert elevators() == mapped
