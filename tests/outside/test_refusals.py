"""What AWS refuses and a server that only keeps what it is sent would take."""

import io
import json
import zipfile

from botocore.exceptions import ClientError

WAIT = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
ROLE = "arn:aws:iam::000000000000:role/r"
THEIR_ROLE = "arn:aws:iam::123456789012:role/r"
FOREIGN = (("us-east-1", "123456789012", "AccessDenied"), ("eu-west-1", "000000000000", "ResourceNotFound"))


def refused(code, call, **parameters):
    try:
        answer = call(**parameters)
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"].startswith(code), f"{found}, not {code}, for {parameters}"
        return found["Message"]
    raise AssertionError(f"taken: {parameters}: {answer}")


def template(**outputs):
    return json.dumps({
        "Parameters": {"P": {"Type": "String", "Default": "p"}},
        "Resources": {"Wait": WAIT},
        "Outputs": {key: {"Value": "v", "Export": {"Name": name}} for key, name in outputs.items()},
    })


def bundle():
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        program = zipfile.ZipInfo("bootstrap")
        program.external_attr = 0o755 << 16
        archive.writestr(program, "#!/bin/sh\nexit 1\n")
    return zipped.getvalue()


def test_stacks(clients):
    def create(**parameters):
        return clients.cloudformation.create_stack(
            **{"StackName": clients.name("stack"), "TemplateBody": template(), **parameters}
        )

    twice = [{"ParameterKey": "P", "ParameterValue": value} for value in "ab"]
    refused("ValidationError", create, Parameters=twice)
    for tags in (
        [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}],
        [{"Key": "aws:a", "Value": "1"}],
        [{"Key": "a", "Value": "\x1b[31m"}],
    ):
        refused("ValidationError", create, Tags=tags)
    for wrong in (
        {"RoleARN": THEIR_ROLE},
        {"RoleARN": "not-the-arn-of-a-role"},
        {"ClientRequestToken": "a b"},
        {"Capabilities": ["CAPABILITY_EVERYTHING"]},
        {"OnFailure": "SHRUG"},
        {"StackPolicyBody": "{}"},
        {"ResourceTypes": ["AWS::S3::*"]},
        {"RollbackConfiguration": {"MonitoringTimeInMinutes": 5}},
        {"TemplateBody": template(A="a b")},
        {"TemplateBody": template(A="")},
        {"TemplateBody": template(A="a" * 256)},
        {"TemplateBody": template(A="same", B="same")},
    ):
        refused("ValidationError", create, **wrong)
    unchecked = clients.client("cloudformation", config={"parameter_validation": False})
    body = {"StackName": clients.name("stack"), "TemplateBody": template()}
    refused("ValidationError", unchecked.create_stack, **body, TimeoutInMinutes=0)
    refused("ValidationError", clients.cloudformation.list_stacks, StackStatusFilter=["DONE"])


def table(clients, **parameters):
    name = clients.name("table")
    clients.dynamodb.create_table(**{
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "Name", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "Name", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        **parameters,
    })
    return name


