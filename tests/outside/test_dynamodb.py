"""DynamoDB, as boto3 sees it: mostly what lies around the library that does the work."""

import uuid
from contextlib import contextmanager

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer


@contextmanager
def table(dynamodb, **more):
    name = f"outside-{uuid.uuid4()}"
    masked = {
        "IndexName": "Masked",
        "KeySchema": [{"AttributeName": "Name", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["Identity"]},
    }
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "Name", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Name", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[masked],
        **more,
    )
    at_once = {"Delay": 1, "MaxAttempts": 1}
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig=at_once)
    yield name
    dynamodb.delete_table(TableName=name)
    dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig=at_once)


def player(name, **more):
    return {"Name": {"S": name}, **{key: {"S": value} for key, value in more.items()}}


def raises(exception, call, **parameters):
    try:
        call(**parameters)
    except exception as error:
        return error
    raise AssertionError(f"no {exception.__name__}: {parameters}")


def refused(client, code, call, **parameters):
    error = raises(client.exceptions.ClientError, call, **parameters)
    assert error.response["Error"]["Code"] == code, error
    return error


def test_a_table_is_described(clients):
    dynamodb = clients.dynamodb
    account = clients.sts.get_caller_identity()["Account"]
    with table(dynamodb) as name:
        described = dynamodb.describe_table(TableName=name)["Table"]
        arn = f"arn:aws:dynamodb:us-east-1:{account}:table/{name}"
        assert described["TableArn"] == arn
        assert described["TableStatus"] == "ACTIVE"
        assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        index = described["GlobalSecondaryIndexes"][0]
        assert index["IndexArn"] == f"{arn}/index/Masked"
        assert index["IndexStatus"] == "ACTIVE"
        assert dynamodb.describe_table(TableName=arn)["Table"] == described
        listed = dynamodb.get_paginator("list_tables").paginate()
        assert name in [found for page in listed for found in page["TableNames"]]

        dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])
        assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [
            {"Key": "a", "Value": "1"}
        ]
        dynamodb.untag_resource(ResourceArn=arn, TagKeys=["a"])
        assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == []

        backups = dynamodb.describe_continuous_backups(TableName=name)
        assert backups["ContinuousBackupsDescription"]["ContinuousBackupsStatus"] == "ENABLED"
        raises(dynamodb.exceptions.ResourceInUseException, dynamodb.create_table, TableName=name,
               BillingMode="PAY_PER_REQUEST",
               AttributeDefinitions=[{"AttributeName": "Name", "AttributeType": "S"}],
               KeySchema=[{"AttributeName": "Name", "KeyType": "HASH"}])
    missing = dynamodb.exceptions.ResourceNotFoundException
    for call in (
        dynamodb.describe_table,
        dynamodb.delete_table,
        dynamodb.scan,
        dynamodb.describe_continuous_backups,
    ):
        raises(missing, call, TableName=name)
    assert dynamodb.describe_limits()["TableMaxReadCapacityUnits"] > 0


def test_a_table_is_updated(clients):
    dynamodb = clients.dynamodb
    with table(dynamodb) as name:
        updated = dynamodb.update_table(
            TableName=name,
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )["TableDescription"]
        assert ":us-east-1:" in updated["LatestStreamArn"]
        dynamodb.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "Until"},
        )
        ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        assert ttl["AttributeName"] == "Until"


def test_items_of_all_types(clients):
    dynamodb = clients.dynamodb
    with table(dynamodb) as name:
        value = {
            "Name": "all",
            "Number": 12,
            "Bytes": Binary(b"\x00\xff"),
            "Flag": True,
            "Nothing": None,
            "List": [1, "two", {"three": [4]}],
            "Set": {"a", "b"},
            "Arn": "arn:aws:dynamodb:dynoxide:000000000000:table/mine",
            "Text": "<&>\u00e4\U0001f43a\n",
        }
        serialize, deserialize = TypeSerializer().serialize, TypeDeserializer().deserialize
        item = {key: serialize(part) for key, part in value.items()}
        dynamodb.put_item(TableName=name, Item=item)
        got = dynamodb.get_item(TableName=name, Key=player("all"), ConsistentRead=True)["Item"]
        assert {key: deserialize(part) for key, part in got.items()} == value

        updated = dynamodb.update_item(
            TableName=name,
            Key=player("all"),
            UpdateExpression="SET #n = #n + :one REMOVE Flag",
            ExpressionAttributeNames={"#n": "Number"},
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="UPDATED_NEW",
        )
        assert updated["Attributes"] == {"Number": {"N": "13"}}
        deleted = dynamodb.delete_item(
            TableName=name, Key=player("all"), ReturnValues="ALL_OLD"
        )
        assert "Flag" not in deleted["Attributes"]
        assert "Item" not in dynamodb.get_item(TableName=name, Key=player("all"))


