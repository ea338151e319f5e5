"""STS, as boto3 sees it."""

import json
import uuid

import boto3
from botocore.exceptions import ClientError


def with_keys(clients, service, credentials):
    return boto3.client(
        service,
        endpoint_url=clients.endpoint,
        region_name="us-east-1",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def refused(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error
    raise AssertionError(f"no {code}: {parameters}")


def test_the_owner_is_known(clients):
    identity = clients.sts.get_caller_identity()
    assert identity["Arn"].split(":")[4] == identity["Account"]
    assert identity["UserId"]


def test_a_role_is_assumed(clients):
    name = f"outside-{uuid.uuid4()}"
    principal = {"AWS": clients.sts.get_caller_identity()["Arn"]}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    role = clients.iam.create_role(
        RoleName=name,
        Path="/p/",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )["Role"]
    reads = "arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"
    clients.iam.attach_role_policy(RoleName=name, PolicyArn=reads)
    answer = clients.sts.assume_role(RoleArn=role["Arn"], RoleSessionName="me", DurationSeconds=900)
    assert answer["AssumedRoleUser"]["AssumedRoleId"] == f"{role['RoleId']}:me"

    session = with_keys(clients, "sts", answer["Credentials"])
    identity = session.get_caller_identity()
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["Arn"].endswith(f":assumed-role/{name}/me")
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    assert "TableNames" in with_keys(clients, "dynamodb", answer["Credentials"]).list_tables()
    refused("AccessDenied", session.get_session_token)

    forged = with_keys(clients, "sts", answer["Credentials"] | {"SessionToken": "other"})
    refused("InvalidClientTokenId", forged.get_caller_identity)

    assume = clients.sts.assume_role
    refused("ValidationError", assume, RoleArn=role["Arn"], RoleSessionName="me", DurationSeconds=50_000)
    refused("ValidationError", assume, RoleArn=role["Arn"], RoleSessionName="a b")
    for no_role in ("nothing that is an ARN", "arn:aws::iam:000000000000:role/x"):
        refused("ValidationError", assume, RoleArn=no_role, RoleSessionName="me")
    tagged = {"RoleArn": role["Arn"], "RoleSessionName": "me", "Tags": [{"Key": "a", "Value": "1"}]}
    assume(**tagged, TransitiveTagKeys=["a"])
    refused("InvalidParameterValue", assume, **tagged, TransitiveTagKeys=["b"])
    clients.iam.detach_role_policy(RoleName=name, PolicyArn=reads)
    clients.iam.delete_role(RoleName=name)
    error = refused("AccessDenied", assume, RoleArn=role["Arn"], RoleSessionName="me")
    assert role["Arn"] in str(error)


def test_a_session_is_its_users(clients):
    credentials = clients.sts.get_session_token()["Credentials"]
    session = with_keys(clients, "sts", credentials)
    owner = clients.sts.get_caller_identity()
    assert session.get_caller_identity()["Arn"] == owner["Arn"]


def allow(actions, resource="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resource} | more


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


class Role:
    """A role that anybody of the account may assume, with these statements."""

    def __init__(self, clients, *statements, trust=None, tags=()):
        self.iam, self.name = clients.iam, clients.name("role")
        trust = trust or {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
        made = clients.iam.create_role(
            RoleName=self.name, AssumeRolePolicyDocument=document(trust), Tags=[dict(Key=k, Value=v) for k, v in tags]
        )["Role"]
        self.arn = made["Arn"]
        if statements:
            self.iam.put_role_policy(RoleName=self.name, PolicyName="own", PolicyDocument=document(*statements))

    def assumed(self, sts, **parameters):
        return sts.assume_role(RoleArn=self.arn, RoleSessionName="me", **parameters)


def test_a_session_is_limited_by_its_policies(clients):
    dynamodb = clients.dynamodb
    table = clients.name("table")
    dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )
    role = Role(clients, allow(["dynamodb:Scan", "dynamodb:GetItem"]))
    scans = document(allow(["dynamodb:Scan", "dynamodb:PutItem"]))
    managed = clients.iam.create_policy(PolicyName=clients.name("limit"), PolicyDocument=scans)["Policy"]["Arn"]
    sns = clients.sns.create_topic(Name=clients.name("topic"))["TopicArn"]
    item = {"TableName": table, "Key": {"k": {"S": "1"}}}

    def denied(words, call, **parameters):
        error = refused("AccessDeniedException", call, **parameters)
        assert words in str(error), error

    free = role.assumed(clients.sts)
    assert "PackedPolicySize" not in free, free
    free = with_keys(clients, "dynamodb", free["Credentials"])
    free.scan(TableName=table), free.get_item(**item)
    # What both allow; one of the session's policies is enough.
    for limits in (
        {"Policy": scans}, {"PolicyArns": [{"arn": managed}]},
        {"Policy": document(allow("sns:*")), "PolicyArns": [{"arn": managed}]},
    ):
        answer = role.assumed(clients.sts, **limits)
        assert 0 < answer["PackedPolicySize"] <= 100, answer
        session = with_keys(clients, "dynamodb", answer["Credentials"])
        session.scan(TableName=table)
        denied("because no session policy allows the dynamodb:GetItem action", session.get_item, **item)
        put = {"TableName": table, "Item": {"k": {"S": "1"}}}
        denied("because no identity-based policy allows the dynamodb:PutItem action", session.put_item, **put)
    deny = document(allow("*"), allow("dynamodb:Scan") | {"Effect": "Deny"})
    session = with_keys(clients, "dynamodb", role.assumed(clients.sts, Policy=deny)["Credentials"])
    session.get_item(**item)
    denied("with an explicit deny in a session policy", session.scan, TableName=table)

    # A resource's policy that names the role is within the session's limits, one that names the session beyond them.
    def publishes(principal):
        statement = allow("sns:Publish", sns, Principal={"AWS": principal}, Sid="s")
        clients.sns.set_topic_attributes(TopicArn=sns, AttributeName="Policy", AttributeValue=document(statement))
        keys = role.assumed(clients.sts, Policy=scans)["Credentials"]
        with_keys(clients, "sns", keys).publish(TopicArn=sns, Message="m")

    error = refused("AuthorizationError", publishes, principal=role.arn)
    assert "because no session policy allows" in str(error), error
    publishes(f"arn:aws:sts::000000000000:assumed-role/{role.name}/me")

    for code, wrong in (
        ("MalformedPolicyDocument", {"Policy": "{}"}),
        ("MalformedPolicyDocument", {"Policy": document(allow("s3:*", Principal="*"))}),
        ("ValidationError", {"Policy": document(allow("s3:" + "a" * 2048))}),
        ("ValidationError", {"PolicyArns": [{"arn": managed}] * 11}),
        ("ValidationError", {"PolicyArns": [{"arn": managed + "-none"}]}),
    ):
        refused(code, role.assumed, sts=clients.sts, **wrong)
    error = refused("UnknownOperationException", clients.sts.get_federation_token, Name="ann")
    assert "GetFederationToken" in str(error), error
    clients.iam.delete_policy(PolicyArn=managed)


def test_sessions_have_tags_and_trust_policies_conditions(clients):
    own = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    role = Role(clients, allow("dynamodb:ListTables", Condition=own), allow("sts:AssumeRole"), tags=[("team", "red")])

    def lists(credentials):
        return with_keys(clients, "dynamodb", credentials).list_tables()

    refused("AccessDeniedException", lists, credentials=role.assumed(clients.sts)["Credentials"])
    blue = {"Tags": [{"Key": "team", "Value": "blue"}], "TransitiveTagKeys": ["team"]}
    session = role.assumed(clients.sts, **blue)["Credentials"]
    lists(session)
    # Transitive tags go along a chain, which is an hour long at most.
    other = Role(clients, allow("dynamodb:ListTables", Condition=own))
    chained = with_keys(clients, "sts", session)
    lists(other.assumed(chained)["Credentials"])
    refused("ValidationError", other.assumed, sts=chained, DurationSeconds=3_601)
    red = [{"Key": "Team", "Value": "red"}]
    refused("InvalidParameterValue", other.assumed, sts=chained, Tags=red)
    plain = with_keys(clients, "sts", role.assumed(clients.sts, Tags=blue["Tags"])["Credentials"])
    refused("AccessDeniedException", lists, credentials=other.assumed(plain)["Credentials"])

    def trusting(actions, **condition):
        return {"Effect": "Allow", "Principal": {"AWS": role.arn}, "Action": actions, "Condition": condition}

    untagged = Role(clients, trust=trusting("sts:AssumeRole"))
    untagged.assumed(plain)
    error = refused("AccessDenied", untagged.assumed, sts=plain, Tags=blue["Tags"])
    assert "sts:TagSession" in str(error), error
    for condition, right, wrong in (
        ({"StringEquals": {"sts:ExternalId": "x1"}}, {"ExternalId": "x1"}, {"ExternalId": "x2"}),
        ({"StringEquals": {"sts:ExternalId": "x1"}}, {"ExternalId": "x1"}, {}),
        ({"StringEquals": {"aws:RequestTag/team": "blue"}}, {"Tags": blue["Tags"]}, {"Tags": red}),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}, {"Tags": blue["Tags"]}, {"Tags": [*blue["Tags"], {"Key": "a", "Value": "b"}]}),
    ):
        strict = Role(clients, trust=trusting(["sts:AssumeRole", "sts:TagSession"], **condition))
        strict.assumed(plain, **right)
        refused("AccessDenied", strict.assumed, sts=plain, **wrong)
