"""Puts somebody else's things into an account, with names like those of a stack of ours.

    bystander.py STACK

Whoever deletes by a prefix, a substring or a kind takes something of this along: `STACKbel` starts
with the stack's name, `not-STACK` ends with it, and one log group and one bucket look as if a
function of the stack or its artifacts had left them behind. Prints `{}`.
"""

import io
import json
import sys
import zipfile

import boto3

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
READ_LOGS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "logs:GetLogEvents", "Resource": "*"}],
}
TEMPLATE = {
    "Resources": {
        "Notes": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "Name", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "Name", "KeyType": "HASH"}],
            },
        }
    }
}


def bundle():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        program = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
        program.external_attr = 0o755 << 16
        archive.writestr(program, "#!/bin/sh\nexit 1\n")
    return packed.getvalue()


def put_role(name):
    iam = boto3.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    policy = json.dumps(READ_LOGS)
    iam.put_role_policy(RoleName=name, PolicyName="read-logs", PolicyDocument=policy)
    iam.create_policy(PolicyName=name, PolicyDocument=policy)
    return role["Arn"]


def put_function(name, role):
    boto3.client("lambda").create_function(
        FunctionName=name,
        Runtime="provided.al2023",
        Handler="bootstrap",
        Role=role,
        Code={"ZipFile": bundle()},
    )


def put_table(name):
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "Name", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Name", "KeyType": "HASH"}],
    )
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    dynamodb.put_item(TableName=name, Item={"Name": {"S": "Robin"}})


def put_log_group(name):
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="one")


def put_bucket(prefix):
    """The names of buckets are shared by all accounts, so this one ends with the account's number."""
    account = boto3.client("sts").get_caller_identity()["Account"]
    name = f"{prefix}-{account}"
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="notes.txt", Body=b"not yours")


def put_stack(name):
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300}
    )


def main():
    (stack,) = sys.argv[1:]
    longer, other = f"{stack}bel", f"not-{stack}"
    for owner in (longer, other):
        put_function(f"{owner}-01-new-game", put_role(f"{owner}-role"))
        put_table(f"{owner}-players")
        put_log_group(f"/aws/lambda/{owner}-01-new-game")
        put_bucket(f"{owner}-artifacts")
        put_stack(owner)
    put_log_group(f"/aws/lambda/{stack}-99-somebody-elses")
    put_bucket(f"{stack}-somebody-elses")
    print(json.dumps({}))


main()
