//! What of templates and parameters is refused, told and kept.

use super::*;
use crate::cloud::{Change, StackRequest, TemplateSource};
use crate::deploy::Fate;

/// The template with this text in place of another.
fn edited(old: &str, new: &str) -> String {
    assert!(TEMPLATE.contains(old), "{old}");
    TEMPLATE.replacen(old, new, 1)
}

#[tokio::test]
async fn parameters_that_nobody_may_set_are_refused() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    for (own, what) in [
        ("ArtifactBucket", "bucket for code"),
        ("OneCode", "where the code of 01-one is"),
    ] {
        let refused = refused(&sandbox, &with_parameters(&[(own, "x")]), &both).await;
        let DeployError::OwnParameter {
            parameter,
            what: told,
        } = refused
        else {
            panic!("{refused:?}");
        };
        assert_eq!(parameter, own);
        assert!(told.contains(what), "{told}");
    }
    let unknown = refused(&sandbox, &with_parameters(&[("Player", "7")]), &both).await;
    let DeployError::UnknownParameter {
        parameter,
        mut known,
    } = unknown
    else {
        panic!("{unknown:?}");
    };
    known.sort();
    assert_eq!(parameter, "Player");
    assert_eq!(known, ["Attic", "Players"]);
    let wrong = refused(&sandbox, &with_parameters(&[("Players", "many")]), &both).await;
    assert!(
        matches!(wrong, DeployError::ParameterRefused { .. }),
        "{wrong:?}"
    );
    let wrong = refused(&sandbox, &with_template("Resources: {A: {}}"), &both).await;
    let DeployError::TemplateRefused { stack, .. } = wrong else {
        panic!("{wrong:?}");
    };
    assert_eq!(stack, GAME);
    let none = sandbox.cloud.stack(GAME).await.expect("no failure");
    assert!(none.is_none());
}

#[tokio::test]
async fn a_function_that_only_one_side_has_is_named() {
    let sandbox = Sandbox::start().await;
    let three = [bundles("1", "2"), vec![bundle("03-three", "3")]].concat();
    let functions = [("01-one", "one"), ("02-two", "two"), ("03-three", "three")];
    let more = Request {
        project: Project::example(&functions, &[]),
        ..request()
    };
    let mismatch = refused(&sandbox, &more, &three).await;
    assert!(matches!(mismatch, DeployError::Mismatch(_)), "{mismatch:?}");
    // Also where only its code would be patched.
    deployed(&sandbox, &request(), &bundles("1", "2")).await;
    let mismatch = refused(&sandbox, &more, &three).await;
    assert!(mismatch.to_string().contains("03-three"), "{mismatch}");

    let fewer = Request {
        project: Project::example(&functions[..1], &[]),
        ..request()
    };
    let (result, events) = deployed_with_events(&sandbox, &fewer, &three[..1]).await;
    assert_eq!(result.expect("it is deployed").action, Action::Unchanged);
    let unlisted = events.iter().filter_map(|it| match it {
        EventKind::Unlisted { function } => Some(function.as_str()),
        _ => None,
    });
    assert_eq!(unlisted.collect::<Vec<_>>(), ["02-two"]);
    let long = Request {
        stack: "g".repeat(58),
        ..request()
    };
    let long = refused(&sandbox, &long, &bundles("1", "2")).await;
    assert!(
        matches!(long, DeployError::LongFunctionName { .. }),
        "{long:?}"
    );
}

