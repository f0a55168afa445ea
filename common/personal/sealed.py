"""A sealed value in memory: it knows its ciphertext and its place, and shows a mask to whoever prints it."""

from common.masking import MASK
from common.personal.keys import CannotBeRead, key_id, ring
from common.personal.kinds import Kind


class Token(bytes):
    """A ciphertext as a query hands it over; printed, it is a mask."""

    def __repr__(self):
        return MASK

    __str__ = __repr__

    def __format__(self, _spec):
        return MASK


class Sealed:
    """One person's value. `masked` is for pages, `reveal` for the action that writes down who looks."""

    __slots__ = ("_kind", "_place", "_token")

    def __init__(self, token: bytes, place: bytes, kind: Kind):
        self._token, self._place, self._kind = Token(token), place, kind

    @classmethod
    def of(cls, text: str, place: bytes, kind: Kind) -> "Sealed":
        """Seal a text as its kind writes it. Raises Malformed."""
        return cls(ring().seal(kind.normalise(text), place), place, kind)

    @property
    def token(self) -> Token:
        return self._token

    @property
    def key_id(self) -> int:
        return key_id(self._token)

    @property
    def masked(self) -> str:
        """Little of it; nothing at all when it cannot be read."""
        try:
            return self._kind.mask(self.reveal())
        except CannotBeRead:
            return MASK

    def reveal(self) -> str:
        """The plain text. Whoever calls this writes an audit row. Raises CannotBeRead."""
        return ring().open(self._token, self._place)

    def sealed_anew(self) -> "Sealed":
        """The same under the present key. Raises CannotBeRead."""
        return Sealed(ring().seal(self.reveal(), self._place), self._place, self._kind)

    def __eq__(self, other):
        return isinstance(other, Sealed) and self._token == other._token

    __hash__ = None

    def __repr__(self):
        return MASK

    __str__ = __repr__

    def __format__(self, _spec):
        return MASK

    def __reduce__(self):
        raise TypeError("personal data is not pickled")
