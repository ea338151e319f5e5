//! Requests that come twice, lists of several pages, and what is refused or passed over.

use serde_json::{Value, json};

use super::{Sandbox, groups, refusal, with};

#[tokio::test]
async fn a_request_that_comes_twice_is_answered_as_before() {
    let sandbox = Sandbox::open();
    let template = |name: &str| groups(&[("A", name)]).to_string();
    let request = |name: &str, token: &str| {
        json!({ "StackName": "stack", "TemplateBody": template(name),
            "ClientRequestToken": token })
    };
    let first = sandbox.call("CreateStack", request("a", "one")).await;
    let again = sandbox.call("CreateStack", request("a", "one")).await;
    assert_eq!(first.expect("created"), again.expect("the same request"));
    let other = refusal(sandbox.call("CreateStack", request("a", "two")).await);
    assert_eq!(other.code, "AlreadyExistsException");
    sandbox.settled("stack").await;

    let first = sandbox.call("UpdateStack", request("b", "three")).await;
    let again = sandbox.call("UpdateStack", request("b", "three")).await;
    assert_eq!(first.expect("updated"), again.expect("the same request"));
    sandbox.settled("stack").await;
    let used = refusal(sandbox.call("UpdateStack", request("c", "one")).await);
    assert_eq!(used.code, "TokenAlreadyExistsException");
    for (token, taken) in [
        ("a", true),
        ("A-1", true),
        (&"x".repeat(128), true),
        ("", false),
        ("-a", false),
        ("a b", false),
        (&"x".repeat(129), false),
    ] {
        let group = format!("g{}", token.len());
        let updated = sandbox.call("UpdateStack", request(&group, token)).await;
        assert_eq!(updated.is_ok(), taken, "{token:?}");
        sandbox.settled("stack").await;
    }
    let events = with(&sandbox, "DescribeStackEvents", "stack", json!({})).await;
    let events = events.expect("listed")["StackEvents"].take();
    let tokens = events.as_array().into_iter().flatten();
    let mut tokens: Vec<_> = tokens
        .map(|it| it["ClientRequestToken"].as_str().unwrap_or_default())
        .collect();
    tokens.dedup();
    tokens.reverse();
    assert_eq!(tokens[..3], ["one", "three", "a"], "{tokens:?}");
}

/// All pages of a list, and how many there are.
async fn pages(
    sandbox: &Sandbox,
    operation: &'static str,
    of: Value,
    list: &str,
) -> (Vec<Value>, usize) {
    let mut items = Vec::new();
    let mut count = 0;
    let mut request = of;
    loop {
        let page = sandbox.call(operation, request.clone()).await;
        let mut page = page.expect("listed");
        items.extend(page[list].as_array().expect("a list").iter().cloned());
        count += 1;
        match page["NextToken"].take() {
            Value::Null => return (items, count),
            token => request["NextToken"] = token,
        }
    }
}

