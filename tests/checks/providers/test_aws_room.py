"""What the account has room for and what its network lets through: quotas, VPC, ports, instance types and images."""
from __future__ import annotations

from copy import deepcopy

import pytest

from checks.providers.aws.families import STANDARD, family_of
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.aws_run import look
from tests.checks.providers.test_aws import failing, open_
from tests.peers.aws_script import HERE, REGION, USER, port, refusal, usual

TAGS = [{"Key": "dflow:managed", "Value": "true"}]


def world(operation, change):
    """One answer of an account where everything is right, changed."""
    value = deepcopy(usual(USER)[operation])
    change(value)
    return {operation: value}


def quota(value, code="L-1216C47A"):
    return {"GetServiceQuota": lambda asked: {"Quota": {"Value": value}} if asked.params["QuotaCode"] == code else None}


# Quotas

@pytest.mark.parametrize(("allowed", "nodes", "status"), [(6.0, 1, Status.PASS), (5.0, 1, Status.FAIL), (32.0, 14, Status.PASS), (32.0, 15, Status.FAIL), (0.0, 1, Status.FAIL)])
def test_vcpus_are_used_and_needed_against_allowed(aws_script, allowed, nodes, status):
    """4 of Standard are in use (2 cores with 2 threads); a spot instance and one of another family do not count."""
    aws_script(quota(allowed))
    seen = look(nodes=nodes)
    verdict = seen["vcpu_quota_sufficient"]
    assert (verdict.status, verdict.facts["used"], verdict.facts["needed"], verdict.facts["allowed"]) == (status, 4, 2 * nodes, int(allowed))
    assert f"4 of {int(allowed)} vCPUs of “Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances” were in use" in verdict.evidence
    if status is Status.FAIL:
        failing(seen, "vcpu_quota_sufficient", Layer.AWS_QUOTA, "request-service-quota-increase", f"--desired-value {4 + 2 * nodes}",
                "servicequotas/home/services/ec2/quotas/L-1216C47A")


