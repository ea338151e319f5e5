//! What a clean-up deletes, and what it leaves and says so.

use super::*;
use crate::deploy::clean::{Deletion, Sight};
use crate::deploy::{BUCKET, FUNCTION, Kept, LOG_GROUP, STACK};

fn with_attic(rest: &str) -> Request {
    let bucket = "  Bucket:\n    Type: AWS::S3::Bucket\n";
    let template = TEMPLATE.replacen(bucket, &format!("{bucket}{rest}"), 1);
    Request {
        parameters: with_parameters(&[("Attic", "yes")]).parameters,
        ..with_template(&template)
    }
}

/// The name of the game's own bucket, with two objects in it.
async fn attic(sandbox: &Sandbox) -> String {
    let resources = sandbox.cloud.resources(GAME).await.expect("no failure");
    let bucket = resources.into_iter().find(|it| it.logical_id == "Bucket");
    let bucket = bucket.expect("it is there").physical_id;
    for key in ["a", "b"] {
        let put = sandbox.cloud.put_object(&bucket, key, Vec::new()).await;
        put.expect("it is put");
    }
    bucket
}

async fn left_of(sandbox: &Sandbox, deletion: &Deletion) -> Result<Vec<Leftover>, DeployError> {
    clean::left_of(Sight::by_requests(&sandbox.cloud), deletion).await
}

fn shown(left: &[Leftover]) -> Vec<(&str, &str, Option<Kept>)> {
    let left = left.iter();
    left.map(|it| (it.resource_type.as_str(), it.name.as_str(), it.kept))
        .collect()
}

async fn names_of_stacks(sandbox: &Sandbox) -> Vec<String> {
    let stacks = sandbox.cloud.stacks().await.expect("no failure");
    let mut names: Vec<_> = stacks.into_iter().map(|it| it.name).collect();
    names.sort();
    names
}

async fn log_groups(sandbox: &Sandbox) -> Vec<String> {
    let groups = sandbox.cloud.log_groups("/aws/lambda/").await;
    groups.expect("no failure")
}

#[tokio::test]
async fn a_game_goes_with_all_that_it_left_and_the_workshop_with_the_last() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    deployed(&sandbox, &with_attic(""), &both).await;
    let other = Request {
        stack: "other".to_owned(),
        ..request()
    };
    deployed(&sandbox, &other, &both).await;
    let bucket = attic(&sandbox).await;
    // As Lambda makes it at the first call; and one of a neighbour.
    for function in ["game-01-one", "game-s-01-one"] {
        let group = format!("/aws/lambda/{function}");
        sandbox.cloud.create_log_group_by_hand(&group).await;
    }
    let plan = planned(&sandbox, &[GAME, "none"]).await.expect("a plan");
    assert_eq!(plan.missing().collect::<Vec<_>>(), ["none"]);
    assert!(!plan.is_empty() && plan.workshop.is_none());
    assert_eq!(plan.kept_for, ["other"]);
    let deletions: Vec<_> = plan.deletions().map(|it| it.name.as_str()).collect();
    assert_eq!(deletions, [GAME]);
    let deletion = &plan.stacks[0];
    assert_eq!(deletion.resources.len(), 5);
    assert_eq!(deletion.log_groups, ["/aws/lambda/game-01-one"]);
    assert_eq!(deletion.buckets.len(), 1);
    let of_game = &deletion.buckets[0];
    assert_eq!(
        (of_game.name.as_str(), of_game.objects),
        (bucket.as_str(), 2)
    );
    assert!(deletion.kept.is_empty());

    let (plan, left) = cleaned(&sandbox, &[GAME]).await;
    assert_eq!(left, []);
    assert_eq!(plan.kept_for, ["other"]);
    assert_eq!(names_of_stacks(&sandbox).await, ["other", WORKSHOP]);
    assert_eq!(log_groups(&sandbox).await, ["/aws/lambda/game-s-01-one"]);
    let gone = sandbox.cloud.count_objects(&bucket).await;
    assert_eq!(gone.expect("no failure"), None);

    let (plan, left) = cleaned(&sandbox, &["other"]).await;
    assert_eq!(left, []);
    let deletions: Vec<_> = plan.deletions().map(|it| it.name.as_str()).collect();
    assert_eq!(deletions, ["other", WORKSHOP]);
    assert_eq!(names_of_stacks(&sandbox).await, [""; 0]);
    let plan = planned(&sandbox, &[GAME]).await.expect("a plan");
    assert!(plan.is_empty());
}

#[tokio::test]
async fn what_the_template_retains_stays_and_is_told_then_and_later() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    deployed(&sandbox, &with_attic("    DeletionPolicy: Retain\n"), &both).await;
    let bucket = attic(&sandbox).await;
    let plan = planned(&sandbox, &[GAME]).await.expect("a plan");
    assert!(plan.stacks[0].buckets.is_empty(), "it is not emptied");
    let (_, left) = cleaned(&sandbox, &[GAME]).await;
    assert_eq!(
        shown(&left),
        [(BUCKET, bucket.as_str(), Some(Kept::Retained))]
    );
    let objects = sandbox.cloud.count_objects(&bucket).await;
    assert_eq!(objects.expect("no failure"), Some(2));

    // There is no such stack any more, and another one of its name does not have it.
    let plan = planned(&sandbox, &[GAME]).await.expect("a plan");
    assert!(plan.is_empty());
    let (_, left) = cleaned(&sandbox, &[GAME]).await;
    let earlier = [(BUCKET, bucket.as_str(), Some(Kept::Earlier))];
    assert_eq!(shown(&left), earlier);
    deployed(&sandbox, &request(), &both).await;
    let (_, left) = cleaned(&sandbox, &[GAME]).await;
    assert_eq!(shown(&left), earlier);
    sandbox.cloud.delete_bucket_by_hand(&bucket).await;
    let (_, left) = cleaned(&sandbox, &[GAME]).await;
    assert_eq!(left, []);
}

