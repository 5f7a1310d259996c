from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index that is built beside the running shop needs a transaction of its own
    dependencies = [("payments", "0002_refund_of_return")]
    operations = [
        migrations.RunSQL(
            [
                # What a start that was killed in the middle has left of it.
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