#[tokio::test]
async fn what_has_no_effect_and_what_is_kept_is_said() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    let idle = edited(
        "Parameters:\n",
        "Parameters:\n  Idle: {Type: String, Default: x}\n",
    );
    let given = Request {
        parameters: with_parameters(&[("Idle", "y"), ("Players", "7")]).parameters,
        ..with_template(&idle)
    };
    let (result, events) = deployed_with_events(&sandbox, &given, &both).await;
    result.expect("it is deployed");
    let without_effect = events.iter().filter_map(|it| match it {
        EventKind::WithoutEffect { parameter } => Some(parameter.as_str()),
        _ => None,
    });
    assert_eq!(without_effect.collect::<Vec<_>>(), ["Idle"]);

    // The stack has another value than the old default, so it keeps it; of the other one it has the
    // default, so it gets the new one.
    let new = edited("Default: 10", "Default: 12").replace("Default: 'no'", "Default: 'yes'");
    let (result, events) = deployed_with_events(&sandbox, &with_template(&new), &both).await;
    assert_eq!(result.expect("it is deployed").action, Action::Updated);
    let kept = events.iter().filter_map(|it| match it {
        EventKind::Kept(default) => Some((default.parameter.as_str(), default.value.as_str())),
        _ => None,
    });
    assert_eq!(kept.collect::<Vec<_>>(), [("Players", "7")]);
    let game = stack(&sandbox, GAME).await;
    assert_eq!(
        (
            game.parameters["Players"].as_str(),
            game.parameters["Attic"].as_str()
        ),
        ("7", "yes")
    );
}

#[tokio::test]
async fn a_function_under_a_condition_is_there_or_said_not_to_be() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    let conditional = edited(
        "  Two:\n    Type",
        "  Two:\n    Condition: HasAttic\n    Type",
    );
    let without = with_template(&conditional);
    for dry_run in [true, false, false] {
        let request = Request {
            dry_run,
            ..without.clone()
        };
        let (result, events) = deployed_with_events(&sandbox, &request, &both).await;
        let deployment = result.expect("it is deployed");
        let there: Vec<_> = deployment.functions.iter().map(|it| &it.function).collect();
        assert_eq!(there, ["01-one"]);
        let said = events.iter().find_map(|it| match it {
            EventKind::Conditional {
                function,
                condition,
            } => Some((function, condition)),
            _ => None,
        });
        let (function, condition) = said.expect("it is said");
        assert_eq!(
            (function.as_str(), condition.as_str()),
            ("02-two", "HasAttic")
        );
    }
    let with = Request {
        parameters: with_parameters(&[("Attic", "yes")]).parameters,
        ..without
    };
    let updated = deployed(&sandbox, &with, &both).await;
    let one_of_two = [("01-one", Action::Unchanged), ("02-two", Action::Created)];
    assert_eq!(actions(&updated), (Action::Updated, one_of_two.to_vec()));
}

#[tokio::test]
async fn a_long_template_is_read_from_the_bucket() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    let long = format!("{TEMPLATE}# {}\n", "x".repeat(51_200));
    let dry = |template: &str| Request {
        dry_run: true,
        ..with_template(template)
    };
    let refused = refused(&sandbox, &dry(&long), &both).await;
    let DeployError::NoPlaceForTemplate { bytes } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(bytes, long.len());
    // As long as a request may carry.
    let rest = 51_200 - TEMPLATE.len() - "# \n".len();
    let longest = format!("{TEMPLATE}# {}\n", "x".repeat(rest));
    assert_eq!(longest.len(), 51_200);
    deployed(&sandbox, &dry(&longest), &both).await;

    let created = deployed(&sandbox, &with_template(&long), &both).await;
    assert_eq!(created.action, Action::Created);
    let other = long.replace("MemorySize: 256", "MemorySize: 512");
    let would = deployed(&sandbox, &dry(&other), &both).await;
    assert_eq!(would.action, Action::Updated);
    // Its bucket goes between two deployments.
    let bucket = artifact_bucket(&sandbox).await;
    sandbox.cloud.delete_bucket_by_hand(&bucket).await;
    let updated = deployed(&sandbox, &with_template(&other), &both).await;
    assert_eq!(updated.action, Action::Updated);
}

fn lost(changes: &[Change]) -> Vec<(&str, bool)> {
    let lost = changes.iter();
    lost.map(|it| (it.logical_id.as_str(), it.loses_data))
        .collect()
}

