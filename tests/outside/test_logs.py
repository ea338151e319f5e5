"""CloudWatch Logs, as boto3 sees it."""

import time
import uuid
from contextlib import contextmanager

DAY = 24 * 60 * 60 * 1000


@contextmanager
def log_group(logs, **more):
    name = f"/outside/{uuid.uuid4()}"
    logs.create_log_group(logGroupName=name, **more)
    try:
        yield name
    finally:
        logs.delete_log_group(logGroupName=name)


def now():
    return int(time.time() * 1000)


def put(logs, group, stream, *messages, start=None):
    start = start or now()
    events = [
        {"timestamp": start + number, "message": message}
        for number, message in enumerate(messages)
    ]
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def raises(exception, call, **parameters):
    try:
        call(**parameters)
    except exception as error:
        return error
    raise AssertionError(f"no {exception.__name__}: {parameters}")


def messages(page):
    return [event["message"] for event in page["events"]]


def test_groups_are_made_described_and_deleted(clients):
    logs = clients.logs
    with log_group(logs, tags={"a": "1"}) as name:
        found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        assert len(found) == 1, found
        group = found[0]
        assert group["logGroupName"] == name
        assert abs(group["creationTime"] - now()) < DAY
        assert group["logGroupArn"].endswith(f":log-group:{name}")
        assert group["arn"] == group["logGroupArn"] + ":*"
        assert group["storedBytes"] == 0
        assert "retentionInDays" not in group
        raises(
            logs.exceptions.ResourceAlreadyExistsException,
            logs.create_log_group,
            logGroupName=name,
        )
    assert not logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    raises(logs.exceptions.ResourceNotFoundException, logs.delete_log_group, logGroupName=name)
    raises(logs.exceptions.InvalidParameterException, logs.create_log_group, logGroupName="a b")


def test_groups_come_in_pages(clients):
    logs = clients.logs
    mark = f"pages-{uuid.uuid4()}"
    names = sorted(f"{mark}/{number}" for number in range(5))
    for name in names:
        logs.create_log_group(logGroupName=name)
    pages = logs.get_paginator("describe_log_groups").paginate
    for search in ({"logGroupNamePrefix": mark}, {"logGroupNamePattern": mark.upper()[6:]}):
        seen = list(pages(**search, PaginationConfig={"PageSize": 2}))
        assert len(seen) == 3
        found = [group["logGroupName"] for page in seen for group in page["logGroups"]]
        assert found == names, search
    raises(logs.exceptions.InvalidParameterException, logs.describe_log_groups, limit=51)
    for name in names:
        logs.delete_log_group(logGroupName=name)


def test_retention_is_kept_and_checked(clients):
    logs = clients.logs
    with log_group(logs) as name:
        logs.put_retention_policy(logGroupName=name, retentionInDays=7)
        group = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
        assert group["retentionInDays"] == 7
        error = raises(
            logs.exceptions.InvalidParameterException,
            logs.put_retention_policy,
            logGroupName=name,
            retentionInDays=8,
        )
        assert "8" in str(error) and "3653" in str(error)
        logs.delete_retention_policy(logGroupName=name)
        group = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
        assert "retentionInDays" not in group
    raises(
        logs.exceptions.ResourceNotFoundException,
        logs.put_retention_policy,
        logGroupName=name,
        retentionInDays=7,
    )


def test_tags_by_arn_and_by_group(clients):
    logs = clients.logs
    with log_group(logs, tags={"a": "1"}) as name:
        arn = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["logGroupArn"]
        logs.tag_resource(resourceArn=arn, tags={"b": "2", "c": "3"})
        logs.untag_resource(resourceArn=arn, tagKeys=["c", "none"])
        assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1", "b": "2"}
        logs.tag_log_group(logGroupName=name, tags={"a": "4"})
        logs.untag_log_group(logGroupName=name, tags=["b"])
        assert logs.list_tags_log_group(logGroupName=name)["tags"] == {"a": "4"}
        many = {f"key{number}": "" for number in range(50)}
        raises(
            logs.exceptions.TooManyTagsException, logs.tag_resource, resourceArn=arn, tags=many
        )
    raises(
        logs.exceptions.ResourceNotFoundException, logs.list_tags_for_resource, resourceArn=arn
    )


