"""CloudFormation, through boto3 and the AWS CLI: the project's own templates and templates made for
the test, with waiters and paginators."""

import json
import pathlib
import tempfile
import time

import botocore.exceptions
import bundles

TEMPLATES = bundles.ROOT / "templates"
FUNCTIONS = {
    "NewGameCode": "new-game",
    "GameStateCode": "game-state",
    "NightTurnCode": "night-turn",
    "DayTurnCode": "day-turn",
    "JudgementCode": "judgement",
}

GROUPS = """
Parameters:
  Days: {Type: Number, Default: 7, AllowedValues: [1, 3, 7]}
  Second: {Type: String, Default: "no"}
  Suffix: {Type: String, Default: a}
Conditions:
  HasSecond: !Equals [!Ref Second, "yes"]
Resources:
  First:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub ${AWS::StackName}-first-${Suffix}
      RetentionInDays: !Ref Days
  Other:
    Type: AWS::Logs::LogGroup
    Condition: HasSecond
    DependsOn: First
    Properties: {RetentionInDays: 3}
Outputs:
  Name: {Value: !Ref First, Description: The first group}
  Arn: {Value: !GetAtt First.Arn}
  Other: {Condition: HasSecond, Value: !Ref Other}
"""


def parameters(**values):
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def stack(clients, name):
    return clients.cloudformation.describe_stacks(StackName=name)["Stacks"][0]


def outputs(clients, name):
    return {output["OutputKey"]: output["OutputValue"] for output in stack(clients, name).get("Outputs", [])}


def waits(clients, waiter, name):
    clients.cloudformation.get_waiter(waiter).wait(StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 1200})


def fails_to_reach(clients, waiter, name):
    try:
        waits(clients, waiter, name)
    except botocore.exceptions.WaiterError:
        return
    raise AssertionError(f"{name} came to {stack(clients, name)['StackStatus']}")


def refused(call, code="ValidationError", **settings):
    try:
        call(**settings)
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error.response["Error"]["Message"]
    raise AssertionError(f"{settings} was not refused")


def groups(clients, prefix):
    found = clients.logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    return {group["logGroupName"]: group.get("retentionInDays") for group in found}


def deleted(clients, name):
    identity = stack(clients, name)["StackId"]
    clients.cloudformation.delete_stack(StackName=name)
    waits(clients, "stack_delete_complete", name)
    assert stack(clients, identity)["StackStatus"] == "DELETE_COMPLETE"


def test_a_stack_is_created_updated_and_deleted(clients):
    cloudformation, name = clients.cloudformation, clients.name("groups")
    created = cloudformation.create_stack(
        StackName=name, TemplateBody=GROUPS, Tags=[{"Key": "who", "Value": "outside"}], Parameters=parameters(Days="3")
    )
    waits(clients, "stack_create_complete", name)
    described = stack(clients, name)
    assert described["StackId"] == created["StackId"] and described["StackStatus"] == "CREATE_COMPLETE"
    assert described["Tags"] == [{"Key": "who", "Value": "outside"}]
    assert {p["ParameterKey"]: p["ParameterValue"] for p in described["Parameters"]}["Days"] == "3"
    first = f"{name}-first-a"
    assert outputs(clients, name)["Name"] == first and groups(clients, name) == {first: 3}
    assert outputs(clients, name)["Arn"].startswith("arn:aws:logs:us-east-1:")

    same = dict(StackName=name, UsePreviousTemplate=True)
    days = [{"ParameterKey": "Days", "UsePreviousValue": True}]
    message = refused(cloudformation.update_stack, **same, Parameters=days)
    assert message == "No updates are to be performed.", message
    in_place = parameters(Days="7", Second="yes")
    cloudformation.update_stack(**same, Parameters=in_place)
    waits(clients, "stack_update_complete", name)
    other = outputs(clients, name)["Other"]
    assert groups(clients, name) == {first: 7, other: 3}, "changed in place, and a second one"
    replaced = parameters(Days="7", Second="no", Suffix="b")
    cloudformation.update_stack(**same, Parameters=replaced)
    waits(clients, "stack_update_complete", name)
    assert groups(clients, name) == {f"{name}-first-b": 7}, "replaced, and the second one gone"

    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    events = [event for page in pages for event in page["StackEvents"]]
    assert events[0]["ResourceStatus"] == "UPDATE_COMPLETE" and events[-1]["ResourceStatus"] == "CREATE_IN_PROGRESS"
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    assert [r["LogicalResourceId"] for page in pages for r in page["StackResourceSummaries"]] == ["First"]
    resource = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId="First")
    assert resource["StackResourceDetail"]["PhysicalResourceId"] == f"{name}-first-b"
    assert "AWS::Logs::LogGroup" in cloudformation.get_template(StackName=name)["TemplateBody"]
    deleted(clients, name)
    assert groups(clients, name) == {}
    assert "does not exist" in refused(cloudformation.describe_stacks, StackName=name)


