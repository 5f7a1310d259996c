"""What a load balancer asks: is the process alive, and can the shop do its work?"""

from datetime import timedelta

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from shop.models import Heartbeat
from visualsearch import engine

HEARTBEAT_IS_LATE = timedelta(minutes=2)


def alive(request: HttpRequest) -> JsonResponse:
    """200 for as long as the process answers; touches nothing."""
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when database, queue and network all work, else 503; the body says which does not and why."""
    problems = {"database": "", "queue": "", "network": ""}
    try:
        problems["queue"] = _queue_problem()
        engine.network()
    except DatabaseError as error:
        problems["database"] = f"{type(error).__name__}: the database does not answer."
    except (OSError, ValueError) as error:
        problems["network"] = f"The network's card cannot be read: {error}"
    is_ready = not any(problems.values())
    return JsonResponse(
        {"status": "ready" if is_ready else "not ready", **{part: why or "ok" for part, why in problems.items()}},
        status=200 if is_ready else 503,
    )


def _queue_problem() -> str:
    heart = Heartbeat.objects.filter(name="worker").first()
    if heart is None:
        return "No worker has reported yet. Start a worker and the timetable."
    late = timezone.now() - heart.beaten_at
    return f"No worker has reported for {late.seconds} s." if late > HEARTBEAT_IS_LATE else ""
