from django.db import migrations

from common.ledger_sql import CLOCK_FUNCTIONS, REFUSE_FUNCTION


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            CLOCK_FUNCTIONS.format(offset=0) + REFUSE_FUNCTION,
            "DROP FUNCTION common_ledger_tx(); DROP FUNCTION common_ledger_horizon(); DROP FUNCTION common_refuse_change();",
        )
    ]
