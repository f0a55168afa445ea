"""Rows of what is nobody's in particular: health, home, language, theme, schema."""

from tests.matrix.framework import Right, Row

OPEN = Right({})


def at(address):
    return lambda cast, obj: address


ROWS = {
    "common:healthz": Row(
        path=at("/healthz"),
        rights={"GET": OPEN, **dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), OPEN)},
        public=True,
        for_everybody=True,
    ),
    "common:readyz": Row(
        path=at("/readyz"),
        rights={verb: Right({}, ok=frozenset({200, 503})) for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")},
        public=True,
        for_everybody=True,
    ),
    "portal:home": Row(path=at("/"), rights={"GET": OPEN}, for_everybody=True),
    "portal:theme": Row(
        path=at("/theme/"), rights={"POST": Right({}, ok=frozenset({302}))}, public=True, for_everybody=True
    ),
    "portal:gallery": Row(path=at("/gallery/"), rights={"GET": OPEN}, public=True, for_everybody=True),
    "set_language": Row(
        path=at("/language/setlang/"),
        rights={verb: Right({}, ok=frozenset({302})) for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")},
        public=True,
        for_everybody=True,
    ),
    "schema": Row(path=at("/api/schema/"), rights={"GET": OPEN}, public=True, for_everybody=True, json=True),
    "docs": Row(path=at("/api/docs/"), rights={"GET": OPEN}, public=True, for_everybody=True, json=True),
}
