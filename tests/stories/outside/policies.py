"""Holds the policies of `templates/policies` against what they are for.

    policies.py POLICIES TEMPLATES REQUESTS

POLICIES and TEMPLATES are folders. REQUESTS is a file as `recorded.py` reads it, whose requests also have
`by`: `anna`, who sent them for the stack mafia-anna and the stack mafia-workshop; `instructor`, for the class
monday; `eve`, for her stack in that class, with a policy that has the names of the class.

What is needed is known from two sources: the recorded requests, and for what CloudFormation does with
the caller's permissions the handlers in AWS's resource schemas, which cfn-lint carries. Prints one JSON
document: `needs`, the number of pairs of action and resource that were asked for, and `faults`, a list
of texts. A fault is an action that AWS does not know, a need that is not met, something allowed that
nothing needs, and anything of another student's that is allowed.
"""

import fnmatch
import json
import pathlib
import sys
from dataclasses import dataclass, field

import handlers
import recorded

ACCOUNT, REGION, USER = "123456789012", "us-east-1", "anna"
OWN, SHARED = "mafia-anna", "mafia-workshop"
# The same of a class.
CLASS = "mafia-monday"
OF_CLASS, SHARED_BY_CLASS = f"{CLASS}-eve", f"{CLASS}-workshop"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mafia-boundary"
# How the statements begin that CloudFormation needs to do its work with the caller's permissions.
BY_CLOUDFORMATION = "CloudFormation"
# In characters, without white space. Source: IAM and STS quotas.
LONGEST_POLICY = 6144

# The labs with stacks of their own, whose policies are `labs.json` and `labs-resources.json`.
LABS = ("operations", "quickbuild", "word-count")
LABS_BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/mafia-labs-boundary"

# The lab whose template is written in the Serverless Application Model; its policy is `labs-command-channel.json`.
CHANNEL = "command-channel"
TRANSFORM = f"arn:aws:cloudformation:{REGION}:aws:transform/Serverless-2016-10-31"
# What its functions need of the policies that AWS manages, which the model gives to their roles. The groups of
# their logs are in the template. Source: AWS managed policy reference, AWSLambdaDynamoDBExecutionRole.
OF_MANAGED_POLICIES = (
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)

# The lab with the page, which uses the functions of the game; its policy is `labs-web.json`.
WEB = "web"

# What belongs to somebody else, in place of one's own.
OF_OTHERS = (
    (OWN, "production"),
    (SHARED, "production"),
    (CLASS, "production"),
    (f"user/{USER}", "user/ben"),
    ("::/restapis", "::/domainnames"),
    ("::/tags/", "::/account/"),
)
OF_OTHER_STACKS = (
    *OF_OTHERS,
    *((f"{OWN}-{lab}", f"{other}-{lab}") for lab in (*LABS, CHANNEL, WEB) for other in ("mafia-ben", f"{OWN}-maria")),
    (":event-source-mapping:", ":code-signing-config:"),
    ("/prod/GET/v1/audit/aws", "/prod/POST/new-game"),
    (":userpool/", ":identitypool/"),
)
OF_OTHER_STUDENTS = (*OF_OTHERS, (OWN, f"{OWN}-maria"), (OWN, "mafia-ben"))

# The operations whose action has another name. Source: Service Authorization Reference.
ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    # API Gateway's actions are methods of HTTP.
    "apigateway:GetExport": "apigateway:GET",
    "apigateway:GetResources": "apigateway:GET",
    "apigateway:GetStages": "apigateway:GET",
    "apigateway:TestInvokeMethod": "apigateway:POST",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
}
# On AWS everybody may ask this.
FREE = {"sts:GetCallerIdentity"}
# The operations that are only allowed on all resources, or that are asked about any of them.
ON_ALL = {
    "cloudformation:DescribeAccountLimits",
    "cloudformation:DescribeStacks",
    "cloudformation:ListStacks",
    "cloudformation:ValidateTemplate",
    "cognito-idp:CreateUserPool",
    "dynamodb:ListStreams",
    "dynamodb:ListTables",
    "iam:GetAccountSummary",
    "iam:ListRoles",
    "lambda:GetAccountSettings",
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "s3:ListAllMyBuckets",
    "sns:GetSubscriptionAttributes",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
}
# What a student must not do to what the class shares.
FOR_INSTRUCTORS = {
    "cloudformation:ContinueUpdateRollback",
    "cloudformation:CreateStack",
    "cloudformation:CreateChangeSet",
    "cloudformation:DeleteChangeSet",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeChangeSet",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:GetTemplate",
    "cloudformation:TagResource",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:ListBucketVersions",
}

