"""A stack with rules and schedules, and what they have done.

    schedules.py deploy
    schedules.py collect COUNT COUNT

The endpoint, keys and region come from AWS's own environment variables. `deploy` creates the stack: a rule at noon and at
midnight for a function and a queue, as a schedule event of SAM's and as a resource, and a schedule at 23:00 for the same
queue. `collect` waits until the function has been called and the queue has been sent to for so many different times, and
prints one JSON document with these `called` and `received`, each with its source.
"""

import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "outside"))

import boto3
import bundles
from botocore.config import Config

PATIENCE = 120
STACK = "schedules"
LOGS = bundles.python(
    """
    print("GOT", event["source"], event["time"], flush=True)
    answer = None
    """
)
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: schedules-worker
      CodeUri: s3://schedules-code/worker.zip
      Handler: bootstrap
      Runtime: provided.al2023
      Events:
        Twice:
          Type: Schedule
          Properties:
            Schedule: cron(0 */12 * * ? *)
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: schedules-jobs
  Twice:
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: cron(0 */12 * * ? *)
      Targets:
        - {Id: jobs, Arn: !GetAtt Jobs.Arn}
  FromRules:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: {Service: events.amazonaws.com}
            Action: sqs:SendMessage
            Resource: !GetAtt Jobs.Arn
            Condition: {ArnEquals: {'aws:SourceArn': !GetAtt Twice.Arn}}
  Nights:
    Type: AWS::Scheduler::ScheduleGroup
  Nightly:
    Type: AWS::Scheduler::Schedule
    Properties:
      GroupName: !Ref Nights
      ScheduleExpression: cron(0 23 * * ? *)
      FlexibleTimeWindow: {Mode: 'OFF'}
      Target:
        Arn: !GetAtt Jobs.Arn
        RoleArn: !GetAtt Role.Arn
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: {Service: scheduler.amazonaws.com}
            Action: sts:AssumeRole
      Policies:
        - PolicyName: send
          PolicyDocument:
            Version: '2012-10-17'
            Statement: [{Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt Jobs.Arn}]
"""


def client(service):
    return boto3.client(service, config=Config(retries={"total_max_attempts": 1}))


def deploy():
    client("s3").create_bucket(Bucket="schedules-code")
    client("s3").put_object(Bucket="schedules-code", Key="worker.zip", Body=LOGS)
    stacks = client("cloudformation")
    stacks.create_stack(
        StackName=STACK,
        TemplateBody=TEMPLATE,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    stacks.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE})
    return {}


def called():
    logs = client("logs")
    try:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName="/aws/lambda/schedules-worker")
        lines = [event["message"].split() for page in pages for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        lines = []
    return {(line[1], line[2]) for line in lines if line[:1] == ["GOT"]}


def collect(calls, messages):
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName="schedules-jobs")["QueueUrl"]
    received, deadline = set(), time.monotonic() + PATIENCE
    while (len(called()) < calls or len(received) < messages) and time.monotonic() < deadline:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in found.get("Messages", []):
            event = json.loads(message["Body"])
            received.add((event["source"], event["time"]))
    return {"called": sorted(called()), "received": sorted(received)}


if __name__ == "__main__":
    command, *counts = sys.argv[1:]
    done = deploy() if command == "deploy" else collect(*map(int, counts))
    print(json.dumps(done))
