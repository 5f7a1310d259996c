from django.db import migrations


class Migration(migrations.Migration):
    """Leave the table of DemoStep to the app demo, which is not installed in production."""

    dependencies = [("shop", "0007_demo_step")]
    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="DemoStep")]),
    ]