@dataclass(frozen=True)
class Need:
    """One action on one resource, as policies name them."""

    action: str
    resource: str
    context: tuple = ()
    by_cloudformation: bool = field(default=False, compare=False)

    def __str__(self):
        return f"{self.action} on {self.resource}"


class Policy:
    def __init__(self, name, document):
        text = json.dumps(document).replace("ACCOUNT", ACCOUNT)
        self.name, self.statements = name, json.loads(text)["Statement"]
        self.length = len("".join(text.split()))

    def allowing(self, need):
        """The names of the statements that allow it."""
        return [statement["Sid"] for statement in self.statements if allows(statement, need)]


def allows(statement, need):
    resources = as_list(statement["Resource"])
    conditions = statement.get("Condition", {})
    # Where a key may come several times, each has to be in the list; here it comes once, or never.
    kinds = ("StringEquals", "ForAllValues:StringEquals", "ArnLike")
    lists = {key: values for kind in kinds for key, values in conditions.get(kind, {}).items()}
    context = dict(need.context)
    return (
        any(matches(action.lower(), need.action.lower()) for action in as_list(statement["Action"]))
        and any(matches(resource, need.resource) for resource in resources)
        and all(
            key in context and any(matches(value, context[key]) for value in as_list(values))
            for key, values in lists.items()
        )
    )


def matches(pattern, text):
    """IAM's patterns have `*` and `?`, and variables that stand for text."""
    pattern = pattern.replace("${aws:username}", USER).replace("[", "[[]")
    return fnmatch.fnmatchcase(text, pattern)


def as_list(value):
    return value if isinstance(value, list) else [value]


def arn(service, resource):
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def stack_arn(name):
    return arn("cloudformation", f"stack/{name}/1")


def log_group(name):
    """Of the stream without a name, which is what AWS checks for a group."""
    return arn("logs", f"log-group:{name}:log-stream:")


def needs_of_request(request):
    operation, parameters = recorded.read(request)
    asked = f"{request['service']}:{operation.name}"
    action = ACTIONS.get(asked, asked)
    if any("VersionId" in entry for entry in parameters.get("Delete", {}).get("Objects", [])):
        action = "s3:DeleteObjectVersion"
    if asked in FREE:
        return
    for resource in resources_of(request["service"], action, parameters):
        yield Need(action, resource, leading_keys(action, parameters))
    if any("VersionId" in entry for entry in parameters.get("Delete", {}).get("Objects", [])):
        yield Need("s3:DeleteObjectVersion", resource)
    if asked == "s3:HeadObject":
        # Without it a missing object is answered as one that is not allowed.
        yield Need("s3:ListBucket", f"arn:aws:s3:::{parameters['Bucket']}")
    if parameters.get("Tags") and request["service"] == "cloudformation":
        yield Need("cloudformation:TagResource", stack_arn(name_of_stack(parameters["StackName"])))
    if asked == "lambda:UpdateFunctionCode" and "S3Bucket" in parameters:
        yield Need("s3:GetObject", f"arn:aws:s3:::{parameters['S3Bucket']}/{parameters['S3Key']}")