#[tokio::test]
async fn a_list_of_several_pages_has_each_item_once() {
    let sandbox = Sandbox::open();
    let named: Vec<String> = (0..150).map(|number| format!("G{number:03}")).collect();
    let named: Vec<_> = named.iter().map(|it| (it.as_str(), it.as_str())).collect();
    let mut template = groups(&named);
    let output = |(id, _): &(&str, &str)| {
        let output = json!({ "Value": { "Ref": id }, "Export": { "Name": id } });
        ((*id).to_owned(), output)
    };
    template["Outputs"] = Value::Object(named.iter().map(output).collect());
    let set = json!({ "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": template });
    with(&sandbox, "CreateChangeSet", "stack", set)
        .await
        .expect("made");
    let stack = json!({ "StackName": "stack" });
    let set = json!({ "StackName": "stack", "ChangeSetName": "c" });
    let (changes, count) = pages(&sandbox, "DescribeChangeSet", set.clone(), "Changes").await;
    let ids = |items: &[Value], path: &str| {
        let ids = items
            .iter()
            .map(|it| it.pointer(path).expect("an id").as_str());
        let mut ids: Vec<_> = ids.map(|it| it.expect("text").to_owned()).collect();
        ids.sort();
        ids
    };
    let all: Vec<String> = named.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert_eq!(ids(&changes, "/ResourceChange/LogicalResourceId"), all);
    assert_eq!(count, 2);
    sandbox.call("ExecuteChangeSet", set).await.expect("begun");
    assert_eq!(sandbox.settled("stack").await, "CREATE_COMPLETE");

    let list = "StackResourceSummaries";
    let (resources, count) = pages(&sandbox, "ListStackResources", stack.clone(), list).await;
    assert_eq!(
        (ids(&resources, "/LogicalResourceId"), count),
        (all.clone(), 2)
    );
    let (exports, count) = pages(&sandbox, "ListExports", json!({}), "Exports").await;
    assert_eq!((ids(&exports, "/Name"), count), (all, 2));
    let list = "StackEvents";
    let (events, count) = pages(&sandbox, "DescribeStackEvents", stack.clone(), list).await;
    // Review, and begin and end of the stack; three of each resource.
    assert_eq!((events.len(), count), (3 + 3 * 150, 5));
    let list = "OperationEvents";
    let (of_operations, _) = pages(&sandbox, "DescribeEvents", stack.clone(), list).await;
    assert_eq!(ids(&of_operations, "/EventId"), ids(&events, "/EventId"));

    let first = sandbox.call("ListStackResources", stack).await;
    let token = first.expect("listed")["NextToken"].take();
    for (operation, token) in [
        ("ListExports", token.clone()),
        ("ListStacks", token),
        ("ListStacks", json!("nonsense")),
    ] {
        let request = json!({ "NextToken": token });
        let refused = refusal(sandbox.call(operation, request).await);
        assert!(refused.message.contains("NextToken"), "{refused}");
    }
}

#[tokio::test]
async fn stacks_are_found_by_name_id_status_and_resource() {
    let sandbox = Sandbox::open();
    for name in ["one", "two"] {
        let template = json!({ "TemplateBody": groups(&[("A", name)]) });
        with(&sandbox, "CreateStack", name, template)
            .await
            .expect("created");
    }
    let one = sandbox.described("one").await.expect("it is there")["StackId"].take();
    with(&sandbox, "DeleteStack", "one", json!({}))
        .await
        .expect("begun");
    let id = one.as_str().expect("an id");
    assert_eq!(sandbox.settled(id).await, "DELETE_COMPLETE");
    let deleted = sandbox.described(id).await.expect("it is known by its id");
    assert!(deleted["DeletionTime"].is_string());
    assert!(sandbox.described("one").await.is_err());

    let (all, _) = pages(&sandbox, "DescribeStacks", json!({}), "Stacks").await;
    let names: Vec<_> = all.iter().map(|it| &it["StackName"]).collect();
    assert_eq!(names, ["two"]);
    for (filter, expected) in [
        (json!([]), &["one", "two"][..]),
        (json!(["DELETE_COMPLETE"]), &["one"]),
        (json!(["CREATE_COMPLETE"]), &["two"]),
        (json!(["UPDATE_COMPLETE"]), &[]),
    ] {
        let request = json!({ "StackStatusFilter": filter });
        let (found, _) = pages(&sandbox, "ListStacks", request, "StackSummaries").await;
        let mut names: Vec<_> = found.iter().map(|it| it["StackName"].as_str()).collect();
        names.sort();
        let expected: Vec<_> = expected.iter().map(|it| Some(*it)).collect();
        assert_eq!(names, expected, "{filter}");
    }

    let call = async |request: Value| sandbox.call("DescribeStackResources", request).await;
    for request in [
        json!({ "StackName": "two" }),
        json!({ "StackName": "two", "LogicalResourceId": "A" }),
        json!({ "PhysicalResourceId": "two" }),
        json!({ "PhysicalResourceId": "two", "LogicalResourceId": "A" }),
    ] {
        let found = call(request.clone()).await.expect("it is there");
        let resources = &found["StackResources"];
        assert_eq!(resources.as_array().map(Vec::len), Some(1), "{request}");
        assert_eq!(resources[0]["PhysicalResourceId"], "two", "{request}");
        assert_eq!(resources[0]["StackName"], "two", "{request}");
    }
    for (request, words) in [
        (json!({}), "must be specified"),
        (
            json!({ "StackName": "two", "PhysicalResourceId": "two" }),
            "cannot be specified together",
        ),
        (
            json!({ "PhysicalResourceId": "none" }),
            "Stack for none does not exist",
        ),
        (
            json!({ "StackName": "two", "LogicalResourceId": "B" }),
            "Resource B does not exist for stack two",
        ),
        (json!({ "StackName": "none" }), "none does not exist"),
    ] {
        let refused = refusal(call(request).await);
        assert!(refused.message.contains(words), "{refused}");
    }
}

