"""The runner: order by needs, at once where possible, never raising, never leaking, never waiting for ever."""
from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest
from django import forms

from checks import runner
from checks.clients import deadline
from checks.clients.errors import ClientError, Kind
from checks.providers.base import Guide, ProbeRecord, Provider, ProviderForm, ServiceFacts, Step
from checks.runner import Landed, Put, run
from checks.verdict import Cause, Layer, Skip, Status, fail, passed, unknown, warn

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SHOP = ServiceFacts("shop", "app", {"repository": "r"})
WEB = ServiceFacts("web", "app", {"repository": "w"})


class NoForm(ProviderForm):
    place = forms.CharField()


@pytest.fixture
def provider():
    return Provider(slug="test", name="Test", section="Tests", form=NoForm, connect=lambda s, c: None,
                    endpoint=lambda s: "", addresses=lambda s: {}, summary=lambda s: "",
                    guide=Guide("Nothing.", 1, [Step("Do nothing.")], "none"))


def go(provider, services=(), secrets=(), seconds=60.0, known=None, settings=None):
    return run(provider, settings=settings or {}, client=None, services=list(services), known=known or {},
               secrets=secrets, now=NOW, seconds=seconds)


def verdicts(items):
    return {(i.check.slug, i.service.name if i.service else None): i.verdict for i in items if isinstance(i, Landed)}


def test_a_row_whose_need_failed_is_not_tried_and_says_which(provider):
    @provider.check("The first holds", layer=Layer.GIT_TOKEN)
    def first(ctx):
        return fail("It did not.", remedy="Mend it.")

    @provider.check("The second holds", layer=Layer.NETWORK, needs=["first"])
    def second(ctx):
        raise AssertionError("must not be asked")

    seen = verdicts(go(provider))
    assert (seen["first", None].status, seen["first", None].layer) == (Status.FAIL, Layer.GIT_TOKEN)
    assert (seen["second", None].status, seen["second", None].skip) == (Status.SKIPPED, Skip.NEED)
    assert seen["second", None].evidence == "Not tried: “The first holds” failed."


def test_what_rests_on_a_row_where_the_host_cannot_tell_is_not_required_in_that_run(provider):
    @provider.check("The token is accepted", layer=Layer.GIT_TOKEN)
    def first(ctx):
        return unknown("The host did not tell.", cause=Cause.PROVIDER, required=False)

    @provider.check("Its scopes are sufficient", layer=Layer.GIT_TOKEN, needs=["first"])
    def second(ctx):
        raise AssertionError("must not be asked")

    @provider.check("Nor what needs that", layer=Layer.GIT_TOKEN, needs=["second"])
    def third(ctx):
        raise AssertionError("must not be asked")

    seen = verdicts(go(provider))
    assert [(v.status, v.required) for v in seen.values()] == [
        (Status.UNKNOWN, False), (Status.SKIPPED, False), (Status.SKIPPED, False)]


def test_a_warning_lets_what_needs_it_go_on(provider):
    @provider.check("The first holds", layer=None)
    def first(ctx):
        return warn("Nearly.", remedy="Change it.")

    @provider.check("The second holds", layer=None, needs=["first"])
    def second(ctx):
        return passed(f"It saw {ctx.seen['first'].status}.")

    assert verdicts(go(provider))["second", None].evidence == "It saw warn."


def test_rows_are_asked_once_for_each_service_and_see_only_their_own(provider):
    @provider.check("One", layer=None, per_service=True)
    def one(ctx):
        return passed(f"Asked {ctx.target['repository']}.", which=ctx.service.name)

    @provider.check("Two", layer=None, per_service=True, needs=["one"])
    def two(ctx):
        return passed(f"Followed {ctx.seen['one'].facts['which']}.")

    seen = verdicts(go(provider, services=[SHOP, WEB]))
    assert seen["two", "shop"].evidence == "Followed shop."
    assert seen["two", "web"].evidence == "Followed web."


