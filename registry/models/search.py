"""What search reads: one row for each site, each unit, and each address that is not its site's.

Written by the database alone (migration 0012: triggers on sites, elevators, units and areas), so that no action, import
or COPY can forget it; `manage.py rebuild_search` makes it anew. docs/decisions/0009 says why these columns.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Length

from accounts.choices import PlaceType
from accounts.models import Area, Unit
from registry.models.sites import Site

# Rows wait in a GIN index's list before they are sorted in; each look-up reads that list, so it is kept short.
PENDING_KB = 256
NAME_GRAMS = Func(
    F("name"), Value(""), function="registry_search_grams", output_field=ArrayField(models.TextField())
)  # as `grams`, of the name alone


class SearchEntry(models.Model):
    """The words by which a site, a unit or an address is found. All texts are folded (registry.rules.search)."""

    site = models.OneToOneField(Site, on_delete=models.CASCADE, null=True, related_name="+")
    unit = models.OneToOneField(Unit, on_delete=models.CASCADE, null=True, related_name="+")
    address = models.CharField(max_length=240, blank=True)  # as it stands on elevators, when it is neither

    # what finds
    name = models.CharField(max_length=400)  # what ranks: the name of a site or unit, else the address
    text = models.TextField()  # name | address | areas | code
    sound = models.TextField()  # pinyin: syllables apart | then together, then their initials
    syllables = models.GeneratedField(  # the first part of it, for what sounds alike
        expression=Func(F("sound"), Value("|"), Value(1), function="split_part"),
        output_field=models.TextField(),
        db_persist=True,
    )
    initials = models.TextField()  # each reading's initials, behind a space
    grams = ArrayField(models.TextField())  # characters and pairs of `text`; pairs of `initials` behind "~"

    # where it is: copies for the scope, so that a city's search asks no elevator
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", db_index=False)
    city = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    managing_district = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    place_type = models.CharField(max_length=16, choices=PlaceType, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address", "area"],
                condition=Q(site__isnull=True, unit__isnull=True),
                name="searchentry_address_once",
            ),
            models.CheckConstraint(
                condition=Q(site__isnull=False, unit__isnull=True, address="")
                | Q(site__isnull=True, unit__isnull=False, address="")
                | (Q(site__isnull=True, unit__isnull=True) & ~Q(address="")),
                name="searchentry_about_one",
            ),
        ]
        indexes = [
            GinIndex(fields=["grams"], name="searchentry_grams", gin_pending_list_limit=PENDING_KB),
            # a name that has the text comes before a text that has it, however common that is and however rare the name
            GinIndex(NAME_GRAMS, name="searchentry_name_grams", gin_pending_list_limit=PENDING_KB),
            GinIndex(
                fields=["sound"],
                opclasses=["gin_trgm_ops"],
                name="searchentry_sound",
                gin_pending_list_limit=PENDING_KB,
            ),
            GinIndex(
                fields=["syllables"],
                opclasses=["gin_trgm_ops"],
                name="searchentry_syllables",
                gin_pending_list_limit=PENDING_KB,
            ),
            # units are few: what sounds alike among them is not looked for among all places
            GinIndex(
                fields=["syllables"],
                opclasses=["gin_trgm_ops"],
                condition=Q(unit__isnull=False),
                name="searchentry_unit_syllables",
                gin_pending_list_limit=PENDING_KB,
            ),
            # in the order of the answers, so that a text that half the city has is not looked up everywhere and sorted
            models.Index(
                Length("name"),
                "id",
                include=["name", "site", "unit", "area", "city", "managing_district", "place_type"],
                name="searchentry_order",
            ),
            models.Index(fields=["name"], opclasses=["varchar_pattern_ops"], name="searchentry_name"),
        ]

    def __str__(self):
        return self.name
