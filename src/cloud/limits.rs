//! How many requests an account takes in a region, as AWS publishes it. Pure.
//!
//! The rate limiters follow this table, and so does what estimates how long an operation on a class
//! takes. Requests that CloudFormation makes to other services for a stack count there as well.

use std::collections::BTreeMap;

/// Operations that share one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    CloudFormation,
    LambdaControl,
    LambdaGetFunction,
    LambdaGetPolicy,
    FilterLogEvents,
    ApiGateway,
    CreateRestApi,
    DeleteRestApi,
    CreateDeployment,
    CreateResource,
    PutRestApi,
    UpdateAccount,
}

/// A bucket of tokens, one for each request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    pub family: Family,
    /// How many tokens are added in a second.
    pub per_second: f64,
    /// How many tokens the bucket holds.
    pub burst: u32,
    pub source: &'static str,
}

const LAMBDA: &str = "Lambda quotas, \"Lambda API requests\"";
const API_GATEWAY: &str = "Amazon API Gateway quotas, \"API Gateway quotas for creating, deploying and \
                           managing an API\"";
const LOGS: &str = "CloudWatch Logs quotas, FilterLogEvents";

const fn limit(family: Family, per_second: f64, burst: u32, source: &'static str) -> Limit {
    Limit {
        family,
        per_second,
        burst,
        source,
    }
}

/// The limits of an account in a region; that of `FilterLogEvents` is [`filter_log_events`]. Where a
/// source names no burst, it is what comes in one second.
pub const LIMITS: [Limit; 11] = [
    limit(
        Family::CloudFormation,
        5.0,
        10,
        "unpublished; about 5 a second by reports of users, aws-sam-cli#2671",
    ),
    limit(Family::LambdaControl, 15.0, 15, LAMBDA),
    limit(Family::LambdaGetFunction, 100.0, 100, LAMBDA),
    limit(Family::LambdaGetPolicy, 15.0, 15, LAMBDA),
    limit(Family::ApiGateway, 10.0, 40, API_GATEWAY),
    limit(Family::CreateRestApi, 1.0 / 3.0, 1, API_GATEWAY),
    limit(Family::DeleteRestApi, 1.0 / 30.0, 1, API_GATEWAY),
    limit(Family::CreateDeployment, 1.0 / 5.0, 1, API_GATEWAY),
    limit(Family::CreateResource, 5.0, 5, API_GATEWAY),
    limit(Family::PutRestApi, 1.0, 1, API_GATEWAY),
    limit(Family::UpdateAccount, 1.0 / 20.0, 1, API_GATEWAY),
];

/// The limit of `FilterLogEvents`, which depends on the region.
pub fn filter_log_events(region: &str) -> Limit {
    let per_second = match region {
        "us-east-1" => 25,
        "eu-central-1" | "ca-west-1" | "il-central-1" | "ap-northeast-3" | "ap-southeast-3" => 5,
        _ => 10,
    };
    limit(
        Family::FilterLogEvents,
        f64::from(per_second),
        per_second,
        LOGS,
    )
}

/// All limits of a region.
pub fn limits(region: &str) -> impl Iterator<Item = Limit> {
    LIMITS.into_iter().chain([filter_log_events(region)])
}

/// The limits that an operation counts for. `service` is the name in a signature's scope, such as
/// `cloudformation`.
pub fn families(service: &str, operation: &str) -> &'static [Family] {
    match (service, operation) {
        ("cloudformation", _) => &[Family::CloudFormation],
        ("lambda", "GetFunction") => &[Family::LambdaGetFunction],
        ("lambda", "GetPolicy") => &[Family::LambdaGetPolicy],
        // Calls have a limit of their own: how many run at the same time.
        ("lambda", "Invoke" | "InvokeAsync") => &[],
        ("lambda", _) => &[Family::LambdaControl],
        ("logs", "FilterLogEvents") => &[Family::FilterLogEvents],
        ("apigateway", operation) => match operation {
            "CreateRestApi" | "ImportRestApi" => &[Family::ApiGateway, Family::CreateRestApi],
            "DeleteRestApi" => &[Family::ApiGateway, Family::DeleteRestApi],
            "CreateDeployment" => &[Family::ApiGateway, Family::CreateDeployment],
            "CreateResource" => &[Family::ApiGateway, Family::CreateResource],
            "PutRestApi" => &[Family::ApiGateway, Family::PutRestApi],
            "UpdateAccount" => &[Family::ApiGateway, Family::UpdateAccount],
            _ => &[Family::ApiGateway],
        },
        _ => &[],
    }
}

