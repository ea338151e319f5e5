"""DynamoDB Streams, as boto3 and the AWS CLI see them; and streams that invoke functions."""

import json
import time
from contextlib import contextmanager

import bundles

PATIENCE = 60
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
MANAGED = "arn:aws:iam::aws:policy/service-role/"


def raises(exception, call, **parameters):
    try:
        call(**parameters)
    except exception as error:
        return error
    raise AssertionError(f"no {exception.__name__}: {parameters}")


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.05)
    return found


@contextmanager
def table(clients, view="NEW_AND_OLD_IMAGES"):
    """The name of a table, and the ARN of its stream."""
    name = clients.name("events")
    made = clients.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("Stream", "Id")],
        KeySchema=[{"AttributeName": "Stream", "KeyType": "HASH"}, {"AttributeName": "Id", "KeyType": "RANGE"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
    )["TableDescription"]
    assert made["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": view}
    assert made["LatestStreamArn"].endswith(f"/{name}/stream/{made['LatestStreamLabel']}")
    try:
        yield name, made["LatestStreamArn"]
    finally:
        clients.dynamodb.delete_table(TableName=name)


def put(clients, name, stream, number, **more):
    item = {"Stream": {"S": stream}, "Id": {"S": f"{number:03}"}, **more}
    clients.dynamodb.put_item(TableName=name, Item=item)


def shard(streams, arn):
    (only,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    return only["ShardId"]


def iterator(streams, arn, kind="TRIM_HORIZON", **more):
    parameters = {"StreamArn": arn, "ShardId": shard(streams, arn), "ShardIteratorType": kind, **more}
    return streams.get_shard_iterator(**parameters)["ShardIterator"]


def names(records):
    return [f"{it['eventName']} {it['dynamodb']['Keys']['Id']['S']}" for it in records]


def test_a_stream_is_described_read_and_listed(clients):
    streams = clients.client("dynamodbstreams")
    with table(clients) as (name, arn):
        described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
        assert described["StreamStatus"] == "ENABLED" and described["TableName"] == name
        assert [key["KeyType"] for key in described["KeySchema"]] == ["HASH", "RANGE"]
        assert abs(described["CreationRequestDateTime"].timestamp() - time.time()) < PATIENCE
        for number in range(3):
            put(clients, name, "a", number, Bytes={"B": b"\x00\xff"}, Numbers={"NS": ["1", "2"]})
        put(clients, name, "a", 2, Bytes={"B": b"\x00\xff"}, Numbers={"NS": ["2", "1"]})
        key = {"Stream": {"S": "a"}, "Id": {"S": "000"}}
        clients.dynamodb.delete_item(TableName=name, Key=key)
        answer = streams.get_records(ShardIterator=iterator(streams, arn))
        records = answer["Records"]
        # The second write of the third item changed nothing.
        assert names(records) == ["INSERT 000", "INSERT 001", "INSERT 002", "REMOVE 000"]
        first, change = records[0], records[0]["dynamodb"]
        assert first["eventVersion"] == "1.1" and first["eventSource"] == "aws:dynamodb"
        assert first["awsRegion"] == "us-east-1" and change["StreamViewType"] == "NEW_AND_OLD_IMAGES"
        assert change["NewImage"]["Bytes"] == {"B": b"\x00\xff"} and "OldImage" not in change
        assert change["SizeBytes"] == 42, change
        assert records[3]["dynamodb"]["OldImage"]["Id"] == {"S": "000"}
        assert streams.get_records(ShardIterator=answer["NextShardIterator"])["Records"] == []
        second = records[1]["dynamodb"]["SequenceNumber"]
        for kind, count in (("AT_SEQUENCE_NUMBER", 3), ("AFTER_SEQUENCE_NUMBER", 2)):
            found = streams.get_records(ShardIterator=iterator(streams, arn, kind, SequenceNumber=second))
            assert len(found["Records"]) == count
        (listed,) = streams.list_streams(TableName=name)["Streams"]
        assert listed == {"StreamArn": arn, "TableName": name, "StreamLabel": arn.rsplit("/", 1)[1]}
        with table(clients):
            found, start = [], {}
            while True:
                page = streams.list_streams(Limit=1, **start)
                found += [stream["StreamArn"] for stream in page["Streams"]]
                if "LastEvaluatedStreamArn" not in page:
                    break
                start = {"ExclusiveStartStreamArn": page["LastEvaluatedStreamArn"]}
            assert len(found) == 2 and arn in found and found == sorted(found)


def test_views_are_those_that_were_asked_for(clients):
    streams = clients.client("dynamodbstreams")
    images = {"KEYS_ONLY": [], "NEW_IMAGE": ["NewImage"], "OLD_IMAGE": ["OldImage"]}
    for view, expected in images.items():
        with table(clients, view) as (name, arn):
            for words in ("one", "two", "two"):
                put(clients, name, "a", 1, Words={"S": words})
            records = streams.get_records(ShardIterator=iterator(streams, arn))["Records"]
            assert names(records) == ["INSERT 001", "MODIFY 001"], view
            assert [name for name in records[1]["dynamodb"] if name.endswith("Image")] == expected


def test_errors_have_the_exceptions_of_botocore(clients):
    streams = clients.client("dynamodbstreams", config={"parameter_validation": False})
    missing, client = streams.exceptions.ResourceNotFoundException, streams.exceptions.ClientError
    with table(clients) as (name, arn):
        raises(missing, streams.describe_stream, StreamArn=arn[:-1] + "X")
        request = {"StreamArn": arn, "ShardId": shard(streams, arn)}
        raises(missing, streams.get_shard_iterator, **{**request, "ShardId": "x" * 30}, ShardIteratorType="LATEST")
        for wrong in (
            {"ShardIteratorType": "AT_SEQUENCE_NUMBER"},
            {"ShardIteratorType": "LATEST", "SequenceNumber": "1" * 21},
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "1"},
            {"ShardIteratorType": "SOMEWHERE"},
        ):
            error = raises(client, streams.get_shard_iterator, **request, **wrong)
            assert error.response["Error"]["Code"] == "ValidationException", error
        first = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "1" + "0" * 20}
        raises(streams.exceptions.TrimmedDataAccessException, streams.get_shard_iterator, **request, **first)
        error = raises(client, streams.get_records, ShardIterator="x")
        assert error.response["Error"] == {"Message": "Invalid ShardIterator", "Code": "ValidationException"}
        latest = iterator(streams, arn, "LATEST")
        raises(streams.exceptions.LimitExceededException, streams.get_records, ShardIterator=latest, Limit=1001)
        on = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
        error = raises(client, clients.dynamodb.update_table, TableName=name, StreamSpecification=on)
        assert "Table already has an enabled stream" in str(error), error