def test_tables_of_others(clients):
    name, dynamodb = table(clients), clients.dynamodb
    for region, account, code in FOREIGN:
        arn = f"arn:aws:dynamodb:{region}:{account}:table/{name}"
        item = {"Name": {"S": "Ann"}}
        refused(code, dynamodb.put_item, TableName=arn, Item=item)
        refused(code, dynamodb.batch_get_item, RequestItems={arn: {"Keys": [item]}})
        write = {"Put": {"TableName": arn, "Item": item}}
        refused(code, dynamodb.transact_write_items, TransactItems=[write])
        refused(code, dynamodb.tag_resource, ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
        refused(code, dynamodb.list_tags_of_resource, ResourceArn=arn)
        refused(code, dynamodb.delete_table, TableName=arn)
    assert dynamodb.describe_table(TableName=name)["Table"]["ItemCount"] == 0


def test_changes_of_tables(clients):
    name, dynamodb = table(clients), clients.dynamodb
    live = lambda enabled, name_: {"Enabled": enabled, "AttributeName": name_}
    expire = lambda *given: {"TableName": name, "TimeToLiveSpecification": live(*given)}
    wrong = "ValidationException"
    refused(wrong, dynamodb.update_time_to_live, **expire(False, "End"))
    dynamodb.update_time_to_live(**expire(True, "End"))
    refused(wrong, dynamodb.update_time_to_live, **expire(True, "End"))
    refused(wrong, dynamodb.update_time_to_live, **expire(False, "Other"))
    dynamodb.update_time_to_live(**expire(False, "End"))

    key = lambda attribute: [{"AttributeName": attribute, "KeyType": "HASH"}]
    everything = {"ProjectionType": "ALL"}

    def create(index, projection=everything, attribute="Role"):
        return {"Create": {"IndexName": index, "KeySchema": key(attribute), "Projection": projection}}

    def update(*updates, kind="S", more=(), **others):
        defined = [{"AttributeName": name_, "AttributeType": kind} for name_ in ("Role", *more)]
        return {
            "TableName": name,
            "AttributeDefinitions": defined,
            "GlobalSecondaryIndexUpdates": list(updates),
            **others,
        }

    refused("LimitExceeded", dynamodb.update_table, **update(create("One"), create("Two")))
    refused(wrong, dynamodb.update_table, **update(create("One", {"ProjectionType": "INCLUDE"})))
    refused(wrong, dynamodb.update_table, **update(create("One"), more=["Unused"]))
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    throughput = {"IndexName": "One", "ProvisionedThroughput": units}
    refused(wrong, dynamodb.update_table, **update({"Update": throughput}))
    dynamodb.update_table(**update(create("One")))
    refused(wrong, dynamodb.update_table, **update(create("Two"), kind="N"))
    name = table(clients, BillingMode="PROVISIONED", ProvisionedThroughput=units)
    refused(wrong, dynamodb.update_table, **update(create("One")))
    encrypted = {"Enabled": True, "SSEType": "AES256"}
    refused(wrong, lambda **given: table(clients, **given), SSESpecification=encrypted)


def test_names_that_differ_in_case(clients):
    trust = json.dumps({"Statement": {
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"},
    }})
    permission = json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
    name, iam = clients.name("Name"), clients.iam
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    taken = "EntityAlreadyExists"
    refused(taken, iam.create_role, RoleName=name.upper(), AssumeRolePolicyDocument=trust)
    iam.create_policy(PolicyName=name, PolicyDocument=permission)
    refused(taken, iam.create_policy, PolicyName=name.upper(), PolicyDocument=permission)
    refused(taken, iam.create_policy, PolicyName=name, Path="/else/", PolicyDocument=permission)
    for list_ in (iam.list_roles, iam.list_policies):
        refused("ValidationError", list_, PathPrefix="no-slash")


def test_policies_have_sizes(clients):
    def document(size):
        empty = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::"}
        empty["Resource"] += "x" * (size - len(json.dumps({"Statement": empty}, separators=(",", ":"))))
        return json.dumps({"Statement": empty}, indent=8)

    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "000000000000"}}
    name, iam = clients.name("role"), clients.iam
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": trust}))
    put = lambda policy, size: iam.put_role_policy(
        RoleName=name, PolicyName=policy, PolicyDocument=document(size)
    )
    put("a", 5_000)
    put("b", 5_240)
    refused("LimitExceeded", lambda **_: put("b", 5_241))
    iam.create_policy(PolicyName=clients.name("p"), PolicyDocument=document(6_144))
    new = {"PolicyName": clients.name("p"), "PolicyDocument": document(6_145)}
    refused("LimitExceeded", iam.create_policy, **new)
    trust["Principal"]["AWS"] = [f"arn:aws:iam::000000000000:user/{number:040}" for number in range(40)]
    long = {"RoleName": clients.name("r"), "AssumeRolePolicyDocument": json.dumps({"Statement": trust})}
    refused("LimitExceeded", iam.create_role, **long)


