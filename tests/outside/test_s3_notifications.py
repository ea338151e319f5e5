"""Events of buckets, as boto3 and the AWS CLI see them."""

import contextlib
import io
import json

import bundles
from s3_support import a_bucket
from test_events import queue as queue_of_rule, received
from test_lambda import created, messages
from test_sns import refused
from test_sqs import arn, queue, receive, until

CREATED = "s3:ObjectCreated:*"
REMOVED = "s3:ObjectRemoved:*"


def policy(action, resource, bucket):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        "Condition": {
            "ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"},
            "StringEquals": {"aws:SourceAccount": "000000000000"},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@contextlib.contextmanager
def told(clients, bucket):
    """A queue to which the bucket may send, and its ARN."""
    with queue(clients) as url:
        of_queue = arn(clients, url)
        allowed = policy("sqs:SendMessage", of_queue, bucket)
        clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": allowed})
        yield url, of_queue


def to_queue(of_queue, *events, prefix=None, suffix=None, id=None):
    rules = [{"Name": name, "Value": value} for name, value in (("prefix", prefix), ("suffix", suffix)) if value]
    configuration = {"QueueArn": of_queue, "Events": list(events)}
    if rules:
        configuration["Filter"] = {"Key": {"FilterRules": rules}}
    if id:
        configuration["Id"] = id
    return configuration


def configure(clients, bucket, **configuration):
    clients.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)


def events(clients, url, count):
    """So many bodies of messages, read as JSON."""
    found = []

    def gather():
        for it in receive(clients, url):
            found.append(json.loads(it["Body"]))
            clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=it["ReceiptHandle"])
        return len(found) >= count

    until(gather)
    assert len(found) == count, found
    return found


def test_a_configuration_is_put_shown_and_removed(clients):
    s3 = clients.s3
    with a_bucket(clients) as bucket, told(clients, bucket) as (url, of_queue):
        empty = s3.get_bucket_notification_configuration(Bucket=bucket)
        assert "QueueConfigurations" not in empty
        configure(
            clients,
            bucket,
            QueueConfigurations=[
                to_queue(of_queue, CREATED, prefix="in/", suffix=".json", id="mine"),
                to_queue(of_queue, "s3:ObjectRemoved:Delete"),
            ],
        )
        (test,) = events(clients, url, 1)
        assert (test["Service"], test["Event"], test["Bucket"]) == ("Amazon S3", "s3:TestEvent", bucket)
        assert test["Time"] and test["RequestId"] and test["HostId"]
        first, second = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
        assert first == {
            "Id": "mine",
            "QueueArn": of_queue,
            "Events": [CREATED],
            "Filter": {
                "Key": {"FilterRules": [{"Name": "Prefix", "Value": "in/"}, {"Name": "Suffix", "Value": ".json"}]}
            },
        }
        assert second["Id"] and second["Events"] == ["s3:ObjectRemoved:Delete"]
        configure(clients, bucket)
        assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="in/a.json", Body=b"1")
        assert not receive(clients, url)


def test_what_cannot_be_is_refused(clients):
    put = clients.s3.put_bucket_notification_configuration
    with a_bucket(clients) as bucket, told(clients, bucket) as (_, of_queue), queue(clients) as closed:
        of_closed = arn(clients, closed)

        def fails(code, said, *queues, **others):
            configuration = {"QueueConfigurations": list(queues), **others}
            error = refused(code, put, Bucket=bucket, NotificationConfiguration=configuration)
            assert said in str(error), error
            return error.response["Error"]

        missing = of_queue + "-none"
        error = fails("InvalidArgument", "Unable to validate the following destination", to_queue(missing, CREATED))
        assert (error["ArgumentName1"], error["ArgumentValue1"]) == (missing, "The destination queue does not exist")
        error = fails("InvalidArgument", "Unable to validate the following destination", to_queue(of_closed, CREATED))
        assert "do not allow S3 to publish notifications from this bucket" in error["ArgumentValue1"]
        overlap = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
        fails("InvalidArgument", overlap, to_queue(of_queue, CREATED), to_queue(of_queue, "s3:ObjectCreated:Put"))
        ambiguous = "Configuration is ambiguously defined."
        rules = to_queue(of_queue, CREATED, prefix="a"), to_queue(of_queue, CREATED, prefix="ab")
        fails("InvalidArgument", ambiguous, *rules)
        fails("InvalidArgument", "The event is not supported for notifications", to_queue(of_queue, "s3:Nothing"))
        fails("NotImplemented", "s3:ObjectTagging:Put", to_queue(of_queue, "s3:ObjectTagging:Put"))
        fails("InvalidArgument", "The ARN could not be parsed", to_queue("arn:aws:s3:::b", CREATED))
        function = {"LambdaFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:none", "Events": [CREATED]}
        error = fails("InvalidArgument", "Unable to validate", LambdaFunctionConfigurations=[function])
        assert error["ArgumentValue1"].startswith("Not authorized to invoke function")
        # Nobody looks at it, if the client says so.
        clients.s3.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={"QueueConfigurations": [to_queue(missing, CREATED)]},
            SkipDestinationValidation=True,
        )
        clients.s3.put_object(Bucket=bucket, Key="k", Body=b"")
    missing = {"Bucket": clients.name("none"), "NotificationConfiguration": {}}
    refused("NoSuchBucket", put, **missing)


