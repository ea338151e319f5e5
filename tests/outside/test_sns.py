"""SNS, as boto3 and the AWS CLI see it."""

import json
import time

import boto3
import bundles
from test_lambda import created, messages

PATIENCE = 60
# Logs the message and the attributes of each record.
LOGS = bundles.python(
    """
    for record in event["Records"]:
        print("GOT", json.dumps([record["Sns"]["Message"], record["Sns"]["MessageAttributes"]]), flush=True)
    answer = None
    """
)


def topic(clients, **more):
    return clients.sns.create_topic(Name=clients.name("outside"), **more)["TopicArn"]


def refused(code, call, **parameters):
    exceptions = call.__self__.exceptions
    try:
        call(**parameters)
    except exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error
    raise AssertionError(f"no {code}: {parameters}")


def subscriber(clients, arn, allowed=None, **attributes):
    """A function that logs what comes from the topic, and its subscription."""
    name = created(clients, LOGS)
    if allowed != "nothing":
        clients.lambda_.add_permission(
            FunctionName=name,
            StatementId="sns",
            Action="lambda:InvokeFunction",
            Principal="sns.amazonaws.com",
            SourceArn=allowed or arn,
        )
    function = clients.lambda_.get_function_configuration(FunctionName=name)["FunctionArn"]
    subscription = clients.sns.subscribe(
        TopicArn=arn, Protocol="lambda", Endpoint=function, Attributes=attributes, ReturnSubscriptionArn=True
    )
    return name, subscription["SubscriptionArn"]


