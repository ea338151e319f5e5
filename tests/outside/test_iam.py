"""IAM, as boto3 sees it."""

import importlib.resources
import json
import pathlib
import uuid

LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
READ = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": ["dynamodb:Scan"], "Resource": "*"},
}
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def create_role(iam, **more):
    name = f"outside-{uuid.uuid4()}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(LAMBDA), **more)
    return name, role["Role"]


def raises(exception, call, **parameters):
    try:
        call(**parameters)
    except exception as error:
        return error
    raise AssertionError(f"no {exception.__name__}: {parameters}")


def test_a_role_lives(clients):
    iam = clients.iam
    tags = [{"Key": "a", "Value": "1"}]
    name, made = create_role(iam, Path="/outside/", Description="d <&> d", Tags=tags)
    assert made["RoleId"].startswith("AROA") and len(made["RoleId"]) == 21
    assert made["Arn"].endswith(f":role/outside/{name}")
    iam.get_waiter("role_exists").wait(RoleName=name)
    role = iam.get_role(RoleName=name)["Role"]
    assert role["AssumeRolePolicyDocument"] == LAMBDA
    assert role["Description"] == "d <&> d"
    assert role["MaxSessionDuration"] == 3600
    assert role["Tags"] == tags
    assert role["CreateDate"] == made["CreateDate"]
    raises(
        iam.exceptions.EntityAlreadyExistsException,
        iam.create_role,
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(LAMBDA),
    )

    iam.update_role(RoleName=name, Description="other", MaxSessionDuration=7200)
    trust = json.loads(json.dumps(LAMBDA).replace("lambda", "edgelambda"))
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    iam.tag_role(RoleName=name, Tags=[{"Key": "b", "Value": "2"}])
    iam.untag_role(RoleName=name, TagKeys=["a"])
    role = iam.get_role(RoleName=name)["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("other", 7200)
    assert role["AssumeRolePolicyDocument"] == trust
    assert iam.list_role_tags(RoleName=name)["Tags"] == [{"Key": "b", "Value": "2"}]
    described = iam.update_role_description(RoleName=name, Description="third")["Role"]
    assert described["Description"] == "third"
    assert iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []

    iam.delete_role(RoleName=name)
    missing = iam.exceptions.NoSuchEntityException
    for call in (iam.get_role, iam.delete_role, iam.list_role_policies, iam.list_role_tags):
        assert name in str(raises(missing, call, RoleName=name))


def test_what_no_role_can_be_is_refused(clients):
    iam = clients.iam
    malformed = iam.exceptions.MalformedPolicyDocumentException
    for document in ("{", "[]", "{}", json.dumps(READ), '{"Statement": []}'):
        raises(malformed, iam.create_role, RoleName="r", AssumeRolePolicyDocument=document)
    for wrong in ({"RoleName": "a b"}, {"RoleName": "r", "Path": "/a"}):
        error = raises(
            iam.exceptions.ClientError,
            iam.create_role,
            AssumeRolePolicyDocument=json.dumps(LAMBDA),
            **wrong,
        )
        assert error.response["Error"]["Code"] == "ValidationError"


def test_inline_policies(clients):
    iam = clients.iam
    name, _ = create_role(iam)
    for policy in ("b", "a"):
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(READ))
    pages = iam.get_paginator("list_role_policies")
    seen = list(pages.paginate(RoleName=name, PaginationConfig={"PageSize": 1}))
    assert [page["PolicyNames"] for page in seen] == [["a"], ["b"]]
    got = iam.get_role_policy(RoleName=name, PolicyName="a")
    assert (got["RoleName"], got["PolicyName"], got["PolicyDocument"]) == (name, "a", READ)
    raises(
        iam.exceptions.MalformedPolicyDocumentException,
        iam.put_role_policy,
        RoleName=name,
        PolicyName="c",
        PolicyDocument=json.dumps(LAMBDA),
    )
    raises(iam.exceptions.DeleteConflictException, iam.delete_role, RoleName=name)
    for policy in ("a", "b"):
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    missing = iam.exceptions.NoSuchEntityException
    raises(missing, iam.get_role_policy, RoleName=name, PolicyName="a")
    raises(missing, iam.delete_role_policy, RoleName=name, PolicyName="a")
    iam.delete_role(RoleName=name)