def test_each_change_has_its_event(clients):
    s3 = clients.s3
    with a_bucket(clients) as bucket, told(clients, bucket) as (url, of_queue):
        configure(clients, bucket, QueueConfigurations=[to_queue(of_queue, CREATED, REMOVED, id="all")])
        events(clients, url, 1)
        put = s3.put_object(Bucket=bucket, Key="a b/é+.txt", Body=b"abc")
        (event,) = events(clients, url, 1)
        (record,) = event["Records"]
        assert (record["eventVersion"], record["eventSource"], record["awsRegion"]) == ("2.1", "aws:s3", "us-east-1")
        assert record["eventName"] == "ObjectCreated:Put" and record["eventTime"].endswith("Z")
        assert record["userIdentity"]["principalId"].startswith("AWS:")
        assert record["requestParameters"] == {"sourceIPAddress": "127.0.0.1"}
        request_id = put["ResponseMetadata"]["RequestId"]
        assert record["responseElements"]["x-amz-request-id"] == request_id
        told_of = record["s3"]
        assert (told_of["s3SchemaVersion"], told_of["configurationId"]) == ("1.0", "all")
        assert told_of["bucket"]["name"] == bucket and told_of["bucket"]["arn"] == f"arn:aws:s3:::{bucket}"
        sequencers = [told_of["object"].pop("sequencer")]
        assert told_of["object"] == {"key": "a+b/%C3%A9%2B.txt", "size": 3, "eTag": put["ETag"].strip('"')}

        source = {"Bucket": bucket, "Key": "a b/é+.txt"}
        s3.copy_object(**source, CopySource=source, MetadataDirective="REPLACE")
        s3.delete_object(Bucket=bucket, Key="a b/é+.txt")
        s3.delete_object(Bucket=bucket, Key="a b/é+.txt")
        upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
        part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"part")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload=parts)
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "parts"}, {"Key": "none"}]})
        records = [event["Records"][0] for event in events(clients, url, 4)]
        by_sequence = sorted(records, key=lambda it: it["s3"]["object"]["sequencer"])
        assert [it["eventName"] for it in by_sequence] == [
            "ObjectCreated:Copy",
            "ObjectRemoved:Delete",
            "ObjectCreated:CompleteMultipartUpload",
            "ObjectRemoved:Delete",
        ]
        assert sequencers[0] < by_sequence[0]["s3"]["object"]["sequencer"]
        assert "size" not in by_sequence[1]["s3"]["object"]


def test_versions_are_named(clients):
    s3 = clients.s3
    with a_bucket(clients) as bucket, told(clients, bucket) as (url, of_queue):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        configure(clients, bucket, QueueConfigurations=[to_queue(of_queue, CREATED, REMOVED)])
        events(clients, url, 1)
        version = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
        marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
        s3.delete_object(Bucket=bucket, Key="k", VersionId=version)
        records = [event["Records"][0] for event in events(clients, url, 3)]
        found = {(it["eventName"], it["s3"]["object"]["versionId"]) for it in records}
        assert found == {
            ("ObjectCreated:Put", version),
            ("ObjectRemoved:DeleteMarkerCreated", marker),
            ("ObjectRemoved:Delete", version),
        }