#[tokio::test]
async fn a_change_set_is_made_once_and_deleted_unless_it_runs() {
    let sandbox = Sandbox::open();
    let set = |more: Value| {
        let mut rest = json!({ "ChangeSetName": "c", "ChangeSetType": "CREATE",
            "TemplateBody": groups(&[("A", "a")]), "ClientToken": "t" });
        for (name, value) in more.as_object().into_iter().flatten() {
            rest[name] = value.clone();
        }
        rest
    };
    let make = async |more: Value| with(&sandbox, "CreateChangeSet", "stack", set(more)).await;
    let first = make(json!({})).await.expect("made");
    assert_eq!(make(json!({})).await.expect("the same request"), first);
    let other = refusal(make(json!({ "ClientToken": "u" })).await);
    assert_eq!(other.code, "AlreadyExistsException");
    for (more, words) in [
        (json!({ "ChangeSetName": "1c" }), "changeSetName"),
        (json!({ "ChangeSetName": "c".repeat(129) }), "changeSetName"),
        (
            json!({ "ChangeSetName": "d", "ChangeSetType": "IMPORT" }),
            "does not support ChangeSetType IMPORT",
        ),
        (
            json!({ "ChangeSetName": "d", "ChangeSetType": "UPDATE" }),
            "can not be updated",
        ),
    ] {
        let refused = refusal(make(more).await);
        assert!(refused.message.contains(words), "{refused}");
    }
    let longest = json!({ "ChangeSetName": "c".repeat(128) });
    make(longest).await.expect("made");
    let none = json!({ "ChangeSetName": "c", "ChangeSetType": "UPDATE",
        "TemplateBody": groups(&[("A", "a")]) });
    let missing = refusal(with(&sandbox, "CreateChangeSet", "none", none).await);
    assert!(missing.message.contains("does not exist"), "{missing}");

    // In review it has no template, but for its change sets.
    let template = with(&sandbox, "GetTemplate", "stack", json!({})).await;
    assert!(refusal(template).message.contains("has no template"));
    let named = json!({ "ChangeSetName": "c" });
    let template = with(&sandbox, "GetTemplate", "stack", named.clone()).await;
    let body = groups(&[("A", "a")]).to_string();
    assert_eq!(template.expect("it is there")["TemplateBody"], body);
    let again = json!({ "ChangeSetName": "e", "ChangeSetType": "CREATE",
        "UsePreviousTemplate": true });
    let refused = refusal(with(&sandbox, "CreateChangeSet", "stack", again).await);
    assert!(
        refused.message.contains("has no previous template"),
        "{refused}"
    );

    let listed = with(&sandbox, "ListChangeSets", "stack", json!({})).await;
    let listed = listed.expect("listed")["Summaries"].take();
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    assert!(listed.as_array().is_some_and(|all| {
        all.iter()
            .all(|it| it["ExecutionStatus"] == "AVAILABLE" && it["Status"] == "CREATE_COMPLETE")
    }));
    let delete = async |name: &str| {
        let named = json!({ "ChangeSetName": name });
        with(&sandbox, "DeleteChangeSet", "stack", named).await
    };
    delete("c").await.expect("deleted");
    delete("c").await.expect("it is gone already");
    let gone = refusal(with(&sandbox, "DescribeChangeSet", "stack", named).await);
    assert_eq!(gone.code, "ChangeSetNotFound");
    let nameless = sandbox.call("DescribeChangeSet", json!({ "ChangeSetName": "c" }));
    assert!(
        refusal(nameless.await)
            .message
            .contains("StackName must be specified")
    );
}

