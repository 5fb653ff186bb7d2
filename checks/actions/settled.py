"""What the rows say about a diagnosis, in words: which layers are fine, and which row is the one. Pure."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from checks.verdict import Layer, Status

NAMES: dict[Layer, str] = {
    Layer.GIT_TOKEN: "the Git token", Layer.GITHUB_APP: "the GitHub App",
    Layer.REPO_ALLOW_LIST: "the repository allow-list", Layer.CLONE_URL: "the clone URL",
    Layer.BRANCH_MISSING: "the branch or tag", Layer.REGISTRY_AUTH: "the registry’s credential",
    Layer.REGISTRY_HOST: "the registry’s host", Layer.REGISTRY_NAMESPACE: "the image’s namespace or tag",
    Layer.REGISTRY_RATE_LIMIT: "the registry’s pull limit", Layer.BACKUP_KEYS: "the key of backup storage",
    Layer.BACKUP_BUCKET_POLICY: "the bucket’s policy", Layer.BACKUP_ENDPOINT_REGION: "the endpoint or region of backup storage",
    Layer.AWS_IAM: "the IAM policy", Layer.AWS_SCP: "a policy of the AWS organisation", Layer.AWS_KEYS: "the AWS access key",
    Layer.AWS_QUOTA: "an AWS quota or offer", Layer.AWS_NETWORKING: "the AWS network", Layer.WEBHOOK: "the webhook",
    Layer.SSH_AUTH: "the SSH key", Layer.SSH_HOST: "the server itself", Layer.DNS: "name resolution",
    Layer.TLS: "the certificate", Layer.NETWORK: "the network", Layer.CLOCK: "the clock",
    Layer.PROVIDER_OUTAGE: "an outage of the provider",
}
# Two layers that stand for one another: the credential of a Git host is a token or an App.
SAME = {Layer.GIT_TOKEN: (Layer.GIT_TOKEN, Layer.GITHUB_APP), Layer.GITHUB_APP: (Layer.GITHUB_APP, Layer.GIT_TOKEN)}
MOST_FINE = 3
GOOD = (Status.PASS, Status.WARN)
ELSEWHERE = "what the message tells of was mended since, or it comes from something that is not connected here."


@dataclass(frozen=True)
class Seen:
    """A row as it stands. about: the layer that its check declares. layer: the one that its verdict names.

    status: a verdict's, or "" while it was never asked.
    """

    integration: str
    title: str
    status: str
    about: str
    layer: str
    evidence: str
    checked_at: datetime | None
    service: str = ""
    required: bool = True


@dataclass(frozen=True)
class Settled:
    """fine: layers whose every row is right. found: what is wrong. open: what could not be seen, or was never asked.

    tried: no row about what is fine was skipped.
    """

    fine: tuple[Layer, ...]
    found: tuple[Seen, ...]
    open: tuple[Seen, ...]
    oldest: datetime | None
    tried: bool = True

    @property
    def status(self) -> str:
        return Status.FAIL if self.found else Status.UNKNOWN if self.open or not self.fine else Status.PASS

    def sentences(self, when: str) -> list[str]:
        """when: as in "passed just now"."""
        said = []
        if self.fine and (self.found or self.open):
            names = [NAMES[layer] for layer in self.fine[:MOST_FINE]]
            named, many = _listed(names), len(names) > 1
            rows = f"every row about {'them' if many else 'it'}{'' if self.tried else ' that could be tried'}"
            said.append(f"{_capital(named)} {'are' if many else 'is'} fine: {rows} passed {when}.")
        if self.found:
            first = self.found[0]
            what = f"It is {NAMES[Layer(first.layer)]}: " if first.layer in set(Layer) else ""
            said.append(f"{what}“{first.title}” of {first.integration} failed {when}. {first.evidence}")
            if (more := len(self.found) - 1):
                said.append(f"{more} more {'row is' if more == 1 else 'rows are'} wrong.")
        elif self.open:
            said.append(self._unseen())
        elif self.fine:
            said.append(f"Every row about this passed {when}: {ELSEWHERE}")
        return said

    def _unseen(self) -> str:
        first = next((row for row in self.open if row.status == Status.UNKNOWN), self.open[0])
        if first.status == Status.UNKNOWN:
            return f"It could not be settled: “{first.title}” of {first.integration} could not be checked. {first.evidence}"
        return f"It is not settled: “{first.title}” of {first.integration} was not asked yet."


def settle(layers: Iterable[Layer], rows: Sequence[Seen]) -> Settled:
    """layers: those that were answered, best first. rows: the ones that test them."""
    answered = [same for layer in layers for same in SAME.get(layer, (layer,))]
    answered = list(dict.fromkeys(answered))
    found = [row for row in rows if row.status == Status.FAIL]
    blamed = {row.layer for row in found}
    about = {layer: [row for row in rows if row.about == layer] for layer in answered}
    fine = tuple(layer for layer in answered if layer not in blamed and _is_fine(about[layer]))
    found.sort(key=lambda row: (not row.required, _place(answered, row.layer)))
    unseen = tuple(row for row in rows if row.status in (Status.UNKNOWN, "") and row.required)
    times = [row.checked_at for row in rows if row.checked_at is not None]
    tried = all(row.status != Status.SKIPPED for layer in fine for row in about[layer])
    return Settled(fine, tuple(found), unseen, min(times) if times else None, tried)


def _is_fine(rows: Sequence[Seen]) -> bool:
    """A row that was skipped, because one of another layer is wrong, says nothing against it."""
    return any(row.status in GOOD for row in rows) and all(row.status in (*GOOD, Status.SKIPPED) for row in rows)


def _place(layers: Sequence[Layer], layer: str) -> int:
    return next((n for n, known in enumerate(layers) if known == layer), len(layers))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
