"""EventBridge Scheduler, as boto3 and the AWS CLI see it."""

import datetime
import json

from test_events import queue, received
from test_sns import refused

OFF = {"Mode": "OFF"}


def role(clients, action="sqs:SendMessage", service="scheduler.amazonaws.com"):
    name = clients.name("role")

    def document(**statement):
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})

    trust = document(Principal={"Service": service}, Action="sts:AssumeRole")
    arn = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    clients.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(Action=action, Resource="*"))
    return arn


def settings(clients, **more):
    _, arn = queue(clients)
    target = {"Arn": arn, "RoleArn": role(clients), **more.pop("Target", {})}
    return {
        "Name": clients.name("schedule"),
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": OFF,
        "State": "DISABLED",
        **more,
        "Target": target,
    }


def test_a_schedule_from_its_creation_to_its_deletion(clients):
    scheduler = clients.scheduler
    start = datetime.datetime(2040, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    given = settings(clients, Description="d", StartDate=start, ScheduleExpressionTimezone="Europe/Berlin")
    name = given["Name"]
    arn = scheduler.create_schedule(**given)["ScheduleArn"]
    assert arn.endswith(f":schedule/default/{name}")
    refused("ConflictException", scheduler.create_schedule, **given)
    found = scheduler.get_schedule(Name=name)
    for member in ("Name", "Description", "ScheduleExpression", "ScheduleExpressionTimezone", "State", "StartDate"):
        assert found[member] == given[member], (member, found)
    assert found["GroupName"] == "default"
    assert found["ActionAfterCompletion"] == "NONE"
    assert found["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    given["ScheduleExpression"] = "cron(0 12 * * ? *)"
    given["FlexibleTimeWindow"] = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    del given["Description"]
    assert scheduler.update_schedule(**given)["ScheduleArn"] == arn
    found = scheduler.get_schedule(Name=name, GroupName="default")
    assert found["FlexibleTimeWindow"] == given["FlexibleTimeWindow"] and "Description" not in found
    scheduler.delete_schedule(Name=name)
    refused("ResourceNotFoundException", scheduler.get_schedule, Name=name)
    refused("ResourceNotFoundException", scheduler.delete_schedule, Name=name)
    refused("ResourceNotFoundException", scheduler.update_schedule, **given)


def test_a_schedule_fires_in_its_role(clients):
    url, arn = queue(clients)
    given = settings(clients, State="ENABLED", Target={"Arn": arn, "Input": "hello <aws.scheduler.attempt-number>"})
    clients.scheduler.create_schedule(**given)
    # A rate begins at once.
    assert received(clients, url)["Body"] == "hello 1"
    clients.scheduler.delete_schedule(Name=given["Name"])
    dead_url, dead = queue(clients)
    target = {"RoleArn": role(clients), "DeadLetterConfig": {"Arn": dead}, "Arn": arn.replace(":sqs:", ":sns:")}
    given = settings(clients, State="ENABLED", Target=target)
    clients.scheduler.create_schedule(**given)
    attributes = received(clients, dead_url)["MessageAttributes"]
    assert attributes["TARGET_ARN"]["StringValue"] == target["Arn"], attributes


def test_groups(clients):
    scheduler = clients.scheduler
    name = clients.name("group")
    arn = scheduler.create_schedule_group(Name=name, Tags=[{"Key": "a", "Value": "1"}])["ScheduleGroupArn"]
    refused("ConflictException", scheduler.create_schedule_group, Name=name)
    found = scheduler.get_schedule_group(Name=name)
    assert (found["Arn"], found["State"]) == (arn, "ACTIVE"), found
    scheduler.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    given = settings(clients, GroupName=name)
    scheduler.create_schedule(**given)
    listed = scheduler.list_schedules(GroupName=name)["Schedules"]
    assert [(it["Name"], it["GroupName"]) for it in listed] == [(given["Name"], name)]
    scheduler.delete_schedule_group(Name=name)
    refused("ResourceNotFoundException", scheduler.get_schedule_group, Name=name)
    refused("ResourceNotFoundException", scheduler.list_schedules, GroupName=name)
    refused("ResourceNotFoundException", scheduler.delete_schedule_group, Name=name)
    refused("ValidationException", scheduler.delete_schedule_group, Name="default")
    refused("ResourceNotFoundException", scheduler.create_schedule, **given)


def test_lists_have_pages(clients):
    scheduler = clients.scheduler
    prefix = clients.name("page")
    given = settings(clients)
    for index in range(3):
        scheduler.create_schedule(**{**given, "Name": f"{prefix}-{index}"})
        scheduler.create_schedule_group(Name=f"{prefix}-{index}")
    for operation, list_ in (("list_schedules", "Schedules"), ("list_schedule_groups", "ScheduleGroups")):
        pages = scheduler.get_paginator(operation).paginate(NamePrefix=prefix, PaginationConfig={"PageSize": 1})
        assert [page[list_][0]["Name"] for page in pages] == [f"{prefix}-{index}" for index in range(3)]
    assert scheduler.list_schedules(NamePrefix=prefix, State="ENABLED")["Schedules"] == []
    refused("ValidationException", scheduler.list_schedules, NextToken="x")


def test_what_is_wrong_is_refused(clients):
    create = clients.scheduler.create_schedule
    for more in (
        {"ScheduleExpression": "rate(1 days)"},
        {"ScheduleExpression": "cron(0 12 * * * *)"},
        {"ScheduleExpressionTimezone": "Mars/Olympus"},
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
        {"Target": {"RoleArn": role(clients, service="lambda.amazonaws.com")}},
        {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"}},
    ):
        refused("ValidationException", create, **settings(clients, **more))


def test_the_cli(clients):
    given = settings(clients)
    clients.aws(
        "scheduler", "create-schedule", "--name", given["Name"], "--schedule-expression", "at(2040-01-01T00:00:00)",
        "--flexible-time-window", "Mode=OFF", "--target", json.dumps(given["Target"]),
    )
    found = clients.aws("scheduler", "get-schedule", "--name", given["Name"])
    assert found["ScheduleExpression"] == "at(2040-01-01T00:00:00)"
    clients.aws("scheduler", "delete-schedule", "--name", given["Name"])
