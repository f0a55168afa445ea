"""Rows of the audit log: the audit administrator's, and the auditor's to read."""

from tests.matrix.accounts import DONE
from tests.matrix.framework import Right, Row

READS = {name: {"-"} for name in ("auditor", "audit_admin")}
VERIFIES = {"audit_admin": {"-"}}
ROWS = {
    "accounts:audit": Row(path=lambda cast, obj: "/accounts/audit/", rights={"GET": Right(READS)}),
    "accounts:access_log": Row(path=lambda cast, obj: "/accounts/audit/access/", rights={"GET": Right(READS)}),
    "accounts:sign_ins": Row(path=lambda cast, obj: "/accounts/audit/sign-ins/", rights={"GET": Right(READS)}),
    "accounts:verify_ledgers": Row(
        path=lambda cast, obj: "/accounts/audit/verify/",
        rights={"GET": Right(VERIFIES), "POST": Right(VERIFIES, ok=DONE, body=lambda cast, obj: {})},
    ),
}
