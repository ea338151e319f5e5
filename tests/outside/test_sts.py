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
