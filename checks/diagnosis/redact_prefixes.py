"""Tokens that their provider made recognisable: a prefix of its own, or a shape that nothing else has.

Each rule has literals that must occur in the text (so most rules cost one substring search), and a pattern that begins with
one of them or is bounded on its left, so that no run of characters is read more than a fixed number of times. Lengths are
lower bounds below the documented length: a token that was cut short is still worth hiding.
"""
from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from checks.diagnosis.redact_values import looks_drawn, looks_random

LEFT = r"(?<![A-Za-z0-9])"
RIGHT = r"(?![A-Za-z0-9])"


@dataclass(frozen=True)
class Rule:
    kind: str
    literals: tuple[str, ...]
    pattern: re.Pattern[str]
    leads: bool  # every match begins with one of the literals: they are looked for, and nothing else is read
    accept: Callable[[str], bool] | None = None


def _digit(value: str) -> bool:
    return any(map(str.isdigit, value))


def _random_tail(value: str) -> bool:
    return looks_random(re.split(r"[-_.]", value, maxsplit=1)[-1])


def _aws_secret(value: str) -> bool:
    return not value.islower() and not value.isupper() and looks_random(value)


def _says_secret(value: str) -> bool:
    """Base64 of a JSON document that holds a credential (a docker configuration, a session), not a page cursor."""
    try:
        decoded = base64.b64decode(value[:len(value) // 4 * 4].replace("-", "+").replace("_", "/")).lower()
    except (binascii.Error, ValueError):
        return False
    return any(word in decoded for word in (b"auth", b"password", b"token", b"secret", b'"k"', b"key", b"payload", b"cred",
                                            b'"alg"', b'"iat"', b'"exp"'))


def _rule(kind: str, literals: str, pattern: str, accept: Callable[[str], bool] | None = None) -> Rule:
    return Rule(kind, tuple(literals.split()), re.compile(pattern), True, accept)


def _shape(kind: str, literals: str, pattern: str, accept: Callable[[str], bool] | None = None) -> Rule:
    """A rule whose literals stand somewhere in the match, or just before it."""
    return Rule(kind, tuple(literals.split()), re.compile(pattern), False, accept)


_W = r"[A-Za-z0-9_-]"  # what base64url, UUIDs and most random parts are made of

GIT = (
    _rule("github-token", "ghp_ gho_ ghu_ ghr_", r"gh[pour]_[A-Za-z0-9_]{10,}"),
    # An installation token is ghs_ and 36 characters, or (from 2026 on) ghs_<app id>_<JWT>.
    _rule("github-token", "ghs_", r"ghs_[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-])){9,}"),
    _rule("github-token", "github_pat_", r"github_pat_[A-Za-z0-9_]{10,}"),
    _rule("github-token", "v1.", LEFT + r"v1\.[0-9a-f]{40}" + RIGHT),
    _rule("gitlab-token", "glpat- gldt- glrt- glrtr- glsoat- glffct- glimt- glagent- glcbt- glptt- glft- gloas- glwt-",
          r"gl(?:pat|dt|rtr?|soat|ffct|imt|agent|cbt|ptt|ft|oas|wt)-(?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9])){10,}"),
    _rule("gitlab-token", "GR1348941", r"GR1348941[A-Za-z0-9_-]{10,}"),
    _rule("bitbucket-token", "ATBB ATCTT ATATT ATSTT", LEFT + r"AT(?:BB|CTT|ATT|STT)[A-Za-z0-9_-]{16,}(?:=[A-F0-9]{8})?"),
    _shape("azure-token", "AZDO Q~ AzFu AzSe AzCa AStA +ASt +ACR ACDb +ABa AIoT +ASb +AEh APIM AZEG JQQJ99",
          r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{28,90}(?:AZDO|AzFu|AzSe|AzCa|\+ASt|\+ACR|ACDb|\+ABa|AIoT|\+ASb|\+AEh|APIM|AZEG"
          r"|JQQJ99)[A-Za-z0-9+/]{2,40}={0,2}|(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{20,}"),
    _rule("gitea-token", "gto_ gitea_ forgejo_", LEFT + r"(?:gto|gitea|forgejo)_[A-Za-z0-9_-]{32,}", _random_tail),
)
REGISTRY = (
    _rule("docker-token", "dckr_", r"dckr_[a-z]{2,8}_[A-Za-z0-9_-]{10,}"),
    _rule("docker-token", "SWMTKN-", r"SWMTKN-\d-[a-z0-9-]{20,}"),
    _rule("artifactory-token", "cmVmd AKCp", LEFT + r"(?:cmVmd[A-Za-z0-9]{40,}|AKCp[A-Za-z0-9]{50,})"),
    _rule("npm-token", "npm_", LEFT + r"npm_[A-Za-z0-9]{20,}"),
    _rule("pypi-token", "pypi-", r"pypi-[A-Za-z0-9_-]{30,}", _digit),
    _rule("rubygems-token", "rubygems_", r"rubygems_[0-9a-f]{20,}"),
    _rule("nuget-key", "oy2", LEFT + r"oy2[a-z0-9]{43}" + RIGHT),
    _rule("cargo-token", "cio", LEFT + r"cio[A-Za-z0-9]{32}" + RIGHT, _digit),
    _rule("clojars-token", "CLOJARS_", r"CLOJARS_[A-Za-z0-9]{40,}"),
)
STORAGE = (
    _rule("aws-access-key-id", "AKIA ASIA ABIA ACCA A3T",
          LEFT + r"(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{12,20}" + RIGHT),
    # Session tokens begin with the base64 of their version and purpose.
    _rule("aws-session-token", "IQoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz AQoDYXdz AQoEXAMPLE",
          r"(?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz|AQoDYXdz|AQoEXAMPLE)[A-Za-z0-9+/=%_-]{20,}"),
    _rule("aws-bedrock-key", "ABSK bedrock-api-key-", LEFT + r"(?:ABSK[A-Za-z0-9+/]{60,}={0,2}|bedrock-api-key-[A-Za-z0-9+/=]{20,})"),
    _rule("alibaba-key-id", "LTAI", LEFT + r"LTAI[A-Za-z0-9]{12,}" + RIGHT),
    _rule("tencent-key-id", "AKID", LEFT + r"AKID[A-Za-z0-9]{28,}" + RIGHT),
    _rule("google-api-key", "AIza", r"AIza[A-Za-z0-9_-]{30,}"),
    _rule("google-hmac-key-id", "GOOG", LEFT + r"GOOG[A-Z0-9]{16,}" + RIGHT),
    _rule("google-client-secret", "GOCSPX-", r"GOCSPX-[A-Za-z0-9_-]{20,}"),
    _rule("google-oauth-token", "ya29. 1//0", LEFT + r"(?:ya29\.[A-Za-z0-9_.-]{16,}|1//0[A-Za-z0-9_-]{20,})"),
    _rule("b2-application-key", "K00", LEFT + r"(?<![+/])K00[0-9a-f][A-Za-z0-9+/]{27}(?![A-Za-z0-9+/])"),
    _rule("spaces-key-id", "DO00", LEFT + r"DO00[A-Z0-9]{16}" + RIGHT),
    _rule("scaleway-key-id", "SCW", LEFT + r"SCW[A-Z0-9]{17}" + RIGHT, _digit),
    _rule("yandex-token", "AQVN y0_ YCA YCP YCO t1.", LEFT + r"(?:AQVN[A-Za-z0-9_-]{30,}|y0_[A-Za-z0-9_-]{40,}"
          r"|YC[APO][A-Za-z0-9_-]{36,40}|t1\.[A-Za-z0-9_-]{20,}={0,2}\.[A-Za-z0-9_-]{80,}={0,2})"),
    _rule("dropbox-token", "sl.", LEFT + r"sl\.(?:u\.)?[A-Za-z0-9_-]{60,}"),
    _shape("azure-key", "AccountKey= SharedAccessKey= SharedAccessSignature=",
          r"(?<=AccountKey=)[A-Za-z0-9+/]{20,}={0,2}|(?<=SharedAccessKey=)[A-Za-z0-9+/]{20,}={0,2}"),
)
SAAS = (
    _rule("slack-token", "xox xapp- xwfp-", r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{16,}|xwfp-[A-Za-z0-9-]{16,}"),
    _rule("stripe-key", "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ whsec_ sk_org_",
          r"(?:[sr]k_(?:live|test|prod|org)_|whsec_)[A-Za-z0-9_+/=]{10,}"),
    _rule("sendgrid-key", "SG.", LEFT + r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    _rule("vault-token", "hvs. hvb. hvr.", LEFT + r"hv[sbr]\.[A-Za-z0-9_-]{20,}"),
    _rule("vault-token", "s. b. r.", r"(?<![A-Za-z0-9_.-])[sbr]\.[A-Za-z0-9]{24}(?![A-Za-z0-9_])", _digit),
    _shape("terraform-token", ".atlasv1.", r"(?<![A-Za-z0-9])[A-Za-z0-9]{10,20}\.atlasv1\.[A-Za-z0-9_=-]{20,}"),
    _rule("heroku-key", "HRKU-", r"HRKU-[A-Za-z0-9_-]{20,}"),
    _rule("digitalocean-token", "do", LEFT + r"do[opr]_v1_[0-9a-f]{16,}"),
    _rule("flyio-token", "fo1_ fm1 fm2_", LEFT + r"(?:fo1_[A-Za-z0-9_-]{20,}|fm(?:1[ar]|2)_[A-Za-z0-9+/=,_-]{20,})"),
    _rule("grafana-token", "glc_ glsa_ eyJrIjoi", LEFT + r"(?:glc_|glsa_|eyJrIjoi)[A-Za-z0-9+/_]{20,}={0,3}"),
    _rule("sentry-token", "sntry", LEFT + r"sntry[a-z]_[A-Za-z0-9+/=_-]{20,}"),
    _rule("anthropic-key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}"),
    _rule("openai-key", "sk-", r"(?<![A-Za-z0-9_-])sk-[A-Za-z0-9_-]{20,}", _random_tail),
    _rule("huggingface-token", "hf_ api_org_", LEFT + r"(?:hf|api_org)_[A-Za-z0-9]{30,}"),
    _rule("notion-token", "ntn_ secret_", LEFT + r"(?:ntn_[A-Za-z0-9]{20,}|secret_[A-Za-z0-9]{43}" + RIGHT + ")"),
    _rule("databricks-token", "dapi dose dkea", LEFT + r"(?:dapi|dose|dkea)[0-9a-f]{32}(?:-\d)?" + RIGHT),
    _rule("twilio-key", "SK", r"(?<![A-Za-z0-9_])SK[0-9a-fA-F]{32}" + RIGHT),
    _shape("mailgun-key", "key-", LEFT + r"(?:pub)?key-[0-9a-f]{32}" + RIGHT),
    _shape("mailgun-key", "-", LEFT + r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}" + r"(?![A-Za-z0-9-])"),
    _shape("mailchimp-key", "-us", LEFT + r"[0-9a-f]{32}-us\d{1,2}" + RIGHT),
    _shape("telegram-token", ":A", r"(?<![A-Za-z0-9:.])(?:bot)?\d{7,12}:A[A-Za-z0-9_-]{32,}"),
    _rule("shopify-token", "shp", LEFT + r"shp[a-z]{2,4}_[0-9a-fA-F]{20,}"),
    _rule("octopus-key", "API-", LEFT + r"API-[A-Z0-9]{25,}" + RIGHT, _digit),
    _rule("harness-token", "pat. sat.", LEFT + r"[ps]at\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9]{20,}\.[A-Za-z0-9]{16,}"),
    _rule("airtable-token", "pat", LEFT + r"pat[A-Za-z0-9]{14}\.[0-9a-f]{40,}"),
    _shape("discord-token", "M N O", r"(?<![A-Za-z0-9_.-])[MNO][A-Za-z0-9]{22,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"),
    _rule("brevo-key", "xkeysib- xsmtpsib-", r"x(?:key|smtp)sib-[0-9a-f]{20,}(?:-[A-Za-z0-9]{10,})?"),
    _rule("doppler-token", "dp.", LEFT + r"dp\.(?:pt|st|ct|sa|scim|audit|said)\.[A-Za-z0-9._-]{30,}"),
    _rule("dynatrace-token", "dt0", LEFT + r"dt0[a-z]\d\d\.[A-Za-z0-9]{20,}(?:\.[A-Za-z0-9]{20,})?"),
    _rule("easypost-key", "EZAK EZTK", LEFT + r"EZ[AT]K[A-Za-z0-9]{40,}"),
    _rule("facebook-token", "EAA", LEFT + r"EAA[A-Za-z0-9]{80,}"),
    _shape("facebook-token", "|", r"(?<!\d)\d{15,16}\|[A-Za-z0-9_-]{27,40}"),
    _shape("sanctum-token", "|", r"(?<![A-Za-z0-9|])\d{1,9}\|[A-Za-z0-9]{40,64}" + RIGHT),
    _rule("square-token", "EAAA sq0", LEFT + r"(?:EAAA[A-Za-z0-9_-]{50,}|sq0[a-z]{3}-[A-Za-z0-9_-]{20,})"),
    _shape("new-relic-key", "NRAK NRII- NRJS- NRRA- NRIQ- NRAL",
          LEFT + r"(?:NR(?:AK|II|JS|RA|IQ|BR|SP)-[A-Za-z0-9-]{18,}|[0-9a-f]{36}NRAL)" + RIGHT),
    _shape("maxmind-key", "_mmk", LEFT + r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk"),
    _shape("asana-token", ":", r"(?<![\w/])[12]/\d{10,}(?:/\d{10,})?:[0-9a-f]{32}"),
    _rule("openshift-token", "sha256~", r"sha256~[A-Za-z0-9_-]{40,}"),
    _rule("1password-token", "ops_eyJ A3-", LEFT + r"(?:ops_eyJ[A-Za-z0-9+/=_-]{40,}|A3-[A-Z0-9]{6}-[A-Z0-9-]{20,})"),
    _rule("adobe-secret", "p8e-", LEFT + r"p8e-[A-Za-z0-9_-]{30,}"),
    _rule("intra42-secret", "s-s4t2", LEFT + r"s-s4t2[a-z]{2}-[0-9a-f]{40,}"),
    _rule("clickhouse-key", "4b1d", LEFT + r"4b1d[A-Za-z0-9]{38}" + RIGHT),
    _rule("cloudflare-key", "v1.0-", LEFT + r"v1\.0-[0-9a-f]{24}-[0-9a-f]{40,}"),
    _rule("mapbox-token", "sk.eyJ pk.eyJ tk.eyJ", LEFT + r"[spt]k\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{16,}"),
    _rule("rancher-token", "token- kubeconfig-u-", LEFT + r"(?:token|kubeconfig-u)-[a-z0-9]{5,12}:[a-z0-9]{40,}"),
    _shape("authress-key", ".acc", LEFT + r"(?:sc|ext|scauth|authress)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[\w+/=-]{30,}"),
    _rule("matrix-token", "syt_ mct_", LEFT + r"(?:syt|mct)_[A-Za-z0-9_]{20,}"),
    _rule("plaid-token", "access-", LEFT + r"access-(?:sandbox|development|production)-[0-9a-f-]{30,}"),
    _shape("firebase-key", ":APA91b", r"(?<![\w-])[\w-]{11,30}:APA91b[\w-]{80,}"),
    _rule("braintree-token", "access_token$", r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[0-9a-f]{32}"),
    _rule("clickup-token", "pk_", LEFT + r"pk_\d{5,10}_[A-Z0-9]{30,}"),
    _rule("hubspot-token", "pat-", LEFT + r"pat-(?:na|eu|ap)\d-[0-9a-f-]{36}"),
    _rule("launchdarkly-key", "api- sdk- mob-", LEFT + r"(?:api|sdk|mob)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    _rule("twitter-token", "AAAAAAAAAAAAAAAAAAAAA", LEFT + r"A{21,22}[A-Za-z0-9%]{60,}"),
    _rule("age-key", "AGE-SECRET-KEY-", r"AGE-SECRET-KEY-[A-Z0-9-]{20,}"),
    _rule("flutterwave-key", "FLWSECK", r"FLWSECK(?:_TEST)?-[A-Za-z0-9-]{10,}"),
)
# prefix, separator, random part: one pattern for those that differ in nothing else.
_PLAIN = {
    "lin_api_ lin_oauth_": "linear-key", "figd_ figo_ figu_ figur_": "figma-token", "pul-": "pulumi-token", "rdme_": "readme-key",
    "duffel_live_ duffel_test_": "duffel-token", "fio-u-": "frameio-token", "ico-": "infracost-key", "PMAK-": "postman-key",
    "pnu_ pnb_": "prefect-key", "pscale_tkn_ pscale_oauth_ pscale_pw_": "planetscale-token", "pplx-": "perplexity-key",
    "tk-us- tk-eu-": "scalingo-token", "sm_aat_ sm_pat_ sm_sat_": "settlemint-token", "shippo_live_ shippo_test_": "shippo-token",
    "sqp_ squ_ sqa_": "sonar-token", "sgp_ slk_ sgd_": "sourcegraph-token", "tfp_": "typeform-token", "gsk_": "groq-key",
    "xai-": "xai-key", "nvapi-": "nvidia-key", "r8_": "replicate-token", "re_": "resend-key", "rnd_": "render-key",
    "napi_ npg_": "neon-key", "nfp_ nfc_ nfo_ nfb_": "netlify-token", "vcp_ vca_ vci_ vcr_ vck_": "vercel-token",
    "sbp_ sb_secret_": "supabase-key", "tskey-": "tailscale-key", "phx_ phs_": "posthog-key", "pcsk_": "pinecone-key",
    "lsv2_pt_ lsv2_sk_": "langsmith-key", "tgp_v1_": "together-key", "csk-": "cerebras-key", "tvly-": "tavily-key", "fc-": "firecrawl-key",
    "CCIPAT_ CCIPRJ_": "circleci-token", "bkua_ bkaj_ bkat_ bkct_": "buildkite-token", "CFPAT-": "contentful-token",
    "dnkey-": "defined-token", "ion_": "ionic-token", "dtn_": "daytona-key", "os_v2_": "onesignal-key", "rzp_live_ rzp_test_": "razorpay-key",
    "rpa_": "runpod-key", "jina_": "jina-key", "e2b_": "e2b-key", "waka_": "wakatime-key", "mlsn.": "mailersend-key",
    "AVNS_": "aiven-password", "essu_": "elastic-key", "ATTA": "trello-token", "tk_": "ntfy-token", "b_": "beamer-token",
    "hbp_ hbr_": "honeybadger-key", "rootly_": "rootly-key", "pdl_live_ pdl_sdbx_": "paddle-key", "mdb_sa_sk_": "mongodb-secret",
    "ptr_": "portainer-token", "uk1_ uk2_ uk3_": "uptime-kuma-key", "snyk_uat. snyk_sat.": "snyk-token", "cfut_ cfat_ cfk_": "cloudflare-token",
    "live_ test_": "api-key", "zpka_": "zuplo-key", "apify_api_": "apify-token", "xau_": "xata-key", "key_": "api-key",
    "ghcr_": "github-token", "lip_": "livepeer-key", "ak- as-": "modal-token", "fw_": "fireworks-key", "pa-": "voyage-key",
    "st.": "infisical-token", "kp_": "kinde-key", "scp_": "scp-key", "cloudsmith_": "cloudsmith-key", "tok_": "token",
}
_PLAIN_KINDS = {prefix: kind for prefixes, kind in _PLAIN.items() for prefix in prefixes.split()}
_PLAIN_START = re.compile(r"(?<![A-Za-z0-9_])(?=[A-Za-z])(" + "|".join(sorted(map(re.escape, _PLAIN_KINDS), key=len, reverse=True))
                          + r")([A-Za-z0-9_.=-]{16,})")
# Unknown makers follow the same fashion: letters, an underscore, and a long random part of three kinds of characters.
_FASHION = re.compile(r"(?<![A-Za-z0-9_.$-])[A-Za-z]{2,12}(?:_[a-z]{2,8}){0,2}[_](?=[A-Za-z0-9])([A-Za-z0-9]{30,})(?![A-Za-z0-9_])")

GENERAL = (
    # Three to five parts, the first a JSON object: a signed, encrypted or (with its last part cut off) broken JWT.
    _rule("jwt", "eyJ", r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){1,4}={0,2}"),
    _rule("encoded-credentials", "eyJ", r"(?<![A-Za-z0-9+/_-])eyJ[A-Za-z0-9+/_-]{30,}={0,2}", _says_secret),
    _rule("jwt", "ZXlK", r"(?<![A-Za-z0-9+/_-])ZXlK[A-Za-z0-9+/_-]{40,}={0,2}"),
    _rule("password-hash", "$", r"(?<![A-Za-z0-9$])\$(?:2[abxy]?|apr1|[156y]|7|argon2(?:id|i|d)|scrypt|pbkdf2(?:-sha\d+)?)\$"
                                r"[A-Za-z0-9./=,$+]{16,}"),
    _shape("password-hash", "$", LEFT + r"(?:pbkdf2_sha\d{1,3}|bcrypt(?:_sha256)?|argon2|scrypt)\$[A-Za-z0-9./=,$+]{20,}"),
    _shape("password-hash", "{SSHA {SHA", r"(?<=\{)(?<!\\)S?SHA(?:\d{3})?\}[A-Za-z0-9+/]{20,}={0,2}"),
    _shape("discord-webhook", "/api/webhooks/", r"(?<=/api/webhooks/)\d{5,25}/[A-Za-z0-9_-]{20,}"),
    _shape("slack-webhook", "hooks.slack.com/", r"(?<=hooks\.slack\.com/)[a-z]{4,12}/[A-Za-z0-9+/_-]{16,}"),
    _shape("teams-webhook", "/IncomingWebhook/", r"(?<=/IncomingWebhook/)[0-9a-fA-F]{16,}(?:/[0-9a-f-]{16,})?(?:/[\w-]{16,})?"),
    _shape("zapier-webhook", "hooks.zapier.com/hooks/catch/", r"(?<=hooks\.zapier\.com/hooks/catch/)\d+/[A-Za-z0-9]{5,}"),
    _shape("webhook", "/hooks/", r"(?<=/hooks/)[a-z0-9]{26}" + RIGHT),
    _shape("telegram-token", "/bot", r"(?<=/bot)\d{6,12}:[A-Za-z0-9_-]{20,}"),
    _rule("private-key", "b3BlbnNzaC1rZXktdjE", r"b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=]{20,}"),
    _rule("private-key", "MII MHcCAQEE MC4CAQAwBQYDK2VwBCIEI MIGHAgEA MIGkAgEBBDA", LEFT
          + r"(?:MII[A-Za-z0-9+/]{3}IBA[AD]|MHcCAQEE|MC4CAQAwBQYDK2VwBCIEI|MIGHAgEAM|MIGkAgEBBD)[A-Za-z0-9+/=]{30,}"),
    # "-----BEGIN" in base64, but for certificates and public keys.
    _rule("private-key", "LS0tLS1CRUdJTi", r"LS0tLS1CRUdJTi(?!BDRVJUSUZJQ0FUR|BQVUJMSUMg|BYNTA5|BUUlVTVEV)[A-Za-z0-9+/=]{16,}"),
)
RULES = GIT + REGISTRY + STORAGE + SAAS + GENERAL
_LEADING = [(literal, rule) for rule in RULES if rule.leads for literal in rule.literals]
_SHAPES = [rule for rule in RULES if not rule.leads]
_AWS_ID = re.compile(LEFT + r"(?:AKIA|ASIA)[A-Z0-9]{16}" + RIGHT)
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])")
_IDS = frozenset("req dpl prj cus evt usr user team org proj run job msg thread asst file img acct sub price prod in pi ch app".split())


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """kind, start and end of every token that is one wherever it stands."""
    for literal, rule in _LEADING:
        at = text.find(literal)
        while at >= 0:
            found = rule.pattern.match(text, at)
            if found is not None and (rule.accept is None or rule.accept(found[0])):
                yield rule.kind, at, found.end()
            at = text.find(literal, found.end() if found is not None else at + 1)
    for rule in _SHAPES:
        for literal in rule.literals:
            if literal in text:
                break
        else:
            continue
        for found in rule.pattern.finditer(text):
            if rule.accept is None or rule.accept(found[0]):
                yield rule.kind, found.start(), found.end()
    if "_" in text or "-" in text or "." in text or "ATTA" in text:
        for found in _PLAIN_START.finditer(text):
            if looks_random(found[2]) and _digit(found[2]):
                yield _PLAIN_KINDS[found[1]], found.start(), found.end()
    if "_" in text:
        for found in _FASHION.finditer(text):
            mixed = not found[1].islower() and not found[1].isupper() and sum(map(str.isdigit, found[1])) >= 2
            if mixed and looks_drawn(found[1]) and found[0].split("_")[0] not in _IDS:
                yield "token", found.start(), found.end()
    if "AKIA" in text or "ASIA" in text:
        yield from _beside_key_ids(text)


def _beside_key_ids(text: str) -> Iterator[tuple[str, int, int]]:
    """The 40 characters that stand beside an access key id: a console's CSV, a table, two lines of a note."""
    for key_id in _AWS_ID.finditer(text):
        for found in _AWS_SECRET.finditer(text, key_id.end(), key_id.end() + 160):
            if _aws_secret(found[0]):
                yield "aws-secret-key", found.start(), found.end()
