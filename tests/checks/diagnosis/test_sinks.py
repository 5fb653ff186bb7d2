"""Whatever a provider says, and whatever is logged, passes the redactor: every field of a verdict, every handler."""
from __future__ import annotations

import io
import logging

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from checks.masking import Mask
from checks.verdict import fail
from dflow_integrations.logs import Redacted

TOKEN = "ghp_" + "a1B2" * 9
KNOWN = "the-known-secret-of-this-run"


@pytest.mark.parametrize("field", ["evidence", "remedy", "link"])
def test_every_text_of_a_verdict_is_redacted(field):
    said = {"evidence": "It was so.", "remedy": "Mend it.", "link": "https://example.com/x", field: f"https://a/?x={TOKEN}&known={KNOWN}"}
    verdict = Mask([KNOWN]).verdict(fail(said["evidence"], remedy=said["remedy"], link=said["link"]))
    assert TOKEN not in repr(verdict)
    assert KNOWN not in repr(verdict)
    assert "[REDACTED:github-token]" in getattr(verdict, field)


def test_facts_are_redacted_however_deep_and_identifiers_stay():
    digest = "sha256:456d511a28e648b028180b5c3b0f21b878626c0520647611c543ed075a974b89"
    facts = {"list": [{"text": f"token {TOKEN}", TOKEN: 1}], "known": (KNOWN, 7, None), "digest": digest, "key_id": "AKIAIOSFODNN7EXAMPLE",
             "sha": "4f9c2e1d7b6a5c4e3f2d1a0b9c8d7e6f5a4b3c2d", "fingerprint": "SHA256:uNiVztksCsDhcc0u9e8BrUJrvsxkpYkvqvNPmwwmTcQ"}
    kept = Mask([KNOWN]).verdict(fail("x", remedy="y", **facts)).facts
    assert TOKEN not in repr(kept)
    assert KNOWN not in repr(kept)
    assert (kept["digest"], kept["sha"], kept["fingerprint"]) == (digest, facts["sha"], facts["fingerprint"])
    assert kept["key_id"] == facts["key_id"], "an access key id is a name: a setting here, and compared by other rows"


@pytest.mark.parametrize("handler", sorted(settings.LOGGING["handlers"]))
def test_every_handler_has_the_filter(handler):
    assert "redact" in settings.LOGGING["handlers"][handler]["filters"]


def test_every_handler_that_is_there_once_all_is_loaded_has_it():
    """Libraries add handlers of their own when they are imported: django-q2 does where it finds none."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    ours = {(log.name, handler) for log in loggers for handler in log.handlers
            if not type(handler).__module__.startswith("_pytest") and not isinstance(handler, logging.NullHandler)}
    assert ours
    bare = {name for name, handler in ours if not any(isinstance(one, Redacted) for one in handler.filters)}
    assert bare == set()


@pytest.mark.parametrize("logger", ["", "django.request", "django.server", "django-q", "paramiko.transport", "checks.engine"])
def test_a_secret_in_a_message_its_arguments_or_its_exception_reaches_no_line(logger):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(import_string(settings.LOGGING["filters"]["redact"]["()"])())
    log = logging.getLogger(logger)
    level = log.level
    log.setLevel(logging.DEBUG)  # paramiko is nearly silenced once its client was imported: here it speaks
    log.addHandler(handler)
    try:
        log.error("signing in with %s", TOKEN)
        try:
            raise ValueError(f"password=q7Rw9Zt2LpXc41Vb88 and {TOKEN}")
        except ValueError:
            log.exception("it failed", stack_info=True, extra={"url": f"https://oauth2:{TOKEN}@git.example.com"})
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
    written = stream.getvalue()
    assert "signing in with [REDACTED:github-token]" in written
    assert "it failed" in written
    assert TOKEN not in written
    assert "q7Rw9Zt2LpXc41Vb88" not in written
