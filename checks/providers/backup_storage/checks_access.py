"""The checks up to the bucket: the endpoint, the key, the bucket and its region, and what may be listed.

All of them rest on one ListObjectsV2 below the prefix, asked once a run. HeadBucket decides nothing: a HEAD has no body
and so no code, and it is denied to a key that is limited to a prefix.
"""
from __future__ import annotations

from typing import Any

from checks.clients.errors import ClientError, Kind
from checks.clients.s3 import S3, Listing, S3Refusal
from checks.providers.backup_storage.declared import backup_storage, place_of
from checks.providers.backup_storage.endpoint_lint import ENDPOINT_FIELD, Typed, problems
from checks.providers.backup_storage.grants import allow, arn_of, denied, policy, prefix_of, with_grants, words
from checks.providers.backup_storage.presets import Preset, preset_of
from checks.providers.base import Context, JsonMap
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

KEY_CODES = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired",
             "InvalidSecurity", "NotSignedUp", "AccountProblem", "InvalidPayer", "AllAccessDisabled", "Unauthorized",
             "UnauthorizedAccess", "InvalidAccessKey", "InvalidClientTokenId"}
BILLING = ("AccountProblem", "InvalidPayer", "AllAccessDisabled", "NotSignedUp")
MOST_MINUTES = 15  # between two clocks, for S3 to accept a signature
TEMPORARY = "ASIA"  # how AWS's temporary access key ids begin; permanent ones begin with AKIA
AWS_KEY_FORMS = ("AKIA", TEMPORARY)
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
        return fail(f"The access key id {s3.key_id[:4]}… is of a temporary key, which needs a session token and ends "
                    "by itself.",
                    remedy="Make a permanent access key (it begins with AKIA) for a user of its own, and enter that.",
                    link=IAM_USERS)
    answer = asked(ctx)
    if isinstance(answer, Listing):
        return passed(f"{s3.place.host} accepted the access key {s3.key_id[:4]}… for a signed request.")
    said: S3Refusal | None = answer
    if answer.code not in KEY_CODES and answer.code != "AccessDenied":
        said = _asked_without_bucket(ctx, answer)
    if said is None or said.code == "AccessDenied":
        return passed(f"{s3.place.host} accepted the signature of the access key {s3.key_id[:4]}…; what the key may "
                      "do is the next rows' question.")
    return _not_accepted(ctx, said)


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
        foreign = not s3.place.is_aws and s3.key_id.startswith(AWS_KEY_FORMS) and vendor is not None
        hint = " Its form is that of a key of AWS, and this endpoint is not AWS." if foreign else ""
        return fail(f"{host} does not know the access key id {words(refusal)}: it was deleted or disabled, or is "
                    f"another provider's.{hint}", link=page, **facts,
                    remedy="Make a new access key at the bucket's own provider, and enter its id and secret here.")
    if code == "SignatureDoesNotMatch":
        return fail(f"{host} knows the access key id, and the secret access key did not fit it {words(refusal)}.",
                    link=page,
                    remedy="Paste the secret access key again, whole; if it is lost, make a new key. If it is right, "
                           "a proxy before the server changes the Host header.", **facts)
    if code in ("ExpiredToken", "InvalidToken", "TokenRefreshRequired"):
        return fail(f"{host} said that the access key has expired or needs a session token {words(refusal)}.",
                    link=page,
                    remedy="Make a permanent access key for a user of its own, and enter that.", **facts)
    if code in BILLING:
        return fail(f"{host} has closed the account of this key {words(refusal)}.", link=page, **facts,
                    remedy="Settle what the provider's billing page asks for, then check again.")
    if code in KEY_CODES or "access key" in refusal.message.lower():
        return fail(f"{host} did not accept the access key {words(refusal)}: “{refusal.message}”.", link=page, **facts,
                    remedy="Make a new access key at the bucket's own provider, and enter its id and secret here.")
    if refusal.is_region:
        return unknown(f"{host} wants requests signed for another region {words(refusal)}, so the key was not read.",
                       cause=Cause.PROVIDER, layer=Layer.BACKUP_ENDPOINT_REGION, **facts,
                       remedy=f"Set the region to {refusal.region or 'the one of the bucket'}, then check again.")
    return unknown(f"{host} answered {words(refusal)} to a signed request, which says neither that the key is good "
                   "nor that it is not.",
                   cause=Cause.PROVIDER, remedy=f"{ENDPOINT_FIELD} the address of the S3 API, then check again.", **facts)


