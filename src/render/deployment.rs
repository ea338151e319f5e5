//! The outcome of a deployment.

use std::io;
use std::time::Duration;

use super::changed_files::changed_files;
use super::changes::changes as change_lines;
use super::site;
use super::style::{bold, good};
use super::table::Table;
use super::terminal;
use super::units::{elapsed, size};
use super::ways::ways;
use crate::deploy::{Action, Deployment, FileAction, FunctionOutcome};
use crate::wording::count;

/// The outcome of a deployment: a table of functions under one line of what was done.
pub fn deployment(deployment: &Deployment) -> String {
    let mut text = String::new();
    if deployment.undecided {
        return format!("{}: dry run, nothing changed", bold(&deployment.stack));
    }
    if deployment.action == Action::Unchanged {
        let stack = bold(&deployment.stack);
        text = format!("{} {stack}: nothing to do", good("✓"));
        return with_address(text, deployment);
    }
    if deployment.dry_run {
        for line in change_lines(&deployment.changes, terminal::width(&io::stdout())) {
            text.push_str(&line);
            text.push('\n');
        }
        if !deployment.outputs.is_empty() {
            let outputs = deployment.outputs.join(", ");
            text.push_str(&format!("~ outputs: {outputs}\n"));
        }
        if !text.is_empty() {
            text.push('\n');
        }
    }
    let tables = [functions(deployment), files(deployment)];
    let tables: Vec<String> = tables.into_iter().flatten().collect();
    text.push_str(&tables.join("\n\n"));
    if let Some(why) = changed_files(&deployment.functions) {
        text.push_str(&format!("\n\n{why}"));
    }
    if let Some(ways) = ways(&deployment.functions) {
        text.push_str(&format!("\n\n{ways}"));
    }
    text.push_str(&format!("\n\n{}", headline(deployment)));
    with_address(text, deployment)
}

fn functions(deployment: &Deployment) -> Option<String> {
    let headings = ["FUNCTION", "CODE", ">SIZE", "DIGEST", ">TIME"];
    // Only patches take a time of their own.
    let has_times = deployment
        .functions
        .iter()
        .any(|it| it.milliseconds.is_some());
    let columns = headings.len() - usize::from(!has_times);
    let mut table = Table::new(&headings[..columns]).without_if_narrow(&["DIGEST", "SIZE", "TIME"]);
    for function in &deployment.functions {
        table.row(row(function, deployment.dry_run).into_iter().take(columns));
    }
    (!deployment.functions.is_empty()).then(|| table.render())
}

fn files(deployment: &Deployment) -> Option<String> {
    let site = deployment.site.as_ref()?;
    (!site.files.is_empty()).then(|| site::files(site, deployment.dry_run))
}

/// With where the web site answers.
fn with_address(text: String, deployment: &Deployment) -> String {
    match deployment.site.as_ref().and_then(|it| it.address.as_ref()) {
        Some(address) => format!("{text}\n  {address}"),
        None => text,
    }
}

fn row(function: &FunctionOutcome, dry_run: bool) -> [String; 5] {
    const DIGEST: usize = 12;
    let done = match (function.action, dry_run) {
        (Action::Unchanged | Action::Uploaded, _) => "unchanged",
        (Action::Patched, false) => "patched",
        (Action::Updated, false) => "updated",
        (Action::Created, false) => "created",
        (Action::Created, true) => "would create",
        (_, true) => "would patch",
    };
    [
        function.function.clone(),
        done.to_owned(),
        size(function.bytes),
        function.digest.chars().take(DIGEST).collect(),
        function.milliseconds.map(time).unwrap_or_default(),
    ]
}

