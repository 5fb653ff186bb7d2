"""Tokens that their provider made recognisable: a prefix of its own, or a shape that nothing else has.

Each rule has literals that must occur in the text (so most rules cost one substring search), and a pattern that begins
with one of them or is bounded on its left, so that no run of characters is read more than a fixed number of times.
Lengths are lower bounds, below the documented ones: a token that was cut short is still worth hiding.
"""
from __future__ import annotations

import re
from collections.abc import Iterator

from checks.diagnosis.redact_makers import PLAIN, SAAS
from checks.diagnosis.redact_rules import (
    LEFT,
    RIGHT,
    drawn_in_a_path,
    has_digit,
    mixed_and_random,
    random_tail,
    rule,
    says_secret,
    shape,
)
from checks.diagnosis.redact_values import looks_drawn, looks_random

GIT = (
    rule("github-token", "ghp_ gho_ ghu_ ghr_", r"gh[pour]_[A-Za-z0-9_]{10,}"),
    # An installation token is ghs_ and 36 characters, or (from 2026 on) ghs_<app id>_<JWT>.
    rule("github-token", "ghs_", r"ghs_[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-])){9,}"),
    rule("github-token", "github_pat_", r"github_pat_[A-Za-z0-9_]{10,}"),
    rule("github-token", "v1.", LEFT + r"v1\.[0-9a-f]{40}" + RIGHT),
    rule("gitlab-token", "glpat- gldt- glrt- glrtr- glsoat- glffct- glimt- glagent- glcbt- glptt- glft- gloas- glwt-",
          r"gl(?:pat|dt|rtr?|soat|ffct|imt|agent|cbt|ptt|ft|oas|wt)-(?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9])){10,}"),
    rule("gitlab-token", "GR1348941", r"GR1348941[A-Za-z0-9_-]{10,}"),
    rule("bitbucket-token", "ATBB ATCTT ATATT ATSTT",
         LEFT + r"AT(?:BB|CTT|ATT|STT)[A-Za-z0-9_-]{16,}(?:=[A-F0-9]{8})?"),
    shape("azure-token", "AZDO Q~ AzFu AzSe AzCa +ASt +ACR ACDb +ABa AIoT +ASb +AEh APIM AZEG JQQJ99",
          r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{28,90}"
          r"(?:AZDO|AzFu|AzSe|AzCa|\+ASt|\+ACR|ACDb|\+ABa|AIoT|\+ASb|\+AEh|APIM|AZEG|JQQJ99)[A-Za-z0-9+/]{2,40}={0,2}"
          r"|(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{20,}"),
    rule("gitea-token", "gto_ gitea_ forgejo_", LEFT + r"(?:gto|gitea|forgejo)_[A-Za-z0-9_-]{32,}", random_tail),
    rule("dflow-token", "dfi_", LEFT + r"dfi_[A-Za-z0-9_-]{20,}"),  # our own API's
)
REGISTRY = (
    rule("docker-token", "dckr_", r"dckr_[a-z]{2,8}_[A-Za-z0-9_-]{10,}"),
    rule("docker-token", "SWMTKN-", r"SWMTKN-\d-[a-z0-9-]{20,}"),
    rule("artifactory-token", "cmVmd AKCp", LEFT + r"(?:cmVmd[A-Za-z0-9]{40,}|AKCp[A-Za-z0-9]{50,})"),
    rule("npm-token", "npm_", LEFT + r"npm_[A-Za-z0-9]{20,}"),
    rule("pypi-token", "pypi-", r"pypi-[A-Za-z0-9_-]{30,}", has_digit),
    rule("rubygems-token", "rubygems_", r"rubygems_[0-9a-f]{20,}"),
    rule("nuget-key", "oy2", LEFT + r"oy2[a-z0-9]{43}" + RIGHT),
    rule("cargo-token", "cio", LEFT + r"cio[A-Za-z0-9]{32}" + RIGHT, has_digit),
    rule("clojars-token", "CLOJARS_", r"CLOJARS_[A-Za-z0-9]{40,}"),
)
STORAGE = (
    rule("aws-access-key-id", "AKIA ASIA ABIA ACCA A3T",
          LEFT + r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{12,20}" + RIGHT),
    # Session tokens begin with the base64 of their version and purpose.
    rule("aws-session-token", "IQoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz AQoDYXdz AQoEXAMPLE",
          r"(?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz|AQoDYXdz|AQoEXAMPLE)[A-Za-z0-9+/=%_-]{20,}"),
    rule("aws-bedrock-key", "ABSK bedrock-api-key-",
         LEFT + r"(?:ABSK[A-Za-z0-9+/]{60,}={0,2}|bedrock-api-key-[A-Za-z0-9+/=]{20,})"),
    rule("alibaba-key-id", "LTAI", LEFT + r"LTAI[A-Za-z0-9]{12,}" + RIGHT),
    rule("tencent-key-id", "AKID", LEFT + r"AKID[A-Za-z0-9]{28,}" + RIGHT),
    rule("google-api-key", "AIza", r"AIza[A-Za-z0-9_-]{30,}"),
    rule("google-hmac-key-id", "GOOG", LEFT + r"GOOG[A-Z0-9]{16,}" + RIGHT),
    rule("google-client-secret", "GOCSPX-", r"GOCSPX-[A-Za-z0-9_-]{20,}"),
    rule("google-oauth-token", "ya29. 1//0", LEFT + r"(?:ya29\.[A-Za-z0-9_.-]{16,}|1//0[A-Za-z0-9_-]{20,})"),
    rule("b2-application-key", "K00", LEFT + r"(?<![+/])K00[0-9a-f][A-Za-z0-9+/]{27}(?![A-Za-z0-9+/])"),
    rule("spaces-key-id", "DO00", LEFT + r"DO00[A-Z0-9]{16}" + RIGHT),
    rule("scaleway-key-id", "SCW", LEFT + r"SCW[A-Z0-9]{17}" + RIGHT, has_digit),
    rule("yandex-token", "AQVN y0_ YCA YCP YCO t1.", LEFT + r"(?:AQVN[A-Za-z0-9_-]{30,}|y0_[A-Za-z0-9_-]{40,}"
          r"|YC[APO][A-Za-z0-9_-]{36,40}|t1\.[A-Za-z0-9_-]{20,}={0,2}\.[A-Za-z0-9_-]{80,}={0,2})"),
    rule("dropbox-token", "sl.", LEFT + r"sl\.(?:u\.)?[A-Za-z0-9_-]{60,}"),
    shape("azure-key", "AccountKey= SharedAccessKey= SharedAccessSignature=",
          r"(?<=AccountKey=)[A-Za-z0-9+/]{20,}={0,2}|(?<=SharedAccessKey=)[A-Za-z0-9+/]{20,}={0,2}"),
)
_PLAIN_START = re.compile(
    r"(?<![A-Za-z0-9_])(?=[A-Za-z])(" + "|".join(map(re.escape, sorted(PLAIN, key=len, reverse=True)))
    + r")([A-Za-z0-9_.=-]{16,})")
# Unknown makers follow the same fashion: letters, an underscore, and a long random part of three kinds of characters.
_FASHION = re.compile(
    r"(?<![A-Za-z0-9_.$-])([A-Za-z]{2,12})(?:_[a-z]{2,8}){0,2}_(?=[A-Za-z0-9])([A-Za-z0-9]{30,})(?![A-Za-z0-9_])")
# Identifiers in that fashion, which are no secrets.
_IDENTIFIERS = frozenset({"req", "dpl", "prj", "cus", "evt", "usr", "user", "team", "org", "proj", "run", "job", "msg",
                          "thread", "asst", "file", "img", "acct", "sub", "price", "prod", "pi", "ch", "app"})

GENERAL = (
    # Three to five parts, the first a JSON object: a signed, encrypted or (with its last part cut off) broken JWT.
    rule("jwt", "eyJ", r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){1,4}={0,2}"),
    rule("encoded-credentials", "eyJ", r"(?<![A-Za-z0-9+/_-])eyJ[A-Za-z0-9+/_-]{30,}={0,2}", says_secret),
    rule("jwt", "ZXlK", r"(?<![A-Za-z0-9+/_-])ZXlK[A-Za-z0-9+/_-]{40,}={0,2}"),
    rule("password-hash", "md5", r"(?<=[\"'])md5[0-9a-f]{32}(?=[\"'])"),
    rule("password-hash", "SCRAM-SHA-", r"SCRAM-SHA-\d{1,3}\$[A-Za-z0-9+/=:$]{30,}"),
    rule("password-hash", "$",
         r"(?<![A-Za-z0-9$])\$(?:2[abxy]?|apr1|[156y]|7|argon2(?:id|i|d)|scrypt|pbkdf2(?:-sha\d+)?)\$"
                                r"[A-Za-z0-9./=,$+]{16,}"),
    shape("password-hash", "$",
         LEFT + r"(?:pbkdf2_sha\d{1,3}|bcrypt(?:_sha256)?|argon2|scrypt)\$[A-Za-z0-9./=,$+]{20,}"),
    shape("password-hash", "{SSHA {SHA", r"(?<=\{)(?<!\\)S?SHA(?:\d{3})?\}[A-Za-z0-9+/]{20,}={0,2}"),
    shape("discord-webhook", "/api/webhooks/", r"(?<=/api/webhooks/)\d{5,25}/[A-Za-z0-9_-]{20,}"),
    shape("slack-webhook", "hooks.slack.com/", r"(?<=hooks\.slack\.com/)[a-z]{4,12}/[A-Za-z0-9+/_-]{16,}"),
    shape("teams-webhook", "/IncomingWebhook/",
         r"(?<=/IncomingWebhook/)[0-9a-fA-F]{16,}(?:/[0-9a-f-]{16,})?(?:/[\w-]{16,})?"),
    shape("zapier-webhook", "hooks.zapier.com/hooks/catch/",
         r"(?<=hooks\.zapier\.com/hooks/catch/)\d+/[A-Za-z0-9]{5,}"),
    shape("webhook", "/hooks/", r"(?<=/hooks/)[a-z0-9]{26}" + RIGHT),
    shape("webhook", "/v2/hook/", r"(?<=/v2/hook/)[0-9a-f-]{32,36}"),
    shape("webhook", "hook hooks /with/key/ /heartbeat/ .com/integration/",
          r"(?:(?<=hook/)|(?<=hooks/)|(?<=/with/key/)|(?<=/heartbeat/)|(?<=\.com/integration/))"
          r"[A-Za-z0-9_-]{16,64}(?=[/?\s\"']|\Z)", drawn_in_a_path),
    shape("webhook", "hook.eu hook.us", r"(?<=make\.com/)[a-z0-9]{24,40}" + RIGHT),
    shape("webhook", "/integrations/deploy/", r"(?<=/integrations/deploy/)prj_[A-Za-z0-9]{1,40}/[A-Za-z0-9]{8,40}"),
    shape("webhook", "api.render.com/deploy/", r"(?<=\?key=)[A-Za-z0-9_-]{8,40}"),
    shape("telegram-token", "/bot", r"(?<=/bot)\d{6,12}:[A-Za-z0-9_-]{20,}"),
    rule("private-key", "b3BlbnNzaC1rZXktdjE", r"b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=]{20,}"),
    rule("private-key", "MII MHcCAQEE MC4CAQAwBQYDK2VwBCIEI MIGHAgEA MIGkAgEBBDA", LEFT
          + r"(?:MII[A-Za-z0-9+/]{3}IBA[AD]|MHcCAQEE|MC4CAQAwBQYDK2VwBCIEI|MIGHAgEAM|MIGkAgEBBD)[A-Za-z0-9+/=]{30,}"),
    # "-----BEGIN" in base64, but for certificates and public keys.
    rule("private-key", "LS0tLS1CRUdJTi",
         r"LS0tLS1CRUdJTi(?!BDRVJUSUZJQ0FUR|BQVUJMSUMg|BYNTA5|BUUlVTVEV)[A-Za-z0-9+/=]{16,}"),
)
RULES = GIT + REGISTRY + STORAGE + SAAS + GENERAL
_LEADING = [(literal, its) for its in RULES if its.leads for literal in its.literals]
_SHAPES = [its for its in RULES if not its.leads]
_AWS_ID = re.compile(LEFT + r"(?:AKIA|ASIA)[A-Z0-9]{16}" + RIGHT)
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])")


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """kind, start and end of every token that is one wherever it stands."""
    yield from _leading(text)
    yield from _shaped(text)
    yield from _fashionable(text)
    if "AKIA" in text or "ASIA" in text:
        yield from _beside_key_ids(text)


