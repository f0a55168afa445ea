"""The bench of key changes fits the tables as they are: it broke once, unseen, when people got another column."""

import pytest

from accounts.models import PersonalDetails, User
from bench import rotation

pytestmark = pytest.mark.django_db


def test_people_of_the_bench_come_with_two_sealed_numbers_and_go_again(cast):
    others = User.objects.count()
    rotation._enter(3)
    entered = PersonalDetails.objects.filter(user__username__startswith="rotation")
    assert [(row.phone.reveal(), len(row.id_number.reveal())) for row in entered.order_by("user_id")] == [
        ("19900000000", 18),
        ("19900000001", 18),
        ("19900000002", 18),
    ]
    rotation._clear()
    assert (User.objects.count(), entered.count()) == (others, 0)
