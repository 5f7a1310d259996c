"""What a load balancer asks: is the process alive, and can the shop do its work?"""

from datetime import timedelta

from django.db import Error as DatabaseError
from django.db import ProgrammingError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from shop.models import Heartbeat
from visualsearch.networks import serving

HEARTBEAT_IS_LATE = timedelta(minutes=2)


def alive(request: HttpRequest) -> JsonResponse:
    """200 for as long as the process answers; touches nothing."""
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 while requests can be served, else 503; the body says of each part what is wrong with it.

    A queue that stands still keeps nobody from buying: its work waits, so that the answer is 200 and `degraded`.
    """
    problems = _problems()
    can_serve = not problems["database"] and not problems["network"]
    status = "ready" if not any(problems.values()) else "degraded" if can_serve else "not ready"
    parts = {part: why or "ok" for part, why in problems.items()}
    return JsonResponse({"status": status, **parts}, status=200 if can_serve else 503)


def _problems() -> dict[str, str]:
    """What is wrong with each part; nothing where it works."""
    problems = {"database": "", "queue": "", "network": ""}
    try:
        problems["queue"] = _queue_problem()
        serving.live()
    except DatabaseError as error:
        is_there = isinstance(error, ProgrammingError)
        reason = "it has no tables yet; run `manage.py migrate`" if is_there else "it does not answer"
        problems["database"] = f"{type(error).__name__}: {reason}."
        problems["queue"] = problems["network"] = "Unknown, because the database does not say."
    except (OSError, ValueError) as error:
        problems["network"] = f"The network's card cannot be read: {error}"
    return problems


def _queue_problem() -> str:
    heart = Heartbeat.objects.filter(name="worker").first()
    if heart is None:
        return "No worker has reported yet. Start a worker and the timetable."
    late = timezone.now() - heart.beaten_at
    return f"No worker has reported for {late.total_seconds():.0f} s." if late > HEARTBEAT_IS_LATE else ""