fn headline(deployment: &Deployment) -> String {
    let stack = bold(&deployment.stack);
    let changed = deployment
        .functions
        .iter()
        .filter(|f| f.action != Action::Unchanged)
        .count();
    let files = deployment.site.as_ref();
    let uploaded = files.map_or(0, |it| it.with(FileAction::Uploaded).count());
    let functions = match deployment.functions.is_empty() && uploaded > 0 {
        true => count(uploaded, "file"),
        false => count(changed, "function"),
    };
    if deployment.dry_run {
        return format!("{stack}: dry run, nothing changed");
    }
    let what = match deployment.action {
        Action::Created => format!("created with {functions}"),
        Action::Uploaded => files.map_or_else(String::new, |it| site::changes(it, "uploaded")),
        Action::Updated if deployment.changes.is_empty() => "outputs updated".to_owned(),
        Action::Updated => format!("{} updated", count(deployment.changes.len(), "resource")),
        _ => format!("{functions} patched"),
    };
    format!(
        "{} {stack}: {what} in {}",
        good("✓"),
        time(deployment.milliseconds)
    )
}

fn time(milliseconds: u128) -> String {
    elapsed(Duration::from_millis(
        milliseconds.try_into().unwrap_or(u64::MAX),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Change;
    use crate::deploy::{FileOutcome, SiteOutcome};

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    /// A deployment that did `actions` to functions, and made `changes` changes.
    fn done(action: Action, actions: &[Action], changes: usize) -> Deployment {
        let function = |action: &Action| FunctionOutcome {
            function: "01-one".to_owned(),
            action: *action,
            bytes: 1,
            digest: String::new(),
            milliseconds: None,
            files: None,
            difference: None,
            ways: None,
        };
        let change = Change {
            action: "Add".to_owned(),
            logical_id: "Table".to_owned(),
            resource_type: "AWS::DynamoDB::Table".to_owned(),
            replaced: false,
            loses_data: false,
            properties: Vec::new(),
        };
        Deployment {
            stack: "game".to_owned(),
            dry_run: false,
            action,
            recovered: None,
            undecided: false,
            functions: actions.iter().map(function).collect(),
            site: None,
            changes: vec![change; changes],
            outputs: Vec::new(),
            milliseconds: 1_300,
        }
    }

    #[test]
    fn times_are_a_column_where_there_are_some() {
        let mut deployment = done(Action::Created, &[Action::Created], 0);
        let table = |deployment: &Deployment| plain(&functions(deployment).expect("a table"));
        assert!(!table(&deployment).contains("TIME"));
        deployment.functions[0].milliseconds = Some(7);
        let table = table(&deployment);
        assert!(table.contains("TIME") && table.contains("7 ms"), "{table}");
    }

    #[test]
    fn the_headline_counts_what_was_changed() {
        use Action::{Created, Patched, Unchanged, Updated};
        for (deployment, words) in [
            (
                done(Patched, &[Unchanged, Patched, Patched], 0),
                "2 functions patched in 1.3 s",
            ),
            (
                done(Patched, &[Patched, Unchanged], 0),
                "1 function patched in 1.3 s",
            ),
            (
                done(Created, &[Created, Created], 0),
                "created with 2 functions in 1.3 s",
            ),
            (
                done(Updated, &[Updated, Unchanged], 3),
                "3 resources updated in 1.3 s",
            ),
            (done(Updated, &[Unchanged], 0), "outputs updated in 1.3 s"),
        ] {
            assert_eq!(plain(&headline(&deployment)), format!("✓ game: {words}"));
        }
    }

    #[test]
    fn files_that_go_are_not_called_uploaded() {
        use FileAction::{Removed, Unchanged, Uploaded};
        for (actions, words) in [
            (&[Uploaded, Uploaded, Unchanged][..], "2 files uploaded"),
            (&[Removed, Unchanged], "1 file removed"),
            (&[Uploaded, Removed, Removed], "1 file uploaded, 2 removed"),
        ] {
            let file = |action: &FileAction| FileOutcome {
                file: "a".to_owned(),
                action: *action,
                bytes: None,
            };
            let deployment = Deployment {
                site: Some(SiteOutcome {
                    address: None,
                    bucket: None,
                    files: actions.iter().map(file).collect(),
                }),
                ..done(Action::Uploaded, &[], 0)
            };
            let line = format!("✓ game: {words} in 1.3 s");
            assert_eq!(plain(&headline(&deployment)), line);
        }
    }
}
