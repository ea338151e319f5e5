"""What becomes of asynchronous invocations: destinations and dead-letter queues, as boto3 sees them."""

import json

import bundles
from test_events import queue as queue_of_rule, received
from test_lambda import created
from test_sns import refused
from test_sqs import arn, queue, receive, until

# Fails where the event says so.
WORK = bundles.python(
    """
    if event.get("fail"):
        post(f"invocation/{call}/error", json.dumps({"errorType": "Broken", "errorMessage": "it broke"}).encode())
        continue
    answer = {"done": event}
    """
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def role(clients, *statements):
    """A role that allows logs and this."""
    name = clients.name("worker")
    made = clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    allow = [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]
    for action, resource in statements:
        allow.append({"Effect": "Allow", "Action": action, "Resource": resource})
    document = {"Version": "2012-10-17", "Statement": allow}
    clients.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    return made["Role"]["Arn"]


def function_arn(clients, name):
    return clients.lambda_.get_function_configuration(FunctionName=name)["FunctionArn"]


def accepted(clients, name, event):
    """The id of an event that was accepted."""
    answer = clients.lambda_.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    assert answer["StatusCode"] == 202
    return answer["ResponseMetadata"]["RequestId"]


def message(clients, url):
    """The body, read as JSON, and the attributes of the next message."""
    messages = []
    until(lambda: messages.extend(receive(clients, url, MessageAttributeNames=["All"])) or messages)
    attributes = messages[0].get("MessageAttributes", {})
    return json.loads(messages[0]["Body"]), {name: it["StringValue"] for name, it in attributes.items()}


def test_a_configuration_is_put_changed_listed_and_deleted(clients):
    lambda_ = clients.lambda_
    with queue(clients) as url:
        target = arn(clients, url)
        name = created(clients, WORK, Role=role(clients, ("sqs:SendMessage", target)))
        latest = f"{function_arn(clients, name)}:$LATEST"
        missing = refused("ResourceNotFoundException", lambda_.get_function_event_invoke_config, FunctionName=name)
        assert str(missing).endswith(f"The function {latest} doesn't have an EventInvokeConfig")
        refused(
            "ResourceNotFoundException",
            lambda_.update_function_event_invoke_config,
            FunctionName=name,
            MaximumRetryAttempts=1,
        )
        put = lambda_.put_function_event_invoke_config(
            FunctionName=name, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": target}}
        )
        assert put["FunctionArn"] == latest and put["LastModified"]
        assert put["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {"Destination": target}}
        lambda_.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
        shown = lambda_.get_function_event_invoke_config(FunctionName=name, Qualifier="$LATEST")
        assert (shown["MaximumRetryAttempts"], shown["MaximumEventAgeInSeconds"]) == (1, 60)
        assert shown["DestinationConfig"]["OnFailure"]["Destination"] == target
        version = lambda_.publish_version(FunctionName=name)["Version"]
        lambda_.put_function_event_invoke_config(FunctionName=name, Qualifier=version, MaximumRetryAttempts=0)
        pages = lambda_.get_paginator("list_function_event_invoke_configs")
        pages = list(pages.paginate(FunctionName=name, PaginationConfig={"PageSize": 1}))
        listed = [it["FunctionArn"] for page in pages for it in page["FunctionEventInvokeConfigs"]]
        assert sorted(listed) == sorted([latest, latest.replace("$LATEST", version)]), listed
        lambda_.delete_function_event_invoke_config(FunctionName=name)
        refused("ResourceNotFoundException", lambda_.delete_function_event_invoke_config, FunctionName=name)


def test_what_cannot_be_is_refused(clients):
    lambda_ = clients.lambda_
    name = created(clients, WORK, Role=role(clients))
    put = lambda_.put_function_event_invoke_config
    refused("ResourceNotFoundException", put, FunctionName="no-such-function", MaximumRetryAttempts=1)
    invalid = "InvalidParameterValueException"
    nothing = refused(invalid, put, FunctionName=name)
    assert "You must specify at least one of error handling or destination setting." in str(nothing)
    with queue(clients) as url:
        for destination, said in (
            (arn(clients, url), f"does not have permissions to call SendMessage on {arn(clients, url)}"),
            ("arn:aws:sns:us-east-1:000000000000:t", "does not have permissions to call Publish"),
            (function_arn(clients, name), "You can't specify the function as a destination for itself."),
            ("arn:aws:lambda:us-east-1:000000000000:function:none", "The destination ARN"),
            ("arn:aws:kinesis:us-east-1:000000000000:stream/s", "The provided destination config"),
            (f"{arn(clients, url)}.fifo", "is invalid"),
        ):
            parameters = {"OnSuccess": {"Destination": destination}}
            error = refused(invalid, put, FunctionName=name, DestinationConfig=parameters)
            assert said in str(error), error
        change = lambda_.update_function_configuration
        dead = {"DeadLetterConfig": {"TargetArn": arn(clients, url)}}
        error = refused(invalid, change, FunctionName=name, **dead)
        assert "The provided execution role does not have permissions to call SendMessage on SQS" in str(error)


def test_successes_and_failures_are_reported(clients):
    lambda_ = clients.lambda_
    with queue(clients) as good, queue(clients) as bad, queue(clients) as dead:
        allowed = ("sqs:SendMessage", "*")
        name = created(clients, WORK, Role=role(clients, allowed), DeadLetterConfig={"TargetArn": arn(clients, dead)})
        assert lambda_.get_function_configuration(FunctionName=name)["DeadLetterConfig"]["TargetArn"]
        lambda_.put_function_event_invoke_config(
            FunctionName=name,
            MaximumRetryAttempts=0,
            DestinationConfig={
                "OnSuccess": {"Destination": arn(clients, good)},
                "OnFailure": {"Destination": arn(clients, bad)},
            },
        )
        succeeded = accepted(clients, name, {"number": 1})
        report, _ = message(clients, good)
        assert report.pop("timestamp")
        assert report == {
            "version": "1.0",
            "requestContext": {
                "requestId": succeeded,
                "functionArn": f"{function_arn(clients, name)}:$LATEST",
                "condition": "Success",
                "approximateInvokeCount": 1,
            },
            "requestPayload": {"number": 1},
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
            "responsePayload": {"done": {"number": 1}},
        }
        failed = accepted(clients, name, {"fail": True})
        report, _ = message(clients, bad)
        context = report["requestContext"]
        assert (context["requestId"], context["condition"]) == (failed, "RetriesExhausted")
        assert context["approximateInvokeCount"] == 1
        assert report["responseContext"]["functionError"] == "Unhandled"
        assert report["responsePayload"]["errorMessage"] == "it broke"
        event, attributes = message(clients, dead)
        assert event == {"fail": True}
        assert attributes == {"RequestID": failed, "ErrorCode": "200", "ErrorMessage": "it broke"}
        assert not receive(clients, good) and not receive(clients, bad)
        lambda_.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": ""})
        assert "DeadLetterConfig" not in lambda_.get_function_configuration(FunctionName=name)


def test_a_report_goes_on_to_a_function_and_a_topic(clients):
    sns = clients.sns
    with queue(clients) as url:
        topic = sns.create_topic(Name=clients.name("reports"))["TopicArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn(clients, url),
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        raw = {"RawMessageDelivery": "true"}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn(clients, url), Attributes=raw)
        next_one = created(clients, WORK, Role=role(clients, ("sns:Publish", topic)))
        clients.lambda_.put_function_event_invoke_config(
            FunctionName=next_one, DestinationConfig={"OnSuccess": {"Destination": topic}}
        )
        allowed = ("lambda:InvokeFunction", function_arn(clients, next_one))
        first = created(clients, WORK, Role=role(clients, allowed))
        clients.lambda_.put_function_event_invoke_config(
            FunctionName=first,
            DestinationConfig={"OnSuccess": {"Destination": function_arn(clients, next_one)}},
        )
        event = accepted(clients, first, {"number": 2})
        report, _ = message(clients, url)
        assert report["requestPayload"]["requestContext"]["requestId"] == event
        assert report["requestPayload"]["responsePayload"] == {"done": {"number": 2}}
        sns.delete_topic(TopicArn=topic)


def test_a_role_that_allows_it_no_more_gets_nothing_delivered(clients):
    with queue(clients) as url, queue(clients) as other:
        arn_of_role = role(clients, ("sqs:SendMessage", "*"))
        name = created(clients, WORK, Role=arn_of_role)
        clients.lambda_.put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": arn(clients, url)}}
        )
        clients.iam.put_role_policy(
            RoleName=arn_of_role.split("/")[-1],
            PolicyName="p",
            PolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn(clients, other)}],
                }
            ),
        )
        accepted(clients, name, {})
        # A later event that may be reported says that the first one has ended.
        clients.lambda_.put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": arn(clients, other)}}
        )
        later = accepted(clients, name, {"number": 3})
        assert message(clients, other)[0]["requestContext"]["requestId"] == later
        assert not receive(clients, url)


