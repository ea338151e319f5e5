"""What CloudFormation does with the caller's permissions for each type of resource: the handlers in AWS's
resource schemas, which cfn-lint carries.
"""

import fnmatch
import functools
import importlib.resources
import json
import pathlib

import cfnlint
from cfnlint.decode import decode
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

DATA = pathlib.Path(cfnlint.__file__).parent / "data"

# Why the handlers' other permissions are not needed: the property that they are for, which the templates
# do not have, or a reason. Patterns of actions by resource type.
NOT_NEEDED = {
    "AWS::ApiGateway::Authorizer": {"AuthorizerCredentials": "iam:PassRole"},
    "AWS::ApiGateway::Deployment": {},
    "AWS::ApiGateway::GatewayResponse": {},
    "AWS::ApiGateway::Method": {"no integration has credentials": "iam:PassRole"},
    "AWS::ApiGateway::Resource": {},
    "AWS::ApiGateway::RestApi": {
        "no integration has credentials": "iam:PassRole",
        "BodyS3Location": "s3:*",
        "Policy": "apigateway:UpdateRestApiPolicy",
    },
    "AWS::ApiGateway::Stage": {},
    "AWS::Cognito::UserPool": {
        "LambdaConfig": "kms:*",
        "MfaConfiguration": "cognito-idp:SetUserPoolMfaConfig",
        "Schema": "cognito-idp:AddCustomAttributes",
        "SmsConfiguration": "iam:PassRole",
        "Cognito itself sends the mail": "iam:CreateServiceLinkedRole",
    },
    "AWS::Cognito::UserPoolClient": {"AnalyticsConfiguration": "iam:*"},
    "AWS::DynamoDB::Table": {
        "ContributorInsightsSpecification": "dynamodb:UpdateContributorInsights",
        "ImportSourceSpecification": "dynamodb:ImportTable dynamodb:DescribeImport logs:* s3:*",
        "KinesisStreamSpecification": "dynamodb:*ableKinesis* dynamodb:UpdateKinesis* kinesis:*",
        "PointInTimeRecoverySpecification": "dynamodb:UpdateContinuousBackups",
        "ResourcePolicy": "dynamodb:PutResourcePolicy dynamodb:DeleteResourcePolicy",
        "SSESpecification": "kms:*",
        "TimeToLiveSpecification": "dynamodb:UpdateTimeToLive",
        "only for replicas": "dynamodb:*Item dynamodb:Query dynamodb:Scan dynamodb:*Replica iam:*",
    },
    "AWS::IAM::ManagedPolicy": {
        "Groups": "iam:AttachGroupPolicy iam:DetachGroupPolicy",
        "Roles": "iam:AttachRolePolicy iam:DetachRolePolicy",
        "Users": "iam:AttachUserPolicy iam:DetachUserPolicy",
    },
    "AWS::IAM::Role": {
        "Description": "iam:UpdateRole iam:UpdateRoleDescription",
        "ManagedPolicyArns": "iam:AttachRolePolicy iam:DetachRolePolicy",
        "a student must not take it away": "iam:DeleteRolePermissionsBoundary",
    },
    "AWS::Lambda::EventInvokeConfig": {},
    "AWS::Lambda::EventSourceMapping": {"KmsKeyArn": "kms:*"},
    "AWS::Lambda::Function": {
        "CapacityProviderConfig": "lambda:PassCapacityProvider",
        "CodeSigningConfigArn": "lambda:GetCodeSigningConfig lambda:*FunctionCodeSigningConfig",
        "FileSystemConfigs": "elasticfilesystem:* s3files:*",
        "FunctionScalingConfig": "lambda:PutFunctionScalingConfig",
        "KmsKeyArn": "kms:*",
        "Layers": "lambda:GetLayerVersion",
        "PublishToLatestPublished": "lambda:PublishVersion",
        "RecursiveLoop": "lambda:PutFunctionRecursionConfig",
        "ReservedConcurrentExecutions": "lambda:*FunctionConcurrency",
        "RuntimeManagementConfig": "lambda:PutRuntimeManagementConfig lambda:AssociateRuntimeAlias",
        "VpcConfig": "ec2:*",
        "bundles have no versions": "s3:GetObjectVersion",
    },
    "AWS::Lambda::Permission": {},
    "AWS::Logs::LogGroup": {
        "BearerTokenAuthenticationEnabled": "logs:PutBearerTokenAuthentication",
        "DataProtectionPolicy": "logs:*etDataProtectionPolicy logs:DeleteDataProtectionPolicy "
        "logs:PutDataProtectionPolicy logs:CreateLogDelivery firehose:* s3:*",
        "DeletionProtectionEnabled": "logs:PutLogGroupDeletionProtection",
        "FieldIndexPolicies": "logs:PutIndexPolicy logs:DeleteIndexPolicy",
        "KmsKeyId": "logs:AssociateKmsKey logs:DisassociateKmsKey",
        "ResourcePolicyDocument": "logs:PutResourcePolicy logs:DeleteResourcePolicy",
    },
    "AWS::S3::Bucket": {
        "AbacStatus": "s3:PutBucketAbac",
        "AccelerateConfiguration": "s3:PutAccelerateConfiguration",
        "AccessControl": "s3:PutBucketAcl s3:GetBucketAcl s3:PutObjectAcl",
        "AnalyticsConfigurations": "s3:PutAnalyticsConfiguration s3:DeleteBucketAnalytics*",
        "CorsConfiguration": "s3:PutBucketCORS s3:DeleteBucketCors",
        "IntelligentTieringConfigurations": "s3:PutIntelligentTieringConfiguration",
        "InventoryConfigurations": "s3:PutInventoryConfiguration",
        "LoggingConfiguration": "s3:PutBucketLogging",
        "MetadataConfiguration": "s3:UpdateBucketMetadata* s3tables:*",
        "MetadataTableConfiguration": "s3:CreateBucketMetadata* s3:DeleteBucketMetadata*",
        "MetricsConfigurations": "s3:PutMetricsConfiguration s3:DeleteBucketMetrics*",
        "NotificationConfiguration": "s3:PutBucketNotification",
        "ObjectLockConfiguration": "s3:PutBucketObjectLock* s3:PutObjectLock* s3:DeleteObject",
        "ReplicationConfiguration": "s3:Put*ReplicationConfiguration s3:PutBucketReplication "
        "s3:DeleteBucketReplication iam:PassRole",
        "VersioningConfiguration": "s3:PutBucketVersioning",
        "WebsiteConfiguration": "s3:PutBucketWebsite s3:DeleteBucketWebsite",
    },
    "AWS::S3::BucketPolicy": {},
    "AWS::SNS::Subscription": {"SubscriptionRoleArn": "iam:GetRole iam:PassRole"},
    "AWS::SNS::Topic": {
        "DataProtectionPolicy": "sns:PutDataProtectionPolicy",
        "DeliveryStatusLogging": "iam:GetRole iam:PassRole",
        "Subscription": "sns:Subscribe sns:Unsubscribe",
    },
    "AWS::SQS::Queue": {},
    "AWS::SQS::QueuePolicy": {},
    "AWS::Scheduler::Schedule": {},
}


