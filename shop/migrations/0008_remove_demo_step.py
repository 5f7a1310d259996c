from django.db import migrations


class Migration(migrations.Migration):
    """Hand the table of DemoStep over to the app `demo`, which production does not install."""

    dependencies = [("shop", "0007_demo_step")]
    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="DemoStep")]),
    ]
