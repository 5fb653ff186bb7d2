"""AWS said no: a policy of the principal, a boundary, or the organisation above it."""
from __future__ import annotations

from checks.diagnosis.families import COMPUTE, REGISTRY, STORAGE
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

IAM, SCP = Layer.AWS_IAM, Layer.AWS_SCP
GRAMMAR = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"
ALLOW = ("Allow the named action in the IAM policy of the integration's principal, wait a minute, and run “The key may do "
    "all that provisioning needs” again.")
ORG = "Ask the administrators of the AWS organisation to change the policy; the principal's own IAM policy cannot lift it."

RULES = (
    Rule(
        "scp", ("service control policy", "service_control_policy", "resource control policy", "denied by scp", "scp denies",
        "organizations policy", "explicit deny in scp", "service control policies"),
        SCP, "A policy of the AWS organisation denies this; the account's own IAM policies cannot allow it.",
        ORG,
        GRAMMAR,
        "User: arn:aws:iam::123456789012:user/deployer is not authorized to perform: ec2:RunInstances with an "
        "explicit deny in a service control policy",
        Confidence.CERTAIN),
    Rule(
        "iam-named", ("explicit deny in an identity-based policy", "because no identity-based policy allows the ec2:",
        "because no identity-based policy allows the iam:", "because no identity-based policy allows the sts:",
        "no permissions boundary allows", "explicit deny in a permissions boundary", "no session policy allows",
        "explicit deny in a session", "no role trust policy allows", "explicit deny in the role trust policy",
        "is not authorized to perform: sts:assumerole"),
        IAM, "A policy of the principal (its own, its boundary, its session or the role's trust) does not allow " "this action.",
        ALLOW,
        GRAMMAR,
        "User: arn:aws:iam::123456789012:user/deployer is not authorized to perform: ec2:RunInstances because "
        "no identity-based policy allows the ec2:RunInstances action",
        weight=12, also=(SCP,)),
    Rule(
        "iam-explicit", ("is not authorized to perform: iam:…with an explicit deny",
        "is not authorized to perform: ec2:…with an explicit deny", "is not authorized to perform…with an explicit deny"),
        IAM, "A policy denies this action explicitly; the message does not say which.",
        "Look for a Deny in the principal's policies and its boundary; then ask the organisation's "
        "administrators for a service control policy.",
        GRAMMAR,
        "User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: iam:CreateRole on "
        "resource: arn:aws:iam::123456789012:role/nodes with an explicit deny",
        also=(SCP,), weight=8, unless=("s3:", "resource-based policy")),
    Rule(
        "iam-registry", ("is not authorized to perform: ecr", "not authorized to perform: ecr-public"),
        IAM, "The principal may not use the ECR repository.",
        "Allow ecr:GetAuthorizationToken, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer in its IAM policy.",
        "aws/copilot-cli#3518",
        "denied: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ecr:BatchGetImage on "
        "resource: arn:aws:ecr:eu-west-1:123456789012:repository/app",
        also=(Layer.REGISTRY_NAMESPACE, Layer.REGISTRY_AUTH), weight=15),
    Rule(
        "iam-key", ("not authorized to perform: kms:",),
        Layer.BACKUP_BUCKET_POLICY, "The bucket is encrypted with a KMS key that this principal may not use.",
        "Allow kms:GenerateDataKey and kms:Decrypt on that key, in its key policy or the principal's.",
        GRAMMAR,
        "PutObject: User: arn:aws:iam::123456789012:user/backup is not authorized to perform: "
        "kms:GenerateDataKey on resource: arn:aws:kms:eu-west-1:123456789012:key/1",
        also=(IAM,), near=(STORAGE,), weight=13),
    Rule(
        "iam-unauthorized", ("unauthorizedoperation", "you are not authorized to perform this operation",
        "encoded authorization failure message", "is not authorized to perform: ec2:", "is not authorized to perform: iam:",
        "unauthorized to call ec2", "is not authorized to perform: sts:", "is not authorized to perform: servicequotas:",
        "is not authorized to perform: ssm:", "is not authorized to perform: elasticloadbalancing:",
        "is not authorized to perform: autoscaling:", "is not authorized to perform: cloudformation:",
        "not authorized to perform: organizations:", "accessdeniedexception", "is not authorized to perform:",
        "not authorized to perform ec2"),
        IAM, "The principal was recognised, and its IAM policy does not allow this EC2 (or related) action.",
        ALLOW,
        GRAMMAR,
        "UnauthorizedOperation: You are not authorized to perform this operation.",
        also=(SCP,), unless=("is not authorized to perform: s3:", "perform: ecr", "identity-based policy allows the s3:",
        "codecommit"), weight=6),
    Rule(
        "iam-access-denied", ("*accessdenied on aws api", "aws…accessdenied", "accessdenied", "access denied", "403 forbidden",
        "statuscode: 403", "status code: 403", "not authorized"),
        IAM, "AWS refused an action of the account that makes servers.",
        ALLOW,
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
        "An error occurred (AccessDenied) when calling the DescribeInstances operation (ec2)",
        also=(SCP, Layer.AWS_KEYS), near=(COMPUTE,), far=(STORAGE, REGISTRY, "ssh", "git", "foreign"), weight=-4),
)