def resources_of(service, action, parameters):
    if action in ON_ALL:
        return ["*"]
    if service == "cloudformation":
        return [stack_arn(name_of_stack(parameters.get("StackName") or parameters["ChangeSetName"]))]
    if service == "lambda":
        return [arn("lambda", f"function:{parameters['FunctionName']}")]
    if action == "dynamodb:BatchWriteItem":
        return [arn("dynamodb", f"table/{name}") for name in parameters["RequestItems"]]
    if service == "dynamodb":
        index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
        return [arn("dynamodb", f"table/{parameters['TableName']}{index}")]
    if service == "logs":
        if "resourceArn" in parameters:
            # Tags are asked about with the name alone, without streams.
            return [arn("logs", parameters["resourceArn"].split(":", 5)[5])]
        names = [parameters.get("logGroupName"), *parameters.get("logGroupIdentifiers", [])]
        return [log_group(name.rpartition("log-group:")[2]) for name in names if name]
    if service == "s3":
        bucket = f"arn:aws:s3:::{parameters['Bucket']}"
        if "Delete" in parameters:
            return [f"{bucket}/{entry['Key']}" for entry in parameters["Delete"]["Objects"]]
        return [f"{bucket}/{parameters['Key']}" if "Key" in parameters else bucket]
    if service == "apigateway":
        return [api_arn(f"/restapis/{parameters['restApiId']}")]
    if action == "iam:SimulatePrincipalPolicy":
        return [f"arn:aws:iam::{ACCOUNT}:user/{USER}"]
    raise NotImplementedError(f"the resource of {action}")


def leading_keys(action, parameters):
    """The row that is written, in the table of all students' progress."""
    if action != "dynamodb:PutItem":
        return ()
    return (("dynamodb:LeadingKeys", parameters["Item"]["Student"]["S"]),)


def name_of_stack(name_or_arn):
    return name_or_arn.split("/")[1] if name_or_arn.startswith("arn:") else name_or_arn


def api_arn(path):
    """API Gateway's ARNs have no account, and no name that tells whose an API is."""
    return f"arn:aws:apigateway:{REGION}::{path}"


def physical_name(logical, kind, properties, stack):
    """As the template says, or as CloudFormation makes one."""
    if kind == "AWS::S3::BucketPolicy":
        return f"{stack}-site-1abc" if stack == f"{OWN}-{WEB}" else bucket_of(stack)
    if kind == "AWS::Lambda::Permission" and stack == f"{OWN}-{WEB}":
        return f"{OWN}-01-new-game"
    if kind.startswith("AWS::Lambda::") and kind != "AWS::Lambda::Function":
        return f"{stack}-01-new-game"
    names = ("FunctionName", "LogGroupName", "QueueName", "BucketName")
    # A subscription is asked about by its topic.
    names += ("TopicName",) if kind == "AWS::SNS::Topic" else ()
    given = next((properties[name] for name in names if name in properties), None)
    if given:
        return given["Fn::Sub"].replace("${AWS::StackName}", stack).replace("${AWS::AccountId}", ACCOUNT)
    name = f"{stack}-{logical}-1ABC"
    return name.lower() if kind == "AWS::S3::Bucket" else name


def bucket_of(shared):
    return f"{shared}-artifactbucket-1abc"


def resource_arn(kind, name, shared):
    if kind.startswith("AWS::ApiGateway::"):
        return api_arn("/restapis/1abc")
    if kind.startswith("AWS::Cognito::"):
        return arn("cognito-idp", f"userpool/{REGION}_1abc")
    return {
        "AWS::DynamoDB::Table": lambda: arn("dynamodb", f"table/{name}"),
        "AWS::IAM::ManagedPolicy": lambda: f"arn:aws:iam::{ACCOUNT}:policy/{name}",
        "AWS::IAM::Role": lambda: f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "AWS::Lambda::Function": lambda: arn("lambda", f"function:{name}"),
        "AWS::Lambda::EventInvokeConfig": lambda: arn("lambda", f"function:{name}"),
        "AWS::Lambda::EventSourceMapping": lambda: arn("lambda", "event-source-mapping:1"),
        "AWS::Lambda::Permission": lambda: arn("lambda", f"function:{name}"),
        "AWS::Logs::LogGroup": lambda: log_group(name),
        "AWS::S3::Bucket": lambda: f"arn:aws:s3:::{name}",
        "AWS::S3::BucketPolicy": lambda: f"arn:aws:s3:::{name}",
        "AWS::SNS::Subscription": lambda: arn("sns", name),
        "AWS::SNS::Topic": lambda: arn("sns", name),
        "AWS::SQS::Queue": lambda: arn("sqs", name),
        "AWS::SQS::QueuePolicy": lambda: arn("sqs", name),
        "AWS::Scheduler::Schedule": lambda: arn("scheduler", f"schedule/default/{name}"),
    }[kind]()