def test_a_failed_creation_is_rolled_back(clients):
    name, taken = clients.name("fails"), clients.name("taken")
    clients.logs.create_log_group(logGroupName=taken)
    template = {
        "Resources": {
            "Good": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"{name}-good"}},
            "Bad": {"Type": "AWS::Logs::LogGroup", "DependsOn": "Good", "Properties": {"LogGroupName": taken}},
        }
    }
    body = json.dumps(template)
    clients.cloudformation.create_stack(StackName=name, TemplateBody=body)
    fails_to_reach(clients, "stack_create_complete", name)
    status = settled(clients, name)
    assert status == "ROLLBACK_COMPLETE", status
    assert groups(clients, name) == {} and groups(clients, taken) == {taken: None}, "somebody else's stays"
    events = clients.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    assert [event["LogicalResourceId"] for event in failed] == ["Bad"] and taken in failed[0]["ResourceStatusReason"]
    update = dict(StackName=name, TemplateBody=body)
    assert "ROLLBACK_COMPLETE" in refused(clients.cloudformation.update_stack, **update)
    deleted(clients, name)

    clients.cloudformation.create_stack(StackName=name, TemplateBody=body, DisableRollback=True)
    fails_to_reach(clients, "stack_create_complete", name)
    assert settled(clients, name) == "CREATE_FAILED" and groups(clients, name) == {f"{name}-good": None}
    deleted(clients, name)
    assert groups(clients, name) == {} and groups(clients, taken) == {taken: None}
    clients.logs.delete_log_group(logGroupName=taken)


def test_a_failed_update_is_rolled_back(clients):
    cloudformation, name, taken = clients.cloudformation, clients.name("back"), clients.name("taken")
    clients.logs.create_log_group(logGroupName=taken)
    cloudformation.create_stack(StackName=name, TemplateBody=GROUPS)
    waits(clients, "stack_create_complete", name)
    worse = GROUPS + f"  Taken: {{Value: !Ref Bad}}\n"
    worse = worse.replace(
        "Outputs:", f"  Bad: {{Type: 'AWS::Logs::LogGroup', DependsOn: First, Properties: {{LogGroupName: {taken}}}}}\nOutputs:"
    )
    cloudformation.update_stack(StackName=name, TemplateBody=worse, Parameters=parameters(Days="1", Suffix="new"))
    fails_to_reach(clients, "stack_update_complete", name)
    assert settled(clients, name) == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(clients, name) == {f"{name}-first-a": 7} and groups(clients, taken) == {taken: None}
    assert "Bad" not in cloudformation.get_template(StackName=name)["TemplateBody"]
    deleted(clients, name)
    clients.logs.delete_log_group(logGroupName=taken)


def settled(clients, name):
    deadline = time.monotonic() + 60
    while (status := stack(clients, name)["StackStatus"]).endswith("_IN_PROGRESS"):
        assert time.monotonic() < deadline, status
        time.sleep(0.02)
    return status


def test_change_sets_are_shown_and_executed(clients):
    cloudformation, name = clients.cloudformation, clients.name("sets")
    first = dict(StackName=name, ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=GROUPS)
    cloudformation.create_change_set(**first)
    wait = lambda set_name: cloudformation.get_waiter("change_set_create_complete").wait(
        StackName=name, ChangeSetName=set_name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200}
    )
    wait("first")
    assert stack(clients, name)["StackStatus"] == "REVIEW_IN_PROGRESS"
    shown = cloudformation.describe_change_set(StackName=name, ChangeSetName="first")["Changes"]
    assert [(c["ResourceChange"]["Action"], c["ResourceChange"]["LogicalResourceId"]) for c in shown] == [("Add", "First")]
    assert groups(clients, name) == {}
    cloudformation.execute_change_set(StackName=name, ChangeSetName="first")
    waits(clients, "stack_create_complete", name)

    change = dict(StackName=name, UsePreviousTemplate=True)
    cloudformation.create_change_set(**change, ChangeSetName="second", Parameters=parameters(Days="1", Suffix="z"))
    wait("second")
    shown = cloudformation.describe_change_set(StackName=name, ChangeSetName="second")["Changes"]
    change_of = shown[0]["ResourceChange"]
    assert change_of["Action"] == "Modify" and change_of["Replacement"] == "True", change_of
    cloudformation.delete_change_set(StackName=name, ChangeSetName="second")
    cloudformation.create_change_set(**change, ChangeSetName="none", Parameters=parameters(Days="7"))
    try:
        wait("none")
        raise AssertionError("there is nothing to change")
    except botocore.exceptions.WaiterError:
        pass
    none = cloudformation.describe_change_set(StackName=name, ChangeSetName="none")
    assert none["Status"] == "FAILED" and "didn't contain changes" in none["StatusReason"], none
    deleted(clients, name)


