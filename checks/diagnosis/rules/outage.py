"""The provider itself: down, overloaded, or counting requests. Nothing to mend but to wait."""
from __future__ import annotations

from checks.diagnosis.families import APP, COMPUTE, DATA, FOREIGN, GIT, HOOK, HUB, REGISTRY, STORAGE
from checks.diagnosis.rule import Rule
from checks.verdict import Layer

OUT = Layer.PROVIDER_OUTAGE
WAIT = "Look at the provider's status page and try again later; change no credential because of this."
CODES = tuple(f"{start}{code}" for code in (500, 502, 503, 504, 520, 521, 522, 523, 524, 529) for start in ("returned error: ",
    "status code: ", "statuscode: ", "status code ", "status: ", "http status: ", "http ", "http status code: ", "http code ",
    "(", "error "))

RULES = (
    Rule(
        "outage", (*CODES, "internal server error", "bad gateway", "service unavailable", "gateway timeout", "gateway time-out",
        "*gitaly, is not available", "*git server, gitaly", "temporarily unavailable", "we're having", "unicorn!",
        "taking too long to load", "down for maintenance", "slowdown", "reduce your request rate", "internalerror",
        "*encountered an internal error", "serviceunavailable", "temporarily read-only", "is currently unavailable",
        "scheduled maintenance", "unexpected status code 5", "server error", "web server is down", "origin is unreachable",
        "is undergoing maintenance", "under maintenance", "major outage", "currently experiencing", "serverbusy",
        "service is unavailable", "*received unexpected http status: 5", "*the requested url returned error: 50",
        "*rpc failed; http 50", "too much time to respond", "*undergoing maintenance",
        "no server is currently available to service", "returned 503", "returned 502", "returned 500", "requestthrottled",
        "please try again later", "operationaborted", "an internal error has occurred",
        "unexpected http status 5", "unexpected status 5", "server not initialized", "internal error occurred",
        "returning an unknown error", "read-only mode", "read only mode", "due to load", "is overloaded",
        "upstream connect error", "no healthy upstream", "service_unavailable", "internal_server_error", "internalservererror",
        "internalfailure", "servicefailure", "partial outage",
        "degraded performance"),
        OUT, "The provider answered with an error of its own.",
        WAIT,
        "RFC 9110 section 15.6; GitHub, GitLab, AWS and registry texts",
        "fatal: unable to access 'https://git.example.com/a/b.git/': The requested URL returned error: 503",
        near=(GIT, HUB, REGISTRY, STORAGE, COMPUTE), far=(FOREIGN, DATA, HOOK), weight=1, also=(Layer.NETWORK,),
        unless=("retry-after: 179", "(http code 500) server error")),
    Rule(
        "outage-rate", ("*api rate limit exceeded", "*secondary rate limit", "returned error: 429", "too many requests",
        "retry later", "rate limit", "abuse detection"),
        OUT, "The Git host counts requests and has had enough for now.",
        "Wait until the limit's window has passed; a signed-in request has a higher limit.",
        "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api",
        "API rate limit exceeded for installation ID 1234.",
        near=(GIT, HUB, APP), far=(REGISTRY, FOREIGN, STORAGE), weight=4, also=(Layer.GIT_TOKEN, Layer.GITHUB_APP)),
    Rule(
        "outage-throttle", ("throttling: rate exceeded", "throttlingexception", "(throttling)", "requestthrottled"),
        OUT, "AWS counts requests and has had enough for now.",
        "Wait a minute and try again, with fewer requests at a time.",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
        "Throttling: Rate exceeded",
        also=(Layer.AWS_QUOTA,), weight=2),
    Rule(
        "outage-plain", ("internal server error - server message", "*githubstatus.com", "status.gitlab.com",
        "503 service unavailable", "502 bad gateway", "504 gateway time", "we encountered an internal error. please try again",
        "*xminioserver", "*slowdownread", "*slowdownwrite", "*tf400898", "*xminiobackenddown", "status.bitbucket",
        "*is currently unable to handle this request due to load", "*unknown error (cloudflare)",
        "*whoops, something went wrong on our end",
        "gitlab is not responding", "github is not responding"),
        OUT, "Somebody's server answered with an error of its own.",
        WAIT,
        "RFC 9110 section 15.6",
        "S3 said: InternalError: We encountered an internal error. Please try again.",
        near=(GIT, HUB, REGISTRY, STORAGE, COMPUTE), far=(FOREIGN, DATA, HOOK)),
)