#[tokio::test]
async fn what_left_the_template_is_told() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    let retained = with_attic("    UpdateReplacePolicy: Retain\n    DeletionPolicy: Retain\n");
    deployed(&sandbox, &retained, &both).await;
    let bucket = attic(&sandbox).await;
    let without = Request {
        may_lose_data: true,
        ..with_parameters(&[("Attic", "no")])
    };
    deployed(&sandbox, &without, &both).await;
    let kept = [(BUCKET, bucket.as_str(), Some(Kept::RetainedEarlier))];
    let plan = planned(&sandbox, &[GAME]).await.expect("a plan");
    assert_eq!(shown(&plan.stacks[0].kept), kept);
    let (_, left) = cleaned(&sandbox, &[GAME]).await;
    assert_eq!(shown(&left), kept);
}

/// They come with late lines of functions that are gone.
#[tokio::test]
async fn log_groups_of_functions_that_are_gone_are_found() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    deployed(&sandbox, &request(), &both).await;
    cleaned(&sandbox, &[GAME]).await;
    let group = "/aws/lambda/game-02-two";
    for group in [group, "/aws/lambda/game-06-extra", "/aws/lambda/game-x"] {
        sandbox.cloud.create_log_group_by_hand(group).await;
    }
    let plan = planned(&sandbox, &[GAME]).await.expect("a plan");
    assert!(!plan.is_empty());
    let remains = &plan.remains[0];
    assert_eq!(remains.stack, GAME);
    assert_eq!(remains.log_groups, [group, "/aws/lambda/game-06-extra"]);
    let (_, left) = cleaned(&sandbox, &[GAME]).await;
    assert_eq!(left, []);
    assert_eq!(log_groups(&sandbox).await, ["/aws/lambda/game-x"]);
}

#[tokio::test]
async fn what_is_protected_is_not_deleted() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    deployed(&sandbox, &request(), &both).await;
    let plan = planned(&sandbox, &[GAME]).await.expect("a plan");
    sandbox.cloud.protect_by_hand(GAME, true).await;
    let protected = |error: DeployError| match error {
        DeployError::Protected { stack } => stack,
        other => panic!("{other:?}"),
    };
    let refused = planned(&sandbox, &[GAME])
        .await
        .expect_err("it is protected");
    assert_eq!(protected(refused), GAME);
    // Since the plan was made.
    let mut late = plan;
    let refused = clean::clean(&sandbox.cloud, &mut late, &silent).await;
    assert_eq!(protected(refused.expect_err("it is protected")), GAME);
    assert_eq!(names_of_stacks(&sandbox).await, [GAME, WORKSHOP]);

    sandbox.cloud.protect_by_hand(GAME, false).await;
    sandbox.cloud.protect_by_hand(WORKSHOP, true).await;
    let plan = planned(&sandbox, &[GAME]).await.expect("a plan");
    assert!(plan.workshop.is_none() && plan.kept_for.is_empty());
    let (_, left) = cleaned(&sandbox, &[GAME]).await;
    assert_eq!(shown(&left), [(STACK, WORKSHOP, Some(Kept::Protected))]);
    assert_eq!(names_of_stacks(&sandbox).await, [WORKSHOP]);
}

/// The deletion is over, and the plan is asked again what of it exists.
#[tokio::test]
async fn what_comes_back_after_the_deletion_is_left() {
    let sandbox = Sandbox::start().await;
    let both = bundles("1", "2");
    deployed(&sandbox, &with_attic(""), &both).await;
    let bucket = attic(&sandbox).await;
    let plan = planned(&sandbox, &[GAME]).await.expect("a plan");
    let deletion = &plan.stacks[0];
    clean::delete(&sandbox.cloud, deletion, &silent)
        .await
        .expect("deleted");
    let left = left_of(&sandbox, deletion).await;
    assert_eq!(left.expect("no failure"), []);

    sandbox.cloud.create_bucket_by_hand(&bucket).await;
    let group = "/aws/lambda/game-01-one";
    sandbox.cloud.create_log_group_by_hand(group).await;
    let left = left_of(&sandbox, deletion).await;
    let left = left.expect("no failure");
    let expected = [(BUCKET, bucket.as_str(), None), (LOG_GROUP, group, None)];
    assert_eq!(shown(&left), expected);

    // A stack and its functions that were not deleted at all.
    let sandbox = Sandbox::start().await;
    deployed(&sandbox, &request(), &both).await;
    let plan = planned(&sandbox, &[GAME]).await.expect("a plan");
    let left = left_of(&sandbox, &plan.stacks[0]).await;
    let left = left.expect("no failure");
    let expected = [
        (STACK, GAME, None),
        (FUNCTION, "game-01-one", None),
        (FUNCTION, "game-02-two", None),
    ];
    assert_eq!(shown(&left), expected);
}