def test_a_template_configures_both(clients):
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Dead": {"Type": "AWS::SQS::Queue"},
            "Work": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "CodeUri": "s3://{bucket}/work.zip",
                    "Handler": "bootstrap",
                    "Runtime": "provided.al2023",
                    "DeadLetterQueue": {"Type": "SQS", "TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}},
                    "EventInvokeConfig": {
                        "MaximumRetryAttempts": 0,
                        "DestinationConfig": {"OnFailure": {"Type": "SQS"}},
                    },
                },
            },
        },
        "Outputs": {
            "Work": {"Value": {"Ref": "Work"}},
            "Dead": {"Value": {"Ref": "Dead"}},
            "Failed": {"Value": {"Ref": "WorkEventInvokeConfigOnFailureQueue"}},
        },
    }
    bucket, stack = clients.name("code"), clients.name("async")
    clients.s3.create_bucket(Bucket=bucket)
    clients.s3.put_object(Bucket=bucket, Key="work.zip", Body=WORK)
    clients.cloudformation.create_stack(
        StackName=stack,
        TemplateBody=json.dumps(template).replace("{bucket}", bucket),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    clients.cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    outputs = clients.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    outputs = {it["OutputKey"]: it["OutputValue"] for it in outputs}
    failed = accepted(clients, outputs["Work"], {"fail": True})
    assert message(clients, outputs["Failed"])[0]["requestContext"]["requestId"] == failed
    assert message(clients, outputs["Dead"])[0] == {"fail": True}
    clients.cloudformation.delete_stack(StackName=stack)
    clients.cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})


