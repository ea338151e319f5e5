//! What a function of SAM's may do: managed policies, documents, and SAM's policy templates.

use serde_json::{Map, Value, json};

use super::super::intrinsic::Intrinsic;
use super::super::pseudo::NO_VALUE;
use super::declared::Declared;
use crate::aws_managed_policies;

#[derive(Clone, Debug, PartialEq)]
pub enum Policy {
    /// An ARN, or a call that gives one.
    Managed(Value),
    /// A document, or a call that gives one.
    Inline(Value),
}

/// A policy template: what may be done to the resources that its parameters name.
struct Template {
    name: &'static str,
    parameters: &'static [&'static str],
    statements: &'static [Statement],
}

struct Statement {
    actions: &'static [&'static str],
    /// ARNs, in which `${TableName}` is the value of this parameter.
    resources: &'static [&'static str],
}

const TABLE: &[&str] = &[
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}",
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/index/*",
];
const BUCKET: &[&str] = &[
    "arn:${AWS::Partition}:s3:::${BucketName}",
    "arn:${AWS::Partition}:s3:::${BucketName}/*",
];

const QUEUE: &[&str] = &["arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${QueueName}"];

const TEMPLATES: [Template; 12] = [
    Template {
        name: "DynamoDBCrudPolicy",
        parameters: &["TableName"],
        statements: &[Statement {
            actions: &[
                "dynamodb:GetItem",
                "dynamodb:DeleteItem",
                "dynamodb:PutItem",
                "dynamodb:Scan",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
                "dynamodb:BatchWriteItem",
                "dynamodb:BatchGetItem",
                "dynamodb:DescribeTable",
                "dynamodb:ConditionCheckItem",
            ],
            resources: TABLE,
        }],
    },
    Template {
        name: "DynamoDBReadPolicy",
        parameters: &["TableName"],
        statements: &[Statement {
            actions: &[
                "dynamodb:GetItem",
                "dynamodb:Scan",
                "dynamodb:Query",
                "dynamodb:BatchGetItem",
                "dynamodb:DescribeTable",
            ],
            resources: TABLE,
        }],
    },
    Template {
        name: "DynamoDBReconfigurePolicy",
        parameters: &["TableName"],
        statements: &[Statement {
            actions: &["dynamodb:UpdateTable"],
            resources: &[TABLE[0]],
        }],
    },
    Template {
        name: "DynamoDBStreamReadPolicy",
        parameters: &["TableName", "StreamName"],
        statements: &[
            Statement {
                actions: &[
                    "dynamodb:DescribeStream",
                    "dynamodb:GetRecords",
                    "dynamodb:GetShardIterator",
                ],
                resources: &[
                    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/stream/${StreamName}",
                ],
            },
            Statement {
                actions: &["dynamodb:ListStreams"],
                resources: &[
                    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/stream/*",
                ],
            },
        ],
    },
    Template {
        name: "DynamoDBWritePolicy",
        parameters: &["TableName"],
        statements: &[Statement {
            actions: &[
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:BatchWriteItem",
            ],
            resources: TABLE,
        }],
    },
    Template {
        name: "LambdaInvokePolicy",
        parameters: &["FunctionName"],
        statements: &[Statement {
            actions: &["lambda:InvokeFunction"],
            resources: &[
                "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${FunctionName}*",
            ],
        }],
    },
    Template {
        name: "S3CrudPolicy",
        parameters: &["BucketName"],
        statements: &[Statement {
            actions: &[
                "s3:GetObject",
                "s3:ListBucket",
                "s3:GetBucketLocation",
                "s3:GetObjectVersion",
                "s3:PutObject",
                "s3:PutObjectAcl",
                "s3:GetLifecycleConfiguration",
                "s3:PutLifecycleConfiguration",
                "s3:DeleteObject",
            ],
            resources: BUCKET,
        }],
    },
    Template {
        name: "S3ReadPolicy",
        parameters: &["BucketName"],
        statements: &[Statement {
            actions: &[
                "s3:GetObject",
                "s3:ListBucket",
                "s3:GetBucketLocation",
                "s3:GetObjectVersion",
                "s3:GetLifecycleConfiguration",
            ],
            resources: BUCKET,
        }],
    },
    Template {
        name: "SNSCrudPolicy",
        parameters: &["TopicName"],
        statements: &[Statement {
            actions: &[
                "sns:ListSubscriptionsByTopic",
                "sns:CreateTopic",
                "sns:SetTopicAttributes",
                "sns:Subscribe",
                "sns:Publish",
            ],
            resources: &[
                "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${TopicName}*",
            ],
        }],
    },
    Template {
        name: "SNSPublishMessagePolicy",
        parameters: &["TopicName"],
        statements: &[Statement {
            actions: &["sns:Publish"],
            resources: &["arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:${TopicName}"],
        }],
    },
    Template {
        name: "SQSPollerPolicy",
        parameters: &["QueueName"],
        statements: &[Statement {
            actions: &[
                "sqs:ChangeMessageVisibility",
                "sqs:ChangeMessageVisibilityBatch",
                "sqs:DeleteMessage",
                "sqs:DeleteMessageBatch",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            resources: QUEUE,
        }],
    },
    Template {
        name: "SQSSendMessagePolicy",
        parameters: &["QueueName"],
        statements: &[Statement {
            actions: &["sqs:SendMessage*"],
            resources: QUEUE,
        }],
    },
];

/// The policies of a function, in the order in which it names them.
pub fn policies(function: &Declared) -> Result<Vec<Policy>, String> {
    let policies = match function.properties.get("Policies") {
        None => return Ok(Vec::new()),
        Some(Value::Array(policies)) => policies.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    let read = policies.iter().enumerate().map(|(index, policy)| {
        read(policy).map_err(|reason| {
            function.invalid(format_args!(
                "Policy at index {index} in the 'Policies' property is not valid: {reason}"
            ))
        })
    });
    read.collect()
}

fn read(policy: &Value) -> Result<Policy, String> {
    if let Some(name) = policy.as_str() {
        return Ok(Policy::Managed(managed(name)));
    }
    match Intrinsic::read(policy)? {
        Some(Intrinsic::If {
            condition,
            then,
            otherwise,
        }) => return choice(condition, then, otherwise),
        Some(_) => return Ok(Policy::Managed(policy.clone())),
        None => {}
    }
    let entries = policy
        .as_object()
        .ok_or("it is neither a string nor a map")?;
    if entries.contains_key("Statement") {
        return Ok(Policy::Inline(policy.clone()));
    }
    template(entries).map(Policy::Inline)
}

fn choice(condition: &str, then: &Value, otherwise: &Value) -> Result<Policy, String> {
    let nothing = json!({ "Ref": NO_VALUE });
    let choose = |then, otherwise| json!({ "Fn::If": [condition, then, otherwise] });
    if *then == nothing && *otherwise == nothing {
        return Ok(Policy::Managed(choose(nothing.clone(), nothing)));
    }
    if *otherwise == nothing {
        return Ok(match read(then)? {
            Policy::Managed(then) => Policy::Managed(choose(then, nothing)),
            Policy::Inline(then) => Policy::Inline(choose(then, nothing)),
        });
    }
    if *then == nothing {
        return Ok(match read(otherwise)? {
            Policy::Managed(otherwise) => Policy::Managed(choose(nothing, otherwise)),
            Policy::Inline(otherwise) => Policy::Inline(choose(nothing, otherwise)),
        });
    }
    match (read(then)?, read(otherwise)?) {
        (Policy::Managed(then), Policy::Managed(otherwise)) => {
            Ok(Policy::Managed(choose(then, otherwise)))
        }
        (Policy::Inline(then), Policy::Inline(otherwise)) => {
            Ok(Policy::Inline(choose(then, otherwise)))
        }
        _ => Err(
            "Different policy types within the same Fn::If statement is unsupported. Separate \
             different policy types into different Fn::If statements"
                .to_owned(),
        ),
    }
}

/// The ARN of AWS's policy with this name. Another text stays, as an ARN does.
pub fn managed(name: &str) -> Value {
    let arn = aws_managed_policies::arn(name);
    arn.unwrap_or_else(|| name.to_owned()).into()
}

/// The document of a policy template that is used like `{DynamoDBReadPolicy: {TableName: …}}`.
fn template(used: &Map<String, Value>) -> Result<Value, String> {
    let mut entries = used.iter();
    let (Some((name, parameters)), None) = (entries.next(), entries.next()) else {
        return Err("it has no Statement and is not a policy template".to_owned());
    };
    let template = TEMPLATES.iter().find(|template| template.name == name);
    let template = template.ok_or_else(|| {
        format!(
            "the sandbox does not support the policy template {name}; it supports {}",
            Vec::from_iter(TEMPLATES.iter().map(|template| template.name)).join(", ")
        )
    })?;
    let missing = template
        .parameters
        .iter()
        .find(|name| parameters.get(**name).is_none());
    if let Some(missing) = missing {
        return Err(format!("{name} needs the parameter {missing}"));
    }
    let statements = template.statements.iter();
    let statements = statements.map(|statement| statement.with(parameters));
    Ok(json!({ "Statement": statements.collect::<Vec<_>>() }))
}

impl Statement {
    fn with(&self, parameters: &Value) -> Value {
        let resource = |arn: &&str| {
            let parameters = parameters.as_object().into_iter().flatten();
            let used = parameters.filter(|(name, _)| arn.contains(&format!("${{{name}}}")));
            let used = used.map(|(name, value)| (name.clone(), value.clone()));
            json!({ "Fn::Sub": [arn, Value::from_iter(used)] })
        };
        json!({
            "Effect": "Allow",
            "Action": self.actions,
            "Resource": Value::from_iter(self.resources.iter().map(resource)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn managed_policies_have_arns() {
        assert_eq!(
            managed("arn:aws:iam::aws:policy/A"),
            "arn:aws:iam::aws:policy/A"
        );
        assert_eq!(managed("A"), "A");
        for (name, path) in [
            ("AWSLambdaBasicExecutionRole", "service-role/"),
            ("AWSLambdaMSKExecutionRole", "service-role/"),
            ("AWSLambdaExecute", ""),
        ] {
            let arn = format!("arn:aws:iam::aws:policy/{path}{name}");
            assert_eq!(managed(name), arn);
        }
    }

    #[test]
    fn a_choice_is_of_one_kind() {
        let document = json!({ "Statement": [] });
        let nothing = json!({ "Ref": NO_VALUE });
        let choice = |then: &Value, otherwise: &Value| {
            read(&json!({ "Fn::If": ["Wanted", then, otherwise] }))
        };
        assert_eq!(
            choice(&nothing, &"A".into()),
            Ok(Policy::Managed(
                json!({ "Fn::If": ["Wanted", nothing, "A"] })
            ))
        );
        assert!(matches!(choice(&document, &nothing), Ok(Policy::Inline(_))));
        assert!(choice(&document, &"A".into()).is_err());
    }

    #[test]
    fn templates_are_known_or_named() {
        let read = |policy: Value| read(&policy).expect_err("refused");
        let message = read(json!({ "KMSDecryptPolicy": { "KeyId": "k" } }));
        assert!(message.contains(
            "not support the policy template KMSDecryptPolicy; it supports DynamoDBCrud"
        ));
        let message = read(json!({ "S3ReadPolicy": { "Bucket": "q" } }));
        assert_eq!(message, "S3ReadPolicy needs the parameter BucketName");
        assert_eq!(read(json!([])), "it is neither a string nor a map");
    }
}