def test_streams_in_both_orders(clients):
    logs = clients.logs
    with log_group(logs) as name:
        for number in range(5):
            logs.create_log_stream(logGroupName=name, logStreamName=f"s{number}")
        raises(
            logs.exceptions.ResourceAlreadyExistsException,
            logs.create_log_stream,
            logGroupName=name,
            logStreamName="s0",
        )
        start = now() - 1000
        put(logs, name, "s3", "x", "y", start=start)
        put(logs, name, "s1", "z", start=start + 10)

        pages = logs.get_paginator("describe_log_streams").paginate
        config = {"PageSize": 2}

        def names(**order):
            found = pages(logGroupName=name, PaginationConfig=config, **order)
            return [stream["logStreamName"] for page in found for stream in page["logStreams"]]

        assert names() == ["s0", "s1", "s2", "s3", "s4"]
        assert names(descending=True) == ["s4", "s3", "s2", "s1", "s0"]
        latest = names(orderBy="LastEventTime", descending=True)
        assert latest[:2] == ["s1", "s3"] and sorted(latest) == ["s0", "s1", "s2", "s3", "s4"]
        assert names(logStreamNamePrefix="s4") == ["s4"]

        found = logs.describe_log_streams(logGroupName=name, logStreamNamePrefix="s3")
        stream = found["logStreams"][0]
        assert stream["firstEventTimestamp"] == start
        assert stream["lastEventTimestamp"] == start + 1
        assert stream["lastIngestionTime"] >= start
        assert stream["arn"].endswith(f":log-group:{name}:log-stream:s3")

        logs.delete_log_stream(logGroupName=name, logStreamName="s3")
        assert messages(logs.filter_log_events(logGroupName=name)) == ["z"]
        raises(
            logs.exceptions.ResourceNotFoundException,
            logs.get_log_events,
            logGroupName=name,
            logStreamName="s3",
        )


def test_a_stream_is_read_forward_and_backward(clients):
    logs = clients.logs
    with log_group(logs) as name:
        logs.create_log_stream(logGroupName=name, logStreamName="s")
        start = now() - 1000
        put(logs, name, "s", *"abcdefg", start=start)

        def get(**more):
            return logs.get_log_events(logGroupName=name, logStreamName="s", **more)

        latest = get(limit=2)
        assert messages(latest) == ["f", "g"]
        group = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
        by_arn = {"logGroupIdentifier": group["logGroupArn"], "logStreamName": "s"}
        assert messages(logs.get_log_events(**by_arn, limit=1)) == ["g"]
        by_arn["logGroupIdentifier"] = group["arn"]
        raises(logs.exceptions.InvalidParameterException, logs.get_log_events, **by_arn)
        before = get(limit=2, nextToken=latest["nextBackwardToken"])
        assert messages(before) == ["d", "e"]
        again = get(limit=2, nextToken=before["nextForwardToken"])
        assert messages(again) == ["f", "g"]

        read, page = [], get(limit=3, startFromHead=True)
        while page["events"]:
            read += messages(page)
            token = page["nextForwardToken"]
            page = get(limit=3, nextToken=token)
        assert "".join(read) == "abcdefg"
        assert page["nextForwardToken"] == token, "the end repeats its token"
        put(logs, name, "s", "h")
        assert messages(get(nextToken=token)) == ["h"]

        first = get(limit=3, startFromHead=True)
        edge = get(nextToken=first["nextBackwardToken"])
        assert edge["events"] == []
        assert edge["nextBackwardToken"] == first["nextBackwardToken"]
        assert messages(get(nextToken=edge["nextForwardToken"], limit=1)) == ["a"]

        # The start belongs to it, the end does not.
        assert messages(get(startTime=start + 1, endTime=start + 3)) == ["b", "c"]
        event = get(limit=1, startFromHead=True)["events"][0]
        assert event["timestamp"] == start and event["ingestionTime"] >= start
        raises(logs.exceptions.InvalidParameterException, get, nextToken="nonsense")
        raises(logs.exceptions.InvalidParameterException, get, limit=10001)


def test_a_group_is_filtered(clients):
    logs = clients.logs
    with log_group(logs) as name:
        start = now() - 10_000
        for stream in ("a1", "a2", "b1"):
            logs.create_log_stream(logGroupName=name, logStreamName=stream)
        put(logs, name, "a1", "START one", "REPORT ms 1", start=start)
        put(logs, name, "a2", "START two", "ERROR it broke", start=start)
        put(logs, name, "b1", "later", start=start + 100)

        def found(**more):
            return messages(logs.filter_log_events(logGroupName=name, **more))

        everything = ["START one", "START two", "REPORT ms 1", "ERROR it broke", "later"]
        assert found() == everything, "by time, then in the order of writing"
        assert found(startFromHead=False) == everything[::-1]
        assert found(filterPattern="START") == ["START one", "START two"]
        assert found(filterPattern="START two") == ["START two"]
        assert found(filterPattern='"it broke"') == ["ERROR it broke"]
        assert found(filterPattern="-START -later") == ["REPORT ms 1", "ERROR it broke"]
        assert found(filterPattern="?REPORT ?ERROR") == ["REPORT ms 1", "ERROR it broke"]
        assert found(logStreamNames=["b1"]) == ["later"]
        assert found(logStreamNamePrefix="a", filterPattern="START") == ["START one", "START two"]
        # Both ends belong to it.
        assert found(startTime=start + 1, endTime=start + 100) == everything[2:]
        for refused in ({"filterPattern": "{ $.x = 1 }"}, {"filterPattern": '"open'}):
            raises(logs.exceptions.InvalidParameterException, found, **refused)
        raises(logs.exceptions.ResourceNotFoundException, found, logStreamNames=["none"])

        pages = logs.get_paginator("filter_log_events").paginate
        seen = list(pages(logGroupName=name, PaginationConfig={"PageSize": 2}))
        assert [messages(page) for page in seen] == [everything[:2], everything[2:4], everything[4:]]
        ids = [event["eventId"] for page in seen for event in page["events"]]
        once_more = logs.filter_log_events(logGroupName=name)["events"]
        assert ids == [event["eventId"] for event in once_more], "ids stay what they are"
        assert len(set(ids)) == 5
        assert [event["logStreamName"] for event in once_more] == ["a1", "a2", "a1", "a2", "b1"]
    raises(
        logs.exceptions.ResourceNotFoundException, logs.filter_log_events, logGroupName=name
    )


