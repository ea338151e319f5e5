//! How long CloudFormation typically takes for a resource, from its start to its status, where no limit is
//! waited for. Pure.
//!
//! AWS publishes no such times. Those here are estimates, from the order of magnitude that people see in the
//! events of their stacks; they were not measured in an account. They serve an estimate of how long a class
//! takes, nothing else.

use super::limits::Work;

/// When the estimates were made.
pub const DATE: &str = "2026-11";

/// The type, and how many seconds its creation and its deletion take.
///
/// A role counts as created only when all of IAM knows it, and a table with an index when both are active.
const TYPES: [(&str, u32, u32); 15] = [
    ("AWS::ApiGateway::Deployment", 2, 2),
    ("AWS::ApiGateway::GatewayResponse", 2, 2),
    ("AWS::ApiGateway::Method", 2, 2),
    ("AWS::ApiGateway::Resource", 2, 2),
    ("AWS::ApiGateway::RestApi", 2, 2),
    ("AWS::ApiGateway::Stage", 2, 2),
    ("AWS::CloudFormation::Stack", 5, 5),
    ("AWS::DynamoDB::Table", 20, 15),
    ("AWS::IAM::Role", 18, 3),
    ("AWS::Lambda::EventSourceMapping", 15, 15),
    ("AWS::Lambda::Function", 8, 5),
    ("AWS::Lambda::Permission", 4, 4),
    ("AWS::Logs::LogGroup", 5, 3),
    ("AWS::S3::Bucket", 20, 5),
    ("AWS::S3::BucketPolicy", 4, 3),
];
const OTHERS: (u32, u32) = (10, 10);

/// The seconds for a resource of this type.
pub fn own_time(resource_type: &str, work: Work) -> f64 {
    let known = TYPES.iter().find(|(known, ..)| *known == resource_type);
    let (create, delete) = known.map_or(OTHERS, |(_, create, delete)| (*create, *delete));
    f64::from(match work {
        Work::Create | Work::Update => create,
        Work::Delete => delete,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_times_of_its_own() {
        assert_eq!(own_time("AWS::IAM::Role", Work::Create), 18.0);
        assert_eq!(own_time("AWS::IAM::Role", Work::Delete), 3.0);
        assert_eq!(own_time("AWS::SQS::Queue", Work::Delete), 10.0);
        let names = TYPES.map(|(name, ..)| name);
        assert!(names.is_sorted_by(|one, other| one < other), "{names:?}");
    }
}
