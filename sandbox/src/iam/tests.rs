//! Roles, users and policies, made and deleted through IAM's operations.

use super::*;
use crate::authorise::policy::{Decision, PolicyKind};
use crate::authorise::{Access, Authority, Verdict};
use crate::caller::Caller;
use crate::keys::Keys;
use crate::service;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

fn opened() -> (tempfile::TempDir, Iam) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("state")).expect("it opens");
    let keyring = Arc::new(Keyring::new(Keys::long_term()));
    let iam = Iam::open(&Arc::new(store), &keyring).expect("it opens");
    (folder, iam)
}

async fn call(iam: &Iam, operation: &'static str, parameters: Value) -> Result<Value, String> {
    let caller = Caller {
        id: String::new(),
        arn: String::new(),
        ..Caller::default()
    };
    let answer = service::call(iam, operation, parameters, &caller).await;
    answer.map_err(|fault| fault.code)
}

#[tokio::test]
async fn a_role_is_deleted_when_nothing_is_left_of_it() {
    let (_folder, iam) = opened();
    let role = json!({ "RoleName": "r", "Path": "/p/", "AssumeRolePolicyDocument": TRUST });
    let created = call(&iam, "CreateRole", role.clone()).await.expect("made");
    assert_eq!(created["Role"]["Arn"], "arn:aws:iam::000000000000:role/p/r");
    let again = call(&iam, "CreateRole", role).await;
    assert_eq!(again, Err("EntityAlreadyExists".to_owned()));
    let id = iam.role_id("arn:aws:iam::000000000000:role/p/r");
    assert!(id.expect("read").expect("it is there").starts_with("AROA"));
    assert_eq!(iam.role_id("arn:aws:iam::000000000000:role/r"), Ok(None));

    let document = json!({ "Statement":
        { "Effect": "Allow", "Action": "s3:*", "Resource": "*" } });
    let inline = json!({ "RoleName": "r", "PolicyName": "i", "PolicyDocument": document });
    let attached = json!({ "RoleName": "r", "PolicyArn": BASIC });
    for (put, take, policy) in [
        ("PutRolePolicy", "DeleteRolePolicy", inline),
        ("AttachRolePolicy", "DetachRolePolicy", attached),
    ] {
        call(&iam, put, policy.clone()).await.expect("put");
        let refused = call(&iam, "DeleteRole", json!({ "RoleName": "r" })).await;
        assert_eq!(refused, Err("DeleteConflict".to_owned()), "{put}");
        let mut named = policy;
        named.as_object_mut().expect("one").remove("PolicyDocument");
        call(&iam, take, named.clone()).await.expect("taken");
        let gone = call(&iam, take, named).await;
        assert_eq!(gone, Err("NoSuchEntity".to_owned()), "{take}");
    }
    let deleted = call(&iam, "DeleteRole", json!({ "RoleName": "r" })).await;
    assert_eq!(deleted, Ok(Value::Null));
    let gone = call(&iam, "GetRole", json!({ "RoleName": "r" })).await;
    assert_eq!(gone, Err("NoSuchEntity".to_owned()));
}

#[tokio::test]
async fn names_are_not_distinguished_by_case() {
    let (_folder, iam) = opened();
    let role = |name: &str| json!({ "RoleName": name, "AssumeRolePolicyDocument": TRUST });
    let policy = |name: &str, path: &str| {
        let document = json!({ "Statement":
            { "Effect": "Allow", "Action": "s3:*", "Resource": "*" } });
        json!({ "PolicyName": name, "Path": path, "PolicyDocument": document })
    };
    let taken = Err("EntityAlreadyExists".to_owned());
    call(&iam, "CreateRole", role("Ann")).await.expect("made");
    assert_eq!(call(&iam, "CreateRole", role("aNN")).await, taken);
    call(&iam, "CreatePolicy", policy("Ann", "/"))
        .await
        .expect("made");
    assert_eq!(call(&iam, "CreatePolicy", policy("ann", "/")).await, taken);
    assert_eq!(
        call(&iam, "CreatePolicy", policy("Ann", "/a/")).await,
        taken
    );
    let gone = json!({ "RoleName": "Ann" });
    call(&iam, "DeleteRole", gone).await.expect("deleted");
    call(&iam, "CreateRole", role("aNN")).await.expect("made");
}