#[tokio::test]
async fn an_update_that_loses_data_has_to_be_wanted() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    deployed(&sandbox, &request(), &both).await;
    let (before, rest) = TEMPLATE.split_once("  Table:\n").expect("a table");
    let (_, after) = rest.split_once("  Bucket:\n").expect("a bucket");
    let without_table = format!("{before}  Bucket:\n{after}");
    let refused = refused(&sandbox, &with_template(&without_table), &both).await;
    let DeployError::LosesData { stack, changes } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (stack.as_str(), lost(&changes)),
        (GAME, vec![("Table", true)])
    );
    let dry = Request {
        dry_run: true,
        ..with_template(&without_table)
    };
    let would = deployed(&sandbox, &dry, &both).await;
    assert_eq!(lost(&would.changes), [("Table", true)]);

    let wanted = Request {
        may_lose_data: true,
        ..with_template(&without_table)
    };
    let (result, events) = deployed_with_events(&sandbox, &wanted, &both).await;
    assert_eq!(result.expect("it is deployed").action, Action::Updated);
    let removed = events.iter().filter_map(|it| match it {
        EventKind::Removed(removed) => Some((removed.logical_id.as_str(), removed.fate)),
        _ => None,
    });
    assert_eq!(removed.collect::<Vec<_>>(), [("Table", Fate::Deleted)]);
}

fn stack_of(name: &str, tags: &[(&str, &str)]) -> StackRequest {
    let template = r#"{"Resources":{"A":{"Type":"AWS::Logs::LogGroup"}}}"#;
    let tags = tags.iter();
    StackRequest {
        name: name.to_owned(),
        template: TemplateSource::Text(template.to_owned()),
        parameters: Vec::new(),
        tags: tags
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

#[tokio::test]
async fn stacks_of_others_are_left_alone() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    let create = async |tags: &[(&str, &str)]| {
        let created = sandbox.cloud.create_stack(&stack_of(GAME, tags)).await;
        created.expect("it is created");
    };
    create(&[]).await;
    let foreign = refused(&sandbox, &request(), &both).await;
    assert!(
        matches!(foreign, DeployError::ForeignStack { .. }),
        "{foreign:?}"
    );
    let foreign = planned(&sandbox, &[GAME]).await;
    assert!(matches!(foreign, Err(DeployError::ForeignStack { .. })));

    let sandbox = Sandbox::start().await;
    deployed(&sandbox, &request(), &both).await;
    let ben = Request {
        owner: owner("ben"),
        ..request()
    };
    let strangers = refused(&sandbox, &ben, &both).await;
    let DeployError::Strangers { difference, .. } = strangers else {
        panic!("{strangers:?}");
    };
    assert_eq!(difference, "user/ann");
    let adopts = Request {
        adopts: true,
        ..ben
    };
    let adopted = deployed(&sandbox, &adopts, &both).await;
    assert_eq!(adopted.action, Action::Updated);
    assert_eq!(stack(&sandbox, GAME).await.tags["mafia:owner"], "user/ben");

    let sandbox = Sandbox::start().await;
    let workshop = sandbox.cloud.create_stack(&stack_of(WORKSHOP, &[])).await;
    workshop.expect("it is created");
    let foreign = refused(&sandbox, &request(), &both).await;
    assert!(
        matches!(foreign, DeployError::ForeignStack { .. }),
        "{foreign:?}"
    );
    let found = crate::deploy::artifact_bucket(&sandbox.cloud, WORKSHOP).await;
    assert!(matches!(found, Err(DeployError::ForeignStack { .. })));
}

#[tokio::test]
async fn a_stack_without_an_owner_is_said_to_be_nobodys() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    let nobody = Request {
        owner: Owner::new(None, None),
        ..request()
    };
    let (_, events) = deployed_with_events(&sandbox, &nobody, &both).await;
    let said = |events: &[EventKind]| {
        let said = events
            .iter()
            .filter(|it| matches!(it, EventKind::Ownerless));
        said.count()
    };
    assert_eq!(said(&events), 0, "it is new");
    let (_, events) = deployed_with_events(&sandbox, &request(), &both).await;
    assert_eq!(said(&events), 1);
    let (_, events) = deployed_with_events(&sandbox, &request(), &bundles("1", "two")).await;
    assert_eq!(said(&events), 1);
    let players = with_parameters(&[("Players", "7")]);
    let (_, events) = deployed_with_events(&sandbox, &players, &both).await;
    assert_eq!(said(&events), 0, "it is Ann's now");
    let (_, events) = deployed_with_events(&sandbox, &request(), &both).await;
    assert_eq!(said(&events), 0);
}
