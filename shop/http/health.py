"""Health checks for load balancers: liveness at /healthz, readiness at /readyz."""

from datetime import timedelta

from django.db import Error as DatabaseError
from django.db import ProgrammingError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from shop.models import Heartbeat
from visualsearch.networks import serving

HEARTBEAT_TIMEOUT = timedelta(minutes=2)


def alive(request: HttpRequest) -> JsonResponse:
    """Return 200 while the process responds."""
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> JsonResponse:
    """Return 200 while the shop can serve requests, else 503, with the state of each part.

    Customers can buy while the queue is down, since its work waits: the status is then 200 and `degraded`.
    """
    problems = _problems()
    can_serve = not problems["database"] and not problems["network"]
    status = "ready" if not any(problems.values()) else "degraded" if can_serve else "not ready"
    parts = {part: problem or "ok" for part, problem in problems.items()}
    return JsonResponse({"status": status, **parts}, status=200 if can_serve else 503)


def _problems() -> dict[str, str]:
    """Return each part with its problem, or "" if it works."""
    problems = {"database": "", "queue": "", "network": ""}
    try:
        problems["queue"] = _queue_problem()
        serving.live()
    except DatabaseError as error:
        has_no_tables = isinstance(error, ProgrammingError)
        reason = "it has no tables yet; run `manage.py migrate`" if has_no_tables else "it does not respond"
        problems["database"] = f"{type(error).__name__}: {reason}."
        problems["queue"] = problems["network"] = "Unknown while the database is down."
    except (OSError, ValueError) as error:
        problems["network"] = f"The network's card cannot be read: {error}"
    return problems


def _queue_problem() -> str:
    heartbeat = Heartbeat.objects.filter(name="worker").first()
    if heartbeat is None:
        return "No worker has reported yet. Start a worker and Celery beat."
    age = timezone.now() - heartbeat.beaten_at
    return f"No worker has reported for {age.total_seconds():.0f} s." if age > HEARTBEAT_TIMEOUT else ""