def test_the_tokens_of_one_list_are_none_of_another(clients):
    logs = clients.logs
    with log_group(logs) as group:
        logs.create_log_stream(logGroupName=group, logStreamName="s")
        put(logs, group, "s", "one", "two")
        read = logs.get_log_events(logGroupName=group, logStreamName="s", limit=1)
        found = logs.filter_log_events(logGroupName=group, limit=1)
        invalid = logs.exceptions.InvalidParameterException
        raises(invalid, logs.filter_log_events, logGroupName=group, nextToken=read["nextForwardToken"])
        raises(
            invalid,
            logs.get_log_events,
            logGroupName=group,
            logStreamName="s",
            nextToken=found["nextToken"],
        )


def test_large_pages_are_cut(clients):
    logs = clients.logs
    with log_group(logs) as name:
        logs.create_log_stream(logGroupName=name, logStreamName="s")
        for number in range(3):
            put(logs, name, "s", str(number) * 700_000)
        pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName=name))
        assert [len(page["events"]) for page in pages] == [1, 1, 1]
        group = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
        assert group["storedBytes"] == 3 * (700_000 + 26)


def test_batches_are_checked(clients):
    logs = clients.logs
    with log_group(logs) as name:
        logs.create_log_stream(logGroupName=name, logStreamName="s")
        time_ = now()

        def write(*times, message="m"):
            events = [{"timestamp": at, "message": message} for at in times]
            return logs.put_log_events(
                logGroupName=name, logStreamName="s", logEvents=events
            )

        assert write(time_)["nextSequenceToken"]
        invalid = logs.exceptions.InvalidParameterException
        for wrong in ((time_, time_ - 1), (time_ - 2 * DAY, time_)):
            try:
                write(*wrong)
            except invalid:
                continue
            raise AssertionError(f"taken: {wrong}")
        try:
            write(time_, message="m" * 1_048_576)
            raise AssertionError("taken")
        except invalid as error:
            assert "Upload too large" in str(error)
        rejected = write(time_ - 15 * DAY, time_, time_ + DAY)["rejectedLogEventsInfo"]
        assert rejected == {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2}
        assert len(logs.filter_log_events(logGroupName=name)["events"]) == 2
        # A retention of one day hides what is older.
        write(time_ - 3 * DAY)
        assert len(logs.filter_log_events(logGroupName=name)["events"]) == 3
        logs.put_retention_policy(logGroupName=name, retentionInDays=1)
        assert len(logs.filter_log_events(logGroupName=name)["events"]) == 2
        rejected = write(time_ - 3 * DAY)["rejectedLogEventsInfo"]
        assert rejected == {"expiredLogEventEndIndex": 1}
    raises(
        logs.exceptions.ResourceNotFoundException,
        logs.put_log_events,
        logGroupName=name,
        logStreamName="s",
        logEvents=[{"timestamp": now(), "message": "m"}],
    )


def test_an_unknown_operation_is_said_to_be_none(clients):
    try:
        clients.logs.describe_queries()
    except clients.logs.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "UnknownOperationException"
        assert "FilterLogEvents" in error.response["Error"]["Message"]
        return
    raise AssertionError("answered")


def test_a_group_is_followed(clients):
    """As `aws logs tail --follow` and `sam logs --tail` do: again from the last time, by id."""
    logs = clients.logs
    with log_group(logs) as name:
        seen, lines, since = set(), [], now() - 60_000

        def look(since):
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=name, startTime=since, interleaved=True
            )
            for event in (event for page in pages for event in page["events"]):
                if event["eventId"] not in seen:
                    seen.add(event["eventId"])
                    lines.append(event["message"])
                since = max(since, event["timestamp"])
            return since

        since = look(since)
        for stream in ("a", "b"):
            logs.create_log_stream(logGroupName=name, logStreamName=stream)
        start = now()
        put(logs, name, "a", "1", "2", start=start)
        since = look(since)
        # Of the same time as the last, and from another stream.
        put(logs, name, "b", "3", start=start + 1)
        put(logs, name, "a", "4", start=start + 1)
        since = look(since)
        look(since)
        assert lines == ["1", "2", "3", "4"]
