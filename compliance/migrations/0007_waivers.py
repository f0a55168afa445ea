"""Waivers get a verb, an obligation and an end (decision 0028). Nothing could write the old table, so it is made anew."""

import common.ids
import compliance.models.waivers
import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from common.ledger_sql import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0013_complaints'),
        ('compliance', '0006_notify'),
    ]

    operations = [
        migrations.RemoveField(model_name='obligation', name='waiver'),
        migrations.DeleteModel(name='Waiver'),
        migrations.AddField(
            model_name='obligation',
            name='law_alert_after',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='obligation',
            name='law_due_on',
            field=models.DateField(null=True),
        ),
        migrations.CreateModel(
            name='Waiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=common.ids.new_public_id, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('WAIVED', 'waived for a time'), ('POSTPONED', 'postponed to a day')], max_length=12)),
                ('from_on', models.DateField()),
                ('until_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('reason', models.CharField(max_length=400)),
                ('clause', models.CharField(max_length=120)),
                ('reference', models.CharField(max_length=120)),
                ('granted_at', models.DateTimeField()),
                ('granted_by_kind', models.CharField(max_length=12)),
                ('granted_by_id', models.CharField(max_length=64)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoked_reason', models.CharField(blank=True, max_length=400)),
                ('step_at', models.DateTimeField(null=True)),
                ('changed_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('obligation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='waivers', to='compliance.obligation')),
            ],
        ),
        migrations.AddField(
            model_name='alertcause',
            name='waiver',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.waiver'),
        ),
        migrations.AddField(
            model_name='obligation',
            name='waiver',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.waiver'),
        ),
        migrations.CreateModel(
            name='WaiverStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('grant', 'granted'), ('begin', 'begins'), ('end', 'ends: it is owed again'), ('revoke', 'revoked: it is owed again')], max_length=12)),
                ('at', models.DateTimeField()),
                ('by_kind', models.CharField(max_length=12)),
                ('by_id', models.CharField(max_length=64)),
                ('note', models.CharField(blank=True, max_length=400)),
                ('by_unit', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit')),
                ('waiver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='compliance.waiver')),
            ],
        ),
        migrations.AddIndex(
            model_name='waiver',
            index=models.Index(condition=models.Q(('step_at__isnull', False)), fields=['step_at', 'id'], name='waiver_step'),
        ),
        migrations.AddIndex(
            model_name='waiver',
            index=models.Index(fields=['obligation', '-id'], name='waiver_obligation'),
        ),
        migrations.AddConstraint(
            model_name='waiver',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reference', ''), _negated=True), models.Q(('reason', ''), _negated=True), models.Q(('clause', ''), _negated=True)), name='waiver_says_why'),
        ),
        migrations.AddConstraint(
            model_name='waiver',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['WAIVED', 'POSTPONED'])), name='waiver_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='waiver',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__lte', models.F('until_on')), ('until_on__gte', models.F('from_on')), ('ends_on__gte', models.ExpressionWrapper(django.db.models.expressions.CombinedExpression(models.F('from_on'), '-', models.Value(1)), output_field=models.DateField()))), name='waiver_forward'),
        ),
        migrations.AddConstraint(
            model_name='waiver',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ends_on', models.F('until_on')), ('revoked_at__isnull', True), ('revoked_reason', '')), models.Q(('revoked_at__isnull', False), models.Q(('revoked_reason', ''), _negated=True)), _connector='OR'), name='waiver_revoked_whole'),
        ),
        migrations.AddConstraint(
            model_name='waiver',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('obligation'), '='), (compliance.models.waivers.DaysHeld(models.F('from_on'), models.F('ends_on')), '&&')], name='waiver_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='waiverstep',
            constraint=models.UniqueConstraint(fields=('waiver', 'kind'), name='waiver_step_once'),
        ),
        AppendOnly("compliance_waiverstep"),
    ]