/// What CloudFormation does with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Create,
    /// Without a replacement, which is a creation and a deletion.
    Update,
    Delete,
}

/// The operations with a limit that CloudFormation needs for a resource of this type, as service and
/// operation. How it asks whether they are done is not published.
pub fn operations(resource_type: &str, work: Work) -> &'static [(&'static str, &'static str)] {
    use Work::{Create, Delete, Update};
    match (resource_type, work) {
        ("AWS::Lambda::Function" | "AWS::Serverless::Function", Create) => {
            &[("lambda", "CreateFunction")]
        }
        ("AWS::Lambda::Function" | "AWS::Serverless::Function", Delete) => {
            &[("lambda", "DeleteFunction")]
        }
        // Which of both it needs is not known before.
        ("AWS::Lambda::Function" | "AWS::Serverless::Function", Update) => &[
            ("lambda", "UpdateFunctionCode"),
            ("lambda", "UpdateFunctionConfiguration"),
        ],
        ("AWS::Lambda::LayerVersion", Create) => &[("lambda", "PublishLayerVersion")],
        ("AWS::Lambda::LayerVersion", Delete) => &[("lambda", "DeleteLayerVersion")],
        ("AWS::Lambda::Permission", Create) => &[("lambda", "AddPermission")],
        ("AWS::Lambda::Permission", Delete) => &[("lambda", "RemovePermission")],
        ("AWS::Lambda::EventInvokeConfig", Create) => &[("lambda", "PutFunctionEventInvokeConfig")],
        ("AWS::Lambda::EventInvokeConfig", Update) => {
            &[("lambda", "UpdateFunctionEventInvokeConfig")]
        }
        ("AWS::Lambda::EventInvokeConfig", Delete) => {
            &[("lambda", "DeleteFunctionEventInvokeConfig")]
        }
        ("AWS::Lambda::EventSourceMapping", Create) => &[("lambda", "CreateEventSourceMapping")],
        ("AWS::Lambda::EventSourceMapping", Update) => &[("lambda", "UpdateEventSourceMapping")],
        ("AWS::Lambda::EventSourceMapping", Delete) => &[("lambda", "DeleteEventSourceMapping")],
        ("AWS::Serverless::Api", Create) => &[
            ("apigateway", "ImportRestApi"),
            ("apigateway", "CreateDeployment"),
            ("apigateway", "CreateStage"),
        ],
        ("AWS::Serverless::Api", Update) => &[
            ("apigateway", "PutRestApi"),
            ("apigateway", "CreateDeployment"),
            ("apigateway", "UpdateStage"),
        ],
        ("AWS::Serverless::Api", Delete) => &[
            ("apigateway", "DeleteStage"),
            ("apigateway", "DeleteDeployment"),
            ("apigateway", "DeleteRestApi"),
        ],
        ("AWS::ApiGateway::RestApi", Create) => &[("apigateway", "CreateRestApi")],
        // With a `Body` it is imported again.
        ("AWS::ApiGateway::RestApi", Update) => &[
            ("apigateway", "UpdateRestApi"),
            ("apigateway", "PutRestApi"),
        ],
        ("AWS::ApiGateway::RestApi", Delete) => &[("apigateway", "DeleteRestApi")],
        ("AWS::ApiGateway::Resource", Create) => &[("apigateway", "CreateResource")],
        ("AWS::ApiGateway::Resource", Delete) => &[("apigateway", "DeleteResource")],
        ("AWS::ApiGateway::Method", Create | Update) => &[
            ("apigateway", "PutMethod"),
            ("apigateway", "PutIntegration"),
        ],
        ("AWS::ApiGateway::Method", Delete) => &[("apigateway", "DeleteMethod")],
        ("AWS::ApiGateway::Deployment", Create) => &[("apigateway", "CreateDeployment")],
        ("AWS::ApiGateway::Deployment", Delete) => &[("apigateway", "DeleteDeployment")],
        ("AWS::ApiGateway::Stage", Create) => &[("apigateway", "CreateStage")],
        ("AWS::ApiGateway::Stage", Update) => &[("apigateway", "UpdateStage")],
        ("AWS::ApiGateway::Stage", Delete) => &[("apigateway", "DeleteStage")],
        ("AWS::ApiGateway::GatewayResponse", Create | Update) => {
            &[("apigateway", "PutGatewayResponse")]
        }
        ("AWS::ApiGateway::GatewayResponse", Delete) => &[("apigateway", "DeleteGatewayResponse")],
        ("AWS::ApiGateway::Account", Create | Update) => &[("apigateway", "UpdateAccount")],
        _ => &[],
    }
}

