from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY cannot run inside a transaction
    dependencies = [("payments", "0002_refund_of_return")]
    operations = [
        migrations.RunSQL(
            [
                # Drop what an interrupted run has left behind.
                "DROP INDEX CONCURRENTLY IF EXISTS refund_once_a_return",
                "CREATE UNIQUE INDEX CONCURRENTLY refund_once_a_return"
                " ON payments_refund (of_return_id) WHERE NOT (status = 'failed')",
            ],
            "DROP INDEX CONCURRENTLY IF EXISTS refund_once_a_return",
            state_operations=[
                migrations.AddConstraint(
                    model_name="refund",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("status", "failed"), _negated=True),
                        fields=("of_return",),
                        name="refund_once_a_return",
                    ),
                )
            ],
        )
    ]
