"""Rows of nameplates: who sees, hangs, orders them and takes them out of use."""

import uuid

from accounts.models import Area
from common.actor import system
from common.clock import now
from registry.actions.plates import hang_plate, order_plates
from registry.models import Nameplate, PlateBatch, PlateCity
from registry.queries.plates import text_of
from tests.factories.make import NANJING, area
from tests.matrix.documents import attachment
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import ALL, CHANGES, FOREIGN, LOOKS, OBJECTS, OWN, REGISTERS, SEES, api, page

BY = system("tests")
SOME = (OWN, FOREIGN, UNKNOWN)
HANGS = (
    CHANGES  # using units' managers and regulators; of maintenance units the workers, and the cast's is of the office
)
LISTS = {name: {"-"} for name in HANGS}
ORDERS = {"city_regulator": ALL}
ORDERS_ANY = {"city_regulator": {"-"}}
SCANS_ANY = {name: {"-"} for name in REGISTERS}
ORDER, OTHER_CITYS = "order", "order_of_another_city"
ORDER_SEEN = {"city_regulator": {ORDER}}
FORM_AGAIN, DONE, MADE, NOT_YET = frozenset({422}), frozenset({302}), frozenset({201}), frozenset({409})


def plate(elevator) -> Nameplate:
    """The plate that hangs in an elevator of the cast."""
    if (row := elevator.nameplates.filter(state="BOUND").first()) is None:
        row = order_plates(city=elevator.city, layout="a4-2x5", elevators=[elevator], by=BY, at=now()).plates.get()
        hang_plate(text=text(row), elevator=elevator, by=BY, at=now(), photo=attachment(BY))
    return row


def text(row) -> str:
    return text_of(row, PlateCity.objects.get(area=row.city).number)


def order(obj) -> PlateBatch:
    elsewhere = {"name": "Elsewhere", "kind": "CITY", "source": "tests"}
    city = area(NANJING) if obj == ORDER else Area.objects.get_or_create(code="999900", defaults=elsewhere)[0]
    found = PlateBatch.objects.filter(city=city, content="STOCK").first()
    return found or order_plates(city=city, layout="a4-2x5", count=1, by=BY, at=now())


def path(form: str):
    def made(cast, obj):
        return form.format(uuid.UUID(int=7) if obj == UNKNOWN else plate(getattr(cast, obj)).public_id)

    return made


def order_path(form: str):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else order(obj).public_id)


def every(address: str):
    """A list, with a plate in every elevator."""

    def made(cast, _obj):
        for name in ALL:
            plate(getattr(cast, name))
        return address

    return made


def marks(cast, obj):
    return ALL if obj is None else str(plate(getattr(cast, obj)).public_id)


def same(address: str):
    return lambda _cast, _obj: address


def stock_order(_cast, _obj):
    return {"city": NANJING, "count": 3, "layout": "a4-2x5"}


def chosen(cast, obj):
    ids = [str(uuid.UUID(int=7) if obj == UNKNOWN else getattr(cast, obj).public_id)]
    return {"ids": ids, "layout": "a4-2x5"}


def reissue_path(cast, obj):
    return f"/elevators/plates/orders/elevators/?ids={chosen(cast, obj)['ids'][0]}"


def reason(_cast, _obj):
    return {"reason": "of the matrix"}


def no_photo(_cast, _obj):
    return {"text": "320100-000000-001-01-AAAAAAAAAAAA", "photo": str(uuid.UUID(int=9))}


def nobody(_cast, _obj):
    return {"unit": None}


ORDER_OBJECTS = (ORDER, OTHER_CITYS, UNKNOWN)
PAGE, API = "/elevators/plates/", "/api/v1/registry/plates/"
ORDER_PAGE, ORDER_API = f"{PAGE}orders/", "/api/v1/registry/plate-orders/"
SEEN_PLATE = {"objects": OBJECTS, "sees": SEES}
SEEN_ORDER = {"objects": ORDER_OBJECTS, "sees": ORDER_SEEN}

