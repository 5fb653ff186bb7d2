"""What a provider declares and what a check is given. A provider file reads: form, provider, checks.

    gitea = Provider(slug="gitea", ...)

    @gitea.check("The token is accepted", layer=Layer.GIT_TOKEN, needs=["host_reachable"])
    def token_accepted(ctx: Context) -> Verdict: ...

A check takes one Context and returns one Verdict. It opens no socket (its client does) and catches nothing broad: a
client's error that it does not handle itself becomes an `unknown` in the runner.
"""
from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from django import forms

from checks.providers.deprecations import Deprecation
from checks.providers.guide import Guide, LeastGrant, Step  # noqa: F401 -- a provider's file reads them here
from checks.providers.hook import Hook
from checks.providers.pick import PickRepositories
from checks.verdict import Layer, Verdict

JsonMap = Mapping[str, Any]


class SecretTextarea(forms.Textarea):
    """Several lines for a key; what was typed is never sent back to the page, as with a password."""

    def format_value(self, value: Any) -> str:  # noqa: ARG002 -- Django calls it with the value
        return ""


class SecretField(forms.CharField):
    """A credential: write-only, sealed when saved, never sent back in any form."""

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
        widget = SecretTextarea(attrs={**attrs, "rows": 6}) if multiline else forms.PasswordInput(
            attrs={**attrs, "autocomplete": "new-password"}, render_value=False)
        kwargs.setdefault("widget", widget)
        kwargs.setdefault("max_length", 16_384)
        super().__init__(**kwargs)