def got(clients, name, count):
    """What the function has logged, when there are so many."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            lines = messages(clients, f"/aws/lambda/{name}")
        except clients.logs.exceptions.ResourceNotFoundException:
            lines = []
        found = [json.loads(line[4:]) for line in lines if line.startswith("GOT ")]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{name} got {found}"
        time.sleep(0.05)


def test_a_topic_lives(clients):
    sns = clients.sns
    tags = [{"Key": "a", "Value": "1"}]
    arn = topic(clients, Attributes={"DisplayName": "d <&>"}, Tags=tags)
    name = arn.split(":")[-1]
    assert sns.create_topic(Name=name)["TopicArn"] == arn
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["DisplayName"] == "d <&>" and attributes["TopicArn"] == arn
    assert json.loads(attributes["Policy"])["Id"] == "__default_policy_ID"
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="other")
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "other"
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": ""}])
    sns.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": ""}]
    sns.add_permission(TopicArn=arn, Label="l", AWSAccountId=["111111111111"], ActionName=["Publish"])
    policy = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["__default_statement_ID", "l"]
    sns.remove_permission(TopicArn=arn, Label="l")
    sns.delete_topic(TopicArn=arn)
    sns.delete_topic(TopicArn=arn)
    for call in (sns.get_topic_attributes, sns.list_subscriptions_by_topic):
        try:
            call(TopicArn=arn)
        except sns.exceptions.NotFoundException as error:
            assert error.response["Error"]["Message"] == "Topic does not exist"
        else:
            raise AssertionError(call)


def test_lists_come_in_pages(clients):
    sns = clients.sns
    arns = {topic(clients) for _ in range(101)}
    pages = list(sns.get_paginator("list_topics").paginate())
    assert len(pages) > 1
    assert arns <= {topic["TopicArn"] for page in pages for topic in page["Topics"]}
    one = min(arns)
    queue = "arn:aws:sqs:us-east-1:000000000000:q{}"
    for number in range(101):
        sns.subscribe(TopicArn=one, Protocol="sqs", Endpoint=queue.format(number))
    pages = list(sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=one))
    assert [len(page["Subscriptions"]) for page in pages] == [100, 1]
    everything = sns.get_paginator("list_subscriptions").paginate()
    assert sum(s["TopicArn"] == one for page in everything for s in page["Subscriptions"]) == 101
    for arn in arns:
        sns.delete_topic(TopicArn=arn)


def test_a_message_comes_to_the_functions_whose_policies_take_it(clients):
    sns = clients.sns
    arn = topic(clients)
    everything, _ = subscriber(clients, arn)
    filtered, subscription = subscriber(clients, arn, FilterPolicy='{"kind": ["a"]}')
    attributes = {
        "kind": {"DataType": "String", "StringValue": "a"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
        "number": {"DataType": "Number", "StringValue": "1.5"},
    }
    sent = sns.publish(TopicArn=arn, Message="one ł", Subject="s", MessageAttributes=attributes)
    assert sent["MessageId"]
    sns.publish(TopicArn=arn, Message="two")
    shown = {
        "kind": {"Type": "String", "Value": "a"},
        "raw": {"Type": "Binary", "Value": "AAE="},
        "number": {"Type": "Number", "Value": "1.5"},
    }
    assert sorted(got(clients, everything, 2)) == [["one ł", shown], ["two", {}]]
    assert got(clients, filtered, 1) == [["one ł", shown]]
    sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="FilterPolicyScope", AttributeValue="MessageBody"
    )
    shown = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert shown["FilterPolicyScope"] == "MessageBody" and shown["PendingConfirmation"] == "false"
    batch = [{"Id": str(n), "Message": json.dumps({"kind": kind})} for n, kind in enumerate("ab")]
    answer = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=batch + [{"Id": "c", "Message": ""}])
    assert [entry["Id"] for entry in answer["Successful"]] == ["0", "1"]
    assert [entry["Code"] for entry in answer["Failed"]] == ["InvalidParameter"]
    assert got(clients, filtered, 2)[1] == ['{"kind": "a"}', {}]
    assert len(got(clients, everything, 4)) == 4
    sns.unsubscribe(SubscriptionArn=subscription)
    listed = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert len(listed) == 1


def test_without_a_permission_nothing_comes(clients):
    arn, other = topic(clients), topic(clients)
    denied, _ = subscriber(clients, arn, allowed="nothing")
    deputy, _ = subscriber(clients, arn, allowed=other)
    allowed, _ = subscriber(clients, arn)
    clients.sns.publish(TopicArn=arn, Message="m")
    got(clients, allowed, 1)
    for name in (denied, deputy):
        assert got(clients, name, 0) == []


def test_what_sns_does_not_take_is_refused_in_its_words(clients):
    sns = clients.sns
    arn = topic(clients)
    invalid = "InvalidParameter"
    for code, call, parameters, words in [
        (invalid, sns.create_topic, {"Name": "a b"}, "Invalid parameter: Topic Name"),
        (invalid, sns.create_topic, {"Name": "a.fifo"}, "Invalid parameter: Topic Name"),
        (invalid, sns.create_topic, {"Name": "a", "Attributes": {"FifoTopic": "true"}}, "Topic Name"),
        (
            invalid,
            sns.create_topic,
            {"Name": "a.fifo", "Attributes": {"FifoTopic": "true", "ArchivePolicy": "{}"}},
            "does not support the attribute ArchivePolicy",
        ),
        (invalid, sns.publish, {"TopicArn": arn, "Message": ""}, "Empty message"),
        (invalid, sns.publish, {"TopicArn": arn, "Message": "x" * 262145}, "Message too long"),
        (invalid, sns.publish, {"TopicArn": "words", "Message": "m"}, "An ARN must have at least 6 elements, not 1"),
        ("NotFound", sns.publish, {"TopicArn": arn + "x", "Message": "m"}, "Topic does not exist"),
        (
            "ParameterValueInvalid",
            sns.publish,
            {"TopicArn": arn, "Message": "m", "MessageAttributes": {"a": {"DataType": "Number", "StringValue": "x"}}},
            "Could not cast message attribute 'a' value to number.",
        ),
        ("EmptyBatchRequest", sns.publish_batch, {"TopicArn": arn, "PublishBatchRequestEntries": []}, "any entries"),
        (invalid, sns.subscribe, {"TopicArn": arn, "Protocol": "https", "Endpoint": "https://a"}, "Protocol=https"),
        (invalid, sns.unsubscribe, {"SubscriptionArn": arn}, "SubscriptionArn"),
        (invalid, sns.confirm_subscription, {"TopicArn": arn, "Token": "t"}, "Token"),
        (
            "NotFound",
            sns.get_subscription_attributes,
            {"SubscriptionArn": arn + ":1"},
            "Subscription does not exist",
        ),
        ("ResourceNotFound", sns.list_tags_for_resource, {"ResourceArn": arn + "x"}, "Resource does not exist"),
    ]:
        assert words in str(refused(code, call, **parameters)), (call, parameters)


def test_a_fifo_topic_keeps_groups_in_order_and_takes_a_message_once(clients):
    sns, sqs = clients.sns, clients.sqs
    name = clients.name("outside") + ".fifo"
    arn = sns.create_topic(Name=name, Attributes={"FifoTopic": "true"})["TopicArn"]
    assert sns.create_topic(Name=name, Attributes={"FifoTopic": "true"})["TopicArn"] == arn
    queue = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
    }
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": statement})})
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
    ids = {"MessageGroupId": "g", "MessageDeduplicationId": "0"}
    sent = sns.publish(TopicArn=arn, Message="0", **ids)
    assert len(sent["SequenceNumber"]) == 20
    again = sns.publish(TopicArn=arn, Message="again", **ids)
    assert (again["MessageId"], again["SequenceNumber"]) == (sent["MessageId"], sent["SequenceNumber"])
    entries = [
        {"Id": str(n), "Message": str(n), "MessageGroupId": "g", "MessageDeduplicationId": str(n)} for n in range(1, 9)
    ]
    answer = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)
    numbers = [entry["SequenceNumber"] for entry in answer["Successful"]]
    assert numbers == sorted(numbers) and min(numbers) > sent["SequenceNumber"]
    got = []
    while len(got) < 9:
        messages = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=20, MessageSystemAttributeNames=["All"]
        )["Messages"]
        for message in messages:
            got.append((message["Body"], message["Attributes"]["MessageGroupId"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert got == [(str(n), "g") for n in range(9)]
    for message, words in (
        ({}, "The MessageGroupId parameter is required for FIFO topics"),
        ({"MessageGroupId": "g"}, "ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"),
    ):
        assert words in str(refused("InvalidParameter", sns.publish, TopicArn=arn, Message="m", **message))
    function = "arn:aws:lambda:us-east-1:000000000000:function:f"
    refused("InvalidParameter", sns.subscribe, TopicArn=arn, Protocol="lambda", Endpoint=function)
    standard = topic(clients)
    error = refused("InvalidParameter", sns.subscribe, TopicArn=standard, Protocol="sqs", Endpoint=queue_arn)
    assert "FIFO SQS Queues can not be subscribed to standard SNS topics" in str(error)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="ContentBasedDeduplication", AttributeValue="true")
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (attributes["FifoTopic"], attributes["ContentBasedDeduplication"]) == ("true", "true")
    first, second = (sns.publish(TopicArn=arn, Message="same", MessageGroupId="h") for _ in range(2))
    assert first["MessageId"] == second["MessageId"]
    sns.delete_topic(TopicArn=arn)


def test_who_may_publish_the_policies_say(clients):
    arn = topic(clients)
    user = clients.name("outside")
    clients.iam.create_user(UserName=user)
    keys = clients.iam.create_access_key(UserName=user)["AccessKey"]
    theirs = boto3.client(
        "sns",
        endpoint_url=clients.endpoint,
        region_name="us-east-1",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
    )
    error = refused("AuthorizationError", theirs.publish, TopicArn=arn, Message="m")
    assert error.response["Error"]["Message"] == (
        f"User: arn:aws:iam::000000000000:user/{user} is not authorized to perform: SNS:Publish on resource: "
        f"{arn} because no identity-based policy allows the SNS:Publish action"
    )
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::000000000000:user/{user}"},
        "Action": "sns:Publish",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    clients.sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    assert theirs.publish(TopicArn=arn, Message="m")["MessageId"]
    refused("AuthorizationError", theirs.delete_topic, TopicArn=arn)


def test_the_cli_publishes(clients):
    name = clients.name("outside")
    arn = clients.aws("sns", "create-topic", "--name", name, "--attributes", "DisplayName=d")["TopicArn"]
    function, subscription = subscriber(clients, arn)
    attributes = '{"a": {"DataType": "String", "StringValue": "b"}}'
    words = ("--message", "from the CLI", "--message-attributes", attributes)
    assert clients.aws("sns", "publish", "--topic-arn", arn, *words)["MessageId"]
    assert got(clients, function, 1) == [["from the CLI", {"a": {"Type": "String", "Value": "b"}}]]
    listed = clients.aws("sns", "list-subscriptions-by-topic", "--topic-arn", arn)["Subscriptions"]
    assert [it["SubscriptionArn"] for it in listed] == [subscription]
    clients.aws("sns", "delete-topic", "--topic-arn", arn)
