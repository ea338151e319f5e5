"""EventBridge, as boto3 and the AWS CLI see it."""

import datetime
import json
import time

from test_sns import refused

PATIENCE = 60
PATTERN = json.dumps({"source": ["outside"]})


def rule(clients, **more):
    name = clients.name("rule")
    settings = more or {"EventPattern": PATTERN}
    return name, clients.events.put_rule(Name=name, **settings)["RuleArn"]


def queue(clients, source=None, **attributes):
    """A queue to which EventBridge may send for this rule."""
    url = clients.sqs.create_queue(QueueName=clients.name("outside") + attributes.pop("suffix", ""), Attributes=attributes)[
        "QueueUrl"
    ]
    found = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = found["Attributes"]["QueueArn"]
    if source:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": source}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


def received(clients, url):
    """The first message, when it is there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = clients.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MessageAttributeNames=["All"])
        for message in found.get("Messages", []):
            clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return message
    raise AssertionError("no message")


def test_a_rule_from_its_creation_to_its_deletion(clients):
    events = clients.events
    name, arn = rule(clients, EventPattern=PATTERN, Description="d", Tags=[{"Key": "a", "Value": "1"}])
    found = events.describe_rule(Name=name)
    assert (found["Arn"], found["State"], found["EventBusName"]) == (arn, "ENABLED", "default"), found
    assert json.loads(found["EventPattern"]) == {"source": ["outside"]}
    events.disable_rule(Name=name)
    assert events.describe_rule(Name=name)["State"] == "DISABLED"
    events.enable_rule(Name=name)
    assert events.describe_rule(Name=name)["State"] == "ENABLED"
    _, target = queue(clients)
    put = events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": target, "Input": "{}"}])
    assert put["FailedEntryCount"] == 0
    assert events.list_targets_by_rule(Rule=name)["Targets"] == [{"Id": "t", "Arn": target, "Input": "{}"}]
    assert events.list_rule_names_by_target(TargetArn=target)["RuleNames"] == [name]
    refused("ValidationException", events.delete_rule, Name=name)
    removed = events.remove_targets(Rule=name, Ids=["t", "u"])
    assert removed["FailedEntries"][0]["TargetId"] == "u", removed
    events.delete_rule(Name=name)
    refused("ResourceNotFoundException", events.describe_rule, Name=name)


def test_events_come_to_queues(clients):
    name, arn = rule(clients)
    url, target = queue(clients, arn)
    fifo_url, fifo = queue(clients, arn, suffix=".fifo", FifoQueue="true", ContentBasedDeduplication="true")
    transformer = {"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": '{"a": <a>, "rule": "<aws.events.rule-name>"}'}
    clients.events.put_targets(
        Rule=name,
        Targets=[
            {"Id": "whole", "Arn": target},
            {"Id": "fifo", "Arn": fifo, "SqsParameters": {"MessageGroupId": "g"}, "InputTransformer": transformer},
        ],
    )
    at = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    sent = clients.events.put_events(
        Entries=[
            {"Source": "outside", "DetailType": "t", "Detail": '{"a": 1}', "Time": at, "Resources": ["r"]},
            {"Source": "outside", "DetailType": "t", "Detail": "no JSON"},
            {"Source": "other", "DetailType": "t", "Detail": "{}"},
        ]
    )
    assert sent["FailedEntryCount"] == 1, sent
    assert sent["Entries"][1]["ErrorCode"] == "MalformedDetail", sent
    event = json.loads(received(clients, url)["Body"])
    assert event == {
        "version": "0",
        "id": sent["Entries"][0]["EventId"],
        "detail-type": "t",
        "source": "outside",
        "account": "000000000000",
        "time": "2026-01-02T03:04:05Z",
        "region": "us-east-1",
        "resources": ["r"],
        "detail": {"a": 1},
    }, event
    assert json.loads(received(clients, fifo_url)["Body"]) == {"a": 1, "rule": name}


def test_what_cannot_be_delivered_goes_to_a_dead_letter_queue(clients):
    name, arn = rule(clients, EventPattern=json.dumps({"source": ["undelivered"]}))
    _, closed = queue(clients)
    url, dead = queue(clients, arn)
    policy = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
    target = {"Id": "t", "Arn": closed, "DeadLetterConfig": {"Arn": dead}, "RetryPolicy": policy}
    clients.events.put_targets(Rule=name, Targets=[target])
    clients.events.put_events(Entries=[{"Source": "undelivered", "DetailType": "t", "Detail": "{}"}])
    attributes = received(clients, url)["MessageAttributes"]
    assert attributes["RULE_ARN"]["StringValue"] == arn
    assert attributes["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"


def test_event_buses_have_rules_of_their_own(clients):
    events = clients.events
    name = clients.name("bus")
    arn = events.create_event_bus(Name=name, Description="d", Tags=[{"Key": "a", "Value": "1"}])["EventBusArn"]
    refused("ResourceAlreadyExistsException", events.create_event_bus, Name=name)
    assert events.describe_event_bus(Name=arn)["Description"] == "d"
    assert events.update_event_bus(Name=name, Description="e")["Description"] == "e"
    assert name in [bus["Name"] for bus in events.list_event_buses(NamePrefix=name)["EventBuses"]]
    assert "default" in [bus["Name"] for bus in events.list_event_buses()["EventBuses"]]
    rule_arn = events.put_rule(Name="r", EventBusName=name, EventPattern=PATTERN)["RuleArn"]
    assert rule_arn.endswith(f":rule/{name}/r")
    refused("ValidationException", events.put_rule, Name="s", EventBusName=name, ScheduleExpression="rate(1 hour)")
    url, target = queue(clients, rule_arn)
    events.put_targets(Rule="r", EventBusName=name, Targets=[{"Id": "t", "Arn": target, "InputPath": "$.detail"}])
    sent = events.put_events(
        Entries=[{"Source": "outside", "DetailType": "t", "Detail": '{"b": 2}', "EventBusName": arn}]
    )
    assert sent["FailedEntryCount"] == 0
    assert json.loads(received(clients, url)["Body"]) == {"b": 2}
    events.put_permission(EventBusName=name, StatementId="s", Action="events:PutEvents", Principal="*")
    assert json.loads(events.describe_event_bus(Name=name)["Policy"])["Statement"][0]["Sid"] == "s"
    events.remove_permission(EventBusName=name, StatementId="s")
    refused("ResourceNotFoundException", events.remove_permission, EventBusName=name, StatementId="s")
    refused("ValidationException", events.delete_event_bus, Name=name)
    events.remove_targets(Rule="r", EventBusName=name, Ids=["t"])
    events.delete_rule(Name="r", EventBusName=name)
    events.delete_event_bus(Name=name)
    refused("ResourceNotFoundException", events.describe_event_bus, Name=name)


def test_tags(clients):
    _, arn = rule(clients)
    clients.events.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    clients.events.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert clients.events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": ""}]


def test_lists_have_pages(clients):
    prefix = clients.name("page")
    for index in range(3):
        clients.events.put_rule(Name=f"{prefix}-{index}", EventPattern=PATTERN)
    pages = clients.events.get_paginator("list_rules").paginate(NamePrefix=prefix, PaginationConfig={"PageSize": 1})
    assert [len(page["Rules"]) for page in pages] == [1, 1, 1]
    targets = [{"Id": str(index), "Arn": queue(clients)[1]} for index in range(2)]
    clients.events.put_targets(Rule=f"{prefix}-0", Targets=targets)
    pages = clients.events.get_paginator("list_targets_by_rule").paginate(
        Rule=f"{prefix}-0", PaginationConfig={"PageSize": 1}
    )
    assert [page["Targets"][0]["Id"] for page in pages] == ["0", "1"]
    pages = clients.events.get_paginator("list_rule_names_by_target").paginate(TargetArn=targets[0]["Arn"])
    assert [page["RuleNames"] for page in pages] == [[f"{prefix}-0"]]
    refused("ValidationException", clients.events.list_rules, NextToken="x")


def test_patterns_and_expressions_are_checked(clients):
    events = clients.events
    event = {"id": "1", "account": "2", "source": "a", "time": "t", "region": "r", "resources": [], "detail-type": "d"}
    for source, expected in (("a", True), ("b", False)):
        pattern = json.dumps({"source": [source]})
        assert events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"] is expected
    refused("InvalidEventPatternException", events.put_rule, Name="r", EventPattern="{}")
    error = refused("ValidationException", events.put_rule, Name="r", ScheduleExpression="cron(0 12 * * * *)")
    assert error.response["Error"]["Message"] == "Parameter ScheduleExpression is not valid."
    for expression in ("rate(5 minutes)", "cron(0 12 ? * MON-FRI *)"):
        name, _ = rule(clients, ScheduleExpression=expression)
        assert events.describe_rule(Name=name)["ScheduleExpression"] == expression


def test_the_cli(clients):
    name = clients.name("cli")
    put = clients.aws("events", "put-rule", "--name", name, "--schedule-expression", "rate(1 hour)")
    assert put["RuleArn"].endswith(f":rule/{name}")
    assert clients.aws("events", "describe-rule", "--name", name)["ScheduleExpression"] == "rate(1 hour)"
    clients.aws("events", "delete-rule", "--name", name)