def needs_of_template(path, stack, shared, needs):
    """What CloudFormation does for the resources of a template, with the caller's permissions."""
    for logical, resource in handlers.resources(path).items():
        kind, properties = resource["Type"], resource["Properties"]
        # Functions share a library in the sandbox alone, whose owner may do everything.
        if kind == "AWS::Lambda::LayerVersion":
            continue
        name = physical_name(logical, kind, properties, stack)
        for action in handlers.actions(kind, set(properties) - {"Layers"}, needs.unknown):
            # Some handlers name operations where they mean actions.
            if action.lower() not in needs.known:
                continue
            if action.endswith("tachRolePolicy"):
                for policy in properties["ManagedPolicyArns"]:
                    condition = (("iam:PolicyARN", policy),)
                    yield Need(action, resource_arn(kind, name, shared), condition, by_cloudformation=True)
            else:
                yield Need(action, *target(action, kind, name, stack, shared), by_cloudformation=True)
        # The tags of a stack are on what can have tags.
        if kind in ("AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage"):
            for action in ("apigateway:GET", "apigateway:PUT", "apigateway:DELETE"):
                yield Need(action, api_arn("/tags/1abc"), by_cloudformation=True)
            yield Need("apigateway:POST", api_arn("/restapis"), by_cloudformation=True)


def target(action, kind, name, stack, shared):
    """The resource, and what conditions ask about."""
    if action in ON_ALL:
        return "*", ()
    if action == "s3:GetObject":
        return f"arn:aws:s3:::{bucket_of(shared)}/bundles/01-new-game-1.zip", ()
    is_lab = stack.endswith((*LABS, CHANNEL))
    if action == "iam:PassRole":
        role = resource_arn("AWS::IAM::Role", f"{stack}-{'Cron' if is_lab else ''}Role-1ABC", shared)
        service = "scheduler" if kind == "AWS::Scheduler::Schedule" else "lambda"
        return role, (("iam:PassedToService", f"{service}.amazonaws.com"),)
    if kind == "AWS::Lambda::EventSourceMapping" and action.endswith("EventSourceMapping"):
        # A new one is none yet.
        resource = "*" if action.startswith("lambda:Create") else resource_arn(kind, name, shared)
        return resource, (("lambda:FunctionArn", arn("lambda", f"function:{name}")),)
    bounded = action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary")
    boundary = LABS_BOUNDARY if is_lab else BOUNDARY
    return resource_arn(kind, name, shared), ((("iam:PermissionsBoundary", boundary),) if bounded else ())


def needs_of_lab(lab, templates, by_anna, needs):
    """What deploying a lab, looking at it and deleting it needs besides a student's policy."""
    stack = f"{OWN}-{lab}"
    yield from needs_of_template(templates / f"{lab}.yaml", stack, SHARED, needs)
    for need in by_anna:
        is_of_stack = need.action.split(":")[0] in ("cloudformation", "lambda", "logs", "s3")
        if is_of_stack and OWN in need.resource:
            yield Need(need.action, need.resource.replace(OWN, stack))
    # QuickBuild has no table.
    for action in ("dynamodb:DescribeTable", "dynamodb:Scan") if lab != "quickbuild" else ():
        yield Need(action, arn("dynamodb", f"table/{stack}-Table-1ABC"))
    if lab == "operations":
        # A bucket is emptied before it is deleted.
        bucket = f"arn:aws:s3:::{stack}-files-{ACCOUNT}"
        yield Need("s3:ListBucketVersions", bucket)
        yield Need("s3:DeleteObject", f"{bucket}/key")
        yield Need("s3:DeleteObjectVersion", f"{bucket}/key")
        # `mafia api call` signs what it asks, and the API answers with the own log of whoever that is.
        yield Need("execute-api:Invoke", arn("execute-api", "1abc/prod/GET/v1/audit/aws"))
        # What `mafia lab run` does.
        for action in ("SendMessage", "ReceiveMessage", "DeleteMessage"):
            yield Need(f"sqs:{action}", arn("sqs", f"{stack}-queue"))
    if lab == CHANNEL:
        yield Need("cloudformation:CreateChangeSet", TRANSFORM)