#[tokio::test]
async fn what_a_request_says_twice_or_not_at_all_is_refused() {
    let sandbox = Sandbox::open();
    let mut template = groups(&[("A", "a")]);
    template["Parameters"] = json!({ "P": { "Type": "String", "Default": "d" } });
    let created = json!({ "TemplateBody": template });
    with(&sandbox, "CreateStack", "stack", created)
        .await
        .expect("created");
    let previous = |more: Value| {
        let mut rest = json!({ "UsePreviousTemplate": true });
        for (name, value) in more.as_object().into_iter().flatten() {
            rest[name] = value.clone();
        }
        rest
    };
    let parameter = |name: &str, more: Value| {
        let mut parameter = json!({ "ParameterKey": name });
        for (name, value) in more.as_object().into_iter().flatten() {
            parameter[name] = value.clone();
        }
        json!({ "Parameters": [parameter] })
    };
    for (rest, words) in [
        (json!({}), "Either Template URL or Template Body"),
        (
            previous(json!({ "TemplateBody": template })),
            "UsePreviousTemplate cannot be true",
        ),
        (
            json!({ "TemplateBody": template, "TemplateURL": "http://a/b/c" }),
            "Either Template URL or Template Body",
        ),
        (
            json!({ "TemplateURL": "nowhere" }),
            "must be a supported URL",
        ),
        (
            json!({ "TemplateURL": "https://s3.amazonaws.com/none/key" }),
            "S3 error",
        ),
        (
            previous(parameter(
                "P",
                json!({ "ParameterValue": "v", "UsePreviousValue": true }),
            )),
            "Cannot specify usePreviousValue as true and non empty value",
        ),
        (
            previous(parameter("Q", json!({ "UsePreviousValue": true }))),
            "not in the previous template",
        ),
    ] {
        let refused = refusal(with(&sandbox, "UpdateStack", "stack", rest).await);
        assert!(refused.message.contains(words), "{refused}");
    }
    for (tag, more, expected) in [
        ("1", json!({ "ParameterValue": "v" }), "v"),
        ("2", json!({ "UsePreviousValue": true }), "v"),
        // A client that sends an empty value sends it so.
        ("3", json!({}), ""),
    ] {
        let mut rest = previous(parameter("P", more));
        rest["Tags"] = json!([{ "Key": "t", "Value": tag }]);
        with(&sandbox, "UpdateStack", "stack", rest)
            .await
            .expect("updated");
        let stack = sandbox.described("stack").await.expect("it is there");
        assert_eq!(stack["Parameters"][0]["ParameterValue"], expected);
        assert_eq!(stack["Tags"][0]["Value"], tag);
    }

    let s3 = &sandbox.platform.s3;
    s3.create_bucket("templates").expect("made");
    let long = format!("{}{}", groups(&[("A", "b")]), " ".repeat(51_200));
    s3.keep("templates", "long", long.as_bytes());
    let largest = groups(&[("A", "c")]).to_string();
    let largest = largest.clone() + &" ".repeat((1 << 20) - largest.len());
    s3.keep("templates", "largest", largest.as_bytes());
    s3.keep("templates", "larger", format!("{largest} ").as_bytes());
    s3.keep("templates", "bytes", &[0xff]);
    for (key, words) in [
        ("long", None),
        ("largest", None),
        ("larger", Some("may not exceed")),
        ("bytes", Some("is not UTF-8")),
    ] {
        let url = format!("http://127.0.0.1:4566/templates/{key}");
        let updated = with(
            &sandbox,
            "UpdateStack",
            "stack",
            json!({ "TemplateURL": url }),
        )
        .await;
        match words {
            None => drop(updated.expect("updated")),
            Some(words) => assert!(refusal(updated).message.contains(words)),
        }
    }
    let body = groups(&[("A", "d")]).to_string();
    for (length, taken) in [(51_200, true), (51_201, false)] {
        let request = json!({ "StackName": "stack", "TemplateBody": format!("{body:length$}") });
        let updated = sandbox.call("UpdateStack", request).await;
        assert_eq!(updated.is_ok(), taken, "{length}");
        sandbox.settled("stack").await;
    }
}
