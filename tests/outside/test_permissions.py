"""Permissions: what users, roles and functions may do, as boto3 hears it."""

import contextlib
import json

import boto3
import bundles
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"
LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(actions, resource, **condition):
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def client(clients, service, keys):
    return boto3.client(
        service,
        endpoint_url=clients.endpoint,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
    )


class User:
    """A user with these statements, and clients with the user's keys."""

    def __init__(self, clients, *statements, **settings):
        self.clients, self.name = clients, clients.name("user")
        self.arn = clients.iam.create_user(UserName=self.name, **settings)["User"]["Arn"]
        self.may(*statements)
        self.keys = clients.iam.create_access_key(UserName=self.name)["AccessKey"]

    def may(self, *statements):
        if statements:
            self.clients.iam.put_user_policy(
                UserName=self.name, PolicyName="own", PolicyDocument=document(*statements)
            )

    def __getattr__(self, service):
        return client(self.clients, service.rstrip("_"), self.keys)


@contextlib.contextmanager
def denied(*words, code="AccessDeniedException", status=400):
    try:
        yield
    except ClientError as error:
        answer = error.response
        assert answer["Error"]["Code"] == code, error
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == status, answer
        for word in words:
            assert word in answer["Error"]["Message"], f"{word} is not in: {error}"
        return
    raise AssertionError(f"not denied: {words}")


def table(clients):
    name = clients.name("notes")
    clients.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("Owner", "Id")],
        KeySchema=[{"AttributeName": "Owner", "KeyType": "HASH"}, {"AttributeName": "Id", "KeyType": "RANGE"}],
    )
    return name, f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{name}"


def key(owner):
    return {"Owner": {"S": owner}, "Id": {"S": "1"}}


def test_a_user_has_no_others_items(clients):
    name, arn = table(clients)
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}
    actions = ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"]
    actions = [f"dynamodb:{action}" for action in actions + ["PartiQLSelect"]]
    whole = {
        "Effect": "Deny",
        "Action": "dynamodb:PartiQLSelect",
        "Resource": arn,
        "Condition": {"Bool": {"dynamodb:FullTableScan": "true"}},
    }
    ann, bob = (User(clients, allow(actions, arn, **own), whole) for _ in range(2))
    for user in (ann, bob):
        user.dynamodb.put_item(TableName=name, Item=key(user.name))
        assert user.dynamodb.get_item(TableName=name, Key=key(user.name))["Item"] == key(user.name)

    mine, theirs = ann.name, bob.name
    where = {"KeyConditionExpression": "#o = :o", "ExpressionAttributeNames": {"#o": "Owner"}}
    query = lambda owner: {"TableName": name, **where, "ExpressionAttributeValues": {":o": {"S": owner}}}
    assert ann.dynamodb.query(**query(mine))["Count"] == 1
    select = f'SELECT * FROM "{name}"'
    assert len(ann.dynamodb.execute_statement(Statement=f"{select} WHERE Owner = '{mine}'")["Items"]) == 1
    transact = lambda owner: [{"Put": {"TableName": name, "Item": key(owner)}}]
    ann.dynamodb.transact_write_items(TransactItems=transact(mine))

    refused = lambda action: denied(f"User: {ann.arn} is not authorized to perform: dynamodb:{action} on resource: {arn}")
    because = "because no identity-based policy allows the dynamodb:GetItem action"
    with denied(because):
        ann.dynamodb.get_item(TableName=name, Key=key(theirs))
    with refused("Query"):
        ann.dynamodb.query(**query(theirs))
    with refused("PutItem"):
        ann.dynamodb.put_item(TableName=name, Item=key(theirs))
    with refused("UpdateItem"):
        ann.dynamodb.update_item(TableName=name, Key=key(theirs))
    with refused("DeleteItem"):
        ann.dynamodb.delete_item(TableName=name, Key=key(theirs))
    with refused("BatchGetItem"):
        ann.dynamodb.batch_get_item(RequestItems={name: {"Keys": [key(mine), key(theirs)]}})
    with refused("BatchWriteItem"):
        ann.dynamodb.batch_write_item(RequestItems={name: [{"DeleteRequest": {"Key": key(theirs)}}]})
    with refused("PutItem"):
        ann.dynamodb.transact_write_items(TransactItems=transact(theirs))
    with refused("PartiQLSelect"):
        ann.dynamodb.execute_statement(Statement=f"{select} WHERE Owner = ?", Parameters=[{"S": theirs}])
    with denied("with an explicit deny in an identity-based policy"):
        ann.dynamodb.execute_statement(Statement=select)
    with refused("Scan"):
        ann.dynamodb.scan(TableName=name)
    assert clients.dynamodb.scan(TableName=name)["Count"] == 2


