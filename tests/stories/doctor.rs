//! The doctor's findings about a target: what is not there, what the caller may not do, and which
//! statement of the policies would allow it.

use crate::endpoint::Endpoint;
use crate::fault::Answer;
use crate::mafia::{Mafia, Outcome};
use crate::scripted::anna;
use crate::stub::{self, Asked, Stub};

const SIMULATION: &str = "iam:SimulatePrincipalPolicy";

#[test]
fn a_target_that_nothing_listens_on_is_not_ticked() {
    let nobody = Endpoint::on("http://127.0.0.1:9");
    let mafia = Mafia::at(&nobody);
    let unreachable = mafia.run(&["doctor", "--stack", "mafia-anna"]);
    unreachable
        .exits_with(2)
        .prints("✗ target")
        .prints("no server is listening there")
        .never_says("✓ target")
        .never_says("credentials ");
    let mafia = mafia.without_env("AWS_ACCESS_KEY_ID");
    let unknown = mafia.run(&["doctor", "--stack", "mafia-anna"]);
    unknown
        .exits_with(2)
        .prints("✗ credentials")
        .never_says("✓ target");
}

/// A service at an address of its own is tried, also one that nothing else here needs.
#[test]
fn a_service_that_does_not_answer_is_not_ticked() {
    for service in ["CLOUDFORMATION", "CLOUDWATCH_LOGS", "IAM", "LAMBDA", "S3"] {
        let stub =
            Stub::answering(|asked| (asked.name == SIMULATION).then(|| simulated(asked, &[])));
        let url = stub.endpoint().url();
        let name = format!("AWS_ENDPOINT_URL_{service}");
        let asks = |address: &str| {
            let anna = anna(&stub).without_env("MAFIA_ENDPOINT_URL");
            let anna = anna.env("AWS_ENDPOINT_URL", url).env(&name, address);
            anna.run(&["doctor"])
        };
        let found = asks("http://127.0.0.1:9");
        let line = |mark: &str| {
            found.stdout.lines().any(|line| {
                let line = line.to_lowercase().replace(' ', "_");
                line.starts_with(&format!("{mark}_{}", service.to_lowercase()))
            })
        };
        if !line("✗") || line("✓") {
            found.fails(&format!("should not have ticked {service}"));
        }
        found
            .prints("no server is listening there")
            .prints(&format!("change {name}"));
        let there = asks(&format!("{url}/"));
        there.prints(&format!("answers at {url}/"));
    }
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    let stub = Stub::answering(|asked| {
        let refused = asked.name == "sts:GetCallerIdentity";
        refused.then(|| asked.refusal(403, "SignatureDoesNotMatch", "Signature expired: 12:00"))
    });
    asks(&stub)
        .prints("✓ target")
        .prints("✗ credentials")
        .prints("Signature expired: 12:00");
}

#[test]
fn an_artifact_bucket_that_was_deleted_is_noticed() {
    let stub = Stub::answering(|asked| match asked.name.as_str() {
        "cloudformation:DescribeStacks" if asked.text.contains("mafia-workshop") => {
            Some(shared_stack())
        }
        "s3:ListObjectsV2" => Some(asked.refusal(404, "NoSuchBucket", "no such bucket")),
        SIMULATION => Some(simulated(asked, &[])),
        _ => None,
    });
    asks(&stub)
        .prints("✗ artifact bucket")
        .prints("bucket mafia-workshop-1 of stack mafia-workshop was deleted")
        .prints("hint: run `mafia deploy`")
        // The class has begun: a student's permissions are enough.
        .prints("✓ permissions")
        .prints("templates/policies/student.json");
}

#[test]
fn a_missing_permission_is_told_with_its_statement() {
    let stub = Stub::answering(|asked| {
        let name = [
            "ContextKeyName=aws%3Ausername",
            "ContextKeyValues.member.1=anna",
        ];
        if !name.iter().all(|field| asked.text.contains(field)) {
            return None;
        }
        let denied = [
            "lambda:UpdateFunctionCode",
            "iam:CreateRole",
            "iam:PutRolePolicy",
        ];
        (asked.name == SIMULATION).then(|| simulated(asked, &denied))
    });
    asks(&stub)
        .prints("✗ permissions")
        .prints("you lack statements of templates/policies/instructor.json")
        .prints("Functions (lambda:UpdateFunctionCode); CloudFormationFunctions")
        .prints("CloudFormationRoleBounded (iam:CreateRole,")
        .prints("hint: the first deployment of a class needs them")
        .never_says("--role-arn");
}

/// A role for CloudFormation has them instead of the caller.
#[test]
fn what_cloudformation_does_with_a_role_of_its_own_the_caller_need_not_be_allowed() {
    let stub = Stub::answering(|asked| {
        (asked.name == SIMULATION).then(|| simulated(asked, &["iam:CreateRole"]))
    });
    asks(&stub)
        .prints("CloudFormationRoleBounded")
        .prints("or let CloudFormation work with a role that has them: --role-arn ARN");
    let role = "arn:aws:iam::123456789012:role/deployer";
    let mafia = anna(&stub).env("MAFIA_ROLE_ARN", role);
    mafia.run(&["doctor"]).prints("✓ permissions");

    let stub = Stub::answering(|asked| {
        (asked.name == SIMULATION).then(|| simulated(asked, &["iam:PassRole"]))
    });
    let mafia = anna(&stub).env("MAFIA_ROLE_ARN", role);
    mafia
        .run(&["doctor"])
        .prints(&format!("iam:PassRole for {role}"));
}