def test_managed_policies(clients):
    iam = clients.iam
    name, _ = create_role(iam)
    policy = iam.create_policy(
        PolicyName=name, Path="/outside/", PolicyDocument=json.dumps(READ), Description="d"
    )["Policy"]
    arn = policy["Arn"]
    assert policy["PolicyId"].startswith("ANPA") and arn.endswith(f":policy/outside/{name}")
    raises(
        iam.exceptions.EntityAlreadyExistsException,
        iam.create_policy,
        PolicyName=name,
        Path="/outside/",
        PolicyDocument=json.dumps(READ),
    )
    iam.get_waiter("policy_exists").wait(PolicyArn=arn)
    for attached in (arn, BASIC, BASIC):
        iam.attach_role_policy(RoleName=name, PolicyArn=attached)
    found = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    having = iam.list_entities_for_policy(PolicyArn=arn)
    assert [role["RoleName"] for role in having["PolicyRoles"]] == [name]
    assert having["PolicyUsers"] == having["PolicyGroups"] == []
    assert {policy["PolicyArn"]: policy["PolicyName"] for policy in found} == {
        arn: name,
        BASIC: "AWSLambdaBasicExecutionRole",
    }
    seen = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (seen["AttachmentCount"], seen["Description"]) == (1, "d")
    version = iam.get_policy_version(PolicyArn=arn, VersionId=seen["DefaultVersionId"])
    assert version["PolicyVersion"]["Document"] == READ
    assert len(iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 1
    listed = iam.get_paginator("list_policies").paginate(
        Scope="Local", OnlyAttached=True, PathPrefix="/outside/"
    )
    assert arn in [policy["Arn"] for page in listed for policy in page["Policies"]]
    raises(iam.exceptions.DeleteConflictException, iam.delete_policy, PolicyArn=arn)
    raises(iam.exceptions.DeleteConflictException, iam.delete_role, RoleName=name)
    for attached in (arn, BASIC):
        iam.detach_role_policy(RoleName=name, PolicyArn=attached)
    missing = iam.exceptions.NoSuchEntityException
    raises(missing, iam.detach_role_policy, RoleName=name, PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    raises(missing, iam.get_policy, PolicyArn=arn)
    raises(missing, iam.attach_role_policy, RoleName=name, PolicyArn=arn)
    no_arn = {"RoleName": name, "PolicyArn": "not the ARN of a policy"}
    error = raises(iam.exceptions.ClientError, iam.attach_role_policy, **no_arn)
    assert error.response["Error"]["Code"] == "ValidationError"
    iam.delete_role(RoleName=name)


def test_roles_come_in_pages(clients):
    iam = clients.iam
    path = f"/pages/{uuid.uuid4()}/"
    names = sorted(create_role(iam, Path=path)[0] for _ in range(3))
    pages = iam.get_paginator("list_roles").paginate(
        PathPrefix=path, PaginationConfig={"PageSize": 2}
    )
    seen = [[role["RoleName"] for role in page["Roles"]] for page in pages]
    assert seen == [names[:2], names[2:]]
    for name in names:
        iam.delete_role(RoleName=name)


def test_the_owner_is_a_user(clients):
    user = clients.iam.get_user()["User"]
    identity = clients.sts.get_caller_identity()
    assert (user["Arn"], user["UserId"]) == (identity["Arn"], identity["UserId"])
    assert clients.iam.get_user(UserName=user["UserName"])["User"] == user
    missing = clients.iam.exceptions.NoSuchEntityException
    raises(missing, clients.iam.get_user, UserName="somebody")


def test_the_owner_may_do_everything_and_a_role_what_it_is_given(clients):
    iam = clients.iam
    asked = {"ActionNames": ["lambda:InvokeFunction", "iam:CreateRole"], "ResourceArns": ["*"]}
    owner = clients.sts.get_caller_identity()["Arn"]
    answer = iam.simulate_principal_policy(PolicySourceArn=owner, **asked)
    decisions = {r["EvalActionName"]: r["EvalDecision"] for r in answer["EvaluationResults"]}
    assert decisions == {"lambda:InvokeFunction": "allowed", "iam:CreateRole": "allowed"}, answer
    assert answer["IsTruncated"] is False
    name, role = create_role(iam)
    answer = iam.simulate_principal_policy(PolicySourceArn=role["Arn"], **asked)
    assert {r["EvalDecision"] for r in answer["EvaluationResults"]} == {"implicitDeny"}, answer
    raises(
        iam.exceptions.NoSuchEntityException,
        iam.simulate_principal_policy,
        PolicySourceArn=role["Arn"] + "x",
        **asked,
    )
    iam.delete_role(RoleName=name)


def test_the_policies_of_aws_are_those_that_its_translator_knows(clients):
    known = importlib.resources.files("samtranslator") / "internal/data/aws_managed_policies.json"
    arns = json.loads(known.read_text())["aws"].values()
    ours = (pathlib.Path(__file__).parents[2] / "sandbox/src/aws_managed_policies.txt").read_text()
    assert ours.splitlines() == sorted(arn.split(":policy/")[1] for arn in arns)
