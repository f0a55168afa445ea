"""Applications for inspections: pages of the unit that asks, of the body that answers, and of who watches both."""
