"""Webhooks: sent and not received, or received and not believed."""
from __future__ import annotations

from checks.diagnosis.families import FOREIGN, HOOK
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

WEBHOOK = Layer.WEBHOOK
SHOW = ("Open the webhook's “Recent deliveries” at the Git host: check its URL, its secret (the same at both "
    "ends), that pushes are among its events and that no branch filter leaves this branch out; then send " "one again.")

REFUSED = ("404 not found", "401 unauthorized", "403 forbidden", "500 internal", "502 bad", "503 service", "504 gateway",
    "status 4", "status 5", "status code 4", "status code 5", "status: 4", "status: 5", "returned 4", "returned 5",
    "responded with 4", "responded with 5", "http 4", "http 5", "timed out", "timeout", "failed", "refused", "not allowed",
    "no longer exists", "not reachable", "already exists", "invalid http response: 4", "invalid http response: 5", "unreachable",
    "was rejected")
TROUBLE = ("failed to send", "failed to deliver", "error delivering", "error sending", "could not deliver", "unable to deliver",
    "failed to create", "could not create", "failed to register", "failed to process", "failed to validate", "failed to verify",
    "failed to trigger", "rejected")

RULES = (
    Rule(
        "webhook-undelivered", ("we couldn't deliver this payload", "we had a problem delivering",
        "couldn't deliver this payload", "hook executed successfully but returned http", "hook execution failed",
        "webhook can only call allowed http servers", "last delivery was not successful", "webhook was automatically disabled",
        "webhook failed to connect", "webhook fails to connect", "webhook disabled", "hook was disabled",
        "failed to deliver webhook", "webhook delivery failed", "unable to deliver hook", "webhook never arrives",
        "webhook never arrived", "webhook not received", "webhook not triggered", "webhook is not triggered",
        "webhook does not arrive", "webhook doesn't arrive", "webhook didn't arrive", "webhook is not firing",
        "webhook not firing", "webhook does not fire", "webhook doesn't fire", "push does not trigger", "no webhook",
        "webhook…disabled", "webhook…paused", "webhook…temporarily disabled", "disabledbysystem", "delivery failed",
        "failed delivery", "webhook request failed", "the webhook was ignored", "branch filter…webhook", "webhook…branch filter",
        "*no matching branch filter",
        "no push event is subscribed", "event is not subscribed", "webhook received but", "webhook…was not processed",
        "internal error occurred while delivering this webhook", "sending the service hook", "hook executed unsuccessfully",
        "hook returned http",
        "service hook…disabled", "service hooks…disabled", "subscription…disabled…hook", "hook subscription…disabled"),
        WEBHOOK, "The Git host sent a webhook and nothing took it, or it is turned off.",
        SHOW,
        "https://docs.github.com/webhooks; GitLab WebHookService; Gitea services/webhook/deliver.go",
        "We couldn’t deliver this payload: Service Timeout",
        weight=20),
    Rule(
        "webhook-signature", ("x-hub-signature", "invalid webhook signature", "webhook signature", "signatures didn't match",
        "signature does not match event payload", "webhook secret", "invalid x-gitlab-token", "x-gitlab-token",
        "x-gitea-signature", '*"message":"invalid signature', '*"message": "invalid signature', "webhook…invalid token",
        "payload signature", "missing x-github-event", "hmac…mismatch", "hmac…does not match", "signature verification failed",
        "webhook…unauthorized", "not cool", "hmac verification failed", "hook…invalid signature", "signature…payload",
        "no signature in headers", "does not match blob signature", "hookerror: invalid signature", "secret mismatch…hook",
        "x-gogs-signature", "x-hub-signature-256", "no x-hub-signature",
        "payload signature check failed", "hmac…payload"),
        WEBHOOK, "A webhook came and its signature was not believed: the secrets of both ends differ, or something on "
        "the way changed the body.",
        "Set the same secret at the Git host's webhook and on the integration, and redeliver the last one.",
        "https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries",
        '[{"application":"shop","status":"failed","message":"Invalid signature."}]',
        weight=12, far=(FOREIGN,), unless=("signature ok", "signature verified", "signature is valid")),
    Rule(
        "webhook-unsigned", ("missing signature", "signature is missing", "no signature", "signature invalid",
        "invalid signature", "signature mismatch",
        "wrong signature", "signature check failed", "signatures do not match", "secret mismatch", "wrong secret",
        "signature does not match",
        "did not recognize x-hub", "invalid secret", "bad signature",
        "hmac…did not match", "digest did not match", "hmac…mismatch", "x-hub-signature", "signature-256", "digest mismatch"),
        WEBHOOK, "A webhook came without a signature, or with one of another secret.",
        "Set the same secret at the Git host's webhook and on the integration, and redeliver the last one.",
        "runatlantis/atlantis#843",
        "X-GitHub-Event: push\n`missing signature`",
        near=(HOOK,), far=(FOREIGN,), weight=10, unless=("signature ok", "verified")),
    Rule(
        "webhook-refused", (*(f"{hook}…{word}" for hook in ("webhook", "delivery", "hook") for word in REFUSED),
        *(f"{word}…webhook" for word in TROUBLE)),
        WEBHOOK, "A webhook was answered with an error, or not at all.",
        SHOW,
        "GitHub, GitLab and Gitea delivery pages",
        "webhook POST https://deploy.example.com/webhooks/1: 404 Not Found",
        near=(HOOK,), far=(FOREIGN,), weight=6, unless=("0 failed", 'http/1.1" 2')),
    Rule(
        "webhook-unauthenticated", ('"message":"unauthenticated."', '"message": "unauthenticated."',
        "url is blocked: requests to the local network are not allowed", "requests to the local network are not allowed",
        "hook already exists on this repository"),
        WEBHOOK, "What was called as a webhook is another address, which asks for a token.",
        SHOW,
        "coollabsio/coolify#6799",
        '{"message":"Unauthenticated."}',
        Confidence.LIKELY, also=(Layer.GIT_TOKEN,), weight=1),
)