def test_the_index_masks(clients):
    dynamodb = clients.dynamodb
    with table(dynamodb) as name:
        people = [player(f"p{n}", Identity="Uncovered", TrueIdentity="Mafia") for n in range(5)]
        requests = [{"PutRequest": {"Item": item}} for item in people]
        left = dynamodb.batch_write_item(RequestItems={name: requests})
        assert left["UnprocessedItems"] == {}
        pages = dynamodb.get_paginator("scan").paginate(
            TableName=name, IndexName="Masked", PaginationConfig={"PageSize": 2}
        )
        seen = [page["Items"] for page in pages]
        assert len(seen) >= 3
        found = [item for page in seen for item in page]
        assert len(found) == 5
        assert all(set(item) == {"Name", "Identity"} for item in found)
        queried = dynamodb.query(
            TableName=name,
            KeyConditionExpression="#n = :n",
            ExpressionAttributeNames={"#n": "Name"},
            ExpressionAttributeValues={":n": {"S": "p3"}},
            ReturnConsumedCapacity="TOTAL",
        )
        assert queried["Items"] == [people[3]]
        assert queried["ConsumedCapacity"]["TableName"] == name
        keys = {"Keys": [player("p0"), player("none")]}
        got = dynamodb.batch_get_item(RequestItems={name: keys})
        assert got["Responses"][name] == [people[0]]
        assert got["UnprocessedKeys"] == {}


def test_conditions_that_fail_say_what_there_is(clients):
    dynamodb = clients.dynamodb
    with table(dynamodb) as name:
        dynamodb.put_item(TableName=name, Item=player("a", Identity="Uncovered"))
        error = raises(
            dynamodb.exceptions.ConditionalCheckFailedException,
            dynamodb.put_item,
            TableName=name,
            Item=player("a"),
            ConditionExpression="attribute_not_exists(#n)",
            ExpressionAttributeNames={"#n": "Name"},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        assert error.response["Item"] == player("a", Identity="Uncovered")
        assert error.response["Error"]["Message"] == "The conditional request failed"

        absent = {
            "ConditionExpression": "attribute_not_exists(#n)",
            "ExpressionAttributeNames": {"#n": "Name"},
        }
        error = raises(
            dynamodb.exceptions.TransactionCanceledException,
            dynamodb.transact_write_items,
            TransactItems=[
                {"Put": {"TableName": name, "Item": player("b")}},
                {"Put": {"TableName": name, "Item": player("a"), **absent}},
            ],
        )
        codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
        assert codes == ["None", "ConditionalCheckFailed"]
        assert dynamodb.scan(TableName=name)["Count"] == 1

        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": name, "Item": player("b")}},
                {"Delete": {"TableName": name, "Key": player("a")}},
            ]
        )
        got = dynamodb.transact_get_items(
            TransactItems=[{"Get": {"TableName": name, "Key": player("b")}}]
        )
        assert got["Responses"] == [{"Item": player("b")}]


def test_a_table_has_an_arn_wherever_it_has_a_name(clients):
    dynamodb = clients.dynamodb
    with table(dynamodb) as name:
        arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
        dynamodb.put_item(TableName=arn, Item=player("a"))
        put = {"Put": {"TableName": arn, "Item": player("b")}}
        dynamodb.transact_write_items(TransactItems=[put])
        put = {"PutRequest": {"Item": player("c")}}
        dynamodb.batch_write_item(RequestItems={arn: [put]})
        got = dynamodb.batch_get_item(RequestItems={arn: {"Keys": [player("a"), player("c")]}})
        assert len(got["Responses"][arn]) == 2
        get = {"Get": {"TableName": arn, "Key": player("b")}}
        assert dynamodb.transact_get_items(TransactItems=[get])["Responses"][0]["Item"]
        assert dynamodb.scan(TableName=arn)["Count"] == 3


def test_statements(clients):
    dynamodb = clients.dynamodb
    with table(dynamodb) as name:
        insert = f"INSERT INTO \"{name}\" VALUE {{'Name': ?}}"
        dynamodb.execute_statement(Statement=insert, Parameters=[{"S": "a"}])
        raises(
            dynamodb.exceptions.DuplicateItemException,
            dynamodb.execute_statement,
            Statement=insert,
            Parameters=[{"S": "a"}],
        )
        found = dynamodb.execute_statement(Statement=f'SELECT * FROM "{name}"')["Items"]
        assert found == [player("a")]


def test_what_is_wrong_is_said(clients):
    dynamodb = clients.dynamodb
    with table(dynamodb) as name:
        wrong = [
            {"Item": {"Other": {"S": "a"}}},
            {"Item": {"Name": {"N": "1"}}},
            {"Item": {"Name": {"S": ""}}},
            {"Item": player("a"), "ConditionExpression": "nonsense("},
        ]
        for parameters in wrong:
            refused(
                dynamodb, "ValidationException", dynamodb.put_item, TableName=name, **parameters
            )
        error = refused(dynamodb, "UnknownOperationException", dynamodb.list_backups)
        assert "PutItem" in error.response["Error"]["Message"]


def test_an_expression_that_is_nested_without_end_is_refused(clients):
    dynamodb = clients.dynamodb
    with table(dynamodb) as name:
        for depth in (301, 1500, 4000):
            refused(dynamodb, "ValidationException", dynamodb.scan, TableName=name, FilterExpression="(" * depth)
        assert dynamodb.scan(TableName=name)["Items"] == []
