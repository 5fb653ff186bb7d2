"""Every error code of S3 and its compatibles that is nobody else's: a code names the trouble whatever tool prints it.

Codes that other services share (AccessDenied, ExpiredToken, InternalError) need their context and stand with it elsewhere.
"""
from __future__ import annotations

from checks.diagnosis.families import COMPUTE, GIT, REGISTRY, STORAGE
from checks.diagnosis.rule import Confidence, Rule
from checks.diagnosis.rules.storage_access import ALLOW, PAIR
from checks.diagnosis.rules.storage_place import SET
from checks.verdict import Layer

KEYS, POLICY, PLACE = Layer.BACKUP_KEYS, Layer.BACKUP_BUCKET_POLICY, Layer.BACKUP_ENDPOINT_REGION
CODES = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"

RULES = (
    Rule(
        "s3-code-keys", ("invalidaccesskeyid", "invalidsecurity", "missingsecurityheader", "missingsecurityelement",
        "credentialsnotsupported", "notsignedup", "accountproblem", "tokenrefreshrequired", "authorizationqueryparameterserror",
        "credential access key has length", "xminioadminnosuchuser", "xminioinvalidiamcredentials", "accesskeydisabled",
        "access key is disabled",
        "usersuspended", "accountsuspended", "accountnotentitled", "expired_auth_token", "bad_auth_token",
        "your account is disabled; please contact", "credentialretrievalerror", "invalid login: "),
        KEYS, "The storage does not take this key pair: unknown, disabled, or not as it should be.",
        PAIR, CODES,
        "InvalidArgument: Credential access key has length 20, should be 32",
        also=(POLICY,), far=(COMPUTE,), home=(STORAGE,), weight=9),
    Rule(
        "s3-code-policy", ("allaccessdisabled", "objectlockconfigurationnotfound", "invalidretentionperiod", "objectlocked",
        "accesscontrollistnotsupported", "bucketownerenforced", "toomanybuckets", "kms.notfoundexception",
        "kms.disabledexception",
        "kms.kmsinvalidstateexception", "invalidobjectstate", "crosslocationloggingprohibited", "xminiostoragefull",
        "xminioadminbucketquotaexceeded", "entitytoolarge", "bucketalreadyexists", "object is worm protected", "worm protected",
        "protected by object lock", "object lock parameters", "object lock mode", "invalidbucketstate", "accesspointnotfound",
        "access to this bucket", "storage_cap_exceeded", "storagelimitexceeded", "bucket quota exceeded", "retention period",
        "bucket policy denies", "policy denies s3:", "write protected", "governance mode", "compliance mode",
        "access denied by bucket policy", "more buckets than", "transaction cap exceeded", "accesspolicy", "must use tls 1.2",
        "bucketnotempty", "requested bucket name is not available", "denied by the bucket policy"),
        POLICY,
        "The storage knows the key, and this bucket's rules (its policy, lock, quota or encryption) forbid the operation.",
        ALLOW, CODES,
        "mc: <ERROR> Failed to remove `s3/dumps/a.tgz`. Object is WORM protected and cannot be overwritten",
        also=(KEYS,), far=(GIT, REGISTRY), home=(STORAGE,), weight=5),
    Rule(
        "s3-code-missing", ("nosuchbucket", "nosuchupload", "nosuchversion"),
        POLICY, "The storage shows this key no such bucket or upload.",
        "Compare the bucket's name, the region and the account with the storage's own page; make the bucket, or name the "
        "right one.", CODES,
        "<Error><Code>NoSuchBucket</Code><Message></Message><BucketName>dumps</BucketName></Error>",
        also=(PLACE, KEYS), weight=6, unless=("nosuchbucketpolicy",)),
    Rule(
        "s3-code-place", ("authorizationheadermalformed", "permanentredirect", "temporaryredirect", "illegallocationconstraint",
        "invalidlocationconstraint", "invalidbucketname", "incorrectendpoint", "xamzcontentsha256mismatch", "invalidhostheader",
        "invalidregionerror", "invalid region: region was not a valid dns name", "provided region_name",
        "endpointresolutionerror",
        "region provider chain", "must provide an explicit region", "unable to find a region", "endpoint rule error",
        "amazon s3 endpoint should be", "301 response missing location header", "unknown signature version",
        "streaming-unsigned-payload-trailer", "streaming-aws4-hmac-sha256-payload", "invalid endpoint:", "unknownendpoint",
        "inaccessible host: 's3", "unknown endpoint", "bucket name must match the regex", "could not resolve endpoint",
        "s3 api requests must be made to api port", "invalid region name", "regionmismatch", "region mismatch",
        "bucket is in region", "in the wrong region", "bucket region mismatch", "unable to resolve endpoint", "signing region",
        "invalid endpoint", "console of minio", "s3forcepathstyle", "force_path_style", "use_path_style", "regionrequired",
        "missingendpoint", "missingregionerror", "no region was provided", "region is missing",
        "endpoint must not contain a path", "'endpoint' configuration is required", "endpoint should be",
        "malformedxml", "xml you provided was not well-formed", "unsupportedsignature", "require aws signature version 4",
        "keytoolong", "flexiblechecksumerror", "baddigest", "invaliddigest", "missingcontentlength", "userkeymustbespecified"),
        PLACE, "The endpoint, the region or the way to address the bucket is not the bucket's own.",
        SET, CODES,
        "com.amazonaws.SdkClientException: Unable to find a region via the region provider chain.",
        also=(KEYS, Layer.AWS_KEYS), far=(COMPUTE, GIT, REGISTRY), home=(STORAGE,), weight=9),
    Rule(
        "s3-code-denied", ("client.removeobject: access denied", "client.statobject: access denied", "putobject: access denied",
        "removeobject: access denied", "client.bucketexists: access denied", "client.putobject: access denied",
        "client.getobject: access denied", "client.listobjects: access denied", "permission denied: s3",
        "s3:putobject permission",
        "s3:listbucket permission", "s3:deleteobject permission", "s3:getobject permission",
        "do not have the required capability",
        "does not have required capability", "does not have capability", "missing capability", "not authorized to perform: s3:"),
        POLICY, "The storage knows the key, and the bucket's policy (or the key's own) does not allow this operation.",
        ALLOW, "minio-go api-error-response.go; Backblaze B2 capabilities",
        "unable to remove lock: client.RemoveObject: Access Denied.",
        also=(KEYS,), weight=7, unless=("service control policy", "resource control policy", "declarative policy")),
    Rule(
        "s3-key-words", ("access key id and secret not set", "access key not set", "secret key not set", "access key is missing",
        "no access key", "wrong secret", "invalid access key", "access key is not valid", "access key was not found",
        "invalid secret key", "secret access key is", "failed to authorize account", "b2_authorize_account",
        "key was revoked", "key has been revoked", "application key", "no credentials found. use '-o s3",
        "access key…deleted", "key…was deleted", "key…deleted", "key…inactive", "key…disabled", "key…revoked",
        "key…expired", "no key pair",
        "wrong password or no key found"),
        KEYS, "The storage got no key pair, or not one that it knows.",
        PAIR, "Backblaze B2 b2_authorize_account; restic internal/backend/s3",
        "no credentials found. Use '-o s3.unsafe-anonymous-auth=true' for anonymous authentication",
        Confidence.LIKELY, also=(POLICY,), near=(STORAGE,), far=(GIT, REGISTRY, COMPUTE), unless=("capability",)),
)