def test_what_stays_stays(clients):
    name = clients.name("retain")
    kept = {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain", "Properties": {"LogGroupName": f"{name}-kept"}}
    body = json.dumps({"Resources": {"Kept": kept, "Gone": {"Type": "AWS::Logs::LogGroup"}}})
    clients.cloudformation.create_stack(StackName=name, TemplateBody=body)
    waits(clients, "stack_create_complete", name)
    deleted(clients, name)
    assert groups(clients, name) == {f"{name}-kept": None}
    clients.logs.delete_log_group(logGroupName=f"{name}-kept")


def test_templates_that_cannot_work_are_refused_by_name(clients):
    create = clients.cloudformation.create_stack
    group = "Type: AWS::Logs::LogGroup"
    for body, parts in {
        "Resources: {A: {Type: AWS::EC2::VPC}}": ["AWS::EC2::VPC", "AWS::Logs::LogGroup"],
        f"Resources: {{A: {{{group}, Properties: {{Colour: red}}}}}}": ["A", "Colour"],
        f"Resources: {{A: {{{group}, Properties: {{LogGroupName: !Ref Nobody}}}}}}": ["Nobody"],
        f"Resources: {{A: {{{group}, DependsOn: B}}, B: {{{group}, DependsOn: A}}}}": ["ircular", "A", "B"],
        f"Resources: {{A: {{{group}, Properties: {{LogGroupName: !GetAtt B.Arn}}}}}}": ["B"],
        f"Parameters: {{P: {{Type: String}}}}\nResources: {{A: {{{group}}}}}": ["P"],
        "Resources: [": ["line"],
        "just text": ["emplate"],
        "{}": ["Resources"],
    }.items():
        message = refused(create, StackName=clients.name("bad"), TemplateBody=body)
        assert all(part in message for part in parts), f"{body}: {message}"
    needy = "Resources: {R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}}"
    message = refused(create, "InsufficientCapabilitiesException", StackName=clients.name("bad"), TemplateBody=needy)
    assert "CAPABILITY_IAM" in message


def test_the_aws_cli_deploys_the_projects_templates(clients):
    workshop, game = clients.name("workshop"), clients.name("game")
    deploy = ["cloudformation", "deploy", "--capabilities", "CAPABILITY_IAM", "--template-file"]
    clients.aws(*deploy, TEMPLATES / "workshop.yaml", "--stack-name", workshop)
    bucket = outputs(clients, workshop)["ArtifactBucket"]
    overrides = [f"ArtifactBucket={bucket}"]
    for parameter, function in FUNCTIONS.items():
        clients.s3.put_object(Bucket=bucket, Key=f"{function}.zip", Body=bundles.game(function))
        overrides.append(f"{parameter}={function}.zip")
    with_overrides = [*deploy, TEMPLATES / "game.yaml", "--stack-name", game, "--parameter-overrides", *overrides]
    clients.aws(*with_overrides, "Players=6", "Mafia=2")
    invoke = lambda function: invoked(clients, f"{game}-{function}")
    assert invoke("01-new-game")["message"].startswith("New game started with ")
    assert len(invoke("02-game-state")) == 6
    table = outputs(clients, game)["TableName"]
    masked = clients.aws("dynamodb", "scan", "--table-name", table, "--index-name", "Masked")
    assert masked["Count"] == 6 and all(set(item) == {"Name", "Identity"} for item in masked["Items"]), masked
    clients.aws(*with_overrides, "Players=8", "Mafia=2")
    assert invoke("01-new-game") and len(invoke("02-game-state")) == 8
    unchanged = clients.aws(*with_overrides, "Players=8", "Mafia=2", "--no-fail-on-empty-changeset")
    assert "No changes to deploy" in str(unchanged), unchanged
    deleted(clients, game)
    for listing, key, named in [
        (clients.lambda_.list_functions(), "Functions", "FunctionName"),
        (clients.iam.list_roles(), "Roles", "RoleName"),
        (clients.logs.describe_log_groups(), "logGroups", "logGroupName"),
    ]:
        assert not [thing for thing in listing[key] if game in thing[named]], listing
    assert table not in clients.dynamodb.list_tables()["TableNames"]
    clients.aws("s3", "rm", f"s3://{bucket}", "--recursive")
    deleted(clients, workshop)


def invoked(clients, function):
    with tempfile.TemporaryDirectory() as folder:
        answer = pathlib.Path(folder) / "answer.json"
        said = clients.aws("lambda", "invoke", "--function-name", function, answer)
        assert said["StatusCode"] == 200 and "FunctionError" not in said, (said, answer.read_text())
        return json.loads(answer.read_text())
