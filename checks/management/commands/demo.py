"""`manage.py demo`: a demo Organisation with real local peers, web server and worker, until Ctrl-C.

Its own database and keys are under .data/demo. The command runs itself again in the environment of the demo, so that
loopback is open for the demo's own processes alone.
"""
from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from checks.demo import place
from checks.demo.processes import Processes

FIRST_PORT = 8000


class Command(BaseCommand):
    help = "Start a demo Organisation with real local peers, a web server and a worker; Ctrl-C ends them all."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help=f"port of the web server (the first free one from {FIRST_PORT} on)")
        parser.add_argument("--folder", type=Path, help="where its database and keys are kept (.data/demo)")
        parser.add_argument("--fresh", action="store_true", help="forget everything of an earlier demo first")

    def handle(self, *args: Any, **options: Any) -> None:
        if (inside := os.environ.get(place.MARK)):
            self._serve(Path(inside))
        else:
            self._run_again((options["folder"] or place.folder(settings.BASE_DIR)).resolve(), options)

    def _run_again(self, where: Path, options: dict[str, Any]) -> None:
        """This command once more, in the demo's environment."""
        if options["fresh"]:
            place.start_over(where)
        try:
            port = options["port"] or place.free_port(FIRST_PORT)
        except OSError as error:
            raise CommandError(str(error)) from None
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo"]
        os.umask(0o077)  # its keys and its database are for this user alone
        os.execve(command[0], command, place.environment(where, port))  # noqa: S606 -- ourselves, no shell

    def _serve(self, where: Path) -> None:
        self._say("Preparing the database …")
        call_command("migrate", verbosity=0)
        self._refuse_others()
        call_command("collectstatic", interactive=False, verbosity=0)
        processes = Processes(settings.BASE_DIR, where)
        processes.listen()
        with ExitStack() as ending:
            ending.callback(self._say, "Ended; no process is left.")
            peers = self._peers(where, ending)
            ending.callback(processes.stop)
            ending.callback(self._say, "\nEnding the web server, the worker and the peers …")
            self._start(processes)
            self._first_push(peers)
            ended = processes.watch()
        if ended:
            raise CommandError(f"The {ended} ended by itself; see {where / ended}.log.", returncode=1)

    def _refuse_others(self) -> None:
        from checks.demo import organisation as demo  # noqa: PLC0415 -- app registry: models, in the demo's environment
        if (others := demo.other_organisations()):
            raise CommandError(
                f"The demo's database holds another Organisation ({', '.join(others)}), and the demo opens loopback: it "
                "does not start beside it. `manage.py demo --fresh` forgets the old demo and starts anew.", returncode=2)

    def _peers(self, where: Path, ending: ExitStack) -> Any:
        from checks.demo import organisation as demo  # noqa: PLC0415 -- app registry
        from checks.demo.peers import start_peers  # noqa: PLC0415 -- optional dependency: moto
        self._say("Starting the local peers: three Git hosts, and an S3 server that enforces IAM …")
        peers = start_peers(where, ending)
        for name, host in (("GitHub", peers.github), ("GitLab", peers.gitlab), ("Gitea", peers.git)):
            self._say(f"  {name}  {host.url}  (its API, and real git http-backend; loopback only)")
        self._say(f"  S3      {peers.s3.url}  (moto, IAM enforced; loopback only)")
        demo.build(demo.people(), peers)
        return peers

    def _start(self, processes: Processes) -> None:
        from checks.demo.organisation import OWNER, PASSWORD, VIEWER  # noqa: PLC0415 -- app registry
        address = settings.BASE_URL
        processes.start("worker", "manage.py", "worker")
        processes.start("web", "-m", "gunicorn", "dflow_integrations.wsgi", "--bind", address.removeprefix("http://"),
                        "--workers", "1", "--threads", "8", "--log-level", "warning")
        processes.wait_for(f"{address}/accounts/login/")  # also warms what the first page needs
        self._say(f"\n  Open  {address}\n"
                  f"  Sign in as the owner   {OWNER}   {PASSWORD}\n"
                  f"          or a viewer    {VIEWER}   {PASSWORD}\n\n"
                  "For this demo alone, checks may reach loopback addresses and plain HTTP.\nCtrl-C ends everything.")

    def _first_push(self, peers: Any) -> None:
        from checks.demo import organisation as demo  # noqa: PLC0415 -- app registry
        demo.first_push(demo.people(), peers.github)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
