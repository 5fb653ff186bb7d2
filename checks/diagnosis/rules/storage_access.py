"""Backup storage: the key pair, and what the bucket's policy lets it do."""
from __future__ import annotations

from checks.diagnosis.families import COMPUTE, FOREIGN, GIT, REGISTRY, STORAGE
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

KEYS, POLICY, PLACE = Layer.BACKUP_KEYS, Layer.BACKUP_BUCKET_POLICY, Layer.BACKUP_ENDPOINT_REGION
PAIR = ("Store an access key pair of the very provider that the endpoint belongs to (a blank endpoint is AWS "
    "S3), and run “The access key is accepted” of the backup storage again. "
    "The keys of the cloud account that makes servers are others.")
ALLOW = ("Allow the key to list the bucket and to read, write and delete below the prefix: s3:ListBucket on the "
    "bucket, s3:GetObject, s3:PutObject and s3:DeleteObject on BUCKET/PREFIX/*; then run the backup "
    "storage's rows again.")
ERRORS = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
OPERATIONS = ("putobject", "getobject", "listobject", "headobject", "headbucket", "deleteobject", "createbucket", "listbucket",
    "uploadpart", "multipartupload", "putbucket", "getbucket", "s3:", "copyobject", "bucketexists")

RULES = (
    Rule(
        "storage-key-id", ("invalidaccesskeyid", "access key id you provided does not exist in our records",
        "malformed access key id", "access key you provided does not exist", "the access key id…is invalid",
        "invalid access key id", "application key is not valid", "bad_auth_token", "key id you provided does not exist",
        "invalid accesskeyid"),
        KEYS, "The storage does not know this access key id: it was deleted or disabled, or it belongs to another " "provider.",
        PAIR,
        ERRORS,
        "An error occurred (InvalidAccessKeyId) when calling the PutObject operation: The AWS Access Key Id "
        "you provided does not exist in our records.",
        also=(Layer.AWS_KEYS,), weight=10),
    Rule(
        "storage-signature", ("check your key and signing method", "signature validation failed", "signaturedoesnotmatch",
        "signature does not match", "signature we calculated does not match", "signature mismatch", "invalidsecurity",
        "provided token has expired", "provided token is malformed", "expiredtoken", "invalidtoken", "*accountproblem",
        "*allaccessdisabled", "unable to locate credentials", "no credentials", "credentials not found",
        "credential…should have a length of", "failed to retrieve credentials", "nocredentialproviders",
        "partial credentials found", "could not load credentials", "unable to load credentials", "missing credentials",
        "no valid credential", "could not find credentials", "failed to sign", "credentials are not", "malformedsecuritytoken",
        "notsignedup", "accessdenied: signature", "bucket…invalid credentials", "invalid credentials", "incorrect secret",
        "security token included in the request is", "invalid key", "unrecognizedclientexception",
        "unauthorizedaccess: the access key", "secret access key", "from the provided credentials. signature",
        "s3…401 unauthorized", "s3…401 (unauthorized", "*unauthorized: not entitled", "bucket…401 unauthorized",
        "*resource access requires authentication"),
        KEYS, "The storage did not accept this key pair: its secret is wrong, cut or of another key, or it is "
        "expired or missing.",
        PAIR,
        ERRORS,
        "operation error S3: PutObject, api error SignatureDoesNotMatch: The request signature we calculated "
        "does not match the signature you provided. Check your key and signing method.",
        also=(PLACE,), near=(STORAGE,), far=(FOREIGN,), unless=("aws secret access key and signing method", "getcalleridentity",
        "ec2", "is now earlier than", "not yet current")),
    Rule(
        "storage-signature-plain", ("does not match the signature you provided. check your key and signing method",
        "from the provided credentials. signature"),
        KEYS, "The storage did not accept this key pair: its secret is wrong, cut, or of another key.",
        PAIR,
        ERRORS,
        "The request signature we calculated does not match the signature you provided. Check your key and " "signing method.",
        also=(PLACE,), weight=5),
    Rule(
        "storage-denied", ("accessdenied", "access denied", "403 forbidden", "(403) when calling", "permission denied",
        "explicit deny in a resource-based policy", "no resource-based policy allows the s3:",
        "is not authorized to perform: s3:", "statuscode: 403", "status code: 403",
        "*insufficient permissions to access this path", "*insufficient permissions to access this file",
        "insufficient permissions", "access to bucket", "not entitled", "*unauthorized: not entitled", "response code 403",
        "http 403", "403 (forbidden)", "forbidden$", "error 403", "unauthorizedaccess", "*upload denied",
        "code 403", "error: 403",
        "no identity-based policy allows the s3:", "explicit deny in a vpc endpoint policy", "explicit deny",
        "*missing required header for this request: content-md5", "requires content-md5", "content-md5",
        "*accesscontrollistnotsupported", "object lock", "invalidobjectstate", "*kms.disabledexception",
        "*kms.notfoundexception", "kms:generatedatakey", "kms:decrypt", "*storage_cap_exceeded", "cap exceeded", "quotaexceeded",
        "storagefull", "quota exceeded", "is write-protected", "read-only", "not allowed…write", "objectlockconfiguration",
        "operation not permitted", "blockpublic", "forbidden:", "(forbidden)", "s3 error: 403", "failed to put object"),
        POLICY, "The storage knows the key, and the bucket's policy (or the key's own) does not allow this operation.",
        ALLOW,
        ERRORS,
        "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied",
        also=(KEYS, PLACE), near=(STORAGE,), far=(FOREIGN,), unless=("service control policy", "resource control policy", "ec2:",
        "perform: iam:", "error occurred (unauthorizedoperation", "create_failed", "docker.sock", "permission denied (publickey",
        "/var/", "eacces", "for table", "for schema", "for user '", "for relation", "for database")),
    Rule(
        "storage-denied-create", ("api: s3:createbucket access denied", "create_failed…s3:…access denied",
        "create_failed…s3…accessdenied"),
        Layer.AWS_IAM,
        "CloudFormation was refused an operation on a bucket: by the principal's policy, or by the organisation's.",
        "Allow the action in the principal's IAM policy; when it is allowed there, ask the organisation's "
        "administrators for a service control policy.",
        "awsdocs/amazon-s3-userguide#66",
        "CREATE_FAILED | API: s3:CreateBucket Access Denied",
        also=(Layer.AWS_SCP, POLICY), weight=5),
    Rule(
        "storage-no-bucket", ("nosuchbucket", "specified bucket does not exist", "bucket does not exist", "bucket not found",
        "no such bucket", "(404) when calling the headbucket", "bucket…not exist", "bucket: not found", "bucket…not found"),
        POLICY, "The storage shows no bucket of this name to the key: it is missing, misspelt, in another region, or "
        "another account's.",
        "Compare the bucket's name, the region and the account with the storage's own page; make the bucket, "
        "or name the right one.",
        ERRORS,
        "An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: The specified bucket does " "not exist",
        also=(PLACE, KEYS), weight=2, far=(GIT, REGISTRY)),
    Rule(
        "access-denied-operation", ("*<code>accessdenied", "*accessdenied: access denied",
        "*api error accessdenied: access denied", *(f"accessdenied…{operation}" for operation in OPERATIONS),
        *(f"{operation}…accessdenied" for operation in OPERATIONS), "putobject…forbidden", "headobject…forbidden",
        "headbucket…forbidden", "getobject…forbidden", "listobjects…forbidden", "s3uploadfailederror…denied", "s3…access denied",
        "bucket…access denied", "bucketexists: access denied", "amazons3exception: access denied",
        "amazons3exception: forbidden"),
        POLICY, "The storage knows the key, and the bucket's policy (or the key's own) does not allow this operation.",
        ALLOW,
        ERRORS,
        "client.PutObject: AccessDenied: Access Denied.",
        also=(KEYS,), weight=6, unless=("service control policy", "resource control policy", "create_failed", "ec2:",
        "perform: iam:", "explicit deny in an identity-based", "permissions boundary")),
    Rule(
        "backup-failed", ("*external backup failed", "backup failed", "backup upload failed", "*upload denied",
        "failed to upload backup", "failed to upload", "backup…not verified", "provider is not verified",
        "error uploading backup", "upload failed:", "could not upload backup", "backup storage is not verified",
        "backup job failed"),
        KEYS, "A backup did not reach its storage; this text does not say why.",
        "Run every row of the backup storage: keys, endpoint, region, then reading, writing and deleting.",
        "the checklist page's own table",
        "External backup failed",
        Confidence.POSSIBLE, also=(PLACE, POLICY), near=(STORAGE,), far=(COMPUTE, GIT, FOREIGN), weight=-5),
)