def test_a_topic_and_a_function_hear_of_their_keys(clients):
    s3, sns = clients.s3, clients.sns
    with a_bucket(clients) as bucket, queue(clients) as url:
        topic = sns.create_topic(Name=clients.name("news"))["TopicArn"]
        allowed = policy("sns:Publish", topic, bucket)
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=allowed)
        from_topic = policy("sqs:SendMessage", arn(clients, url), bucket)
        from_topic = from_topic.replace("s3.amazonaws.com", "sns.amazonaws.com")
        from_topic = from_topic.replace(f"arn:aws:s3:::{bucket}", topic)
        clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": from_topic})
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn(clients, url))
        reads = bundles.python('print("GOT", event["Records"][0]["s3"]["object"]["key"], flush=True)\nanswer = None')
        name = created(clients, reads)
        clients.lambda_.add_permission(
            FunctionName=name,
            StatementId="s3",
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
            SourceArn=f"arn:aws:s3:::{bucket}",
            SourceAccount="000000000000",
        )
        function = clients.lambda_.get_function_configuration(FunctionName=name)["FunctionArn"]
        rules = [{"Name": "suffix", "Value": ".json"}]
        configure(
            clients,
            bucket,
            TopicConfigurations=[{"TopicArn": topic, "Events": [REMOVED]}],
            LambdaFunctionConfigurations=[
                {"LambdaFunctionArn": function, "Events": [CREATED], "Filter": {"Key": {"FilterRules": rules}}}
            ],
        )
        (test,) = events(clients, url, 1)
        assert test["Subject"] == "Amazon S3 Notification"
        assert json.loads(test["Message"])["Event"] == "s3:TestEvent"
        shown = clients.aws("s3api", "get-bucket-notification-configuration", "--bucket", bucket)
        assert shown["LambdaFunctionConfigurations"][0]["LambdaFunctionArn"] == function
        s3.upload_fileobj(io.BytesIO(b"{}"), bucket, "in/a.json")
        s3.put_object(Bucket=bucket, Key="in/a.txt", Body=b"")
        s3.delete_object(Bucket=bucket, Key="in/a.txt")
        (news,) = events(clients, url, 1)
        assert json.loads(news["Message"])["Records"][0]["s3"]["object"]["key"] == "in/a.txt"

        def lines():
            try:
                return [line for line in messages(clients, f"/aws/lambda/{name}") if line.startswith("GOT")]
            except clients.logs.exceptions.ResourceNotFoundException:
                return []

        until(lines)
        assert lines() == ["GOT in/a.json"]
        sns.delete_topic(TopicArn=topic)


def test_a_template_tells_a_function_of_a_bucket(clients):
    bucket, stack = clients.name("files"), clients.name("notified")
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Files": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}},
            "Read": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "CodeUri": f"s3://{stack}/read.zip",
                    "Handler": "bootstrap",
                    "Runtime": "provided.al2023",
                    "Events": {
                        "Uploaded": {"Type": "S3", "Properties": {"Bucket": {"Ref": "Files"}, "Events": CREATED}}
                    },
                },
            },
        },
        "Outputs": {"Read": {"Value": {"Ref": "Read"}}},
    }
    reads = bundles.python('print("GOT", event["Records"][0]["s3"]["object"]["key"], flush=True)\nanswer = None')
    clients.s3.create_bucket(Bucket=stack)
    clients.s3.put_object(Bucket=stack, Key="read.zip", Body=reads)
    clients.cloudformation.create_stack(
        StackName=stack,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    clients.cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    outputs = clients.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    (name,) = (it["OutputValue"] for it in outputs)
    clients.s3.put_object(Bucket=bucket, Key="a", Body=b"")

    def lines():
        try:
            return [line for line in messages(clients, f"/aws/lambda/{name}") if line.startswith("GOT")]
        except clients.logs.exceptions.ResourceNotFoundException:
            return []

    until(lines)
    clients.s3.delete_object(Bucket=bucket, Key="a")
    clients.cloudformation.delete_stack(StackName=stack)
    clients.cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})


def test_eventbridge_is_told_of_all_changes(clients):
    s3 = clients.s3
    with a_bucket(clients) as bucket:
        pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
        rule = clients.name("rule")
        rule_arn = clients.events.put_rule(Name=rule, EventPattern=json.dumps(pattern))["RuleArn"]
        url, of_queue = queue_of_rule(clients, rule_arn)
        clients.events.put_targets(Rule=rule, Targets=[{"Id": "t", "Arn": of_queue}])
        configure(clients, bucket, EventBridgeConfiguration={})
        assert s3.get_bucket_notification_configuration(Bucket=bucket)["EventBridgeConfiguration"] == {}
        s3.put_object(Bucket=bucket, Key="a b", Body=b"12")
        created_event = json.loads(received(clients, url)["Body"])
        assert (created_event["source"], created_event["detail-type"]) == ("aws.s3", "Object Created")
        assert created_event["resources"] == [f"arn:aws:s3:::{bucket}"]
        detail = created_event["detail"]
        assert (detail["object"]["key"], detail["object"]["size"], detail["reason"]) == ("a b", 2, "PutObject")
        s3.delete_object(Bucket=bucket, Key="a b")
        deleted = json.loads(received(clients, url)["Body"])
        assert deleted["detail-type"] == "Object Deleted"
        assert deleted["detail"]["deletion-type"] == "Permanently Deleted"
        assert deleted["detail"]["object"]["sequencer"] > detail["object"]["sequencer"]
        configure(clients, bucket)
        assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=bucket)
        clients.events.remove_targets(Rule=rule, Ids=["t"])
        clients.events.delete_rule(Name=rule)