def test_a_disabled_stream_is_closed(clients):
    streams = clients.client("dynamodbstreams")
    with table(clients) as (name, arn):
        put(clients, name, "a", 1)
        clients.dynamodb.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
        put(clients, name, "a", 2)
        described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
        assert described["StreamStatus"] == "DISABLED"
        answer = streams.get_records(ShardIterator=iterator(streams, arn))
        assert names(answer["Records"]) == ["INSERT 001"] and "NextShardIterator" not in answer
        end = described["Shards"][0]["SequenceNumberRange"]["EndingSequenceNumber"]
        assert end == answer["Records"][0]["dynamodb"]["SequenceNumber"]


def test_the_aws_cli_reads_a_stream(clients):
    with table(clients, "NEW_IMAGE") as (name, arn):
        put(clients, name, "a", 1)
        described = clients.aws("dynamodbstreams", "describe-stream", "--stream-arn", arn)
        (only,) = described["StreamDescription"]["Shards"]
        place = ("--shard-id", only["ShardId"], "--shard-iterator-type", "TRIM_HORIZON")
        found = clients.aws("dynamodbstreams", "get-shard-iterator", "--stream-arn", arn, *place)
        answer = clients.aws("dynamodbstreams", "get-records", "--shard-iterator", found["ShardIterator"])
        assert names(answer["Records"]) == ["INSERT 001"]


@contextmanager
def worker(clients, handler, policies=("AWSLambdaDynamoDBExecutionRole",), inline=None):
    name = clients.name("worker")
    role = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    for policy in policies:
        clients.iam.attach_role_policy(RoleName=name, PolicyArn=MANAGED + policy)
    if inline:
        document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **inline}]})
        clients.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    function = {"FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": role}
    clients.lambda_.create_function(**function, Code={"ZipFile": bundles.python(handler)})
    try:
        yield name
    finally:
        clients.lambda_.delete_function(FunctionName=name)
        if inline:
            clients.iam.delete_role_policy(RoleName=name, PolicyName="own")
        for policy in policies:
            clients.iam.detach_role_policy(RoleName=name, PolicyArn=MANAGED + policy)
        clients.iam.delete_role(RoleName=name)


@contextmanager
def mapping(clients, function, source, position="TRIM_HORIZON", **settings):
    parameters = {"FunctionName": function, "EventSourceArn": source, "StartingPosition": position, **settings}
    made = clients.lambda_.create_event_source_mapping(**parameters)
    try:
        yield made
    finally:
        clients.lambda_.delete_event_source_mapping(UUID=made["UUID"])


