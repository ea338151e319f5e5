//! What Lambda, or the sandbox, does not take.

use super::*;

#[tokio::test]
async fn what_the_sandbox_does_not_have_is_refused_unless_it_is_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    call(&lambda, "CreateFunction", game()).await.expect("made");
    let update = async |setting: Value| {
        let mut parameters = named("game");
        let settings = setting.as_object().expect("an object").clone();
        parameters.as_object_mut().expect("one").extend(settings);
        call(&lambda, "UpdateFunctionConfiguration", parameters).await
    };
    for harmless in [
        value!({ "Layers": [] }),
        value!({ "SnapStart": { "ApplyOn": "None" } }),
        value!({ "DeadLetterConfig": { "TargetArn": "" }, "KMSKeyArn": "" }),
        value!({ "ImageConfig": null }),
        value!({ "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [] } }),
    ] {
        let taken = update(harmless.clone()).await;
        assert!(taken.is_ok(), "{harmless}");
    }
    for (setting, member) in [
        (value!({ "KMSKeyArn": "k" }), "KMSKeyArn"),
        (
            value!({ "SnapStart": { "ApplyOn": "PublishedVersions" } }),
            "SnapStart",
        ),
        (value!({ "VpcConfig": { "SubnetIds": ["s"] } }), "VpcConfig"),
        (value!({ "NoMember": false }), "NoMember"),
    ] {
        let refused = update(setting).await.expect_err("not here");
        assert_eq!(refused.code, "InvalidParameterValueException");
        assert!(refused.message.contains(member), "{refused}");
    }
}

#[tokio::test]
async fn a_permission_has_the_forms_of_its_members() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    call(&lambda, "CreateFunction", game()).await.expect("made");
    let add = async |more: Value, id: &str| {
        let mut permission = value!({ "FunctionName": "game", "StatementId": id,
            "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com" });
        let more = more.as_object().expect("an object").clone();
        permission.as_object_mut().expect("one").extend(more);
        call(&lambda, "AddPermission", permission).await
    };
    for (number, right) in [
        value!({}),
        value!({ "Principal": "*", "PrincipalOrgID": "o-a1b2c3d4e5" }),
        value!({ "Principal": "123456789012" }),
        value!({ "Principal": "arn:aws:iam::123456789012:role/ann" }),
        value!({ "Principal": "logs.us-east-1.amazonaws.com", "Action": "lambda:*" }),
        value!({ "Action": "*" }),
        value!({ "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE" }),
    ]
    .into_iter()
    .enumerate()
    {
        let added = add(right.clone(), &number.to_string()).await;
        assert!(added.is_ok(), "{right}: {added:?}");
    }
    for wrong in [
        value!({ "Principal": "somebody" }),
        value!({ "Principal": "" }),
        value!({ "Principal": "sns.amazonaws.com.evil" }),
        value!({ "Principal": "a b.amazonaws.com" }),
        value!({ "Principal": ".amazonaws.com" }),
        value!({ "Principal": "arn:aws:s3:::bucket" }),
        value!({ "Principal": "*", "PrincipalOrgID": "mine" }),
        value!({ "Action": "lambda:" }),
        value!({ "Action": "lambda:Invoke Function" }),
        value!({ "FunctionUrlAuthType": "NONE" }),
        value!({ "FunctionUrlAuthType": "SOME", "Action": "lambda:InvokeFunctionUrl" }),
    ] {
        assert!(add(wrong.clone(), "wrong").await.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_role_is_one_of_the_account() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let with = async |role: &str| {
        let mut function = game();
        function["Role"] = value!(role);
        let created = call(&lambda, "CreateFunction", function).await;
        created.expect_err(role).code
    };
    let theirs = with("arn:aws:iam::123456789012:role/game").await;
    assert_eq!(theirs, "AccessDeniedException");
    for no_role in [
        "game",
        "arn:aws:iam::000000000000:user/game",
        "arn:aws:iam:us-east-1:000000000000:role/game",
        "arn:aws:s3::000000000000:role/game",
        "arn:aws:iam::000000000000:role/",
    ] {
        assert_eq!(with(no_role).await, "ValidationException", "{no_role}");
    }
}

#[tokio::test]
async fn what_cannot_run_here_is_refused_at_creation() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    let other = match this_machines_architecture() {
        "arm64" => "x86_64",
        _ => "arm64",
    };
    for (member, given, said) in [
        ("Architectures", value!([other]), "this machine"),
        ("Architectures", value!(["z80"]), "z80"),
        ("PackageType", value!("Image"), "container images"),
        ("Code", value!({ "ImageUri": "x" }), "container images"),
        ("Code", value!({}), "source for function code"),
        ("Code", value!({ "S3Bucket": "b" }), "S3Key"),
        ("Code", value!({ "ZipFile": "?" }), "Base64"),
        ("Runtime", value!("nodejs22.x"), "bootstrap"),
        ("Runtime", Value::Null, "mandatory"),
        ("Role", Value::Null, "role"),
        ("Layers", value!(["arn"]), "layer version"),
        ("FunctionName", value!("a/b"), "a/b"),
        ("FunctionName", value!(7), "string"),
    ] {
        let mut request = game();
        request[member] = given.clone();
        let refused = call(&lambda, "CreateFunction", request).await;
        let refused = refused.expect_err(&format!("{member}: {given}"));
        assert!(refused.is_client_error(), "{refused}");
        assert!(refused.message.contains(said), "{refused}");
    }
    assert_eq!(stored(folder.path()), (0, 0));
}

#[tokio::test]
async fn what_is_for_functions_alone_takes_no_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let lambda = opened(folder.path());
    call(&lambda, "CreateFunction", game()).await.expect("made");
    let arn = format!("{}:live", function_ref::arn("game"));
    for (operation, parameters) in [
        (
            "PutFunctionConcurrency",
            value!({ "FunctionName": "game:$LATEST", "ReservedConcurrentExecutions": 1 }),
        ),
        ("GetFunctionConcurrency", named("game:$LATEST")),
        ("DeleteFunctionConcurrency", named("game:$LATEST")),
        (
            "TagResource",
            value!({ "Resource": arn, "Tags": { "a": "1" } }),
        ),
        (
            "UntagResource",
            value!({ "Resource": arn, "TagKeys": ["a"] }),
        ),
        ("ListTags", value!({ "Resource": arn })),
    ] {
        let refused = call(&lambda, operation, parameters).await;
        let code = refused.expect_err(operation).code;
        assert_eq!(code, "InvalidParameterValueException", "{operation}");
    }
    let list = async |versions: &str| {
        call(
            &lambda,
            "ListFunctions",
            value!({ "FunctionVersion": versions }),
        )
        .await
    };
    let refused = list("invalid").await.expect_err("there is only ALL");
    assert_eq!(refused.code, "ValidationException");
    let listed = list("ALL").await.expect("listed");
    let arn = listed["Functions"][0]["FunctionArn"].as_str();
    assert!(
        arn.is_some_and(|arn| arn.ends_with(":game:$LATEST")),
        "{arn:?}"
    );
}