#[tokio::test]
async fn policies_have_sizes_without_white_space() {
    let (_folder, iam) = opened();
    let document = |size: usize| {
        let frame =
            r#"{"Statement":{"Action":"s3:*","Effect":"Allow","Resource":"arn:aws:s3:::"}}"#;
        let name = "x".repeat(size - frame.len());
        frame
            .replace(":::", &format!(":::{name}"))
            .replace('{', "{   ")
    };
    let role = json!({ "RoleName": "r", "AssumeRolePolicyDocument": TRUST });
    call(&iam, "CreateRole", role).await.expect("made");
    let put = async |name: &str, size: usize| {
        let policy = json!({ "RoleName": "r", "PolicyName": name,
            "PolicyDocument": document(size) });
        call(&iam, "PutRolePolicy", policy).await
    };
    let exceeded = Err("LimitExceeded".to_owned());
    put("a", 5_000).await.expect("put");
    assert_eq!(put("b", 5_241).await, exceeded);
    put("b", 5_240).await.expect("put");
    let create = async |name: &str, size: usize| {
        let policy = json!({ "PolicyName": name, "PolicyDocument": document(size) });
        call(&iam, "CreatePolicy", policy).await
    };
    create("a", 6_144).await.expect("made");
    assert_eq!(create("b", 6_145).await, exceeded);
    let users: Vec<String> = (0..60)
        .map(|user| format!("arn:aws:iam::000000000000:user/{user:020}"))
        .collect();
    let trust = json!({ "Statement": { "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "AWS": users } } });
    let role = json!({ "RoleName": "s", "AssumeRolePolicyDocument": trust });
    assert_eq!(call(&iam, "CreateRole", role).await, exceeded);
}

#[tokio::test]
async fn a_policy_is_deleted_when_it_is_attached_to_nothing() {
    let (_folder, iam) = opened();
    let document = json!({ "Statement": [] });
    let empty = json!({ "PolicyName": "p", "PolicyDocument": document });
    let refused = call(&iam, "CreatePolicy", empty).await;
    assert_eq!(refused, Err("MalformedPolicyDocument".to_owned()));
    let document = json!({ "Statement":
        [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }] });
    let policy = json!({ "PolicyName": "p", "PolicyDocument": document });
    let created = call(&iam, "CreatePolicy", policy).await.expect("made");
    let arn = &created["Policy"]["Arn"];
    let role = json!({ "RoleName": "r", "AssumeRolePolicyDocument": TRUST });
    call(&iam, "CreateRole", role).await.expect("made");
    let attached = json!({ "RoleName": "r", "PolicyArn": arn });
    call(&iam, "AttachRolePolicy", attached.clone())
        .await
        .expect("attached");
    let seen = call(&iam, "GetPolicy", json!({ "PolicyArn": arn })).await;
    assert_eq!(seen.expect("it is there")["Policy"]["AttachmentCount"], 1);
    let refused = call(&iam, "DeletePolicy", json!({ "PolicyArn": arn })).await;
    assert_eq!(refused, Err("DeleteConflict".to_owned()));
    call(&iam, "DetachRolePolicy", attached.clone())
        .await
        .expect("detached");
    call(&iam, "DeletePolicy", json!({ "PolicyArn": arn }))
        .await
        .expect("deleted");
    let gone = call(&iam, "AttachRolePolicy", attached).await;
    assert_eq!(gone, Err("NoSuchEntity".to_owned()));
}

#[tokio::test]
async fn only_policies_that_aws_has_are_attached() {
    let (_folder, iam) = opened();
    let role = json!({ "RoleName": "r", "AssumeRolePolicyDocument": TRUST });
    call(&iam, "CreateRole", role).await.expect("made");
    let attach = async |name: &str| {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        let parameters = json!({ "RoleName": "r", "PolicyArn": arn });
        call(&iam, "AttachRolePolicy", parameters).await
    };
    let basic = attach("service-role/AWSLambdaBasicExecutionRole").await;
    assert_eq!(basic, Ok(Value::Null));
    for (name, code) in [
        ("AWSLambdaBasicExecutionRole", "NoSuchEntity"),
        ("NoSuchPolicy", "NoSuchEntity"),
        (
            "aws-service-role/AWSLambdaReplicator",
            "PolicyNotAttachable",
        ),
    ] {
        assert_eq!(attach(name).await, Err(code.to_owned()), "{name}");
    }
}

#[tokio::test]
async fn a_boundary_is_a_policy_that_is_there_and_stays_while_it_is_one() {
    let (_folder, iam) = opened();
    let document = json!({ "Statement":
        [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }] });
    let policy = json!({ "PolicyName": "p", "PolicyDocument": document });
    let created = call(&iam, "CreatePolicy", policy).await.expect("made");
    let arn = created["Policy"]["Arn"].clone();
    let role = |boundary: &str| {
        json!({ "RoleName": "r", "AssumeRolePolicyDocument": TRUST,
            "PermissionsBoundary": boundary })
    };
    let missing = call(
        &iam,
        "CreateRole",
        role("arn:aws:iam::000000000000:policy/q"),
    )
    .await;
    assert_eq!(missing, Err("NoSuchEntity".to_owned()));
    let none = call(&iam, "CreateRole", role("")).await;
    assert_eq!(none, Err("ValidationError".to_owned()));

    let bounded = role(arn.as_str().expect("an ARN"));
    call(&iam, "CreateRole", bounded).await.expect("made");
    let policy = async || {
        let seen = call(&iam, "GetPolicy", json!({ "PolicyArn": arn })).await;
        seen.expect("it is there")["Policy"]["PermissionsBoundaryUsageCount"].clone()
    };
    let boundary = async || {
        let seen = call(&iam, "GetRole", json!({ "RoleName": "r" })).await;
        seen.expect("it is there")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"].clone()
    };
    assert_eq!((policy().await, boundary().await), (json!(1), arn.clone()));
    let refused = call(&iam, "DeletePolicy", json!({ "PolicyArn": arn })).await;
    assert_eq!(refused, Err("DeleteConflict".to_owned()));
    for _ in 0..2 {
        let role = json!({ "RoleName": "r" });
        call(&iam, "DeleteRolePermissionsBoundary", role)
            .await
            .expect("removed");
    }
    assert_eq!((policy().await, boundary().await), (json!(0), Value::Null));
    let put = json!({ "RoleName": "r", "PermissionsBoundary": arn });
    call(&iam, "PutRolePermissionsBoundary", put.clone())
        .await
        .expect("put");
    assert_eq!(boundary().await, arn);
    call(&iam, "DeleteRole", json!({ "RoleName": "r" }))
        .await
        .expect("deleted");
    call(&iam, "DeletePolicy", json!({ "PolicyArn": arn }))
        .await
        .expect("deleted");
    let gone = call(&iam, "PutRolePermissionsBoundary", put).await;
    assert_eq!(gone, Err("NoSuchEntity".to_owned()));
}

#[test]
fn a_role_that_does_not_exist_allows_nothing_and_that_is_said() {
    let (folder, _) = opened();
    let store = Arc::new(Store::open(&folder.path().join("other")).expect("it opens"));
    let keys = Keys::long_term();
    let keyring = Arc::new(Keyring::new(keys.clone()));
    let authority = PolicyAuthority::open(&store, &keyring).expect("it opens");
    let decide = |caller: &Caller| {
        let access = Access::new(
            "dynamodb:Scan",
            "arn:aws:dynamodb:us-east-1:000000000000:table/t",
        );
        authority
            .decide(caller, &access, &|_| Ok(None))
            .expect("it is decided")
    };
    let refused = decide(&Caller::in_role("AROA", "gone", "session"));
    assert_eq!(refused.decision, Decision::NotAllowed(PolicyKind::Identity));
    assert_eq!(
        refused.remark.as_deref(),
        Some("the role gone does not exist")
    );
    let (_, owner) = keyring.find(&keys.access_key_id).expect("it is valid");
    assert_eq!(decide(&owner), Verdict::ALLOWED);
}

#[tokio::test]
async fn the_keys_of_a_user_are_valid_until_they_are_deleted() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Arc::new(Store::open(&folder.path().join("state")).expect("it opens"));
    let keyring = Arc::new(Keyring::new(Keys::long_term()));
    let iam = Iam::open(&store, &keyring).expect("it opens");
    let ann = json!({ "UserName": "ann", "Path": "/class/" });
    call(&iam, "CreateUser", ann).await.expect("made");
    let named = json!({ "UserName": "ann" });
    let made = call(&iam, "CreateAccessKey", named.clone()).await;
    let key = made.expect("made")["AccessKey"]["AccessKeyId"].clone();
    let id = key.as_str().expect("text");

    // As after a restart.
    let keyring = Arc::new(Keyring::new(Keys::long_term()));
    let iam = Iam::open(&store, &keyring).expect("it opens");
    let (_, caller) = keyring.find(id).expect("it is valid");
    assert_eq!(caller.arn, "arn:aws:iam::000000000000:user/class/ann");
    assert_eq!(caller.user(), Some("ann"));

    call(&iam, "CreateAccessKey", named.clone())
        .await
        .expect("made");
    let third = call(&iam, "CreateAccessKey", named.clone()).await;
    assert_eq!(third, Err("LimitExceeded".to_owned()));
    let refused = call(&iam, "DeleteUser", named.clone()).await;
    assert_eq!(refused, Err("DeleteConflict".to_owned()));
    let delete = json!({ "UserName": "ann", "AccessKeyId": key });
    call(&iam, "DeleteAccessKey", delete.clone())
        .await
        .expect("deleted");
    assert_eq!(keyring.find(id), None);
    let gone = call(&iam, "DeleteAccessKey", delete).await;
    assert_eq!(gone, Err("NoSuchEntity".to_owned()));
}

