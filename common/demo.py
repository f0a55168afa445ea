"""The demonstration's one password. Printed by `demo_logins`, documented in the README; no production user ever has it:
people are seeded only where settings.SYNTHETIC_DATA_BANNER is on.
"""

PASSWORD = "nanjing-demo-2026"
