"""SQS, as boto3, the AWS CLI and clients of the old query protocol see it; and queues that invoke functions."""

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from contextlib import contextmanager

import boto3
import bundles
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

XML = {"q": "http://queue.amazonaws.com/doc/2012-11-05/"}
PATIENCE = 30


@contextmanager
def queue(clients, fifo=False, **attributes):
    name = clients.name("queue") + (".fifo" if fifo else "")
    if fifo:
        attributes["FifoQueue"] = "true"
    url = clients.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    try:
        yield url
    finally:
        clients.sqs.delete_queue(QueueUrl=url)


def arn(clients, url):
    found = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return found["Attributes"]["QueueArn"]


def raises(exception, call, **parameters):
    try:
        call(**parameters)
    except exception as error:
        return error
    raise AssertionError(f"no {exception.__name__}: {parameters}")


def receive(clients, url, **more):
    return clients.sqs.receive_message(QueueUrl=url, **more).get("Messages", [])


def bodies(messages):
    return [message["Body"] for message in messages]


def test_queues_are_made_found_changed_and_listed(clients):
    sqs, prefix = clients.sqs, clients.name("list")
    names = [f"{prefix}-{number}" for number in range(5)]
    urls = [sqs.create_queue(QueueName=name, tags={"a": "1"})["QueueUrl"] for name in names]
    pages = list(sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix, PaginationConfig={"PageSize": 2}))
    assert [url for page in pages for url in page["QueueUrls"]] == urls and len(pages) == 3
    assert sqs.get_queue_url(QueueName=names[0])["QueueUrl"] == urls[0]
    sqs.set_queue_attributes(QueueUrl=urls[0], Attributes={"VisibilityTimeout": "7"})
    found = sqs.get_queue_attributes(QueueUrl=urls[0], AttributeNames=["All"])["Attributes"]
    assert found["VisibilityTimeout"] == "7" and found["QueueArn"].endswith(names[0])
    sqs.tag_queue(QueueUrl=urls[0], Tags={"b": "2"})
    sqs.untag_queue(QueueUrl=urls[0], TagKeys=["a"])
    assert sqs.list_queue_tags(QueueUrl=urls[0])["Tags"] == {"b": "2"}
    for url in urls:
        sqs.delete_queue(QueueUrl=url)
    missing = raises(sqs.exceptions.QueueDoesNotExist, sqs.get_queue_url, QueueName=names[0])
    assert missing.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix=prefix)


def test_messages_are_sent_received_and_deleted(clients):
    sqs = clients.sqs
    with queue(clients) as url:
        attributes = {
            "text": {"DataType": "String", "StringValue": "é\n"},
            "bytes": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"},
        }
        sent = sqs.send_message(QueueUrl=url, MessageBody="<é>", MessageAttributes=attributes)
        message = receive(clients, url, AttributeNames=["All"], MessageAttributeNames=["All"])[0]
        assert message["MessageId"] == sent["MessageId"] and message["Body"] == "<é>"
        assert message["MessageAttributes"] == attributes
        assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
        assert message["Attributes"]["ApproximateReceiveCount"] == "1"
        handle = message["ReceiptHandle"]
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
        again = receive(clients, url)[0]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
        entries = [{"Id": str(number), "MessageBody": f"m{number}"} for number in range(10)]
        done = sqs.send_message_batch(QueueUrl=url, Entries=entries)
        assert len(done["Successful"]) == 10 and not done.get("Failed")
        messages = receive(clients, url, MaxNumberOfMessages=10)
        assert bodies(messages) == [f"m{number}" for number in range(10)]
        entries = [{"Id": str(number), "ReceiptHandle": it["ReceiptHandle"]} for number, it in enumerate(messages)]
        assert len(sqs.delete_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert counts["ApproximateNumberOfMessages"] == counts["ApproximateNumberOfMessagesNotVisible"] == "0"
        large = "x" * (1 << 20)
        sqs.send_message(QueueUrl=url, MessageBody=large)
        assert bodies(receive(clients, url)) == [large]


def test_errors_have_the_exceptions_of_botocore(clients):
    sqs = clients.sqs
    client = sqs.exceptions
    with queue(clients) as url:
        handle = raises(client.ReceiptHandleIsInvalid, sqs.delete_message, QueueUrl=url, ReceiptHandle="x")
        assert handle.response["Error"]["Code"] == "ReceiptHandleIsInvalid"
        empty = raises(client.EmptyBatchRequest, sqs.send_message_batch, QueueUrl=url, Entries=[])
        assert empty.response["Error"]["Code"] == "AWS.SimpleQueueService.EmptyBatchRequest"
        raises(client.InvalidAttributeName, sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Color"])
        name = url.rsplit("/", 1)[1]
        raises(client.QueueNameExists, sqs.create_queue, QueueName=name, Attributes={"DelaySeconds": "3"})
        sqs.purge_queue(QueueUrl=url)
        raises(client.PurgeQueueInProgress, sqs.purge_queue, QueueUrl=url)
        parameters = {"QueueUrl": url, "MaxNumberOfMessages": 11}
        wrong = raises(client.ClientError, sqs.receive_message, **parameters)
        assert wrong.response["Error"]["Code"] == "InvalidParameterValue", wrong.response


def test_a_fifo_queue_keeps_groups_in_order_and_takes_a_message_once(clients):
    sqs = clients.sqs
    with queue(clients, fifo=True, ContentBasedDeduplication="true") as url:
        for group, body in (("a", "1"), ("b", "2"), ("a", "3"), ("a", "1")):
            sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)
        first = receive(clients, url, AttributeNames=["All"])
        assert bodies(first) == ["1"] and first[0]["Attributes"]["MessageGroupId"] == "a"
        assert bodies(receive(clients, url, MaxNumberOfMessages=10)) == ["2"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])
        assert bodies(receive(clients, url, MaxNumberOfMessages=10)) == ["3"]


