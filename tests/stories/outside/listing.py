"""Everything that exists in some accounts, as one JSON document: a list in the order of the accounts.

    listing.py '[{"AWS_ENDPOINT_URL": ..., "AWS_ACCESS_KEY_ID": ..., "AWS_SECRET_ACCESS_KEY": ...}, ...]'

The region comes from AWS's own environment variables. Kinds map names to what would show a change:
digests, settings, tags, contents. Deleted stacks are left out, as they are in the console.
"""

import functools
import hashlib
import json
import sys

import boto3


session = boto3.Session()
url = None


@functools.cache
def client_at(service, url):
    return session.client(service, endpoint_url=url)


def client(service):
    return client_at(service, url)


def pages(service, operation, key, **parameters):
    for page in client(service).get_paginator(operation).paginate(**parameters):
        yield from page.get(key, [])


def digest(value):
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def by_key(tags):
    return {tag["Key"]: tag["Value"] for tag in tags}


def functions():
    shown = ("CodeSha256", "Environment", "Handler", "MemorySize", "Role", "Runtime", "Timeout")
    tags = lambda arn: client("lambda").list_tags(Resource=arn).get("Tags", {})
    return {
        function["FunctionName"]: {
            **{name: function.get(name) for name in shown},
            "Tags": tags(function["FunctionArn"]),
        }
        for function in pages("lambda", "list_functions", "Functions")
    }


def tables():
    found = {}
    for name in pages("dynamodb", "list_tables", "TableNames"):
        table = client("dynamodb").describe_table(TableName=name)["Table"]
        items = sorted(digest(item) for item in pages("dynamodb", "scan", "Items", TableName=name))
        indexes = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])]
        found[name] = {"Keys": table["KeySchema"], "Indexes": indexes, "Items": items}
    return found


def roles():
    iam = client("iam")
    found = {}
    for role in pages("iam", "list_roles", "Roles"):
        name = role["RoleName"]
        inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        found[name] = {
            "Trust": digest(role["AssumeRolePolicyDocument"]),
            "Attached": sorted(policy["PolicyName"] for policy in attached),
            "Inline": {
                policy: digest(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
                for policy in inline
            },
        }
    return found


def policies():
    return {
        policy["PolicyName"]: {"Version": policy["DefaultVersionId"]}
        for policy in pages("iam", "list_policies", "Policies", Scope="Local")
    }


def log_groups():
    found = {}
    for group in pages("logs", "describe_log_groups", "logGroups"):
        name = group["logGroupName"]
        streams = pages("logs", "describe_log_streams", "logStreams", logGroupName=name)
        found[name] = {
            "RetentionInDays": group.get("retentionInDays"),
            "Streams": sorted(stream["logStreamName"] for stream in streams),
        }
    return found


def buckets():
    found = {}
    for bucket in client("s3").list_buckets()["Buckets"]:
        name = bucket["Name"]
        objects = pages("s3", "list_objects_v2", "Contents", Bucket=name)
        found[name] = {item["Key"]: item["ETag"].strip('"') for item in objects}
    return found


def stacks():
    return {
        stack["StackName"]: {
            "Status": stack["StackStatus"],
            "Tags": by_key(stack.get("Tags", [])),
            "Parameters": {
                parameter["ParameterKey"]: parameter.get("ParameterValue")
                for parameter in stack.get("Parameters", [])
            },
        }
        for stack in pages("cloudformation", "describe_stacks", "Stacks")
        if stack["StackStatus"] != "DELETE_COMPLETE"
    }


KINDS = (buckets, functions, log_groups, policies, roles, stacks, tables)
accounts = []
for account in json.loads(sys.argv[1]):
    # Clients are costly to make, and sign each request with what their session's credentials are then.
    credentials = session.get_credentials()
    credentials.access_key = account["AWS_ACCESS_KEY_ID"]
    credentials.secret_key = account["AWS_SECRET_ACCESS_KEY"]
    url = account["AWS_ENDPOINT_URL"]
    accounts.append({kind.__name__: kind() for kind in KINDS})
json.dump(accounts, sys.stdout, default=str)
