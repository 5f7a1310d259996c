"""Rows about the running of the shop itself."""

from django.db import models


class Heartbeat(models.Model):
    """When the timetable, the queue and a worker were last seen working together; one row a name."""

    name = models.CharField(primary_key=True, max_length=50)
    beaten_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.beaten_at:%H:%M:%S}"
