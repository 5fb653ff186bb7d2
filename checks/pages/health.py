"""Whether this process lives, and whether the whole is ready: for load balancers and watchers, without a session."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker

from checks.models import Heartbeat
from checks.pages.board import WORKER_IS_AWAY_AFTER

OK = "ok"
log = logging.getLogger(__name__)


@never_cache
@require_safe
def live(_: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return HttpResponse(OK, content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def ready(_: HttpRequest) -> HttpResponse:
    """200 when the database, the queue and a worker answer, else 503; each part says `ok` or what is wrong with it."""
    parts = {name: _asked(name, ask) for name, ask in (("database", _database), ("queue", _queue), ("worker", _worker))}
    good = all(said == OK for said in parts.values())
    return JsonResponse({"ready": good, **parts}, status=200 if good else 503)


def _asked(name: str, ask: Callable[[], str]) -> str:
    try:
        return ask()
    except (DatabaseError, OSError) as error:
        log.warning("readyz: the %s does not answer (%s)", name, type(error).__name__)
        return "does not answer"
    except Exception as error:  # a broker has errors of its own, of whichever client it uses
        log.warning("readyz: the %s failed (%s)", name, type(error).__name__)
        return "failed"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return OK


def _queue() -> str:
    return OK if get_broker().ping() else "does not answer"


def _worker() -> str:
    beat = Heartbeat.objects.order_by("-beat_at").values_list("beat_at", flat=True).first()
    if beat is None:
        return "none has run yet"
    return OK if beat > timezone.now() - WORKER_IS_AWAY_AFTER else "no sign of life"
