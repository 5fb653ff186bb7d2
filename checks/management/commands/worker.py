"""`manage.py worker`: the queue's workers, watched and restarted, until SIGTERM or Ctrl-C."""
from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from checks.engine.watchdog import PATIENCE_SECONDS, Parent


class Command(BaseCommand):
    help = "Run the queue's workers, watched and restarted; SIGTERM or Ctrl-C ends them all within 20 seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--patience", type=float, default=PATIENCE_SECONDS, metavar="SECONDS",
                            help="start a cluster anew that shows no sign of life for so long (default: %(default)s)")
        parser.add_argument("--cluster", choices=[settings.QUEUE_CLICKS, settings.QUEUE_SWEEPS],
                            help="be just this cluster: how the parent starts its children")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cluster"]:
            from checks.engine import cluster  # noqa: PLC0415 -- slow import: multiprocessing and every task, for a child alone
            cluster.run()
            return
        Parent(say=self._say, patience=options["patience"]).run()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