def test_nodes_that_run_already_are_not_needed_again(aws_script):
    mine = {"InstanceId": "i-1", "InstanceType": "t3.large", "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2}, "Tags": TAGS}
    aws_script({"DescribeInstances": {"Reservations": [{"Instances": [mine]}]}, **quota(4.0)})
    verdict = look(nodes=2)["vcpu_quota_sufficient"]
    assert (verdict.status, verdict.facts["used"], verdict.facts["needed"]) == (Status.PASS, 2, 2)
    assert "1 of 2 nodes run already" in verdict.evidence


@pytest.mark.parametrize(("kind", "name"), [
    ("t3.large", "Standard (A"), ("m7i-flex.xlarge", "Standard (A"), ("im4gn.large", "Standard (A"), ("mac2.metal", "Standard (A"),
    ("g5g.xlarge", "G and VT"), ("vt1.3xlarge", "G and VT"), ("gr6.4xlarge", "G and VT"), ("p4d.24xlarge", "P inst"), ("inf2.xlarge", "Inf"),
    ("trn1.2xlarge", "Trn"), ("x2idn.16xlarge", "X inst"), ("f1.2xlarge", "F inst"), ("dl1.24xlarge", "DL"), ("u-6tb1.metal", "High Memory"),
    ("hpc7a.12xlarge", "HPC"), ("?", "Standard (A")])
def test_each_family_counts_against_its_own_quota(kind, name):
    assert family_of(kind).name.startswith(name)


def test_the_quota_of_the_types_own_family_is_asked(aws_script):
    host = aws_script()
    look(instance_type="g5.xlarge")
    assert {one.params["QuotaCode"] for one in host.seen_as if one.operation == "GetServiceQuota"} == {"L-DB2E81BA", "L-0263D0A3"}
    assert STANDARD.code == "L-1216C47A"


def test_a_quota_that_nobody_ever_changed_has_awss_default(aws_script):
    host = aws_script({"GetServiceQuota": refusal("NoSuchResourceException", "The request failed because the specified resource does not exist.")})
    seen = look()
    failing(seen, "vcpu_quota_sufficient", Layer.AWS_QUOTA, "4 of 5 vCPUs")
    assert seen.actions["servicequotas:GetServiceQuota"] == ("allowed", "asked")
    assert host.operations.count("GetAWSDefaultServiceQuota") == 2
    host.denied["servicequotas:GetAWSDefaultServiceQuota"] = "because no identity-based policy allows the {action} action"
    verdict = open_(look(), "vcpu_quota_sufficient", Cause.YOURS, Layer.AWS_IAM, "servicequotas:GetAWSDefaultServiceQuota was denied")
    assert "GetAWSDefaultServiceQuota" in verdict.facts["policy"]


@pytest.mark.parametrize(("used", "status"), [(4, Status.PASS), (5, Status.FAIL)])
def test_elastic_addresses_are_counted_in_the_same_way(aws_script, used, status):
    aws_script({"DescribeAddresses": {"Addresses": [{"AllocationId": f"eipalloc-{n}", "Domain": "vpc"} for n in range(used)]},
                **quota(5.0, "L-0263D0A3")})
    verdict = look()["address_quota_sufficient"]
    assert (verdict.status, verdict.facts["used"], verdict.facts["needed"], verdict.facts["allowed"]) == (status, used, 1, 5)


@pytest.mark.parametrize(("slug", "action"), [
    ("vcpu_quota_sufficient", "servicequotas:GetServiceQuota"), ("vcpu_quota_sufficient", "ec2:DescribeInstances"),
    ("vcpu_quota_sufficient", "ec2:DescribeInstanceTypes"), ("address_quota_sufficient", "ec2:DescribeAddresses"),
    ("network_ready", "ec2:DescribeVpcs"), ("network_ready", "ec2:DescribeSubnets"), ("network_ready", "ec2:DescribeRouteTables"),
    ("network_ready", "ec2:DescribeNetworkAcls"), ("ports_open", "ec2:DescribeSecurityGroups"),
    ("instance_type_offered", "ec2:DescribeInstanceTypeOfferings"), ("image_available", "ec2:DescribeImages")])
def test_a_row_that_may_not_read_what_it_judges_is_unknown_and_says_what_to_allow(aws_script, slug, action):
    host = aws_script(denied=[action])
    verdict = open_(look(address_origin=host.origin), slug, Cause.YOURS, Layer.AWS_IAM, f"{action} was denied (", "Attach the policy below",
                    "No identity-based policy allowed it.")
    assert f'"{action}"' in verdict.facts["policy"]


@pytest.mark.parametrize(("slug", "operation"), [
    ("vcpu_quota_sufficient", "DescribeInstances"), ("address_quota_sufficient", "DescribeAddresses"), ("network_ready", "DescribeSubnets"),
    ("instance_type_offered", "DescribeInstanceTypeOfferings"), ("image_available", "DescribeImages")])
def test_a_limit_or_a_service_that_lacks_the_action_leaves_a_row_unknown(aws_script, slug, operation):
    from checks.demo.git_repositories import Answer
    aws_script({operation: Answer(503, {}, b"<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>")})
    open_(look(), slug, Cause.PROVIDER, Layer.PROVIDER_OUTAGE, "limited our requests")
    aws_script({operation: refusal("InvalidAction", "The action is not valid for this web service.")})
    open_(look(), slug, Cause.PROVIDER, {"network_ready": Layer.AWS_NETWORKING}.get(slug, Layer.AWS_QUOTA), "(InvalidAction")


def test_a_quota_without_a_value_and_a_type_that_nobody_knows_are_unknown(aws_script):
    aws_script({"GetServiceQuota": {"Quota": {}}})
    open_(look(), "address_quota_sufficient", Cause.PROVIDER, Layer.AWS_QUOTA, "named no value for L-0263D0A3")
    aws_script({"DescribeInstanceTypes": refusal("InvalidInstanceType", "The following supplied instance types do not exist: [t3.bogus]")})
    open_(look(instance_type="t3.bogus"), "vcpu_quota_sufficient", Cause.YOURS, Layer.AWS_QUOTA, "EC2 knew no instance type t3.bogus")
    aws_script({"DescribeInstanceTypes": {"InstanceTypes": []}})
    open_(look(), "vcpu_quota_sufficient", Cause.PROVIDER, Layer.AWS_QUOTA, "How many vCPUs t3.large has was not told")


def test_too_many_instances_to_count_are_said_to_be(aws_script):
    aws_script({"DescribeInstances": {"Reservations": [], "NextToken": "more"}})
    open_(look(), "vcpu_quota_sufficient", Cause.PROVIDER, Layer.PROVIDER_OUTAGE, "had more than 0 rows for DescribeInstances")


# The network

def test_no_default_vpc_fails_with_the_command_that_makes_one(aws_script):
    aws_script({"DescribeVpcs": {"Vpcs": [{"VpcId": "vpc-1", "IsDefault": False}]}})
    failing(look(), "network_ready", Layer.AWS_NETWORKING, "no default VPC in eu-central-1", "VPCIdNotSpecified",
            "aws ec2 create-default-vpc --region eu-central-1")


@pytest.mark.parametrize(("operation", "change", "words"), [
    ("DescribeSubnets", lambda v: v.update(Subnets=[]), "had no subnet"),
    ("DescribeSubnets", lambda v: v["Subnets"][0].update(State="pending"), "its state is pending"),
    ("DescribeSubnets", lambda v: v["Subnets"][0].update(AvailableIpAddressCount=0), "it has 0 free addresses, and 1 are needed"),
    ("DescribeSubnets", lambda v: v["Subnets"][0].update(MapPublicIpOnLaunch=False), "it gives no public IPv4 address by itself"),
    ("DescribeRouteTables", lambda v: v.update(RouteTables=[]), "it has no route table"),
    ("DescribeRouteTables", lambda v: v["RouteTables"][0].update(Routes=[]), "its route table rtb-0a has no route for 0.0.0.0/0"),
    ("DescribeRouteTables", lambda v: v["RouteTables"][0]["Routes"][0].update(State="blackhole"), "the route to igw-0a in its route table rtb-0a is a blackhole"),
    ("DescribeRouteTables", lambda v: v["RouteTables"][0].update(Routes=[{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}]),
     "leads to nat-1, which lets nobody in"),
    ("DescribeInternetGateways", lambda v: v["InternetGateways"][0].update(InternetGatewayId="igw-other"), "igw-0a is not attached to this VPC"),
    ("DescribeNetworkAcls", lambda v: v["NetworkAcls"][0].update(Entries=[]), "its network ACL acl-0a lets nothing in on port 22, 80, 443"),
    ("DescribeNetworkAcls", lambda v: v["NetworkAcls"][0].update(Entries=[e for e in v["NetworkAcls"][0]["Entries"] if not e["Egress"]]),
     "lets no answers out on ports 1024 to 65535"),
    ("DescribeNetworkAcls", lambda v: v["NetworkAcls"][0]["Entries"].insert(0, {
        "RuleNumber": 90, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0", "Egress": False, "PortRange": {"From": 443, "To": 443}}),
     "lets nothing in on port 443"),
    ("DescribeNetworkAcls", lambda v: v["NetworkAcls"][0]["Entries"].insert(0, {
        "RuleNumber": 90, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0", "Egress": False, "PortRange": {"From": 1024, "To": 65535}}),
     "lets no answers in on ports 32768 to 60999"),
    ("DescribeNetworkAcls", lambda v: v["NetworkAcls"][0]["Entries"].insert(0, {
        "RuleNumber": 90, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0", "Egress": True, "PortRange": {"From": 80, "To": 80}}),
     "lets nothing out on ports 80 and 443"),
])
def test_each_thing_that_keeps_the_internet_out_is_named(aws_script, operation, change, words):
    aws_script(world(operation, change))
    failing(look(), "network_ready", Layer.AWS_NETWORKING, words)


def test_an_acl_for_a_smaller_network_is_enough_for_port_22(aws_script):
    def narrow(value):
        acl = value["NetworkAcls"][0]
        tcp = {"Protocol": "6", "RuleAction": "allow", "Egress": False}
        acl["Entries"] = [e for e in acl["Entries"] if e["Egress"]] + [
            {**tcp, "RuleNumber": 10, "CidrBlock": "93.184.216.0/24", "PortRange": {"From": 22, "To": 22}},
            {**tcp, "RuleNumber": 11, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 80, "To": 443}},
            {**tcp, "RuleNumber": 12, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 1024, "To": 65535}}]
    aws_script(world("DescribeNetworkAcls", narrow))
    assert look()["network_ready"].status is Status.PASS


def test_a_subnet_that_is_not_ready_beside_one_that_is_warns(aws_script):
    def second(value):
        value["Subnets"].append({**value["Subnets"][0], "SubnetId": "subnet-0b", "MapPublicIpOnLaunch": False})
    aws_script(world("DescribeSubnets", second))
    verdict = look()["network_ready"]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.WARN, Cause.YOURS, Layer.AWS_NETWORKING)
    assert "1 of 2 subnets" in verdict.evidence and "subnet-0b: it gives no public IPv4" in verdict.evidence


def test_a_subnets_own_route_table_and_acl_come_before_the_vpcs(aws_script):
    def own(value):
        value["RouteTables"].append({"RouteTableId": "rtb-own", "Routes": [], "Associations": [{"SubnetId": "subnet-0a"}]})
    aws_script(world("DescribeRouteTables", own))
    failing(look(), "network_ready", Layer.AWS_NETWORKING, "rtb-own has no route")

    def own_acl(value):
        value["NetworkAcls"].append({"NetworkAclId": "acl-own", "Entries": [], "Associations": [{"SubnetId": "subnet-0a"}]})
    aws_script(world("DescribeNetworkAcls", own_acl))
    failing(look(), "network_ready", Layer.AWS_NETWORKING, "acl-own lets nothing in")


def test_gateways_that_may_not_be_read_do_not_stand_in_the_way(aws_script):
    aws_script(denied=["ec2:DescribeInternetGateways"])
    assert look()["network_ready"].status is Status.PASS


# The ports

def groups(*every):
    return {"DescribeSecurityGroups": {"SecurityGroups": [
        {"GroupId": f"sg-{n}", "GroupName": f"g{n}", "VpcId": "vpc-0a", "IpPermissions": rules, "Tags": tags} for n, (rules, tags) in enumerate(every)]}}


OPEN = [port(80), port(443)]


@pytest.mark.parametrize(("rules", "status", "words"), [
    ([port(22, f"{HERE}/32"), *OPEN], Status.PASS, f"let port 22 in from here ({HERE}) and not from everywhere"),
    ([port(22, "93.184.0.0/16"), *OPEN], Status.PASS, "let port 22 in from here"),
    ([port(22), *OPEN], Status.WARN, "let port 22 in from everywhere (0.0.0.0/0)"),
    ([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, port(22, f"{HERE}/32"), *OPEN], Status.WARN, "(::/0)"),
    ([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}], Status.WARN, "from everywhere"),
    ([port(22, "198.51.100.0/24"), *OPEN], Status.FAIL, f"port 22 was open to 198.51.100.0/24 and not to here ({HERE})"),
    ([port(22, f"{HERE}/32"), port(80)], Status.FAIL, "port 443 was not open to everywhere"),
    ([port(22, f"{HERE}/32"), port(80, "10.0.0.0/8"), port(443)], Status.FAIL, "port 80 was not open to everywhere"),
    (OPEN, Status.FAIL, "port 22 was open to nobody"),
    ([{**port(22), "IpProtocol": "udp"}, *OPEN], Status.FAIL, "port 22 was open to nobody"),
    ([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "UserIdGroupPairs": [{"GroupId": "sg-x"}], "PrefixListIds": [{"PrefixListId": "pl-1"}]}, *OPEN],
     Status.FAIL, "port 22 was open to pl-1, sg-x and not to here"),
])
def test_22_is_open_to_here_and_not_to_everywhere_and_80_and_443_to_all(aws_script, rules, status, words):
    host = aws_script(groups((rules, TAGS)))
    verdict = look(address_origin=host.origin)["ports_open"]
    assert verdict.status is status, verdict
    assert words in verdict.evidence
    if status is Status.FAIL:
        assert (verdict.cause, verdict.layer) == (Cause.YOURS, Layer.AWS_NETWORKING)
        assert "aws ec2 authorize-security-group-ingress --region eu-central-1 --group-id sg-0" in verdict.remedy
    if status is Status.WARN:
        assert f"from {HERE}/32 only" in verdict.remedy


def test_groups_that_are_tagged_for_us_count_together_and_others_not(aws_script):
    host = aws_script(groups(([port(22, f"{HERE}/32")], TAGS), (OPEN, TAGS), ([port(22)], [])))
    verdict = look(address_origin=host.origin)["ports_open"]
    assert (verdict.status, verdict.facts["groups"]) == (Status.PASS, ["sg-0", "sg-1"])


def test_without_a_tagged_group_the_one_that_comes_nearest_is_judged(aws_script):
    host = aws_script(groups(([port(22, "198.51.100.0/24")], []), ([port(22, f"{HERE}/32"), *OPEN], []), ([port(22, "10.0.0.0/8")], [])))
    verdict = look(address_origin=host.origin)["ports_open"]
    assert (verdict.status, verdict.facts["groups"]) == (Status.PASS, ["sg-1"])


def test_without_any_group_that_lets_port_22_in_one_is_to_be_made(aws_script):
    host = aws_script(groups(([], [])))
    failing(look(address_origin=host.origin), "ports_open", Layer.AWS_NETWORKING, "No security group of vpc-0a let port 22 in",
            "aws ec2 create-security-group", f"CidrIp={HERE}/32")


def test_where_our_address_is_not_told_the_row_is_open_and_says_so(aws_script):
    aws_script()
    verdict = open_(look(), "ports_open", Cause.OURS, Layer.AWS_NETWORKING, "which address we come from was not told")
    assert verdict.required is False


# What can be had

def test_a_type_that_is_not_offered_fails(aws_script):
    aws_script({"DescribeInstanceTypeOfferings": {"InstanceTypeOfferings": []}})
    failing(look(), "instance_type_offered", Layer.AWS_QUOTA, "t3.large was offered in no zone of eu-central-1", "Choose another instance type")
    aws_script({"DescribeInstanceTypeOfferings": {"InstanceTypeOfferings": []},
                "DescribeInstanceTypes": refusal("InvalidInstanceType", "The following supplied instance types do not exist: [t3.bogus]")})
    failing(look(instance_type="t3.bogus"), "instance_type_offered", Layer.AWS_QUOTA, "EC2 there knows no type of that name")


def test_a_type_is_judged_by_the_zones_that_have_subnets(aws_script):
    offers = lambda *zones: {"DescribeInstanceTypeOfferings": {"InstanceTypeOfferings": [{"InstanceType": "t3.large", "Location": f"{REGION}{z}"} for z in zones]}}  # noqa: E731
    aws_script(offers("b"))
    failing(look(), "instance_type_offered", Layer.AWS_QUOTA, "offered in eu-central-1b, and the subnets were in eu-central-1a")

    def second(value):
        value["Subnets"].append({**value["Subnets"][0], "SubnetId": "subnet-0b", "AvailabilityZone": f"{REGION}b"})
    aws_script({**offers("a", "c"), **world("DescribeSubnets", second)})
    verdict = look()["instance_type_offered"]
    assert (verdict.status, verdict.layer) == (Status.WARN, Layer.AWS_QUOTA)
    assert "not in eu-central-1b" in verdict.evidence
    aws_script(offers("a"), denied=["ec2:DescribeSubnets"])
    assert look()["instance_type_offered"].status is Status.PASS


def test_moto_offers_a_type_by_zone(s3_host, loopback, monkeypatch):
    from tests.checks.providers.test_aws import moto_user
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_host.url)
    key = moto_user(s3_host, "aws-offers", ["ec2:*", "ssm:GetParameter"])
    assert look(key)["instance_type_offered"].facts["zones"] == ["eu-central-1a", "eu-central-1b", "eu-central-1c"]


def test_the_image_is_that_of_the_region_and_the_architecture(aws_script):
    arm = {"DescribeInstanceTypes": {"InstanceTypes": [{"InstanceType": "t4g.large", "VCpuInfo": {"DefaultVCpus": 2},
                                                        "ProcessorInfo": {"SupportedArchitectures": ["arm64"]}}]}}
    host = aws_script({**arm, "DescribeImages": {"Images": [{"ImageId": "ami-0a", "State": "available", "Architecture": "arm64"}]}})
    verdict = look(instance_type="t4g.large")["image_available"]
    assert (verdict.status, verdict.facts) == (Status.PASS, {"image": "ami-0a", "architecture": "arm64"})
    assert next(one for one in host.seen_as if one.operation == "GetParameter").params["Name"] == \
        "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"


def test_without_the_parameter_the_newest_of_canonicals_images_is_found(aws_script):
    images = [{"ImageId": f"ami-{n}", "State": "available", "Architecture": "x86_64", "CreationDate": f"2026-0{n}-01T00:00:00.000Z"} for n in (3, 5, 4)]
    host = aws_script({"GetParameter": refusal("ParameterNotFound", ""), "DescribeImages": {"Images": images}})
    verdict = look()["image_available"]
    assert verdict.facts["image"] == "ami-5"
    sent = next(one for one in host.seen_as if one.operation == "DescribeImages").params
    assert (sent["Owner.1"], sent["Filter.1.Value.1"]) == ("099720109477", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*")
    assert "the newest of Canonical's" in verdict.evidence


@pytest.mark.parametrize("images", [[], [{"ImageId": "ami-1", "State": "deregistered", "Architecture": "x86_64"}], [{"ImageId": "ami-1", "State": "available", "Architecture": "arm64"}]])
def test_an_image_that_is_not_there_fails(aws_script, images):
    aws_script({"DescribeImages": {"Images": images}})
    failing(look(), "image_available", Layer.AWS_QUOTA, "Canonical's image of Ubuntu 24.04 for x86_64 was not found in eu-central-1")


def test_a_parameter_that_names_an_image_of_elsewhere_fails(aws_script):
    aws_script({"DescribeImages": refusal("InvalidAMIID.NotFound", "The image id '[ami-0aaaaaaaaaaaaaaaa]' does not exist")})
    failing(look(), "image_available", Layer.AWS_QUOTA, "ami-0aaaaaaaaaaaaaaaa", "eu-central-1 does not have (InvalidAMIID.NotFound)")
