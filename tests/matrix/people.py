"""Everybody of the cast, by name."""

EVERYBODY = (
    "own_manager",
    "unit_admin",
    "colleague",
    "stranger",
    "former",
    "maintainer",
    "strong_weak",
    "city_regulator",
    "district_regulator",
    "other_district_regulator",
    "jiangbei_regulator",
    "subdistrict_officer",
    "industry_officer",
    "dispatcher",
    "auditor",
    "system_admin",
    "security_admin",
    "audit_admin",
    "nobody",
)