#[tokio::test]
async fn every_change_of_permissions_counts_for_the_next_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Arc::new(Store::open(&folder.path().join("state")).expect("it opens"));
    let keyring = Arc::new(Keyring::new(Keys::long_term()));
    let iam = Iam::open(&store, &keyring).expect("it opens");
    // Another view of the same records, as in a server.
    let authority = PolicyAuthority::open(&store, &keyring).expect("it opens");
    let allows = || {
        let caller = Caller::in_role("AROA", "r", "session");
        let access = Access::new("s3:GetObject", "arn:aws:s3:::b/k");
        let verdict = authority.decide(&caller, &access, &|_| Ok(None));
        verdict.expect("it is decided").decision == Decision::Allowed
    };
    assert!(!allows());
    let allow = json!({ "Statement": { "Effect": "Allow", "Action": "s3:*", "Resource": "*" } });
    let nothing = json!({ "Statement": { "Effect": "Allow", "Action": "sqs:*", "Resource": "*" } });
    let managed = |name: &str, document: &Value| json!({ "PolicyName": name, "PolicyDocument": document.to_string() });
    let arn = |name: &str| format!("arn:aws:iam::000000000000:policy/{name}");
    let role = json!({ "RoleName": "r", "AssumeRolePolicyDocument": TRUST });
    let inline = json!({ "RoleName": "r", "PolicyName": "i", "PolicyDocument": allow.to_string() });
    let attached = json!({ "RoleName": "r", "PolicyArn": arn("m") });
    let boundary = json!({ "RoleName": "r", "PermissionsBoundary": arn("b") });
    let changes = [
        ("CreatePolicy", managed("m", &allow), false),
        ("CreatePolicy", managed("b", &nothing), false),
        ("CreateRole", role, false),
        ("PutRolePolicy", inline, true),
        (
            "DeleteRolePolicy",
            json!({ "RoleName": "r", "PolicyName": "i" }),
            false,
        ),
        ("AttachRolePolicy", attached.clone(), true),
        ("PutRolePermissionsBoundary", boundary, false),
        (
            "DeleteRolePermissionsBoundary",
            json!({ "RoleName": "r" }),
            true,
        ),
        ("DetachRolePolicy", attached, false),
    ];
    for (operation, parameters, allowed) in changes {
        let done = call(&iam, operation, parameters).await;
        done.unwrap_or_else(|code| panic!("{operation}: {code}"));
        assert_eq!(allows(), allowed, "after {operation}");
        assert_eq!(allows(), allowed, "again after {operation}");
    }
}
