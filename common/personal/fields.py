"""Model fields: a sealed text, and the keyed hash by which equal ones are found."""

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from common.personal.keys import INDEX_BYTES, ring
from common.personal.kinds import KINDS
from common.personal.sealed import Sealed, Token


class _SealedAttribute(DeferredAttribute):
    """Reading gives a Sealed or None; a text that is set is sealed at once, so that no row holds it in the clear."""

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        token = super().__get__(instance, cls)
        return None if token is None else Sealed(token, self.field.place_of(instance), self.field.kind)

    def __set__(self, instance, value):
        place = self.field.place_of(instance)
        if isinstance(value, Sealed):
            value = value.reveal()  # another row's: sealed anew for this one
        if isinstance(value, str):
            value = Sealed.of(value, place, self.field.kind).token
        elif value is not None and not isinstance(value, Token):
            raise TypeError(f"{self.field} takes a text, a Sealed or None")
        instance.__dict__[self.field.attname] = value


class SealedField(models.BinaryField):
    """Personal data of one of `common.personal.KINDS`, bound to its row by the attribute `binds` (declared before it).

    It cannot be compared in a query: look for its BlindIndexField with `common.personal.blind_indexes`.
    """

    descriptor_class = _SealedAttribute

    def __init__(self, *, kind: str, binds: str, **options):
        self.kind, self.binds = KINDS[kind], binds
        super().__init__(**options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "kind": self.kind.code, "binds": self.binds}

    @property
    def place(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def place_of(self, instance) -> bytes:
        return f"{self.place}:{getattr(instance, self.binds)}".encode()

    def from_db_value(self, value, _expression, _connection):
        return None if value is None else Token(value)

    def get_prep_value(self, value):
        if isinstance(value, Sealed):
            return bytes(value.token)
        if value is None or isinstance(value, Token):
            return value if value is None else bytes(value)
        raise TypeError(f"{self} goes into the database sealed, never as plain text")

    def get_db_prep_value(self, value, connection, prepared=False):
        return super().get_db_prep_value(value if prepared else self.get_prep_value(value), connection, True)

    def get_lookup(self, name):
        if name not in ("isnull", "not_sealed_by"):
            raise FieldError(f"{self} cannot be compared; its blind index can.")
        return super().get_lookup(name)

    def value_to_string(self, obj):
        raise TypeError(f"{self} is not serialised")


@SealedField.register_lookup
class NotSealedBy(models.Lookup):
    """field__not_sealed_by=2: values that another key than number 2 has sealed."""

    lookup_name = "not_sealed_by"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        left, params = self.process_lhs(compiler, connection)
        return f"get_byte({left}, 1) <> %s", [*params, int(self.rhs)]

    def get_db_prep_lookup(self, value, connection):
        return "%s", [value]


class BlindIndexField(models.BinaryField):
    """HMAC of the normalised value of the SealedField `of` beside it; written with it, null with it."""

    def __init__(self, *, of: str, **options):
        self.of = of
        super().__init__(**{"null": True, "max_length": INDEX_BYTES, **options})

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "of": self.of}

    def pre_save(self, instance, add):
        sealed = getattr(instance, self.of)
        field = instance._meta.get_field(self.of)
        index = None if sealed is None else ring().index(sealed.reveal(), field.place)
        setattr(instance, self.attname, index)
        return index