@functools.cache
def schemas():
    """By the names of the types."""
    paths = (DATA / "schemas/resources").glob("*.json")
    found = (json.loads(path.read_text(encoding="utf-8")) for path in paths)
    return {schema["typeName"]: schema for schema in found if schema.get("typeName") in NOT_NEEDED}


def resources(path):
    """The resources of a template, by logical id, as its transform writes them out."""
    template, problems = decode(str(path))
    assert not problems, problems
    return (written_out(template) if "Transform" in template else template)["Resources"]


def written_out(template):
    """What AWS makes of a template of its Serverless Application Model."""
    known = importlib.resources.files("samtranslator") / "internal/data/aws_managed_policies.json"
    translator = Translator(json.loads(known.read_text(encoding="utf-8"))["aws"], Parser())
    defaults = {name: parameter.get("Default", "") for name, parameter in template["Parameters"].items()}
    return translator.translate(json.loads(json.dumps(template)), defaults)


def actions(kind, used, faults):
    """Of the handlers of a type, without those whose property is not among the `used`."""
    schema = schemas()[kind]
    for reason in NOT_NEEDED[kind]:
        if " " not in reason and reason not in schema["properties"]:
            faults.append(f"{kind} has no property {reason}")
    read = set(schema["handlers"].get("read", {}).get("permissions", []))
    every = set(schema.get("tagging", {}).get("permissions", []))
    # What can only be replaced has no update.
    for handler in {"create", "update", "delete"} & set(schema["handlers"]):
        every |= set(schema["handlers"][handler]["permissions"])
    unused = [text for reason, text in NOT_NEEDED[kind].items() if reason not in used]
    patterns = [pattern for text in unused for pattern in text.split()]
    # All of a resource is read, whatever the template says of it; but nothing of it is encrypted.
    read = {action for action in read if not action.startswith("kms:")}
    return read | {a for a in every if not any(fnmatch.fnmatchcase(a, pattern) for pattern in patterns)}
