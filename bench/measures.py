"""All measures by name, in the order of the table."""

from bench.clusters import clusters
from bench.details import rest
from bench.duties import duties, duties_part
from bench.exports import exports
from bench.homes import homes
from bench.imports import imports
from bench.lists import lists, pages, scopes
from bench.nights import night, nightly, rebuild
from bench.orders import orders
from bench.plates import plates
from bench.risks import bands, bands_part
from bench.rotation import rotation_of_keys
from bench.search import search
from bench.sweeping import at_once, looks
from bench.timers import due, tick

ALL = {
    "lists": lists,
    "scopes": scopes,
    "pages": pages,
    "rest": rest,
    "tick": tick,
    "due": due,
    "exports": exports,
    "imports": imports,
    "orders": orders,
    "clusters": clusters,
    "homes": homes,
    "search": search,
    "plates": plates,
    "rotation": rotation_of_keys,
    "nightly": nightly,
    "rebuild": rebuild,
    "bands": bands,
    "duties": duties,
    "looks": looks,
    "at_once": at_once,
}

# What other measures ask for in a process of its own.
PARTS = {"night": night, "bands_part": bands_part, "duties_part": duties_part}
