"""Backup storage: the endpoint, the region, and how the bucket is addressed there."""
from __future__ import annotations

from checks.diagnosis.families import COMPUTE, GIT, REGISTRY, STORAGE
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

PLACE = Layer.BACKUP_ENDPOINT_REGION
SET = ("Set the region that the bucket's own page names; leave the endpoint blank for AWS S3, or enter the "
    "provider's S3 API address without the bucket; then run “The endpoint is an S3 endpoint” and “The region is "
    "the bucket's” again.")
ERRORS = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"

RULES = (
    Rule(
        "storage-region", ("authorizationheadermalformed", "must be addressed using the specified endpoint", "permanentredirect",
        "bucketregionerror", "illegallocationconstraint", "invalidlocationconstraint", "incorrect region, the bucket is not in",
        "authorization header is malformed; the region", "a non-empty region must be provided",
        "re-send this request to the specified temporary endpoint", "temporaryredirect", "location constraint is incompatible",
        "is wrong; expecting", "invalidregionname", "the specified location-constraint is not valid", "the region…is wrong",
        "getbucketlocation…region", "bucket is in this region", "bucket is in another region", "wrong region", "bucket region",
        "bucket…not in region", "301 moved permanently…s3", "*(301) when calling the headbucket",
        "*(301) when calling the headobject"),
        PLACE, "The request was signed for another region than the bucket's.",
        SET,
        ERRORS,
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
        Confidence.CERTAIN, far=(GIT, REGISTRY)),
    Rule(
        "storage-endpoint", ("could not connect to the endpoint url", "*endpoint url cannot have",
        "s3 api requests must be made to api port", "failed to ls: directory not found",
        "*error while deserializing xml error response", "*error parsing xml", "invalid endpoint", "not an s3",
        "*invalidbucketname", "methodnotallowed", "*specified method is not allowed against this resource",
        "*xamzcontentsha256mismatch", "*content-sha256 you specified did not match", "*unsupported header",
        "*header 'x-amz-checksum", "*x-amz-sdk-checksum", "sdk-checksum", "x-amz-content-sha256",
        "*the specified key does not exist", "*unable to initialize new alias", "(400) when calling the head",
        "xml syntax error", "deserialization error", "*unable to list contents for", "*command ls needs", "endpoint is not valid",
        "endpoint does not follow", "s3ForcePathStyle".lower(), "invaliduri", "didn't find section in config file",
        "*couldn't parse the specified uri", "unsupportedalgorithm", "notimplemented",
        "*header you provided implies functionality that is not implemented", "server does not support s3",
        "failed to parse xml", "endpoint parameter is not", "unexpected end of xml", "nosuchkey", "invalid url…endpoint",
        "endpoint url…invalid", "does not support aws4-hmac", "*authorization mechanism you have provided is not supported",
        "expected element type <error> but have <html>", "*but have <html>", "unable to parse response", "endpoint…unreachable",
        "sigv2", "must specify a region", "missingregion", "could not find region configuration", "missing region", "no region",
        "invalid response from endpoint", "bucket name…not valid", "invalid bucket name",
        "failed to create file system…not found", "directory not found", "virtual-host", "path style",
        "unable to connect to endpoint", "list buckets…not found"),
        PLACE, "The endpoint is not the S3 API of this bucket, or is addressed in a way that it does not take.",
        SET,
        "Amazon S3 error responses; rclone, mc and aws-sdk texts",
        "NOTICE: Failed to ls: directory not found",
        near=(STORAGE,), far=(GIT, REGISTRY), also=(Layer.BACKUP_KEYS, Layer.BACKUP_BUCKET_POLICY), weight=1),
    Rule(
        "storage-endpoint-plain", ('could not connect to the endpoint url: "https://s3', "*endpoint url cannot have",
        "failed to ls: directory not found", "s3 api requests must be made to api port"),
        PLACE, "The endpoint is not the S3 API of this bucket.",
        SET,
        "botocore exceptions.py; MinIO cmd/generic-handlers.go",
        "S3 API Requests must be made to API port.",
        also=(Layer.NETWORK, Layer.DNS), weight=4),
    Rule(
        "storage-certificate", ("certificate is valid for s3", "certificate is valid for *.s3",
        "certificate is valid for…amazonaws.com", "certificate is valid for…r2.cloudflarestorage",
        "certificate is valid for…digitaloceanspaces", "certificate is valid for…backblazeb2"),
        PLACE, "The bucket's name became a part of the host twice, so the certificate does not cover it.",
        SET,
        "Dokploy/website#35",
        "x509: certificate is valid for s3-us-west-2.amazonaws.com, *.s3.us-west-2.amazonaws.com, not "
        "dumps.dumps.s3.us-west-2.amazonaws.com",
        also=(Layer.TLS,), weight=8),
    Rule(
        "storage-host-doubled", ("s3forcepathstyle…no such host", "lookup bucket.s3…no such host"),
        PLACE, "The endpoint's settings ended up in the host's name.",
        SET,
        "velero-io/velero#4394",
        'dial tcp: lookup dumps.s3.minio,s3ForcePathStyle="true",s3Url=http: no such host',
        also=(Layer.DNS,), weight=18),
    Rule(
        "region-missing", ("you must specify a region", "missingregion:", "could not find region configuration",
        "invalid aws region:"),
        PLACE, "No region was given.",
        SET,
        "botocore NoRegionError; aws-sdk-go MissingRegion",
        'You must specify a region. You can also configure your region by running "aws configure".',
        Confidence.POSSIBLE, also=(Layer.AWS_KEYS,), far=(COMPUTE,)),
)