def test_a_row_of_the_integration_that_comes_after_rows_of_services_waits_for_every_one(provider):
    landed = []

    @provider.check("It serves", layer=None, per_service=True)
    def serves(ctx):
        landed.append(ctx.service.name)
        return passed(f"It served {ctx.service.name}.")

    @provider.check("What was learnt meanwhile", layer=None, after=["serves"])
    def learnt(ctx):
        return passed(f"It had served {', '.join(sorted(landed))}.")

    assert verdicts(go(provider, [SHOP, WEB]))["learnt", None].evidence == "It had served shop, web."
    landed[:] = ["nobody"]
    assert verdicts(go(provider))["learnt", None].evidence == "It had served nobody."


def test_a_row_of_the_integration_that_needs_rows_of_services_needs_every_one(provider):
    @provider.check("It serves", layer=None, per_service=True)
    def serves(ctx):
        return passed("It did.") if ctx.service == SHOP else fail("It did not.", remedy="Mend it.")

    @provider.check("All are served", layer=None, needs=["serves"])
    def all_served(ctx):
        return passed("They were.")

    assert verdicts(go(provider, [SHOP]))["all_served", None].status is Status.PASS
    assert verdicts(go(provider, [SHOP, WEB]))["all_served", None].skip is Skip.NEED


def test_without_a_service_each_such_row_is_one_that_says_so(provider):
    @provider.check("One", layer=None, per_service=True)
    def one(ctx):
        raise AssertionError("must not be asked")

    seen = verdicts(go(provider))
    assert list(seen) == [("one", None)]
    assert (seen["one", None].status, seen["one", None].skip) == (Status.SKIPPED, Skip.NO_SERVICE)
    assert seen["one", None].evidence == "No service uses this yet."


def test_one_slow_check_does_not_delay_the_others(provider):
    release = threading.Event()

    @provider.check("Slow", layer=None)
    def slow(ctx):
        release.wait(60)
        return passed("At last.")

    @provider.check("Quick", layer=None)
    def quick(ctx):
        return passed("At once.")

    items = go(provider)
    assert next(items).check.slug == "quick"
    release.set()
    assert next(items).check.slug == "slow"


def test_a_check_that_raises_is_an_unknown_of_ours_and_costs_no_other_row(provider):
    @provider.check("Broken", layer=Layer.TLS)
    def broken(ctx):
        raise KeyError("a secret text")

    @provider.check("Fine", layer=None)
    def fine(ctx):
        return passed("Fine.")

    seen = verdicts(go(provider))
    assert (seen["broken", None].status, seen["broken", None].cause) == (Status.UNKNOWN, Cause.OURS)
    assert "KeyError" in seen["broken", None].evidence
    assert "secret text" not in seen["broken", None].evidence
    assert seen["fine", None].status is Status.PASS


@pytest.mark.parametrize(("kind", "status", "cause", "layer"), [
    (Kind.BLOCKED, Status.FAIL, Cause.YOURS, Layer.NETWORK),
    (Kind.NO_SUCH_NAME, Status.FAIL, Cause.YOURS, Layer.DNS),
    (Kind.NAME_TROUBLE, Status.UNKNOWN, Cause.PROVIDER, Layer.DNS),
    (Kind.REFUSED, Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK),
    (Kind.TIMEOUT, Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK),
    (Kind.TLS, Status.UNKNOWN, Cause.PROVIDER, Layer.TLS),
    (Kind.OUTAGE, Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE),
    (Kind.RATE_LIMITED, Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE),
    (Kind.NOT_PROTOCOL, Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE),
    (Kind.CLOCK, Status.UNKNOWN, Cause.OURS, Layer.CLOCK),
])
def test_each_trouble_on_the_wire_has_one_meaning(provider, kind, status, cause, layer):
    @provider.check("Asked", layer=Layer.GIT_TOKEN)
    def asked(ctx):
        raise ClientError(kind, "git.example.com did something.", host="git.example.com")

    verdict = verdicts(go(provider))["asked", None]
    assert (verdict.status, verdict.cause, verdict.layer) == (status, cause, layer)
    assert verdict.evidence == "git.example.com did something."
    assert verdict.remedy


def test_every_kind_of_trouble_is_in_the_table(provider):
    from checks.troubles import trouble
    for kind in Kind:
        assert trouble(ClientError(kind, "It happened.")).status in (Status.FAIL, Status.UNKNOWN)