def said(clients, function, word):
    """The lines of the function's log that begin so, without the word."""
    group = f"/aws/lambda/{function}"
    if not clients.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    events = clients.logs.filter_log_events(logGroupName=group, filterPattern=word)["events"]
    lines = [event["message"].strip() for event in events]
    return [line.removeprefix(f"{word} ") for line in lines if line.startswith(f"{word} ")]


def test_mappings_are_made_changed_and_refused(clients):
    lambda_, client = clients.lambda_, clients.lambda_.exceptions
    with table(clients) as (_, arn), worker(clients, "answer = None") as name:
        with mapping(clients, name, arn, "LATEST", Enabled=False, ParallelizationFactor=2) as made:
            defaults = {"BatchSize": 100, "MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1}
            assert defaults.items() <= made.items() and made["StartingPosition"] == "LATEST"
            assert made["DestinationConfig"] == {"OnFailure": {}} and made["TumblingWindowInSeconds"] == 0
            change = {"BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 3, "BatchSize": 10_000}
            lambda_.update_event_source_mapping(UUID=made["UUID"], Enabled=True, **change)
            found = lambda_.get_event_source_mapping(UUID=made["UUID"])
            assert found["State"] == "Enabled" and change.items() <= found.items()
        right = {"FunctionName": name, "EventSourceArn": arn, "StartingPosition": "LATEST"}
        for wrong, words in (
            ({"StartingPosition": "AT_TIMESTAMP"}, "Unsupported starting position"),
            ({"EventSourceArn": arn + "0"}, "Stream not found"),
            ({"ScalingConfig": {"MaximumConcurrency": 2}}, "Unsupported ScalingConfig parameter"),
            ({"TumblingWindowInSeconds": 1, "ParallelizationFactor": 2}, "ParallelizationFactor above 1"),
        ):
            call = lambda_.create_event_source_mapping
            error = raises(client.InvalidParameterValueException, call, **{**right, **wrong})
            assert words in str(error), error
    basic = ("AWSLambdaBasicExecutionRole",)
    with table(clients) as (_, arn), worker(clients, "answer = None", basic) as name:
        parameters = {"FunctionName": name, "EventSourceArn": arn, "StartingPosition": "LATEST"}
        call = lambda_.create_event_source_mapping
        error = raises(client.InvalidParameterValueException, call, **parameters)
        assert f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords" in str(error), error
    inline = {"Action": ["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"]}
    streams = {"Action": [*inline["Action"], "dynamodb:ListStreams"], "Resource": None}
    with table(clients) as (table_name, arn):
        streams["Resource"] = f"{arn.rsplit('/', 1)[0]}/*"
        with worker(clients, "answer = None", basic, streams) as name, mapping(clients, name, arn):
            pass


ORDER = """
for record in event["Records"]:
    assert record["eventSource"] == "aws:dynamodb" and "/stream/" in record["eventSourceARN"]
    keys = record["dynamodb"]["Keys"]
    print("got", keys["Stream"]["S"], keys["Id"]["S"], flush=True)
print("batch", len(event["Records"]), flush=True)
answer = None
"""


def test_records_come_in_their_order_and_idle_mappings_are_woken(clients):
    with table(clients) as (name, arn), worker(clients, ORDER) as function:
        put(clients, name, "a", 0)
        with mapping(clients, function, arn, "LATEST"):
            for number in range(1, 4):
                put(clients, name, "a", number)
                until(lambda: len(said(clients, function, "got")) == number)
            assert said(clients, function, "got") == ["a 001", "a 002", "a 003"]
        with mapping(clients, function, arn, BatchSize=2, ParallelizationFactor=3):
            until(lambda: len(said(clients, function, "got")) == 7)
            assert sorted(said(clients, function, "got")[3:]) == [f"a {number:03}" for number in range(4)]


def test_batches_are_gathered_in_a_window(clients):
    with table(clients) as (name, arn), worker(clients, ORDER) as function:
        with mapping(clients, function, arn, BatchSize=20, MaximumBatchingWindowInSeconds=60):
            for number in range(25):
                put(clients, name, "a", number)
            until(lambda: said(clients, function, "batch"))
            assert said(clients, function, "batch") == ["20"]


def test_a_filter_keeps_records_from_the_function(clients):
    pattern = json.dumps({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"Kind": {"S": ["wanted"]}}}})
    with table(clients) as (name, arn), worker(clients, ORDER) as function:
        with mapping(clients, function, arn, FilterCriteria={"Filters": [{"Pattern": pattern}]}):
            for number, kind in enumerate(("other", "wanted", "other", "wanted")):
                put(clients, name, "a", number, Kind={"S": kind})
            until(lambda: len(said(clients, function, "got")) == 2)
            assert said(clients, function, "got") == ["a 001", "a 003"]


