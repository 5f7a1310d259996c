"""Store e-mail addresses in lower case, and count the addresses of existing staff as verified."""

from django.db import migrations
from django.db.models.functions import Lower


def vouch_for_staff(apps, schema_editor):
    everybody = apps.get_model("accounts", "Customer").objects.all()
    everybody.exclude(email=Lower("email")).update(email=Lower("email"))
    customers = everybody.filter(is_staff=True)
    known = apps.get_model("account", "EmailAddress").objects
    for customer in customers.exclude(pk__in=known.values("user_id")):
        known.create(user=customer, email=customer.email, verified=True, primary=True)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_address"), ("account", "0009_emailaddress_unique_primary_email")]
    operations = [migrations.RunPython(vouch_for_staff, migrations.RunPython.noop)]