def needs_of_web(templates, by_anna, needs):
    """The same for the lab with the page: it has no functions, and so none of what is for those."""
    stack = f"{OWN}-{WEB}"
    yield from needs_of_template(templates / f"{WEB}.yaml", stack, SHARED, needs)
    for need in by_anna:
        if need.action.startswith("cloudformation:") and OWN in need.resource:
            yield Need(need.action, need.resource.replace(OWN, stack))
    yield Need("s3:DeleteObject", f"arn:aws:s3:::{bucket_of(SHARED)}/games/{stack}")
    # The files of the page come and go, and the bucket is emptied before it is deleted.
    bucket = f"arn:aws:s3:::{stack}-site-1abc"
    for action in ("s3:ListBucket", "s3:ListBucketVersions"):
        yield Need(action, bucket)
    for action in ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"):
        yield Need(action, f"{bucket}/key")
    # What `mafia lab run` does.
    for action in ("AdminCreateUser", "AdminDeleteUser", "AdminSetUserPassword"):
        yield Need(f"cognito-idp:{action}", arn("cognito-idp", f"userpool/{REGION}_1abc"))


def needs_of_labs_functions(templates):
    """What the roles of the labs' functions allow them, as a boundary has to allow it too."""
    for lab in (*LABS, CHANNEL):
        stack = f"{OWN}-{lab}"
        resources = handlers.resources(templates / f"{lab}.yaml")
        for resource in resources.values():
            for policy in resource["Properties"].get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    for action in as_list(statement["Action"]):
                        yield Need(action, resource_of_function(action, stack, lab))
    for action in OF_MANAGED_POLICIES:
        yield Need(action, resource_of_function(action, f"{OWN}-{CHANNEL}", CHANNEL))


def resource_of_function(action, stack, lab):
    if lab == "quickbuild" and action.startswith("s3:"):
        bucket = f"arn:aws:s3:::{bucket_of(SHARED)}"
        return bucket if action == "s3:ListBucket" else f"{bucket}/bundles/01-new-game-1.zip"
    if action in ON_ALL:
        return "*"
    if action in OF_MANAGED_POLICIES and action.startswith("dynamodb:"):
        return arn("dynamodb", f"table/{stack}-Events-1ABC/stream/1")
    return {
        "dynamodb": arn("dynamodb", f"table/{stack}-Table-1ABC"),
        "lambda": arn("lambda", f"function:{stack}-02-cron"),
        "logs": log_group(f"/aws/lambda/{stack}-01-new-game"),
        "s3": f"arn:aws:s3:::{stack}-files-{ACCOUNT}/key",
        "sns": arn("sns", f"{stack}-topic"),
        "sqs": arn("sqs", f"{stack}-queue"),
    }[action.split(":")[0]]


def needs_of_functions(path):
    """What the functions' role allows them."""
    for policy in handlers.resources(path)["Role"]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            for action in as_list(statement["Action"]):
                if action.startswith("logs:"):
                    yield Need(action, log_group(f"/aws/lambda/{OWN}-01-new-game"))
                else:
                    yield Need(action, arn("dynamodb", f"table/{OWN}-Table-1ABC"))


def known_actions():
    services = json.loads((handlers.DATA / "AdditionalSpecs/Policies.json").read_text(encoding="utf-8"))
    return {
        f"{service}:{action.lower()}" for service, known in services.items() for action in known["Actions"]
    }


