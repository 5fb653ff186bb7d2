"""The checks before the bucket: the endpoint and the key.

They and those of the bucket rest on one ListObjectsV2 below the prefix, asked once a run. HeadBucket decides nothing: a
HEAD has no body and so no code, and it is denied to a key that is limited to a prefix.
"""
from __future__ import annotations

from typing import Any

from checks.clients.errors import ClientError, Kind
from checks.clients.s3 import S3, Listing, S3Refusal
from checks.providers.backup_storage.declared import backup_storage
from checks.providers.backup_storage.endpoint_lint import ADDRESSING, ENDPOINT_FIELD, Typed, problems, suggested
from checks.providers.backup_storage.grants import words
from checks.providers.backup_storage.presets import Preset, preset_of
from checks.providers.backup_storage.where import place_of, prefix_of
from checks.providers.base import Context, JsonMap
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

KEY_CODES = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired",
             "InvalidSecurity", "NotSignedUp", "AccountProblem", "InvalidPayer", "AllAccessDisabled", "Unauthorized",
             "UnauthorizedAccess", "InvalidAccessKey", "InvalidClientTokenId"}
BILLING = ("AccountProblem", "InvalidPayer", "AllAccessDisabled", "NotSignedUp")
MOST_MINUTES = 15  # between two clocks, for S3 to accept a signature
TEMPORARY = "ASIA"  # how AWS's temporary access key ids begin; permanent ones begin with AKIA
AWS_KEY_FORMS = ("AKIA", TEMPORARY)
PERMANENT = "Make a permanent access key (it begins with AKIA) for a user of its own, and enter that."
IAM_USERS = "https://console.aws.amazon.com/iam/home#/users"


def asked(ctx: Context) -> Listing | S3Refusal:
    """What ListObjectsV2 below the prefix says, yes or no; asked once a run. Raises ClientError."""
    s3: S3 = ctx.client

    def ask() -> Listing | S3Refusal:
        try:
            return s3.list_below(_listed_prefix(ctx.settings))
        except S3Refusal as refusal:
            return refusal
    answer: Listing | S3Refusal = ctx.once("list", ask)
    return answer


def _listed_prefix(settings: JsonMap) -> str:
    """With the slash: a policy that allows PREFIX/* does not allow to list PREFIX."""
    prefix = prefix_of(settings)
    return f"{prefix}/" if prefix else ""


def vendor_of(ctx: Context) -> Preset | None:
    s3: S3 = ctx.client
    known = preset_of(s3.place.host.partition(":")[0])
    return known[0] if known else None


@backup_storage.check("The endpoint is an S3 endpoint", layer=Layer.BACKUP_ENDPOINT_REGION)
def endpoint_well_formed(ctx: Context) -> Verdict:
    where = place_of(ctx.settings)
    typed = Typed(str(ctx.settings.get("endpoint") or "").strip(), str(ctx.settings["region"]), where.bucket, where)
    found = problems(typed)
    facts: dict[str, Any] = {"endpoint": where.origin, "region": where.region, "addressing": where.style}
    if found:
        first, others = found[0], found[1:]
        evidence = " ".join(problem.evidence for problem in (first, *others))
        facts.update({"suggested": right} if (right := suggested(found, typed)) else {})
        say = fail if first.is_fatal else warn
        return say(evidence, remedy=first.remedy, link=first.link, **facts)
    known = preset_of(typed.host)
    what = "AWS S3" if where.is_aws else known[0].name if known else "an endpoint of your own"
    note = "; its plain HTTP never left this machine" if typed.scheme == "http" and typed.is_here else ""
    return passed(f"{where.origin} was well formed for {what}: {where.style} addressing, region {where.region}{note}.",
                  **facts)


