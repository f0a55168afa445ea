"""Comparisons that Django has no lookup for."""

from django.db.models import BooleanField, Lookup


class OneOf(Lookup):
    """`filter(OneOf(F("site_id"), keys))`: as `__in`, with one parameter however many the keys are.

    Django writes and compiles a placeholder for each value, twice in a subquery: 260 of them cost a search more than its
    answer. Takes a list of int or of str, empty too (then nothing is one of it).
    """

    lookup_name = "one_of"
    prepare_rhs = False
    output_field = BooleanField()

    def as_sql(self, compiler, connection):
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*params, list(self.rhs)]