ROWS = {
    "portal:scan": Row(path=same("/scan/"), rights={"GET": Right(LOOKS)}),
    "registry:plates": Row(path=every(PAGE), rights={"GET": Right(LISTS)}, lists=HANGS, marks=marks),
    "registry:plate_coverage": Row(path=same(f"{PAGE}coverage/"), rights={"GET": Right(LISTS)}),
    "registry:plate_scans": Row(path=same(f"{PAGE}scans/"), rights={"GET": Right(SCANS_ANY)}),
    "registry:hang_found": Row(
        path=same(f"{PAGE}hang/"), rights={"GET": Right(LISTS), "POST": Right(LISTS, ok=FORM_AGAIN)}
    ),
    "registry:hanging_picker": Row(path=same("/elevators/pickers/hanging/"), rights={"GET": Right(LISTS)}),
    "registry:hang_plate": Row(
        path=page("hang_plate"),
        rights={"GET": Right(HANGS), "POST": Right(HANGS, ok=FORM_AGAIN)},
        objects=OBJECTS,
        sees=SEES,
    ),
    "registry:plate": Row(path=path(f"{PAGE}{{}}/"), rights={"GET": Right(SEES)}, objects=OBJECTS),
    "registry:plate_photo": Row(path=path(f"{PAGE}{{}}/photo/"), rights={"GET": Right(SEES)}, objects=OBJECTS),
    "registry:void_plate": Row(
        path=path(f"{PAGE}{{}}/void/"),
        rights={"GET": Right(ORDERS), "POST": Right(ORDERS, ok=DONE, body=reason)},
        **SEEN_PLATE,
    ),
    "registry:plate_orders": Row(path=same(ORDER_PAGE), rights={"GET": Right(ORDERS_ANY)}),
    "registry:new_plate_order": Row(
        path=same(f"{ORDER_PAGE}new/"),
        rights={"GET": Right(ORDERS_ANY), "POST": Right(ORDERS_ANY, ok=DONE, body=stock_order)},
    ),
    "registry:reissue_plates": Row(
        path=reissue_path,
        rights={"GET": Right(ORDERS), "POST": Right(ORDERS, ok=DONE, body=chosen)},
        objects=SOME,
        sees=SEES,
    ),
    "registry:plate_order": Row(
        path=order_path(f"{ORDER_PAGE}{{}}/"), rights={"GET": Right(ORDER_SEEN)}, objects=ORDER_OBJECTS
    ),
    "registry:plate_sheets": Row(
        path=order_path(f"{ORDER_PAGE}{{}}/sheets/"),
        rights={"GET": Right(ORDER_SEEN, ok=NOT_YET)},
        objects=ORDER_OBJECTS,
    ),
    "registry:stop_plate_order": Row(
        path=order_path(f"{ORDER_PAGE}{{}}/stop/"), rights={"POST": Right(ORDER_SEEN, ok=DONE)}, **SEEN_ORDER
    ),
    "registry:hand_out_plates": Row(
        path=order_path(f"{ORDER_PAGE}{{}}/hand-out/"),
        rights={"GET": Right(ORDER_SEEN), "POST": Right(ORDER_SEEN, ok=DONE)},
        **SEEN_ORDER,
    ),
    "registry-api:nameplate-list": Row(
        path=every(API), rights={"GET": Right(LOOKS)}, json=True, lists=SEES, marks=marks
    ),
    "registry-api:nameplate-detail": Row(
        path=path(f"{API}{{}}/"), rights={"GET": Right(SEES)}, objects=OBJECTS, json=True
    ),
    "registry-api:nameplate-photo": Row(
        path=path(f"{API}{{}}/photo/"), rights={"GET": Right(SEES)}, objects=SOME, json=True
    ),
    "registry-api:nameplate-void": Row(
        path=path(f"{API}{{}}/void/"), rights={"POST": Right(ORDERS, body=reason)}, json=True, **SEEN_PLATE
    ),
    "registry-api:elevator_plates": Row(
        path=api("elevators/{id}/plates/"),
        # whoever may hang learns that the photograph is not theirs: 404 for the whole
        rights={"GET": Right(SEES), "POST": Right(HANGS, ok=frozenset({404}), body=no_photo)},
        objects=SOME,
        json=True,
        sees=SEES,
    ),
    "registry-api:platebatch-list": Row(
        path=same(ORDER_API),
        rights={"GET": Right(ORDERS_ANY), "POST": Right(ORDERS_ANY, ok=MADE, body=stock_order)},
        json=True,
    ),
    "registry-api:platebatch-detail": Row(
        path=order_path(f"{ORDER_API}{{}}/"), rights={"GET": Right(ORDER_SEEN)}, objects=ORDER_OBJECTS, json=True
    ),
    "registry-api:platebatch-sheets": Row(
        path=order_path(f"{ORDER_API}{{}}/sheets/"),
        rights={"GET": Right(ORDER_SEEN, ok=NOT_YET)},
        objects=ORDER_OBJECTS,
        json=True,
    ),
    "registry-api:platebatch-hand-out": Row(
        path=order_path(f"{ORDER_API}{{}}/hand-out/"),
        rights={"POST": Right(ORDER_SEEN, body=nobody)},
        json=True,
        **SEEN_ORDER,
    ),
    "registry-api:plate_coverage": Row(
        path=same("/api/v1/registry/plate-coverage/"), rights={"GET": Right(LOOKS)}, json=True
    ),
    "registry-api:plate_scans": Row(
        path=same("/api/v1/registry/plate-scans/"), rights={"GET": Right(SCANS_ANY)}, json=True
    ),
}
