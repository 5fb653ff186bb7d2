"""`make bench`: figures of this machine, as a table and as JSON in .data/bench.json. Bounds that are missed exit 1.

Wall times of a shared machine move by a factor of two: read the ratios and the counts.
"""
from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["DATABASE_URL"] = f"sqlite:///{tempfile.mkdtemp()}/bench.sqlite3"
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.core.management import call_command

from tests.bench import aws_runs, diagnosis, egress, git_runs, node_runs, pages, redactor, registry_runs, s3_runs


def main() -> int:
    call_command("migrate", verbosity=0)
    figures = [*pages.measure(), *redactor.measure(), *egress.measure(), *git_runs.measure(), *registry_runs.measure(),
               *s3_runs.measure(), *aws_runs.measure(), *node_runs.measure(),
               *diagnosis.measure()]
    out = Path(".data")
    out.mkdir(exist_ok=True)
    (out / "bench.json").write_text(json.dumps(figures, indent=2))
    return show(figures)


def show(figures: list[dict]) -> int:
    """Print them; 1 when a bound was missed."""
    width = max(len(f["what"]) for f in figures)
    for f in figures:
        bound = f"  (bound {f['bound']})" if f.get("bound") is not None else ""
        print(f"{f['what']:<{width}}  {f['value']:>10} {f['unit']}{bound}{'  MISSED' if missed(f) else ''}")
    return 1 if any(missed(f) for f in figures) else 0


def missed(figure: dict) -> bool:
    return figure.get("bound") is not None and figure["value"] > figure["bound"]


if __name__ == "__main__":
    sys.exit(main())
