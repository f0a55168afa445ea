"""Numbers that must be seen nowhere: the cast's own phones and identity numbers, sealed, looked for in all output.

Identity numbers are of division 000000 with a 1 in front, which no person has; phones of an unused block.
"""

from accounts.models import PersonalDetails
from common.clock import now
from common.personal.kinds import id_check_character

WITH_NUMBERS = ("own_manager", "stranger", "city_regulator")


def phone_of(name: str) -> str:
    return f"1990000{7310 + WITH_NUMBERS.index(name):04d}"


def id_number_of(name: str) -> str:
    body = f"10000019900101{731 + WITH_NUMBERS.index(name):03d}"
    return body + id_check_character(body)


CANARIES = tuple(number(name) for name in WITH_NUMBERS for number in (phone_of, id_number_of))


def give_numbers(players) -> None:
    """Every named player of a cast has a phone and an identity number."""
    for name in WITH_NUMBERS:
        PersonalDetails.objects.create(
            user=players[name].user, phone=phone_of(name), id_number=id_number_of(name), changed_at=now()
        )


def seen_in(text: str) -> list[str]:
    """Those that stand in a text, also with the blanks and dashes that people write."""
    bare = text.replace(" ", "").replace("-", "")
    return [canary for canary in CANARIES if canary in text or canary in bare]