def _leading(text: str) -> Iterator[tuple[str, int, int]]:
    for literal, its in _LEADING:
        at = text.find(literal)
        while at >= 0:
            found = its.pattern.match(text, at)
            if found is not None and (its.accept is None or its.accept(found[0])):
                yield its.kind, at, found.end()
            at = text.find(literal, found.end() if found is not None else at + 1)


def _shaped(text: str) -> Iterator[tuple[str, int, int]]:
    for its in _SHAPES:
        for literal in its.literals:
            if literal in text:
                break
        else:
            continue
        for found in its.pattern.finditer(text):
            if its.accept is None or its.accept(found[0]):
                yield its.kind, found.start(), found.end()


def _fashionable(text: str) -> Iterator[tuple[str, int, int]]:
    for found in _PLAIN_START.finditer(text):
        tail = found[2]
        drawn = has_digit(tail) or (len(tail) >= 24 and not tail.islower() and not tail.isupper())
        if drawn and looks_random(tail):
            yield PLAIN[found[1]], found.start(), found.end()
    if "_" not in text:
        return
    for found in _FASHION.finditer(text):
        tail = found[2]
        mixed = not tail.islower() and not tail.isupper() and sum(map(str.isdigit, tail)) >= 2
        if mixed and found[1] not in _IDENTIFIERS and looks_drawn(tail):
            yield "token", found.start(), found.end()


def _beside_key_ids(text: str) -> Iterator[tuple[str, int, int]]:
    """The 40 characters that stand beside an access key id: a console's CSV, a table, two lines of a note."""
    for key_id in _AWS_ID.finditer(text):
        for found in _AWS_SECRET.finditer(text, key_id.end(), key_id.end() + 160):
            if mixed_and_random(found[0]):
                yield "aws-secret-key", found.start(), found.end()