/// How many requests of each family CloudFormation makes for resources of these types.
pub fn load<'a>(
    resource_types: impl IntoIterator<Item = &'a str>,
    work: Work,
) -> BTreeMap<Family, u32> {
    load_of(resource_types.into_iter().map(|it| (it, work)))
}

/// The same where not all of it is the same work.
pub fn load_of<'a>(works: impl IntoIterator<Item = (&'a str, Work)>) -> BTreeMap<Family, u32> {
    let mut load = BTreeMap::new();
    let works = works.into_iter();
    let operations = works.flat_map(|(resource_type, work)| operations(resource_type, work));
    for family in operations.flat_map(|(service, operation)| families(service, operation)) {
        *load.entry(*family).or_default() += 1;
    }
    load
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_has_one_limit() {
        let mut families: Vec<Family> = limits("eu-west-1").map(|limit| limit.family).collect();
        families.sort_unstable();
        families.dedup();
        assert_eq!(families.len(), LIMITS.len() + 1);
        for limit in limits("eu-west-1") {
            assert!(limit.per_second > 0.0 && limit.burst >= 1, "{limit:?}");
        }
    }

    #[test]
    fn an_operation_counts_for_each_of_its_limits() {
        use Family::*;
        for (service, operation, expected) in [
            ("lambda", "UpdateFunctionCode", &[LambdaControl][..]),
            ("lambda", "GetFunctionConfiguration", &[LambdaControl]),
            ("lambda", "GetFunction", &[LambdaGetFunction]),
            ("lambda", "GetPolicy", &[LambdaGetPolicy]),
            ("lambda", "Invoke", &[]),
            ("cloudformation", "DescribeStacks", &[CloudFormation]),
            ("apigateway", "CreateRestApi", &[ApiGateway, CreateRestApi]),
            ("apigateway", "GetRestApis", &[ApiGateway]),
            ("logs", "FilterLogEvents", &[FilterLogEvents]),
            ("logs", "DescribeLogGroups", &[]),
            ("s3", "PutObject", &[]),
        ] {
            assert_eq!(families(service, operation), expected, "{operation}");
        }
    }

    #[test]
    fn a_stack_loads_the_limits_of_what_it_holds() {
        let types = [
            "AWS::Lambda::Function",
            "AWS::Lambda::Function",
            "AWS::ApiGateway::RestApi",
            "AWS::DynamoDB::Table",
        ];
        let created: Vec<(Family, u32)> = load(types, Work::Create).into_iter().collect();
        let expected = [
            (Family::LambdaControl, 2),
            (Family::ApiGateway, 1),
            (Family::CreateRestApi, 1),
        ];
        assert_eq!(created, expected);
        let deleted = load(types, Work::Delete);
        assert_eq!(deleted.get(&Family::DeleteRestApi), Some(&1));
    }

    #[test]
    fn log_events_are_filtered_at_the_regions_rate() {
        for (region, rate) in [
            ("us-east-1", 25.0),
            ("eu-central-1", 5.0),
            ("eu-west-1", 10.0),
        ] {
            assert_eq!(filter_log_events(region).per_second, rate, "{region}");
        }
    }
}