@backup_storage.check("The endpoint answers", layer=Layer.BACKUP_ENDPOINT_REGION, needs=["endpoint_well_formed"])
def endpoint_reachable(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    try:
        answer = asked(ctx)
    except ClientError as error:
        if error.kind is Kind.NO_SUCH_NAME and s3.place.style == "virtual" and not s3.place.is_aws:
            return fail(f"The name {s3.place.bucket}.{s3.place.host} does not exist: with virtual addressing the bucket "
                        f"stands before the host, and the server is not known by that name ({error.detail.rstrip('.')}).",
                        remedy=f"{ADDRESSING} Or publish a DNS record for *.{s3.place.host}.", layer=Layer.DNS,
                        suggested={"addressing": "path"})
        if error.kind is not Kind.CLOCK:
            raise
        return passed(f"{s3.place.host} answered in the S3 protocol; the next row says what it had to say.")
    server = answer.server if isinstance(answer, Listing) else answer.headers.get("server", "")
    by = f" (server {server[:60]})" if server else ""
    secured = " over verified TLS" if s3.place.origin.startswith("https") else " over plain HTTP"
    return passed(f"{s3.place.host} answered in the S3 protocol{secured}{by}.", server=server[:60])


@backup_storage.check("The access key is accepted", layer=Layer.BACKUP_KEYS, needs=["endpoint_reachable"])
def key_accepted(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    if s3.key_id.startswith(TEMPORARY) and s3.place.is_aws:
        return fail(f"The access key id {s3.key_id[:4]}… is of a temporary key of AWS (STS), which needs a session token and "
                    "ends by itself.", remedy=PERMANENT, link=IAM_USERS)
    answer = asked(ctx)
    if isinstance(answer, Listing):
        return _accepted(s3)
    said: S3Refusal | None = answer
    if answer.code not in KEY_CODES and answer.code != "AccessDenied":
        said = _asked_without_bucket(ctx, answer)
    if said is None or said.code == "AccessDenied":
        return passed(f"{s3.place.host} accepted the signature of the access key {s3.key_id[:4]}…; what the key may "
                      "do is the next rows' question.")
    return _not_accepted(ctx, said)


def _accepted(s3: S3) -> Verdict:
    said = f"{s3.place.host} accepted the access key {s3.key_id[:4]}… for a signed request."
    if s3.key_id.startswith(TEMPORARY):
        return warn(f"{said} Its form is that of a temporary key of AWS (STS), which ends by itself.",
                    remedy="Make a permanent access key at the bucket's own provider, and enter that.")
    return passed(f"{said}{_foreign(s3)}")


def _foreign(s3: S3) -> str:
    """A sentence on a key of AWS that was entered for a server that is not AWS; "" for any other."""
    if s3.place.is_aws or not s3.key_id.startswith(AWS_KEY_FORMS):
        return ""
    kind = "temporary key" if s3.key_id.startswith(TEMPORARY) else "key"
    return f" Its form ({s3.key_id[:4]}) is that of a {kind} of AWS, and {s3.place.host} is not AWS."


def _asked_without_bucket(ctx: Context, answer: S3Refusal) -> S3Refusal | None:
    """The bucket's own trouble says nothing of the key: ListBuckets does, even denied. None when it was allowed."""
    s3: S3 = ctx.client
    for region in dict.fromkeys(["", answer.region]):
        try:
            s3.list_buckets(region=region)
        except S3Refusal as refusal:
            if refusal.is_region:
                continue  # once more, signed for the region that the server expects, at this same origin
            # a server that has no ListBuckets still knew who asked, or it would have said so
            return None if refusal.code in ("MethodNotAllowed", "NotImplemented") else refusal
        return None
    return answer


def _not_accepted(ctx: Context, refusal: S3Refusal) -> Verdict:
    s3: S3 = ctx.client
    host, code, vendor = s3.place.host, refusal.code, vendor_of(ctx)
    page = IAM_USERS if s3.place.is_aws else vendor.keys if vendor else ""
    facts: dict[str, Any] = {"code": code, "request_id": refusal.request_id}
    if refusal.clocks_apart >= MOST_MINUTES:
        return unknown(f"{host} did not accept the request {words(refusal)}, and its clock and ours were "
                       f"{refusal.clocks_apart} minutes apart: more than S3 allows.",
                       cause=Cause.OURS, layer=Layer.CLOCK,
                       remedy="Have the operator of this program set the clock of its machine by NTP, then check again.",
                       **facts)
    if code in ("InvalidAccessKeyId", "InvalidAccessKey", "InvalidClientTokenId"):
        return fail(f"{host} does not know the access key id {words(refusal)}: it was deleted or disabled, or is "
                    f"another provider's.{_foreign(s3)}", link=page, **facts,
                    remedy="Make a new access key at the bucket's own provider, and enter its id and secret here.")
    if code == "SignatureDoesNotMatch":
        return fail(f"{host} knows the access key id, and the secret access key did not fit it {words(refusal)}."
                    f"{_foreign(s3)}",
                    link=page,
                    remedy="Paste the secret access key again, whole; if it is lost, make a new key. If it is right, "
                           "a proxy before the server changes the Host header.", **facts)
    if code in ("ExpiredToken", "InvalidToken", "TokenRefreshRequired"):
        return fail(f"{host} said that the access key has expired or needs a session token {words(refusal)}."
                    f"{_foreign(s3)}", link=page, remedy=PERMANENT if s3.place.is_aws else
                    "Make a permanent access key at the bucket's own provider, and enter that.", **facts)
    if code in BILLING:
        return fail(f"{host} has closed the account of this key {words(refusal)}.", link=page, **facts,
                    remedy="Settle what the provider's billing page asks for, then check again.")
    if code in KEY_CODES or "access key" in refusal.message.lower():
        return fail(f"{host} did not accept the access key {words(refusal)}: “{refusal.message}”.{_foreign(s3)}",
                    link=page, **facts,
                    remedy="Make a new access key at the bucket's own provider, and enter its id and secret here.")
    if refusal.is_region:
        facts.update({"suggested": {"region": refusal.region}} if refusal.region else {})
        return unknown(f"{host} wants requests signed for another region {words(refusal)}, so the key was not read.",
                       cause=Cause.PROVIDER, layer=Layer.BACKUP_ENDPOINT_REGION, **facts,
                       remedy=f"Set the region to {refusal.region or 'the one of the bucket'}, then check again.")
    return unknown(f"{host} answered {words(refusal)} to a signed request, which says neither that the key is good "
                   "nor that it is not.",
                   cause=Cause.PROVIDER, remedy=f"{ENDPOINT_FIELD} the address of the S3 API, then check again.", **facts)