def test_functions(clients):
    name, lambda_ = clients.name("function"), clients.lambda_
    function = {
        "FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": ROLE,
        "Code": {"ZipFile": bundle()},
    }
    refused("AccessDenied", lambda_.create_function, **{**function, "Role": THEIR_ROLE})
    invalid = "InvalidParameterValue"
    network = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    refused(invalid, lambda_.create_function, **function, VpcConfig=network)
    for tags in ({"aws:a": "b"}, {"a": "\x01"}):
        refused(("InvalidParameterValue", "ValidationException"), lambda_.create_function, **function, Tags=tags)
    lambda_.create_function(**function)
    allow = {"FunctionName": name, "StatementId": "s", "Action": "lambda:InvokeFunction"}
    for principal in ("somebody", "arn:aws:s3:::bucket", "sns.amazonaws.com.evil", "a*"):
        refused(invalid, lambda_.add_permission, **allow, Principal=principal)
    unchecked = clients.client("lambda", config={"parameter_validation": False})
    for action in ("lambda:", "lambda:Invoke Function", "iam:PassRole"):
        permission = {**allow, "Action": action, "Principal": "*"}
        refused("ValidationException", unchecked.add_permission, **permission)
    organisation = {**allow, "Principal": "*", "PrincipalOrgID": "organisation"}
    refused("ValidationException", lambda_.add_permission, **organisation)
    url = {**allow, "Principal": "*", "FunctionUrlAuthType": "NONE"}
    refused(invalid, lambda_.add_permission, **url)
    lambda_.delete_function(FunctionName=name)


def test_log_groups(clients):
    logs, name, invalid = clients.logs, clients.name("group"), "InvalidParameter"
    for wrong in (
        {"kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/k"},
        {"logGroupClass": "INFREQUENT_ACCESS"},
        {"deletionProtectionEnabled": True},
        {"tags": {"aws:a": "b"}},
        {"tags": {"a": "\x02"}},
    ):
        refused(invalid, logs.create_log_group, logGroupName=name, **wrong)
    refused(invalid, logs.create_log_group, logGroupName=f"aws/{name}")
    logs.create_log_group(logGroupName=name)
    unchecked = clients.client("logs", config={"parameter_validation": False})
    refused(invalid, unchecked.filter_log_events, logGroupName=name, startTime=-1)
    both = {"logGroupNamePrefix": "a", "logGroupIdentifiers": [name]}
    refused(invalid, logs.describe_log_groups, **both)
    logs.delete_log_group(logGroupName=name)


def test_sessions(clients):
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "000000000000"}}
    name = clients.name("role")
    role = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": trust}))
    session = {"RoleArn": role["Role"]["Arn"], "RoleSessionName": "ann"}
    assume = clients.sts.assume_role
    refused("ValidationError", assume, **session, DurationSeconds=7200)
    refused("MalformedPolicyDocument", assume, **session, Policy="{}")
    refused("ValidationError", assume, **session, Tags=[{"Key": "aws:a", "Value": "b"}])
    both = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    refused("InvalidParameterValue", assume, **session, Tags=both)


def test_buckets(clients):
    create = clients.s3.create_bucket
    for configuration in (
        {"Location": {"Type": "AvailabilityZone", "Name": "use1-az1"}},
        {"Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"}},
    ):
        refused("NotImplemented", create, Bucket=clients.name("b"), CreateBucketConfiguration=configuration)
    name = clients.name("bucket")
    create(Bucket=name)
    refused("NotImplemented", clients.s3.put_object, Bucket=name, Key="k", Body=b"", WriteOffsetBytes=5)
    assert clients.s3.list_buckets(BucketRegion="eu-west-1", Prefix=name)["Buckets"] == []
    here = clients.s3.list_buckets(BucketRegion="us-east-1", Prefix=name)["Buckets"]
    assert [bucket["Name"] for bucket in here] == [name]
    clients.s3.delete_bucket(Bucket=name)