#[test]
fn where_iam_does_not_answer_requests_are_tried_that_change_nothing() {
    let denied = |asked: &Asked| {
        let code = "AccessDeniedException";
        asked.refusal(403, code, "you are not authorized to perform this")
    };
    let silent = Stub::answering(move |asked| (asked.name == SIMULATION).then(|| denied(asked)));
    asks(&silent)
        .prints("✓ permissions")
        .prints("requests tried, none refused");
    let refusing = Stub::answering(move |asked| match asked.name.as_str() {
        SIMULATION | "lambda:Invoke" => Some(denied(asked)),
        _ => None,
    });
    asks(&refusing)
        .prints("✗ permissions")
        .prints("Functions (lambda:InvokeFunction)");
}

/// A refusal of S3's has no body, and so no code, when only the head of an object was asked for.
#[test]
fn a_bundle_that_may_not_be_read_is_noticed_by_trying() {
    let stub = Stub::answering(|asked| match asked.name.as_str() {
        "cloudformation:DescribeStacks" if asked.text.contains("mafia-workshop") => {
            Some(shared_stack())
        }
        "s3:ListObjectsV2" => Some(stub::xml("<ListBucketResult></ListBucketResult>")),
        "s3:HeadObject" => Some(asked.refusal(403, "AccessDenied", "Access Denied")),
        _ => None,
    });
    asks(&stub)
        .prints("✗ permissions")
        .prints("student.json: Bundles (s3:GetObject)");
}

#[test]
fn where_the_functions_have_a_role_that_is_there_only_passing_it_is_needed() {
    let role = "arn:aws:iam::123456789012:role/games";
    let with_role = move |asked: &Asked, denied: &[&str]| match asked.name.as_str() {
        "cloudformation:DescribeStacks" if asked.text.contains("StackName=mafia-anna") => {
            Some(stack(
                "mafia-anna",
                "game",
                &format!(
                    "<Parameters><member><ParameterKey>FunctionRole</ParameterKey>\
                     <ParameterValue>{role}</ParameterValue></member></Parameters>"
                ),
            ))
        }
        SIMULATION => {
            // Passing another role than that is not asked for.
            let passes_it = asked.text.contains("role%2Fgames") || !asked.text.contains("PassRole");
            passes_it.then(|| simulated(asked, denied))
        }
        _ => None,
    };
    let roles = ["iam:CreateRole", "iam:GetRole", "iam:PutRolePolicy"];
    asks(&Stub::answering(move |asked| with_role(asked, &roles)))
        .prints("✓ permissions")
        .prints("you may do all that it allows");
    asks(&Stub::answering(move |asked| {
        with_role(asked, &["iam:PassRole"])
    }))
    .prints("✗ permissions")
    .prints("CloudFormationPassRole");
}

fn asks(stub: &Stub) -> Outcome {
    anna(stub).run(&["doctor"])
}

/// What IAM's simulator answers where these actions are denied.
fn simulated(asked: &Asked, denied: &[&str]) -> Answer {
    let fields = asked.text.split(['&', ' ']);
    let actions = fields.filter_map(|field| {
        let (name, value) = field.split_once('=')?;
        name.starts_with("ActionNames.")
            .then(|| value.replace("%3A", ":"))
    });
    let result = |action: String| {
        let decision = if denied.contains(&action.as_str()) {
            "implicitDeny"
        } else {
            "allowed"
        };
        format!(
            "<member><EvalActionName>{action}</EvalActionName>\
             <EvalDecision>{decision}</EvalDecision></member>"
        )
    };
    let results: String = actions.map(result).collect();
    stub::xml(&format!(
        "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>\
         {results}</EvaluationResults><IsTruncated>false</IsTruncated>\
         </SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    ))
}

fn shared_stack() -> Answer {
    let outputs = "<Outputs><member><OutputKey>ArtifactBucket</OutputKey>\
                   <OutputValue>mafia-workshop-1</OutputValue></member></Outputs>";
    stack("mafia-workshop", "workshop", outputs)
}

/// What CloudFormation answers about a stack that is complete.
fn stack(name: &str, kind: &str, more: &str) -> Answer {
    stub::xml(&format!(
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>\
         <StackName>{name}</StackName><StackId>arn:aws:cloudformation:us-east-1:1:stack/{name}/1\
         </StackId><StackStatus>CREATE_COMPLETE</StackStatus>\
         <CreationTime>2026-11-22T00:00:00Z</CreationTime>\
         <Tags><member><Key>mafia:kind</Key><Value>{kind}</Value></member></Tags>{more}\
         </member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    ))
}
