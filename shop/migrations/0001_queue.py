"""Install the queue in the shop's own database: pgmq as an extension, or else its plain SQL.

Kombu calls `send_topic` with headers and without a delay. pgmq does not declare that signature, so it is added here.
"""

from django.db import migrations
from pgmq.install import get_embedded_install_sql

SEND_TOPIC = """
CREATE OR REPLACE FUNCTION pgmq.send_topic(routing_key text, msg jsonb, headers jsonb) RETURNS integer LANGUAGE sql
AS 'SELECT pgmq.send_topic(routing_key, msg, headers, 0)'
"""


def install(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('pgmq') IS NOT NULL")
        if not cursor.fetchone()[0]:
            cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'pgmq'")
            cursor.execute("CREATE EXTENSION pgmq" if cursor.fetchone()[0] else get_embedded_install_sql())
        cursor.execute(SEND_TOPIC)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunPython(install, migrations.RunPython.noop, elidable=False)]
