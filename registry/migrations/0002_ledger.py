"""Life events and source rows refuse change."""

from django.db import migrations

from common.ledger_sql import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial"), ("common", "0002_ledgers")]
    operations = [AppendOnly("registry_lifeevent"), AppendOnly("registry_sourcerow")]