def test_known_secrets_are_masked_in_every_spelling(provider):
    secret = "p/ss+w rd:42&more"

    @provider.check("Leaky", layer=None)
    def leaky(ctx):
        import base64
        from urllib.parse import quote
        basic = base64.b64encode(f"user:{secret}".encode()).decode()
        return fail(f"Sent {secret} and {quote(secret, safe='')} and {secret.encode().hex()} and {basic}.",
                    remedy=f"Not {secret}.", link=f"https://x.example/?t={quote(secret, safe='')}", echoed={"deep": [secret]})

    verdict = verdicts(go(provider, secrets=[secret]))["leaky", None]
    everything = " ".join([verdict.evidence, verdict.remedy, verdict.link, repr(verdict.facts)])
    import base64
    for spelling in (secret, "p%2Fss", secret.encode().hex(), base64.b64encode(f"user:{secret}".encode()).decode()[8:24]):
        assert spelling not in everything


def test_a_run_past_its_time_ends_every_open_row(provider):
    release, over = threading.Event(), threading.Event()

    @provider.check("Hangs", layer=Layer.NETWORK)
    def hangs(ctx):
        release.wait(60)
        over.set()
        return passed("Too late.")

    @provider.check("Waits", layer=None, needs=["hangs"])
    def waits(ctx):
        return passed("Never.")

    seen = verdicts(go(provider, seconds=0.5))
    assert not over.is_set(), "the run ended while the check still hung"
    release.set()
    assert (seen["hangs", None].status, seen["hangs", None].cause) == (Status.UNKNOWN, Cause.PROVIDER)
    assert "did not answer" in seen["hangs", None].evidence
    assert ("waits", None) in seen


def test_a_check_goes_on_only_after_its_probe_is_committed(provider):
    order = []

    @provider.check("Puts", layer=None)
    def puts(ctx):
        ctx.journal.record(ProbeRecord("1", "canary", {"key": "k"}))
        order.append("put")
        return passed("Put.")

    for item in go(provider):
        if isinstance(item, Put):
            time.sleep(0.05)
            order.append("committed")
    assert order == ["committed", "put"]


def test_a_closed_run_puts_nothing_any_more(provider):
    put = threading.Event()
    ended = threading.Event()

    @provider.check("Puts", layer=None)
    def puts(ctx):
        try:
            ctx.journal.record(ProbeRecord("1", "canary", {"key": "k"}))
            put.set()
        except ClientError as error:
            assert error.kind is Kind.CLOSED
            ended.set()
            raise
        return passed("Put.")

    items = go(provider)
    assert isinstance(next(items), Put)
    items.close()
    assert ended.wait(60)
    assert not put.is_set()


def test_clients_are_told_how_long_they_may_take(provider):
    told = []

    @provider.check("Asks", layer=None)
    def asks(ctx):
        told.append(deadline.remaining())
        return passed("It had some.")

    verdicts(go(provider, seconds=15.0))
    assert 5 < told[0] <= 15  # less than a check has where the run has more


def test_shared_answers_are_asked_for_once(provider):
    asked = []

    def ask():
        asked.append(1)
        return "answer"

    for slug in ("a", "b", "c"):
        def check(ctx):
            return passed(f"{ctx.once('k', ask)}.")
        check.__name__ = slug
        provider.check(slug, layer=None)(check)
    list(go(provider))
    assert len(asked) == 1


def test_a_row_that_the_settings_make_pointless_is_left_out_and_blocks_nobody(provider):
    @provider.check("Only sometimes", layer=None, left_out=lambda s: not s.get("pushes"))
    def sometimes(ctx):
        return passed("Yes.")

    @provider.check("Always", layer=None, after=["sometimes"])
    def always(ctx):
        return passed("Yes.")

    assert set(verdicts(go(provider))) == {("always", None)}
    assert set(verdicts(go(provider, settings={"pushes": True}))) == {("sometimes", None), ("always", None)}


def test_declarations_that_cannot_work_are_refused(provider):
    def named(ctx):
        return passed("Yes.")

    provider.check("One", layer=None)(named)
    with pytest.raises(ValueError, match="declared twice"):
        provider.check("Again", layer=None)(named)
    with pytest.raises(ValueError, match="not declared above it"):
        provider.check("Two", layer=None, needs=["nowhere"])(lambda ctx: passed("No."))


def test_the_bound_of_a_run_leaves_a_command_time_to_answer():
    assert runner.RUN_SECONDS < 45