def test_a_report_goes_to_an_event_bus(clients):
    bus = clients.name("bus")
    bus_arn = clients.events.create_event_bus(Name=bus)["EventBusArn"]
    rule = clients.name("rule")
    pattern = json.dumps({"source": ["lambda"], "detail": {"requestPayload": {"number": [3]}}})
    rule_arn = clients.events.put_rule(Name=rule, EventBusName=bus, EventPattern=pattern)["RuleArn"]
    url, of_queue = queue_of_rule(clients, rule_arn)
    clients.events.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "t", "Arn": of_queue}])
    to_bus = {"OnSuccess": {"Destination": bus_arn}, "OnFailure": {"Destination": bus_arn}}
    denied = created(clients, WORK, Role=role(clients))
    put = clients.lambda_.put_function_event_invoke_config
    error = refused("InvalidParameterValueException", put, FunctionName=denied, DestinationConfig=to_bus)
    assert "does not have permissions to call PutEvents on" in str(error)
    name = created(clients, WORK, Role=role(clients, ("events:PutEvents", bus_arn)))
    put(FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=to_bus)
    for event, result in (({"number": 3}, "Success"), ({"number": 3, "fail": True}, "Failure")):
        request = accepted(clients, name, event)
        told = json.loads(received(clients, url)["Body"])
        assert (told["source"], told["detail-type"]) == ("lambda", f"Lambda Function Invocation Result - {result}")
        assert told["resources"] == [bus_arn, f"{function_arn(clients, name)}:$LATEST"]
        assert told["detail"]["requestContext"]["requestId"] == request
        assert told["detail"]["requestPayload"] == event
    clients.events.remove_targets(Rule=rule, EventBusName=bus, Ids=["t"])
    clients.events.delete_rule(Name=rule, EventBusName=bus)
    clients.events.delete_event_bus(Name=bus)
