"""The tokens of services, by the prefixes and shapes that their makers published.

Sources: the makers' own pages, and the lists of gitleaks and of GitHub's secret scanning. Lengths are lower bounds.
"""
from __future__ import annotations

from checks.diagnosis.redact_rules import LEFT, RIGHT, has_digit, random_tail, rule, shape

SAAS = (
    rule("slack-token", "xox xapp- xwfp-",
         r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{16,}|xwfp-[A-Za-z0-9-]{16,}"),
    rule("stripe-key", "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ whsec_ sk_org_",
          r"(?:[sr]k_(?:live|test|prod|org)_|whsec_)[A-Za-z0-9_+/=]{10,}"),
    rule("sendgrid-key", "SG.", LEFT + r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    rule("vault-token", "hvs. hvb. hvr.", LEFT + r"hv[sbr]\.[A-Za-z0-9_-]{20,}"),
    rule("vault-token", "s. b. r.", r"(?<![A-Za-z0-9_.-])[sbr]\.[A-Za-z0-9]{24}(?![A-Za-z0-9_])", has_digit),
    shape("terraform-token", ".atlasv1.", r"(?<![A-Za-z0-9])[A-Za-z0-9]{10,20}\.atlasv1\.[A-Za-z0-9_=-]{20,}"),
    rule("heroku-key", "HRKU-", r"HRKU-[A-Za-z0-9_-]{20,}"),
    rule("digitalocean-token", "do", LEFT + r"do[opr]_v1_[0-9a-f]{16,}"),
    rule("flyio-token", "fo1_ fm1 fm2_", LEFT + r"(?:fo1_[A-Za-z0-9_-]{20,}|fm(?:1[ar]|2)_[A-Za-z0-9+/=,_-]{20,})"),
    rule("grafana-token", "glc_ glsa_ eyJrIjoi", LEFT + r"(?:glc_|glsa_|eyJrIjoi)[A-Za-z0-9+/_]{20,}={0,3}"),
    rule("sentry-token", "sntry", LEFT + r"sntry[a-z]_[A-Za-z0-9+/=_-]{20,}"),
    rule("anthropic-key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}"),
    rule("openai-key", "sk-", r"(?<![A-Za-z0-9_-])sk-[A-Za-z0-9_-]{20,}", random_tail),
    rule("huggingface-token", "hf_ api_org_", LEFT + r"(?:hf|api_org)_[A-Za-z0-9]{30,}"),
    rule("notion-token", "ntn_ secret_", LEFT + r"(?:ntn_[A-Za-z0-9]{20,}|secret_[A-Za-z0-9]{43}" + RIGHT + ")"),
    rule("databricks-token", "dapi dose dkea", LEFT + r"(?:dapi|dose|dkea)[0-9a-f]{32}(?:-\d)?" + RIGHT),
    rule("twilio-key", "AC", LEFT + r"AC[0-9a-f]{32}:[0-9a-f]{32}" + RIGHT),
    rule("twilio-key", "SK", r"(?<![A-Za-z0-9_])SK[0-9a-fA-F]{32}" + RIGHT),
    shape("mailgun-key", "key-", LEFT + r"(?:pub)?key-[0-9a-f]{32}" + RIGHT),
    shape("mailgun-key", "-", LEFT + r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}" + r"(?![A-Za-z0-9-])"),
    shape("mailchimp-key", "-us", LEFT + r"[0-9a-f]{32}-us\d{1,2}" + RIGHT),
    shape("telegram-token", ":A", r"(?<![A-Za-z0-9:.])(?:bot)?\d{7,12}:A[A-Za-z0-9_-]{32,}"),
    rule("shopify-token", "shp", LEFT + r"shp[a-z]{2,4}_[0-9a-fA-F]{20,}"),
    rule("octopus-key", "API-", LEFT + r"API-[A-Z0-9]{25,}" + RIGHT, has_digit),
    rule("harness-token", "pat. sat.", LEFT + r"[ps]at\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9]{20,}\.[A-Za-z0-9]{16,}"),
    rule("airtable-token", "pat", LEFT + r"pat[A-Za-z0-9]{14}\.[0-9a-f]{40,}"),
    shape("discord-token", "M N O",
         r"(?<![A-Za-z0-9_.-])[MNO][A-Za-z0-9]{22,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"),
    rule("brevo-key", "xkeysib- xsmtpsib-", r"x(?:key|smtp)sib-[0-9a-f]{20,}(?:-[A-Za-z0-9]{10,})?"),
    rule("doppler-token", "dp.", LEFT + r"dp\.(?:pt|st|ct|sa|scim|audit|said)\.[A-Za-z0-9._-]{30,}"),
    rule("dynatrace-token", "dt0", LEFT + r"dt0[a-z]\d\d\.[A-Za-z0-9]{20,}(?:\.[A-Za-z0-9]{20,})?"),
    rule("easypost-key", "EZAK EZTK", LEFT + r"EZ[AT]K[A-Za-z0-9]{40,}"),
    rule("facebook-token", "EAA", LEFT + r"EAA[A-Za-z0-9]{80,}"),
    shape("facebook-token", "|", r"(?<!\d)\d{15,16}\|[A-Za-z0-9_-]{27,40}"),
    shape("sanctum-token", "|", r"(?<![A-Za-z0-9|])\d{1,9}\|[A-Za-z0-9]{40,64}" + RIGHT),
    rule("square-token", "EAAA sq0", LEFT + r"(?:EAAA[A-Za-z0-9_-]{50,}|sq0[a-z]{3}-[A-Za-z0-9_-]{20,})"),
    shape("new-relic-key", "NRAK NRII- NRJS- NRRA- NRIQ- NRAL",
          LEFT + r"(?:NR(?:AK|II|JS|RA|IQ|BR|SP)-[A-Za-z0-9-]{18,}|[0-9a-f]{36}NRAL)" + RIGHT),
    shape("maxmind-key", "_mmk", LEFT + r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk"),
    shape("asana-token", ":", r"(?<![\w/])[12]/\d{10,}(?:/\d{10,})?:[0-9a-f]{32}"),
    rule("openshift-token", "sha256~", r"sha256~[A-Za-z0-9_-]{40,}"),
    rule("1password-token", "ops_eyJ A3-", LEFT + r"(?:ops_eyJ[A-Za-z0-9+/=_-]{40,}|A3-[A-Z0-9]{6}-[A-Z0-9-]{20,})"),
    rule("adobe-secret", "p8e-", LEFT + r"p8e-[A-Za-z0-9_-]{30,}"),
    rule("intra42-secret", "s-s4t2", LEFT + r"s-s4t2[a-z]{2}-[0-9a-f]{40,}"),
    rule("clickhouse-key", "4b1d", LEFT + r"4b1d[A-Za-z0-9]{38}" + RIGHT),
    rule("cloudflare-key", "v1.0-", LEFT + r"v1\.0-[0-9a-f]{24}-[0-9a-f]{40,}"),
    rule("mapbox-token", "sk.eyJ pk.eyJ tk.eyJ", LEFT + r"[spt]k\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{16,}"),
    rule("rancher-token", "token- kubeconfig-u-", LEFT + r"(?:token|kubeconfig-u)-[a-z0-9]{5,12}:[a-z0-9]{40,}"),
    shape("authress-key", ".acc",
         LEFT + r"(?:sc|ext|scauth|authress)_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\.[\w+/=-]{30,}"),
    rule("matrix-token", "syt_ mct_", LEFT + r"(?:syt|mct)_[A-Za-z0-9_]{20,}"),
    rule("plaid-token", "access-", LEFT + r"access-(?:sandbox|development|production)-[0-9a-f-]{30,}"),
    shape("firebase-key", ":APA91b", r"(?<![\w-])[\w-]{11,30}:APA91b[\w-]{80,}"),
    rule("braintree-token", "access_token$", r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[0-9a-f]{32}"),
    rule("clickup-token", "pk_", LEFT + r"pk_\d{5,10}_[A-Z0-9]{30,}"),
    rule("hubspot-token", "pat-", LEFT + r"pat-(?:na|eu|ap)\d-[0-9a-f-]{36}"),
    rule("launchdarkly-key", "api- sdk- mob-", LEFT + r"(?:api|sdk|mob)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    rule("twitter-token", "AAAAAAAAAAAAAAAAAAAAA", LEFT + r"A{21,22}[A-Za-z0-9%]{60,}"),
    rule("discord-token", "mfa.", LEFT + r"mfa\.[A-Za-z0-9_-]{60,}"),
    rule("age-key", "AGE-SECRET-KEY-", r"AGE-SECRET-KEY-[A-Z0-9-]{20,}"),
    rule("flutterwave-key", "FLWSECK", r"FLWSECK(?:_TEST)?-[A-Za-z0-9-]{10,}"),
)
# Kind, and the prefixes of tokens of that kind, for those that differ in nothing else.
_PLAIN = """
aiven-password AVNS_
api-key live_ test_
apify-token apify_api_
beamer-token b_
buildkite-token bkua_ bkaj_ bkat_ bkct_
cerebras-key csk-
circleci-token CCIPAT_ CCIPRJ_
cloudflare-token cfut_ cfat_ cfk_
cloudsmith-key cloudsmith_
contentful-token CFPAT-
daytona-key dtn_
defined-token dnkey-
duffel-token duffel_live_ duffel_test_
e2b-key e2b_
elastic-key essu_
figma-token figd_ figo_ figu_ figur_
firecrawl-key fc-
fireworks-key fw_
frameio-token fio-u-
groq-key gsk_
honeybadger-key hbp_ hbr_
infisical-token st.
infracost-key ico-
ionic-token ion_
jina-key jina_
langsmith-key lsv2_pt_ lsv2_sk_
linear-key lin_api_ lin_oauth_
mailersend-key mlsn.
modal-token ak- as-
mongodb-secret mdb_sa_sk_
neon-key napi_ npg_
netlify-token nfp_ nfc_ nfo_ nfb_
ntfy-token tk_
nvidia-key nvapi-
onesignal-key os_v2_
paddle-key pdl_live_ pdl_sdbx_
perplexity-key pplx-
pinecone-key pcsk_
planetscale-token pscale_tkn_ pscale_oauth_ pscale_pw_
portainer-token ptr_
posthog-key phx_ phs_
postman-key PMAK-
prefect-key pnu_ pnb_
pulumi-token pul-
razorpay-key rzp_live_ rzp_test_
readme-key rdme_
render-key rnd_
replicate-token r8_
resend-key re_
rootly-key rootly_
runpod-key rpa_
scalingo-token tk-us- tk-eu-
settlemint-token sm_aat_ sm_pat_ sm_sat_
shippo-token shippo_live_ shippo_test_
snyk-token snyk_uat. snyk_sat.
sonar-token sqp_ squ_ sqa_
sourcegraph-token sgp_ slk_ sgd_
supabase-key sbp_ sb_secret_
tailscale-key tskey-
tavily-key tvly-
together-key tgp_v1_
trello-token ATTA
typeform-token tfp_
uptime-kuma-key uk1_ uk2_ uk3_
vercel-token vcp_ vca_ vci_ vcr_ vck_
voyage-key pa-
wakatime-key waka_
xai-key xai-
xata-key xau_
zuplo-key zpka_
"""
PLAIN = {prefix: kind for kind, *prefixes in map(str.split, _PLAIN.strip().splitlines()) for prefix in prefixes}