POISON = """
failed = []
for record in event["Records"]:
    number = record["dynamodb"]["Keys"]["Id"]["S"]
    if number == "003":
        failed.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
        print("failed", number, flush=True)
        break
    print("done", number, flush=True)
answer = {"batchItemFailures": failed}
"""


@contextmanager
def told(clients, kind):
    """The ARN of a destination, and a function that returns what it was told."""
    name = clients.name("dead")
    url = clients.sqs.create_queue(QueueName=name)["QueueUrl"]
    found = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    queue, topic = found["Attributes"]["QueueArn"], None

    def reports():
        messages = clients.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]

    if kind == "sns":
        topic = clients.sns.create_topic(Name=name)["TopicArn"]
        statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": queue}]}
        clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        raw = {"RawMessageDelivery": "true"}
        clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=raw)
    try:
        yield topic or queue, reports
    finally:
        if topic:
            clients.sns.delete_topic(TopicArn=topic)
        clients.sqs.delete_queue(QueueUrl=url)


def test_a_record_that_fails_is_given_up_and_told(clients):
    for kind, action in (("sqs", "sqs:SendMessage"), ("sns", "sns:Publish")):
        with table(clients) as (name, arn), told(clients, kind) as (destination, reports):
            allowed = {"Action": action, "Resource": destination}
            settings = {
                "MaximumRetryAttempts": 1,
                "BisectBatchOnFunctionError": True,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "DestinationConfig": {"OnFailure": {"Destination": destination}},
            }
            with worker(clients, POISON) as function:
                parameters = {"FunctionName": function, "EventSourceArn": arn, "StartingPosition": "LATEST"}
                call, wrong = clients.lambda_.create_event_source_mapping, clients.lambda_.exceptions
                error = raises(wrong.InvalidParameterValueException, call, **parameters, **settings)
                assert "does not have permissions to call" in str(error), error
            for number in range(6):
                put(clients, name, "a", number)
            with worker(clients, POISON, inline=allowed) as function, mapping(clients, function, arn, **settings):
                (report,) = until(reports)
                info = report["DDBStreamBatchInfo"]
                assert report["requestContext"]["condition"] == "RetryAttemptsExhausted", report
                assert report["requestContext"]["functionArn"].endswith(function) and report["version"] == "1.0"
                assert report["responseContext"]["functionError"] == "Unhandled"
                assert info["streamArn"] == arn and info["batchSize"] == 1
                assert info["startSequenceNumber"] == info["endSequenceNumber"]
                until(lambda: said(clients, function, "done")[-1:] == ["005"])
                done = said(clients, function, "done")
                assert list(dict.fromkeys(done)) == ["000", "001", "002", "004", "005"], done
                assert len(said(clients, function, "failed")) >= 2


def test_users_need_permissions_on_the_stream(clients):
    iam, name = clients.iam, clients.name("reader")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    user = clients.client("dynamodbstreams", **keys)
    try:
        with table(clients) as (_, arn):
            error = raises(user.exceptions.ClientError, user.describe_stream, StreamArn=arn)
            assert error.response["Error"]["Code"] == "AccessDeniedException", error.response
            assert f"is not authorized to perform: dynamodb:DescribeStream on resource: {arn}" in str(error), error
            actions = ["dynamodb:DescribeStream", "dynamodb:GetShardIterator"]
            statement = {"Effect": "Allow", "Action": actions, "Resource": arn}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
            place = iterator(user, arn)
            error = raises(user.exceptions.ClientError, user.get_records, ShardIterator=place)
            assert f"dynamodb:GetRecords on resource: {arn}" in str(error), error
            iam.delete_user_policy(UserName=name, PolicyName="p")
    finally:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName=name)


COUNTS = """
total = event["state"].get("total", 0) + len(event["Records"])
assert event["window"]["start"] < event["window"]["end"] and "/stream/" in event["eventSourceARN"]
assert not event["isWindowTerminatedEarly"] and event["shardId"]
if event["isFinalInvokeForWindow"]:
    print("window", event["window"]["start"], total, flush=True)
answer = {"state": {"total": total}}
"""


def test_a_state_is_handed_on_in_a_tumbling_window(clients):
    with table(clients) as (name, arn), worker(clients, COUNTS) as function:
        with mapping(clients, function, arn, BatchSize=1, TumblingWindowInSeconds=2) as made:
            assert made["TumblingWindowInSeconds"] == 2
            for number in range(7):
                clients.dynamodb.put_item(TableName=name, Item={"Stream": {"S": "a"}, "Id": {"S": str(number)}})
            until(lambda: sum(int(line.split()[1]) for line in said(clients, function, "window")) == 7)
            starts = [line.split()[0] for line in said(clients, function, "window")]
            assert len(set(starts)) == len(starts), starts
