"""A synthetic Nanjing: `manage.py seed_city`. An edge like a view: it may use models and actions, nobody imports it.

Everything here is invented from (number of elevators, seed) and marked `synthetic`; the figures that shape it stand
with their sources in registry/data/synthetic_city.json.
"""

from registry.seeding.city import CityTaken, NotHere, seed_city

__all__ = ["CityTaken", "NotHere", "seed_city"]