def as_of_anna(need):
    """The policy of a class has its names where that of single stacks has others."""
    resource = need.resource.replace(SHARED_BY_CLASS, SHARED).replace(OF_CLASS, OWN)
    context = tuple((key, value.replace(OF_CLASS, OWN)) for key, value in need.context)
    return Need(need.action, resource, context)


def belongs_to_class(need):
    """A student's mark in the shared bucket is the student's own."""
    if need.resource.endswith(f"/games/{OWN}"):
        return False
    return f"stack/{SHARED}/" in need.resource or f":::{SHARED}-" in need.resource


def check(policy, needs, known):
    """Each need is met, and each action, resource and value of each statement by itself is there for one."""
    used = set()
    for need in needs:
        # CloudFormation may have a role of its own: each kind of need has statements of its own.
        allowing = [
            sid
            for sid in policy.allowing(need)
            if sid.startswith(BY_CLOUDFORMATION) == need.by_cloudformation
        ]
        if not allowing:
            yield f"{policy.name}: no statement allows {need}"
        used |= {(sid, need.action.lower()) for sid in allowing}
    for statement in policy.statements:
        for action in as_list(statement["Action"]):
            if action.lower() not in known:
                yield f"{policy.name}: {statement['Sid']} has {action}, which AWS does not know"
            elif (statement["Sid"], action.lower()) not in used:
                yield f"{policy.name}: {statement['Sid']} allows {action}, which nothing needs"
        for value, alone in values_of(statement):
            if not any(allows(alone, need) for need in needs):
                yield f"{policy.name}: {statement['Sid']} names {value}, which nothing needs"
    if policy.length > LONGEST_POLICY:
        yield f"{policy.name}: {policy.length} characters, at most {LONGEST_POLICY}"


def values_of(statement):
    """Each resource and each value of a condition, with the statement that has no other in its place."""
    for resource in as_list(statement["Resource"]):
        yield resource, {**statement, "Resource": resource}
    for kind, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            for value in as_list(values):
                condition = {**statement["Condition"], kind: {**keys, key: value}}
                yield value, {**statement, "Condition": condition}


def check_limits(policy, needs, others):
    """What is allowed for a stack is not allowed for those of others, nor without its condition."""
    for need in needs:
        for own, foreign in others:
            context = tuple((key, value.replace(own, foreign)) for key, value in need.context)
            foreign_needs = {
                Need(need.action, need.resource.replace(own, foreign), need.context),
                Need(need.action, need.resource, context),
            }
            for other in foreign_needs - {need}:
                if policy.allowing(other):
                    yield f"{policy.name}: {other} is allowed, which belongs to somebody else"
        if need.context and policy.allowing(Need(need.action, need.resource)):
            yield f"{policy.name}: {need} is allowed without {need.context}"


