"""AWS does not know the key, its secret, or what was signed with it."""
from __future__ import annotations

from checks.diagnosis.families import GIT, REGISTRY, STORAGE
from checks.diagnosis.rule import Rule
from checks.verdict import Layer

KEYS, CLOCK = Layer.AWS_KEYS, Layer.CLOCK
NEW = ("Make a new access key for the integration's IAM user, store both halves, and run “The access key is active” of the AWS "
    "integration again. Backup storage has keys "
       "of its own.")
ERRORS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
OPERATIONS = ("describe", "runinstances", "getcalleridentity", "createstack", "updatestack", "assumerole", "getuser",
              "ec2", "sts")

RULES = (
    Rule("aws-signature", ("check your aws secret access key and signing method",),
         KEYS, "The secret does not belong to the access key id.", NEW, ERRORS,
         "An error occurred (SignatureDoesNotMatch) when calling the GetCallerIdentity operation: The request signature we "
         "calculated does not match the signature you "
         "provided. Check your AWS Secret Access Key and signing method.", also=(Layer.BACKUP_KEYS,), weight=11),
    Rule("aws-signature-operation",
         (*(f"signaturedoesnotmatch…{operation}" for operation in OPERATIONS), "ec2…signaturedoesnotmatch",
          "sts…signaturedoesnotmatch", "iam…signaturedoesnotmatch"),
         KEYS, "The secret does not belong to the access key id.", NEW, ERRORS, "sts: SignatureDoesNotMatch", also=(CLOCK,),
         weight=4, unless=("is now earlier than", "not yet current")),
    Rule("aws-auth-failure",
         ("key id needs a subscription", "authfailure", "was not able to validate the provided access credentials"),
         KEYS, "AWS does not know this key, or a request of this time: a deleted or disabled key, a region that is not "
         "enabled, or a clock that is wrong.",
         NEW, ERRORS, "AuthFailure: AWS was not able to validate the provided access credentials", also=(CLOCK,), weight=8,
         unless=("not authorized for images", "not authorized for image")),
    Rule("aws-token",
         ("invalidclienttokenid", "security token included in the request is", "unrecognizedclientexception",
         "missingauthenticationtoken", "expiredtokenexception", "request is missing authentication token",
         "incompletesignature",
          "invalid aws credentials", "aws credentials…expired", "aws access key…invalid", "sts…expiredtoken",
          "token included in the request is expired", "sso session associated with this profile has expired",
          "the sso session", "aws credentials are not", "validating provider credentials",
          "retrieving caller identity from sts", "no ec2 imds role found", "failed to refresh cached credentials",
          "key is disabled"),
         KEYS, "AWS does not accept this key: it was deleted or disabled, or its session is over.", NEW, ERRORS,
         "An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included "
         "in the request is invalid", weight=5),
    Rule("aws-none",
         ("unable to locate credentials", "nocredentialproviders", "no valid credential sources",
         "could not load credentials from any providers", "nocredentialserror", "config profile…could not be found",
         "partial credentials found",
          "credentialsprovidererror", "unable to load aws credentials", "unable to load credentials from any of the providers",
          "failed to retrieve credentials", "missing credentials in config", "no credentials found…aws",
          "credentials could not be loaded", "no valid providers in chain"),
         KEYS, "No AWS key was given at all.", NEW, "botocore NoCredentialsError; aws-sdk-go NoCredentialProviders",
         "Unable to locate credentials. You can configure credentials by running \"aws configure\".",
         also=(Layer.BACKUP_KEYS,), far=(STORAGE, GIT, REGISTRY), weight=2),
    Rule("aws-expired", ("expiredtoken", "invalidtoken", "key…expired", "credentials have expired", "signaturedoesnotmatch",
         "invalidaccesskey"),
         KEYS, "AWS does not accept this key or its session.", NEW, ERRORS, "An error occurred (ExpiredToken) when calling the "
         "DescribeInstances operation: The security token is expired", also=(Layer.BACKUP_KEYS,), near=("compute",), far=(
         STORAGE, GIT, REGISTRY, "ssh")),
    Rule("aws-expired-plain", ("(expiredtoken)", "expiredtoken:", "signaturedoesnotmatch:", "(signaturedoesnotmatch)",
         "no valid credential sources"), KEYS, "AWS does not accept this key or its session.", NEW, ERRORS,
         "ExpiredToken: the token is over",
         also=(Layer.BACKUP_KEYS,), far=(STORAGE, GIT, REGISTRY), weight=-8),
)
