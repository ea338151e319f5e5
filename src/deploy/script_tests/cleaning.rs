//! What a clean-up deletes and leaves.

use super::*;

/// The stack with a function and a bucket, by the server that answers.
async fn deletion(cloud: &Cloud) -> Deletion {
    clean::deletion_of(clean::Sight::by_requests(cloud), &game("CREATE_COMPLETE"))
        .await
        .expect("a deletion")
}

/// Its first deletion fails, as the bucket has filled up again; at first another operation is running.
#[tokio::test]
async fn a_clean_up_waits_empties_again_and_spares_the_neighbours_log_group() {
    let deletions = AtomicUsize::new(0);
    let looks = AtomicUsize::new(0);
    let (cloud, sent) = Cloud::scripted(move |request| {
        let asked = |operation: &str| request.contains(&format!("Action={operation}&"));
        let tries = deletions.load(Ordering::SeqCst);
        if asked("ListStackResources") {
            listed()
        } else if asked("GetTemplate") {
            xml("GetTemplate", "<TemplateBody>Resources: {}</TemplateBody>")
        } else if asked("DeleteStack") {
            deletions.fetch_add(1, Ordering::SeqCst);
            xml("DeleteStack", "")
        } else if asked("DescribeStacks") {
            let look = looks.fetch_add(1, Ordering::SeqCst);
            described(match (tries, look) {
                (0, 0 | 1) => "UPDATE_IN_PROGRESS",
                (0, _) => "UPDATE_COMPLETE",
                (1, _) => "DELETE_FAILED",
                _ => "DELETE_COMPLETE",
            })
        } else if asked("DescribeStackEvents") {
            let events = match tries {
                0 => String::new(),
                _ => event(&format!("deletion {tries}"), "DELETE_IN_PROGRESS"),
            };
            xml(
                "DescribeStackEvents",
                &format!("<StackEvents>{events}</StackEvents>"),
            )
        } else if request.contains("?versions") {
            let version = "<Version><Key>note</Key><VersionId>1</VersionId></Version>";
            (
                200,
                format!("<ListVersionsResult>{version}</ListVersionsResult>"),
            )
        } else if request.contains("?delete") {
            (200, "<DeleteResult/>".to_owned())
        } else {
            // CloudWatch Logs: the names that begin with the one asked for.
            let group = format!("/aws/lambda/{FUNCTION}");
            let groups = serde_json::json!({ "logGroups": [
                { "logGroupName": group }, { "logGroupName": format!("{group}-of-ben") },
            ]});
            (200, groups.to_string())
        }
    });
    let deletion = deletion(&cloud).await;
    assert_eq!(deletion.buckets[0].objects, 1);
    assert_eq!(deletion.log_groups, [format!("/aws/lambda/{FUNCTION}")]);
    clean::delete(&cloud, &deletion, &silent)
        .await
        .expect("deleted");
    let sent = sent.lock().expect("sent");
    assert_eq!(count(&sent, "DeleteStack"), 2);
    let emptied = sent.iter().filter(|request| request.contains("?delete"));
    assert_eq!(emptied.count(), 2);
    let groups = sent.iter().filter(|request| request.contains("-of-ben"));
    assert_eq!(groups.count(), 0);
}