class Needs:
    def __init__(self, templates, requests):
        self.unknown, self.known = [], known_actions()
        sent = {"anna": set(), "instructor": set(), "eve": set()}
        for request in requests:
            sent[request["by"]].update(needs_of_request(request))
        by_anna, by_instructor, by_eve = sent["anna"], sent["instructor"], set(map(as_of_anna, sent["eve"]))
        game = set(needs_of_template(templates / "game.yaml", OWN, SHARED, self))
        shared = set(needs_of_template(templates / "workshop.yaml", SHARED, SHARED, self))
        of_class = set(needs_of_template(templates / "game.yaml", OF_CLASS, SHARED_BY_CLASS, self))
        of_class |= set(needs_of_template(templates / "workshop.yaml", SHARED_BY_CLASS, SHARED_BY_CLASS, self))
        by_students = by_anna | by_eve
        for_instructors = {n for n in by_students if belongs_to_class(n) and n.action in FOR_INSTRUCTORS}
        self.of_students = [*(by_students - for_instructors), *game]
        self.of_instructors = [*by_anna, *by_instructor, *game, *shared, *of_class]
        actions = {n.action for n in self.of_students}
        self.of_instructors_alone = for_instructors | {n for n in by_instructor if n.action not in actions}
        # Students list the bucket too.
        self.of_instructors_alone |= {n for n in shared if n.action != "s3:ListBucket"}
        self.of_functions = list(needs_of_functions(templates / "game.yaml"))
        self.of_labs = [need for lab in LABS for need in needs_of_lab(lab, templates, by_anna, self)]
        self.of_channel = list(needs_of_lab(CHANNEL, templates, by_anna, self))
        self.of_web = list(needs_of_web(templates, by_anna, self))
        self.of_labs_functions = list(needs_of_labs_functions(templates))

    def faults(self, documents):
        """What is wrong with policies, which are documents by name."""
        return [*self.unknown, *(fault for name in documents for fault in self.faults_of(name, documents))]

    def faults_of(self, name, documents):
        """What is wrong with one of them, beside the others."""
        policies = {name: Policy(f"{name}.json", document) for name, document in documents.items()}
        policy, student = policies[name], policies["student"]
        # The labs' policies are for students, who have their own besides; two of them are for the same labs.
        pairs = {"labs": "labs-resources", "labs-resources": "labs"}
        of_labs = {"labs-command-channel": self.of_channel, "labs-web": self.of_web}
        if name in pairs:
            other = policies[pairs[name]]
            of_labs[name] = [need for need in self.of_labs if policy.allowing(need) or not other.allowing(need)]
        of_functions = {"boundary": self.of_functions, "labs-boundary": self.of_labs_functions}
        if name in of_functions:
            yield from check(policy, of_functions[name], self.known)
        elif name in of_labs:
            needed = [need for need in of_labs[name] if not student.allowing(need)]
            yield from check(policy, needed, self.known)
            yield from check_limits(policy, needed, OF_OTHER_STACKS)
        elif name == "student":
            yield from check(policy, self.of_students, self.known)
            yield from check_limits(policy, self.of_students, OF_OTHER_STUDENTS)
            for need in self.of_instructors_alone:
                if policy.allowing(need):
                    yield f"student.json: {need} is allowed, which is for instructors"
        else:
            yield from check(policy, self.of_instructors, self.known)
            of_stacks = [need for need in self.of_instructors if "/games/" not in need.resource]
            yield from check_limits(policy, of_stacks, OF_OTHERS)


def changed(documents):
    """The policies with one thing wrong, each with what it is and the name of the one."""
    for name, document in documents.items():
        for number, statement in enumerate(document["Statement"]):
            where = f"{name}: {statement['Sid']}"

            def with_statement(**change):
                copy = json.loads(json.dumps(documents))
                copy[name]["Statement"][number].update(change)
                return copy

            actions = statement["Action"]
            for action in actions:
                yield f"{where} without {action}", name, with_statement(Action=[a for a in actions if a != action])
            service = actions[0].split(":")[0]
            yield f"{where} with {service}:*", name, with_statement(Action=[*actions, f"{service}:*"])
            yield f"{where} with one more", name, with_statement(Action=[*actions, "iam:CreateUser"])
            if statement["Resource"] != "*" and not name.endswith("boundary"):
                yield f"{where} for all", name, with_statement(Resource="*")
            resources = as_list(statement["Resource"])
            yield f"{where} for another", name, with_statement(Resource=[*resources, "arn:aws:s3:::another"])
            for kind, keys in statement.get("Condition", {}).items():
                for key, values in keys.items():
                    condition = {**statement["Condition"], kind: {**keys, key: [*as_list(values), "another"]}}
                    yield f"{where} with another {key}", name, with_statement(Condition=condition)
            if "Condition" in statement:
                yield f"{where} without its condition", name, with_statement(Condition={})


if __name__ == "__main__":
    folder, template_folder, file = map(pathlib.Path, sys.argv[1:])
    lines = file.read_text(encoding="utf-8").splitlines()
    policies = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    needed = Needs(template_folder, [json.loads(line) for line in lines])
    report = {
        "needs": len(needed.of_instructors),
        "faults": sorted(set(needed.faults(policies))),
        "unnoticed": [what for what, name, wrong in changed(policies) if not any(needed.faults_of(name, wrong))],
    }
    json.dump(report, sys.stdout)