class ProviderForm(forms.Form):
    """Settings and credentials of one integration. Fields are the contract of the JSON interface, too.

    stored: names of credentials that are kept when left blank (an edit whose endpoint did not change).
    notes: sentences on what was mended in what was typed, for the person who typed it.
    """

    def __init__(self, *args: Any, stored: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored = stored
        self.notes: list[str] = []
        for name in self.secret_names() & stored:
            self.fields[name].required = False

    @classmethod
    def secret_names(cls) -> frozenset[str]:
        return frozenset(n for n, f in cls.base_fields.items() if isinstance(f, SecretField))

    @classmethod
    def setting_names(cls) -> tuple[str, ...]:
        return tuple(n for n, f in cls.base_fields.items() if not isinstance(f, SecretField))

    def settings_values(self) -> dict[str, Any]:
        """The cleaned settings as plain JSON values (a date as its ISO text, a blank as '')."""
        values = {n: self.cleaned_data.get(n) for n in self.setting_names()}
        return {n: v.isoformat() if isinstance(v, date) else ("" if v is None else v) for n, v in values.items()}

    def credential_values(self) -> dict[str, str]:
        """The credentials that were typed; those left blank are not among them."""
        return {n: self.cleaned_data[n] for n in sorted(self.secret_names()) if self.cleaned_data.get(n)}


@dataclass(frozen=True)
class ServiceFacts:
    """What a check may know of a service: plain values, no row."""

    name: str
    kind: str
    target: JsonMap
    node: str | None = None


@dataclass(frozen=True)
class ProbeRecord:
    """Something that a check is about to put somewhere. `details` finds it again: it holds no secret."""

    id: str
    kind: str
    details: JsonMap


class Journal(Protocol):
    """Where a check writes down what it puts somewhere, before it does. Returns once that is committed."""

    def record(self, probe: ProbeRecord) -> None: ...

    def done(self, probe: ProbeRecord) -> None: ...


class OnceMemo:
    """Answers that several checks of one run share: each is asked for once, whatever thread comes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cells: dict[str, _Cell] = {}

    def get(self, key: str, ask: Callable[[], Any]) -> Any:
        with self._lock:
            cell = self._cells.setdefault(key, _Cell())
        with cell.lock:
            if not cell.filled:
                try:
                    cell.value = ask()
                except Exception as error:
                    cell.error = error
                cell.filled = True
        if cell.error is not None:
            raise cell.error
        return cell.value


class _Cell:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.filled = False
        self.value: Any = None
        self.error: Exception | None = None


@dataclass(frozen=True)
class Context:
    """All that a check may use.

    client: what `Provider.connect` made. service: None unless the check is per service. seen: the verdicts of the
    checks that this one needs or comes after (per-service ones: this service's). known: facts that the engine read
    beforehand. journal: for checks that put something somewhere. memo: answers shared within the run.
    now: the moment of the run, aware, UTC.
    """

    settings: JsonMap
    client: Any
    journal: Journal
    memo: OnceMemo
    now: datetime
    service: ServiceFacts | None = None
    seen: Mapping[str, Verdict] = field(default_factory=dict)
    known: JsonMap = field(default_factory=dict)

    def once(self, key: str, ask: Callable[[], Any]) -> Any:
        """`ask()`, but only the first time in this run; an error is remembered and raised again."""
        return self.memo.get(key, ask)

    @property
    def target(self) -> JsonMap:
        """What the service asks of this integration."""
        return self.service.target if self.service else {}


@dataclass(frozen=True)
class Told:
    """Where a run's facts name the upstream account: of which check, which fact. words: how a sentence names it."""

    check: str
    fact: str
    words: str = "{told} at {host}"


@dataclass(frozen=True)
class Exclusive:
    """An upstream account that one Organisation alone may hold. key(settings): names it, "" while there is none.

    proven_by: the check whose pass shows that it is this Organisation's; until then a typed id is only a claim.
    """

    key: Callable[[JsonMap], str]
    proven_by: str


CheckFunction = Callable[[Context], Verdict]
Predicate = Callable[[JsonMap], bool]


@dataclass(frozen=True)
class Check:
    """One row of the checklist.

    needs: checks that must pass or warn first. after: checks that must have ended first, whatever they said.
    left_out / optional_when: predicates over the settings that drop the row, or make it not required.
    """

    slug: str
    title: str
    layer: Layer | None
    run: CheckFunction
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    required: bool = True
    per_service: bool = False
    left_out: Predicate = lambda settings: False
    optional_when: Predicate = lambda settings: False

    def is_required(self, settings: JsonMap) -> bool:
        return self.required and not self.optional_when(settings)


@dataclass(eq=False)
class Provider:
    """One kind of integration.

    connect(settings, credentials) makes the client; it asks nothing of the network. endpoint(settings) is the place
    that the stored credentials are bound to: when it changes they are dropped. addresses(settings) maps a field's
    name to the URL or host that egress must allow before it is saved. serves: the kinds of service it can serve.
    reached_at(settings, target) is the URL, without any credential, that the node of such a service has to reach.
    clean_up(client, kind, details) removes what a probe left and returns True once it is confirmed gone.
    identity_fields: settings that name the account (fingerprinted like credentials, to find the same one elsewhere).
    hook: how its webhooks are read, None where it sends none. setup: it has set-up pages of its own, reached by this name.
    token_kinds: kinds of secret, as the redactor names them, that belong to such an integration.
    pick: what the credential can list. exclusive: an account that one Organisation alone may hold.
    policy(settings, facts) is the least grant for these settings; facts: of the last run's rows, by their slugs.
    account(settings) names the upstream account in words ("bucket acme-dumps at …"), or "" where settings cannot; told:
    which facts of a run do.
    """

    slug: str
    name: str
    section: str
    form: type[ProviderForm]
    connect: Callable[[JsonMap, JsonMap], Any]
    endpoint: Callable[[JsonMap], str]
    addresses: Callable[[JsonMap], Mapping[str, str]]
    summary: Callable[[JsonMap], str]
    guide: Guide
    serves: tuple[str, ...] = ()
    reached_at: Callable[[JsonMap, JsonMap], str] = lambda settings, target: ""
    is_node: bool = False
    provisions: bool = False
    hook: Hook | None = None
    setup: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    identity_fields: tuple[str, ...] = ()
    account: Callable[[JsonMap], str] = lambda settings: ""
    told: Told | None = None
    service_fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    service_help: str = ""
    pick: PickRepositories | None = None
    exclusive: Exclusive | None = None
    policy: Callable[[JsonMap, Mapping[str, JsonMap]], LeastGrant] | None = None
    deprecations: Sequence[Deprecation] = ()
    token_kinds: tuple[str, ...] = ()
    clean_up: Callable[[Any, str, JsonMap], bool] | None = None
    checks: dict[str, Check] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.guide.steps or not self.guide.least_grant:
            raise ValueError(f"Provider {self.slug!r} has no guide: say what one needs and the least grant.")

    def check(
        self, title: str, *, layer: Layer | None, needs: Sequence[str] = (), after: Sequence[str] = (),
        required: bool = True, per_service: bool = False, left_out: Predicate | None = None,
        optional_when: Predicate | None = None,
    ) -> Callable[[CheckFunction], CheckFunction]:
        """Declare a row. Its slug is the function's name; what it needs must stand above it."""
        def declare(function: CheckFunction) -> CheckFunction:
            slug = function.__name__
            if slug in self.checks:
                raise ValueError(f"{self.slug}.{slug} is declared twice.")
            for need in (*needs, *after):
                if need not in self.checks:
                    raise ValueError(f"{self.slug}.{slug} needs {need!r}, which is not declared above it.")
            nothing: Predicate = lambda settings: False  # noqa: E731 -- a default that reads in place
            self.checks[slug] = Check(slug, title, layer, function, tuple(needs), tuple(after), required, per_service,
                                      left_out or nothing, optional_when or nothing)
            return function
        return declare

    def rows(self, settings: JsonMap) -> list[Check]:
        """The checks that these settings leave in, in the order of the checklist."""
        return [check for check in self.checks.values() if not check.left_out(settings)]