def test_who_waits_gets_a_message_when_it_comes(clients):
    with queue(clients) as url:
        received = []
        waiting = threading.Thread(target=lambda: received.extend(receive(clients, url, WaitTimeSeconds=20)))
        waiting.start()
        clients.sqs.send_message(QueueUrl=url, MessageBody="a")
        waiting.join()
        assert bodies(received) == ["a"]
        assert receive(clients, url, WaitTimeSeconds=1) == []


def test_the_aws_cli_polls_and_batches(clients):
    with queue(clients) as url:
        clients.aws("sqs", "send-message", "--queue-url", url, "--message-body", "from the CLI", "--delay-seconds", "1")
        poll = ("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "20", "--attribute-names", "All")
        message = clients.aws(*poll)["Messages"][0]
        assert message["Body"] == "from the CLI"
        clients.aws("sqs", "delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
        assert url in clients.aws("sqs", "list-queues")["QueueUrls"]
        error = clients.aws("sqs", "get-queue-url", "--queue-name", "none", fails=True)
        assert "(AWS.SimpleQueueService.NonExistentQueue)" in error, error


def query(clients, path="/", method="POST", **parameters):
    """A request of the query protocol: the status and the root of the answer."""
    form = urllib.parse.urlencode({"Version": "2012-11-05", **parameters})
    url = clients.endpoint.rstrip("/") + path + (f"?{form}" if method == "GET" else "")
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"} if method == "POST" else {}
    request = AWSRequest(method, url, headers, form if method == "POST" else None)
    SigV4Auth(boto3.Session().get_credentials(), "sqs", "us-east-1").add_auth(request)
    body = form.encode() if method == "POST" else None
    plain = urllib.request.Request(url, body, dict(request.headers.items()), method=method)
    try:
        with urllib.request.urlopen(plain) as answer:
            return answer.status, ElementTree.fromstring(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, ElementTree.fromstring(error.read())


def texts(root, path):
    return [element.text for element in root.findall(path, XML)]


def test_the_query_protocol_does_the_same(clients):
    name = clients.name("old")
    made = {"Attribute.1.Name": "VisibilityTimeout", "Attribute.1.Value": "5", "Tag.1.Key": "a", "Tag.1.Value": "1"}
    status, root = query(clients, Action="CreateQueue", QueueName=name, **made)
    assert status == 200
    (url,) = texts(root, ".//q:QueueUrl")
    path = urllib.parse.urlparse(url).path
    attribute = {"MessageAttribute.1.Name": "n", "MessageAttribute.1.Value.DataType": "Number"}
    attribute["MessageAttribute.1.Value.StringValue"] = "1"
    status, root = query(clients, path, Action="SendMessage", MessageBody="a&b", **attribute)
    assert status == 200 and texts(root, ".//q:SendMessageResult/q:MD5OfMessageBody"), ElementTree.tostring(root)
    wanted = {"AttributeName.1": "All", "MessageAttributeName.1": "All", "MaxNumberOfMessages": "10"}
    status, root = query(clients, path, "GET", Action="ReceiveMessage", **wanted)
    assert texts(root, ".//q:Message/q:Body") == ["a&b"]
    assert "SentTimestamp" in texts(root, ".//q:Message/q:Attribute/q:Name")
    assert texts(root, ".//q:Message/q:MessageAttribute/q:Value/q:StringValue") == ["1"]
    (handle,) = texts(root, ".//q:Message/q:ReceiptHandle")
    entry = "DeleteMessageBatchRequestEntry"
    done = {f"{entry}.1.Id": "x", f"{entry}.1.ReceiptHandle": handle, f"{entry}.2.Id": "y", f"{entry}.2.ReceiptHandle": "z"}
    status, root = query(clients, Action="DeleteMessageBatch", QueueUrl=url, **done)
    assert texts(root, ".//q:DeleteMessageBatchResultEntry/q:Id") == ["x"]
    assert texts(root, ".//q:BatchResultErrorEntry/q:Id") == ["y"]
    status, root = query(clients, path, Action="GetQueueAttributes", **{"AttributeName.1": "VisibilityTimeout"})
    assert texts(root, ".//q:Attribute/q:Value") == ["5"]
    assert texts(query(clients, path, Action="ListQueueTags")[1], ".//q:Tag/q:Value") == ["1"]
    assert query(clients, path, Action="DeleteQueue")[0] == 200
    status, root = query(clients, path, Action="SendMessage", MessageBody="a")
    assert status == 400 and texts(root, ".//q:Code") == ["AWS.SimpleQueueService.NonExistentQueue"]
    status, root = query(clients, Action="Fly")
    assert status == 400 and texts(root, ".//q:Code") == ["InvalidAction"]


TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@contextmanager
def worker(clients, handler, policy="arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole", **settings):
    """A function in a role of its own."""
    name = clients.name("worker")
    role = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    clients.iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    bundle = {"ZipFile": bundles.python(handler)}
    function = {"FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": role}
    clients.lambda_.create_function(**function, Code=bundle, **settings)
    try:
        yield name
    finally:
        clients.lambda_.delete_function(FunctionName=name)
        clients.iam.detach_role_policy(RoleName=name, PolicyArn=policy)
        clients.iam.delete_role(RoleName=name)


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.05)


def test_mappings_are_made_listed_changed_and_deleted(clients):
    lambda_, client = clients.lambda_, clients.lambda_.exceptions
    with queue(clients) as url, worker(clients, "answer = None") as name:
        source = arn(clients, url)
        made = lambda_.create_event_source_mapping(FunctionName=name, EventSourceArn=source, Enabled=False)
        assert made["State"] == "Creating" and made["BatchSize"] == 10
        pages = lambda_.get_paginator("list_event_source_mappings").paginate(FunctionName=name)
        assert [it["UUID"] for page in pages for it in page["EventSourceMappings"]] == [made["UUID"]]
        parameters = {"FunctionName": name, "EventSourceArn": source}
        raises(client.ResourceConflictException, lambda_.create_event_source_mapping, **parameters)
        lambda_.update_event_source_mapping(UUID=made["UUID"], BatchSize=1, Enabled=True)
        found = lambda_.get_event_source_mapping(UUID=made["UUID"])
        assert found["State"] == "Enabled" and found["BatchSize"] == 1
        assert lambda_.delete_event_source_mapping(UUID=made["UUID"])["State"] == "Deleting"
        raises(client.ResourceNotFoundException, lambda_.get_event_source_mapping, UUID=made["UUID"])
        wrong = {**parameters, "EventSourceArn": source + "-none"}
        error = raises(client.InvalidParameterValueException, lambda_.create_event_source_mapping, **wrong)
        assert "NonExistentQueue" in str(error), error


def test_a_role_has_to_allow_to_receive(clients):
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    with queue(clients) as url, worker(clients, "answer = None", policy) as name:
        parameters = {"FunctionName": name, "EventSourceArn": arn(clients, url)}
        client = clients.lambda_.exceptions
        call = clients.lambda_.create_event_source_mapping
        error = raises(client.InvalidParameterValueException, call, **parameters)
        assert "does not have permissions to call ReceiveMessage on SQS" in str(error), error


WORK = """
import urllib.parse
failed = []
for record in event["Records"]:
    assert record["eventSource"] == "aws:sqs" and record["awsRegion"] == "us-east-1"
    print("done" if record["body"] != "poison" else "failed", record["body"], flush=True)
    if record["body"] == "poison":
        failed.append({"itemIdentifier": record["messageId"]})
answer = {"batchItemFailures": failed}
"""


def test_the_rest_of_a_batch_with_a_poisoned_message_is_done(clients):
    with queue(clients) as dead:
        redrive = json.dumps({"deadLetterTargetArn": arn(clients, dead), "maxReceiveCount": 2})
        settings = {"VisibilityTimeout": "1", "RedrivePolicy": redrive}
        with queue(clients, **settings) as url, worker(clients, WORK, Timeout=1) as name:
            entries = [{"Id": str(n), "MessageBody": "poison" if n == 3 else f"m{n}"} for n in range(6)]
            clients.sqs.send_message_batch(QueueUrl=url, Entries=entries)
            made = clients.lambda_.create_event_source_mapping(
                FunctionName=name,
                EventSourceArn=arn(clients, url),
                FunctionResponseTypes=["ReportBatchItemFailures"],
            )
            messages = []
            until(lambda: messages.extend(receive(clients, dead, AttributeNames=["All"])) or messages)
            assert bodies(messages) == ["poison"]
            assert messages[0]["Attributes"]["DeadLetterQueueSourceArn"] == arn(clients, url)
            counts = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            assert counts["ApproximateNumberOfMessages"] == counts["ApproximateNumberOfMessagesNotVisible"] == "0"
            group = f"/aws/lambda/{name}"
            events = clients.logs.filter_log_events(logGroupName=group)["events"]
            lines = [event["message"].strip() for event in events]
            assert sorted(line for line in lines if line.startswith("done")) == [f"done m{n}" for n in (0, 1, 2, 4, 5)]
            assert len([line for line in lines if line.startswith("failed")]) == 2, lines
            clients.lambda_.delete_event_source_mapping(UUID=made["UUID"])


def test_batches_are_gathered_in_a_window(clients):
    handler = 'print("batch", len(event["Records"]), flush=True)\nanswer = None'
    with queue(clients) as url, worker(clients, handler) as name:
        made = clients.lambda_.create_event_source_mapping(
            FunctionName=name, EventSourceArn=arn(clients, url), BatchSize=25, MaximumBatchingWindowInSeconds=60
        )
        for start in range(0, 30, 10):
            entries = [{"Id": str(number), "MessageBody": str(start + number)} for number in range(10)]
            clients.sqs.send_message_batch(QueueUrl=url, Entries=entries)
        group = {"logGroupName": f"/aws/lambda/{name}"}

        def batches():
            if not clients.logs.describe_log_groups(logGroupNamePrefix=group["logGroupName"])["logGroups"]:
                return []
            events = clients.logs.filter_log_events(**group, filterPattern="batch")["events"]
            return [event["message"].strip() for event in events]

        until(batches)
        assert batches() == ["batch 25"]
        clients.lambda_.delete_event_source_mapping(UUID=made["UUID"])


def test_a_filter_keeps_messages_from_the_function(clients):
    handler = 'print("got", [record["body"] for record in event["Records"]], flush=True)\nanswer = None'
    with queue(clients) as url, worker(clients, handler) as name:
        pattern = json.dumps({"body": {"kind": [{"prefix": "want"}]}})
        made = clients.lambda_.create_event_source_mapping(
            FunctionName=name, EventSourceArn=arn(clients, url), FilterCriteria={"Filters": [{"Pattern": pattern}]}
        )
        assert made["FilterCriteria"] == {"Filters": [{"Pattern": pattern}]}
        for kind in ("other", "wanted"):
            clients.sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"kind": kind}))

        def counts():
            found = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            return [int(found[f"ApproximateNumberOfMessages{end}"]) for end in ("", "NotVisible")]

        until(lambda: counts() == [0, 0])
        events = clients.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="got")["events"]
        assert [event["message"].strip() for event in events] == ["got ['{\"kind\": \"wanted\"}']"]
        clients.lambda_.delete_event_source_mapping(UUID=made["UUID"])


def test_queue_policies_decide_for_users(clients):
    iam, name = clients.iam, clients.name("reader")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    user = clients.client("sqs", **keys)
    try:
        with queue(clients) as url:
            error = raises(user.exceptions.ClientError, user.send_message, QueueUrl=url, MessageBody="a")
            assert error.response["Error"]["Code"] == "AccessDenied", error.response
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403
            assert "is not authorized to perform: sqs:SendMessage on resource: " in str(error)
            own = iam.get_user(UserName=name)["User"]["Arn"]
            statement = {"Effect": "Allow", "Principal": {"AWS": own}, "Action": "sqs:SendMessage", "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
            user.send_message(QueueUrl=url, MessageBody="a")
            raises(user.exceptions.ClientError, user.receive_message, QueueUrl=url)
    finally:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName=name)