@backup_storage.check("The bucket is there", layer=Layer.BACKUP_BUCKET_POLICY, needs=["key_accepted"])
def bucket_found(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    answer, name, host = asked(ctx), s3.place.bucket, s3.place.host
    if isinstance(answer, Listing):
        return passed(f"The bucket {name} was found at {host}.")
    if answer.code in ("NoSuchBucket", "404") or (answer.code == "AccessDenied" and _is_missing(ctx)):
        return _no_bucket(ctx, answer)
    if answer.code == "InvalidBucketName":
        return fail(f"{host} does not take {name} for a bucket's name {words(answer)}.",
                    remedy="Write the bucket's name as the provider shows it, without a prefix.", code=answer.code)
    if answer.is_denied:
        return passed(f"The bucket {name} was there: {host} denied to list it {words(answer)}, where S3 says "
                      "NoSuchBucket of one that is not.", code=answer.code)
    if answer.is_region:
        return passed(f"The bucket {name} was there, though in another region {words(answer)}.", code=answer.code)
    return unknown(f"{host} answered {words(answer)} when the bucket {name} was listed.", cause=Cause.PROVIDER,
                   remedy="Look the code up in the provider's documentation, then check again.", code=answer.code)


def _is_missing(ctx: Context) -> bool:
    """Some servers deny before they look for the bucket; a HEAD then still says 404."""
    try:
        region_of_bucket(ctx)
    except S3Refusal as refusal:
        return refusal.status == 404
    except ClientError:
        return False
    return False


def _no_bucket(ctx: Context, answer: S3Refusal) -> Verdict:
    s3: S3 = ctx.client
    vendor = vendor_of(ctx)
    page = f"https://s3.console.aws.amazon.com/s3/buckets?region={s3.place.region}" if s3.place.is_aws else ""
    if vendor is not None and vendor.name == "Cloudflare R2":
        extra = ", in the jurisdiction that the endpoint names"
    else:
        extra = ", in this region" if vendor or s3.place.is_aws else ""
    return fail(f"{s3.place.host} has no bucket {s3.place.bucket} {words(answer)}.", link=page, code=answer.code,
                request_id=answer.request_id,
                remedy=f"Correct the bucket's name, or make a private bucket with this name{extra}, in the account "
                       "that the access key belongs to.")


def region_of_bucket(ctx: Context) -> str:
    """What HeadBucket says, asked once a run. Raises S3Refusal, which has the region where the server names it."""
    s3: S3 = ctx.client
    found: str = ctx.once("head bucket", s3.bucket_region)
    return found


@backup_storage.check("The region is the bucket's", layer=Layer.BACKUP_ENDPOINT_REGION, needs=["bucket_found"])
def region_matches(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    answer, place = asked(ctx), s3.place
    if isinstance(answer, S3Refusal) and answer.is_region:
        right = answer.region or _hinted(ctx)
        where = f": the bucket {place.bucket} is in {right}" if right else ""
        endpoint = "" if place.is_aws else ", and the endpoint to the one of that region"
        return fail(f"{place.host} refused requests for the region {place.region} {words(answer)}{where}.",
                    code=answer.code, expected_region=right, region=place.region, link=_console(ctx),
                    remedy=f"Set the region of this integration to {right or 'the one that the provider shows'}{endpoint}.")
    right = answer.region or _hinted(ctx)
    if not right:
        return passed(f"{place.host} served the bucket {place.bucket} with the region {place.region}; the server told "
                      "no region.",
                      region=place.region)
    if right == place.region:
        return passed(f"The bucket {place.bucket} was in {right}, as entered.", region=right)
    if not place.is_aws and place.region in ("auto", "us-east-1"):
        return passed(f"{place.host} took the region {place.region} for the bucket {place.bucket}, which it calls "
                      f"{right}.",
                      region=right)
    return warn(f"Requests for the region {place.region} were served, and the bucket {place.bucket} is in {right}: "
                "other tools may be redirected or refused.",
                region=place.region, expected_region=right, link=_console(ctx),
                remedy=f"Set the region of this integration to {right}.")


def _hinted(ctx: Context) -> str:
    try:
        return region_of_bucket(ctx)
    except S3Refusal as refusal:
        return refusal.region
    except ClientError as error:
        if error.kind is Kind.CLOSED:
            raise
        return ""


def _console(ctx: Context) -> str:
    s3: S3 = ctx.client
    if s3.place.is_aws:
        return f"https://s3.console.aws.amazon.com/s3/buckets/{s3.place.bucket}?tab=properties"
    vendor = vendor_of(ctx)
    return vendor.page if vendor else ""


@backup_storage.check("The key can list the prefix", layer=Layer.BACKUP_BUCKET_POLICY, needs=["bucket_found"],
                      optional_when=lambda settings: settings.get("intent") == "write_once")
def prefix_listable(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    answer, prefix = asked(ctx), prefix_of(ctx.settings)
    below = f"{prefix}/ in {s3.place.bucket}" if prefix else f"the bucket {s3.place.bucket}"
    if isinstance(answer, Listing):
        return with_grants(passed(f"The key listed {below}."), ["s3:ListBucket"], ["s3:ListBucket"])
    if answer.is_denied:
        return denied(ctx, answer, "s3:ListBucket", f"ListObjectsV2 on {below}")
    if answer.is_region:
        return unknown(f"{below} could not be listed {words(answer)}: the region stood in the way.", cause=Cause.YOURS,
                       layer=Layer.BACKUP_ENDPOINT_REGION, remedy="Set the right region first.", code=answer.code)
    remedy, link = allow(s3.place, ("s3:ListBucket",), arn_of(s3.place, "s3:ListBucket", prefix))
    return fail(f"ListObjectsV2 on {below} was refused {words(answer)}.", remedy=remedy, link=link, code=answer.code,
                policy=policy(s3.place, ctx.settings))
