"""AWS would, and cannot: quotas, types and images that cannot be had, and the network that a server goes into."""
from __future__ import annotations

from checks.diagnosis.families import COMPUTE
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

QUOTA, NET = Layer.AWS_QUOTA, Layer.AWS_NETWORKING
ERRORS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
MORE = ("Ask for more under Service Quotas in this region, release what is not used, or choose another "
    "instance type or region; IAM changes nothing here.")
PLACE = ("Make or choose a VPC, a subnet and a security group in this very region (“The network is ready for instances” names "
    "what is missing).")

RULES = (
    Rule(
        "quota", ("limitexceeded: ", "limitexceeded)", "vcpulimitexceeded", "addresslimitexceeded", "instancelimitexceeded",
        "vpclimitexceeded", "requested more vcpu capacity", "requested more instances", "current instance limit",
        "maximum number of addresses has been reached", "maximum number of vpcs has been reached", "pendingverification",
        "*is being validated, and you will not be able to launch", "*your quota allows for", "insufficientinstancecapacity",
        "do not have sufficient", "we currently do not have sufficient", "maxspotinstancecountexceeded",
        "*max spot instance count exceeded", "securitygrouplimitexceeded", "rulespersecuritygrouplimitexceeded",
        "volumelimitexceeded", "internetgatewaylimitexceeded", "service quota", "vcpu limit", "quota exceeded…ec2",
        "*insufficient capacity", "insufficienthostcapacity", "insufficientaddresscapacity", "networkinterfacelimitexceeded",
        "resourcelimitexceeded", "maximum number of", "subnetlimitexceeded", "unfulfillablecapacity", "*requestlimitexceeded",
        "limitexceededexception", "*account is currently blocked", "*servicequotaexceededexception"),
        QUOTA, "The account's quota, or the region's capacity, does not leave room for this.",
        MORE,
        ERRORS,
        "operation error EC2: RunInstances, api error VcpuLimitExceeded: You have requested more vCPU capacity "
        "than your current vCPU limit of 1 allows for the instance bucket",
        weight=8, near=(COMPUTE,)),
    Rule(
        "quota-codes", ("vcpulimitexceeded", "addresslimitexceeded", "instancelimitexceeded", "insufficientinstancecapacity",
        "pendingverification", "vpclimitexceeded", "maxspotinstancecountexceeded", "more vcpu capacity than your current"),
        QUOTA, "The account's quota, or the region's capacity, does not leave room for this.",
        MORE,
        ERRORS,
        "AddressLimitExceeded: The maximum number of addresses has been reached.",
        Confidence.CERTAIN),
    Rule(
        "not-to-be-had", ("*invalidamiid", "the image id…does not exist", "*not authorized for images",
        "is not supported in your requested availability zone", "requested instance type", "*for instancetype",
        "*key id needs a subscription", "invalid value…for instancetype", "instance type…not supported", "*optinrequired",
        "*you are not subscribed to this service", "is not eligible for free tier", "not supported in this region",
        "invalidparametercombination", "unsupported: the requested configuration", "invalid instance type",
        "image…is not available", "*no matching ec2 ami", "no matching ami", "no image found…ami",
        "your query returned no results", "the architecture", "specified instance type", "does not exist in this region",
        "instance type offering", "unsupportedoperation", "region is not enabled", "region…not enabled", "region…disabled",
        "invalidinstancetype"),
        QUOTA, "This instance type or image cannot be had in this region or zone.",
        "Choose a type and an image that this region offers (“The instance type is offered” and “An image is available” say "
        "which), or enable the region.",
        ERRORS,
        "InvalidAMIID.NotFound: The image id '[ami-0abcd]' does not exist",
        also=(Layer.AWS_IAM,), near=(COMPUTE,), weight=6),
    Rule(
        "network", ("*vpcidnotspecified", "*no default vpc", "no subnets found for the default vpc", "*invalidsubnetid",
        "invalidsubnet", "*invalidvpcid", "invalidgroup.", "invalidgroupid", "invalidsecuritygroup",
        "*invalidpermission.duplicate", "*invalidpermission.notfound", "*insufficientfreeaddressesinsubnet",
        "belong to different networks", "the security group…does not exist", "the subnet id…does not exist",
        "the vpc id…does not exist", "no default subnet", "defaultvpcalreadyexists", "vpc…does not have an internet gateway",
        "not attached to", "gatewaynotattached", "resource.alreadyassociated", "network…is not attached to any internet gateway",
        "invalidroutetableid", "invalidnetworkinterface", "groupname is only supported for ec2-classic",
        "cidr…conflicts with another subnet", "invalid value…for groupname", "invalid value…for portrange",
        "group may not be in the format", "*character sets beyond ascii", "*for parameter groupname is invalid",
        "invalidparametervalue…group", "dependencyviolation", "missinginput", "invalidsubnet.conflict",
        "invalidinternetgatewayid", "subnet…not found", "security group…not found", "no subnet", "vpc…not found",
        "security group…already exists", "invalidgroup", "vpc…does not exist", "no public ip", "no route to internet",
        "security group…does not allow", "security group…block", "missing a route to an internet gateway", "invalidallocationid",
        "defaultsubnet", "networkacl", "instance…no public"),
        NET, "The VPC, subnet or security group that the server should go into is not there, or does not fit.",
        PLACE,
        ERRORS,
        "VPCIdNotSpecified: No default VPC for this user",
        near=(COMPUTE,), weight=9, far=("git",)),
)