def test_attributes_and_what_is_returned_are_limited(clients):
    name, arn = table(clients)
    only = {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["Owner", "Id", "Shown"]},
        "StringEqualsIfExists": {
            "dynamodb:Select": "SPECIFIC_ATTRIBUTES",
            "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"],
        },
    }
    user = User(clients, allow(["dynamodb:GetItem", "dynamodb:UpdateItem"], arn, **only)).dynamodb
    at = {"TableName": name, "Key": key("ann")}
    set_to = {"ExpressionAttributeValues": {":x": {"S": "x"}}}
    user.update_item(**at, UpdateExpression="SET Shown = :x", **set_to)
    assert user.get_item(**at, ProjectionExpression="Shown")["Item"] == {"Shown": {"S": "x"}}
    with denied("dynamodb:UpdateItem"):
        user.update_item(**at, UpdateExpression="SET Secret = :x", **set_to)
    with denied("dynamodb:UpdateItem"):
        user.update_item(**at, UpdateExpression="SET Shown = :x", ReturnValues="ALL_NEW", **set_to)
    with denied("dynamodb:GetItem"):
        user.get_item(**at, ProjectionExpression="Secret")
    with denied("dynamodb:GetItem"):
        user.get_item(**at)


def test_a_user_has_no_others_objects(clients):
    bucket = clients.name("notes")
    clients.s3.create_bucket(Bucket=bucket)
    arn = f"arn:aws:s3:::{bucket}"
    own = {"StringLike": {"s3:prefix": ["${aws:username}/*"]}}
    statements = [
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], arn + "/${aws:username}/*"),
        allow("s3:ListBucket", arn, **own),
    ]
    ann, bob = (User(clients, *statements) for _ in range(2))
    mine, theirs = f"{ann.name}/note", f"{bob.name}/note"
    ann.s3.put_object(Bucket=bucket, Key=mine, Body=b"a")
    bob.s3.put_object(Bucket=bucket, Key=theirs, Body=b"b")
    assert ann.s3.get_object(Bucket=bucket, Key=mine)["Body"].read() == b"a"
    assert ann.s3.list_objects_v2(Bucket=bucket, Prefix=f"{ann.name}/")["KeyCount"] == 1

    no = dict(code="AccessDenied", status=403)
    words = f'User: {ann.arn} is not authorized to perform: s3:GetObject on resource: "{arn}/{theirs}" because no'
    with denied(words, **no):
        ann.s3.get_object(Bucket=bucket, Key=theirs)
    with denied("s3:PutObject", **no):
        ann.s3.put_object(Bucket=bucket, Key=theirs, Body=b"c")
    with denied("s3:PutObject", **no):
        ann.s3.create_multipart_upload(Bucket=bucket, Key=theirs)
    with denied("s3:GetObject", **no):
        ann.s3.copy_object(Bucket=bucket, Key=mine, CopySource={"Bucket": bucket, "Key": theirs})
    with denied("s3:DeleteObject", **no):
        ann.s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": mine}, {"Key": theirs}]})
    with denied("s3:ListBucket", **no):
        ann.s3.list_objects_v2(Bucket=bucket)
    with denied("s3:ListBucket", **no):
        ann.s3.list_objects_v2(Bucket=bucket, Prefix=f"{bob.name}/")
    with denied("s3:ListAllMyBuckets because no", **no):
        ann.s3.list_buckets()
    assert clients.s3.get_object(Bucket=bucket, Key=theirs)["Body"].read() == b"b"

    # A bucket's policy allows by itself, and denies whatever else allows.
    reads = {"Effect": "Allow", "Principal": {"AWS": ann.arn}, "Action": "s3:GetObject", "Resource": f"{arn}/{theirs}"}
    never = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": f"{arn}/*"}
    clients.s3.put_bucket_policy(Bucket=bucket, Policy=document(reads, never))
    assert ann.s3.get_object(Bucket=bucket, Key=theirs)["Body"].read() == b"b"
    with denied("with an explicit deny in a resource-based policy", **no):
        ann.s3.delete_object(Bucket=bucket, Key=mine)


def test_a_boundary_limits(clients):
    boundary = clients.iam.create_policy(
        PolicyName=clients.name("boundary"), PolicyDocument=document(allow("dynamodb:Describe*", "*"))
    )["Policy"]["Arn"]
    user = User(clients, allow("dynamodb:*", "*"), PermissionsBoundary=boundary)
    user.dynamodb.describe_limits()
    with denied("because no permissions boundary allows the dynamodb:ListTables action"):
        user.dynamodb.list_tables()
    clients.iam.delete_user_permissions_boundary(UserName=user.name)
    user.dynamodb.list_tables()


def test_a_user_without_policies_may_only_ask_who_it_is(clients):
    user = User(clients)
    assert user.sts.get_caller_identity()["Arn"] == user.arn
    with denied("iam:ListRoles", code="AccessDenied", status=403):
        user.iam.list_roles()
    with denied("lambda:ListFunctions", status=403):
        user.lambda_.list_functions()
    with denied("logs:DescribeLogGroups"):
        user.logs.describe_log_groups()
    with denied("cloudformation:ListStacks", code="AccessDenied", status=403):
        user.cloudformation.list_stacks()
    with denied("apigateway:GET", status=403):
        user.apigateway.get_rest_apis()


def test_a_role_is_assumed_by_whom_it_trusts(clients):
    ann, bob = (User(clients, allow("sts:AssumeRole", "*")) for _ in range(2))
    name = clients.name("role")
    trust = {"Effect": "Allow", "Principal": {"AWS": ann.arn}, "Action": "sts:AssumeRole"}
    role = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    keys = ann.sts.assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    tables = client(clients, "dynamodb", keys)
    with denied(f"assumed-role/{name}/me is not authorized to perform: dynamodb:ListTables"):
        tables.list_tables()
    full = "arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"
    clients.iam.attach_role_policy(RoleName=name, PolicyArn=full)
    tables.list_tables()
    clients.iam.detach_role_policy(RoleName=name, PolicyArn=full)
    unknown = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    clients.iam.attach_role_policy(RoleName=name, PolicyArn=unknown)
    with denied(f"the sandbox does not know what {unknown} allows"):
        tables.list_tables()
    with denied(f"{bob.arn} is not authorized to perform: sts:AssumeRole", code="AccessDenied", status=403):
        bob.sts.assume_role(RoleArn=role, RoleSessionName="me")


SCAN = """
import boto3
tables = boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
try:
    answer = tables.scan(TableName=event)["Count"]
except Exception as error:
    answer = str(error)
"""


def test_a_function_may_what_its_role_may(clients):
    name, arn = table(clients)
    role = clients.name("role")
    made = clients.iam.create_role(RoleName=role, AssumeRolePolicyDocument=document(LAMBDA))["Role"]
    function = clients.name("scanner")
    clients.lambda_.create_function(
        FunctionName=function,
        Runtime="provided.al2023",
        Handler="bootstrap",
        Role=made["Arn"],
        Code={"ZipFile": bundles.python(SCAN)},
        Timeout=60,
    )
    called = lambda: json.loads(
        clients.lambda_.invoke(FunctionName=function, Payload=json.dumps(name))["Payload"].read()
    )
    words = (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{function} is not authorized to perform: "
        f"dynamodb:Scan on resource: {arn} because no identity-based policy allows the dynamodb:Scan action"
    )
    assert words in called(), called()
    clients.iam.put_role_policy(
        RoleName=role, PolicyName="p", PolicyDocument=document(allow("dynamodb:Scan", arn))
    )
    # At once, also in an environment that is warm.
    assert called() == 0


def test_users_live(clients):
    iam = clients.iam
    user = User(clients, allow("s3:*", "*"), Path="/class/", Tags=[{"Key": "team", "Value": "red"}])
    found = iam.get_user(UserName=user.name)["User"]
    assert found["Arn"] == user.arn and found["Tags"] == [{"Key": "team", "Value": "red"}]
    assert user.name in [u["UserName"] for u in iam.list_users(PathPrefix="/class/")["Users"]]
    assert iam.list_user_policies(UserName=user.name)["PolicyNames"] == ["own"]
    policy = iam.get_user_policy(UserName=user.name, PolicyName="own")["PolicyDocument"]
    assert policy["Statement"][0]["Action"] == "s3:*"
    managed = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    iam.attach_user_policy(UserName=user.name, PolicyArn=managed)
    attached = iam.list_attached_user_policies(UserName=user.name)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [managed]
    listed = iam.list_access_keys(UserName=user.name)["AccessKeyMetadata"]
    assert [k["AccessKeyId"] for k in listed] == [user.keys["AccessKeyId"]]

    conflict = dict(code="DeleteConflict", status=409)
    with denied(**conflict):
        iam.delete_user(UserName=user.name)
    iam.detach_user_policy(UserName=user.name, PolicyArn=managed)
    iam.delete_user_policy(UserName=user.name, PolicyName="own")
    with denied("must delete access keys first", **conflict):
        iam.delete_user(UserName=user.name)
    iam.delete_access_key(UserName=user.name, AccessKeyId=user.keys["AccessKeyId"])
    with denied(code="InvalidClientTokenId", status=403):
        user.sts.get_caller_identity()
    iam.delete_user(UserName=user.name)
    with denied(code="NoSuchEntity", status=404):
        iam.get_user(UserName=user.name)
    with denied(code="EntityAlreadyExists", status=409):
        iam.create_user(UserName="Sandbox")


def test_what_policies_allow_is_simulated(clients):
    iam = clients.iam
    bucket = "arn:aws:s3:::notes"
    user = User(
        clients,
        allow("s3:GetObject", bucket + "/${aws:username}/*"),
        allow("s3:ListBucket", bucket, StringLike={"s3:prefix": "a*"}),
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"},
    )

    def asked(action, resource, **context):
        entries = [
            {"ContextKeyName": name.replace("_", ":"), "ContextKeyValues": [value], "ContextKeyType": "string"}
            for name, value in context.items()
        ]
        return iam.simulate_principal_policy(
            PolicySourceArn=user.arn, ActionNames=[action], ResourceArns=[resource], ContextEntries=entries
        )["EvaluationResults"][0]

    result = asked("s3:GetObject", f"{bucket}/ann/1", aws_username="ann")
    assert result["EvalDecision"] == "allowed", result
    assert result["MatchedStatements"][0]["SourcePolicyId"] == f"user_{user.name}_own", result
    result = asked("s3:GetObject", f"{bucket}/ann/1")
    assert result["EvalDecision"] == "implicitDeny" and "aws:username" in result["MissingContextValues"], result
    assert asked("s3:ListBucket", bucket, s3_prefix="abc")["EvalDecision"] == "allowed"
    assert asked("s3:ListBucket", bucket, s3_prefix="b")["EvalDecision"] == "implicitDeny"
    assert asked("s3:DeleteObject", f"{bucket}/a")["EvalDecision"] == "explicitDeny"

    custom = iam.simulate_custom_policy(
        PolicyInputList=[document(allow("s3:*", "*"))],
        PermissionsBoundaryPolicyInputList=[document(allow("s3:Get*", "*"))],
        ActionNames=["s3:GetObject", "s3:PutObject"],
    )["EvaluationResults"]
    decisions = {result["EvalActionName"]: result["EvalDecision"] for result in custom}
    assert decisions == {"s3:GetObject": "allowed", "s3:PutObject": "implicitDeny"}, custom
    allowed = [result["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for result in custom]
    assert allowed == [True, False]
