"""Progress of filling the demo shop."""

from django.db import models


class DemoStep(models.Model):
    """A step of filling the demo shop. A step with `finished_at` is never repeated."""

    name = models.CharField(primary_key=True, max_length=50)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "shop_demostep"  # created by shop.0007

    def __str__(self) -> str:
        return f"{self.name}, {'finished' if self.finished_at else 'begun'}"
