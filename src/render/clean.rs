//! The plan and the outcome of a clean-up.

use std::io;

use super::prose::wrapped;
use super::style::{bad, bold, good, hint};
use super::table::Table;
use super::terminal;
use crate::cloud::{Target, TargetKind};
use crate::deploy::clean::{Deletion, Plan};
use crate::deploy::{BUCKET, FUNCTION, Kept, LOG_GROUP, Leftover, TABLE};
use crate::invocation::{Invocation, quoted};
use crate::wording::{alternatives, count};

/// The plan of a clean-up, to be confirmed.
pub fn deletion_plan(plan: &Plan, invocation: &Invocation) -> String {
    let mut text = String::new();
    for deletion in plan.deletions() {
        text.push_str(&format!("{}\n", bold(&deletion.name)));
        let mut table = Table::new(&["TYPE", "NAME"]);
        for [kind, name] in contents(deletion) {
            table.row([kind, name]);
        }
        text.push_str(&table.render());
        text.push_str("\n\n");
    }
    for remains in &plan.remains {
        let groups = remains.log_groups.iter();
        let groups = groups.map(|group| ["log group".to_owned(), group.clone()]);
        let mut table = Table::new(&["TYPE", "NAME"]);
        for row in groups.chain(remains.kept.iter().map(stays)) {
            table.row(row);
        }
        if !remains.log_groups.is_empty() || !remains.kept.is_empty() {
            let stack = bold(&remains.stack);
            text.push_str(&format!(
                "Left of {stack}, which was deleted earlier\n{}\n\n",
                table.render()
            ));
        }
    }
    if !plan.kept_for.is_empty() {
        text.push_str(&format!("{}\n\n", workshop_kept(plan)));
    }
    for player in &plan.played_by {
        let first = invocation.of_stack(player).line("clean");
        let said = format!(
            "Stack {player} plays this game, and will not work without it. To delete it first, run `{first}`."
        );
        text.push_str(&format!("{}\n", hint(said)));
    }
    text.trim_end().to_owned()
}

/// Why the shared stack is not deleted.
pub fn workshop_kept(plan: &Plan) -> String {
    format!(
        "The shared stack is kept, because it is used by {}.",
        plan.kept_for.join(", ")
    )
}

/// Where a stack was looked for and not found, and where not.
pub fn not_there(stack: &str, target: &Target) -> String {
    let elsewhere = match target.kind {
        TargetKind::Sandbox { .. } => "AWS was not looked at: add --target aws for that",
        TargetKind::Aws => "other regions, accounts and the sandbox were not looked at",
        TargetKind::Endpoint { .. } => "the sandbox and AWS were not looked at",
    };
    format!("there is no stack {stack} on {target}; {elsewhere}")
}

/// Sorted by type, then by name.
fn contents(deletion: &Deletion) -> Vec<[String; 2]> {
    let mut contents: Vec<[String; 2]> = deletion
        .resources
        .iter()
        .filter(|resource| !deletion.keeps(resource))
        .map(|resource| [resource.resource_type.clone(), resource.physical_id.clone()])
        .collect();
    contents.sort();
    for bucket in &deletion.buckets {
        contents.push([
            format!("{} in", count(bucket.objects, "object")),
            bucket.name.clone(),
        ]);
    }
    for group in &deletion.log_groups {
        if !deletion
            .resources
            .iter()
            .any(|resource| &resource.physical_id == group)
        {
            contents.push(["log group".to_owned(), group.clone()]);
        }
    }
    contents.extend(deletion.kept.iter().map(stays));
    contents
}

fn stays(kept: &Leftover) -> [String; 2] {
    let reason = kept.kept.map_or("", why);
    [format!("stays ({reason})"), kept.name.clone()]
}

/// Where a clean-up looked for what is left.
pub struct Looked<'a> {
    /// Whose things.
    pub of: &'a str,
    /// The types of resources.
    pub kinds: &'a [&'a str],
    /// In a few words.
    pub target: &'a str,
}

/// What is left of a stack after a clean-up.
pub fn cleaned(stack: &str, left: &[Leftover], target: &Target, invocation: &Invocation) -> String {
    let looked = Looked {
        of: stack,
        kinds: &[BUCKET, FUNCTION, LOG_GROUP],
        target: &target.to_string(),
    };
    format!(
        "{}{}",
        left_of(left, &looked),
        how_to_delete(left, target, invocation)
    )
}

/// What is left, or where was looked if nothing is.
pub(super) fn left_of(left: &[Leftover], looked: &Looked<'_>) -> String {
    let Looked { of, kinds, target } = looked;
    if left.is_empty() {
        let kinds: Vec<String> = kinds.iter().map(|kind| in_words(kind)).collect();
        let kinds = alternatives(&kinds);
        return format!(
            "{} 0 left of {of} on {target}\n  no stack, {kinds}",
            good("✓")
        );
    }
    let mut table = Table::new(&["TYPE", "NAME", "WHY"]);
    for leftover in left {
        let why = leftover.kept.map_or("not deleted", why);
        table.row([&leftover.resource_type, &leftover.name, why]);
    }
    let number = bad(format!("{} left", left.len()));
    format!("{number} of {of} on {target}\n{}", table.render())
}

/// `log group` of `AWS::Logs::LogGroup`.
fn in_words(kind: &str) -> String {
    let name = kind.rsplit("::").next().unwrap_or(kind);
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// The commands that delete what is left, as far as there is one command for it.
fn how_to_delete(left: &[Leftover], target: &Target, invocation: &Invocation) -> String {
    let mut options = match &target.kind {
        // All of it is in the environment then.
        TargetKind::Sandbox { .. } => String::new(),
        TargetKind::Aws => format!(" --region {}", target.region),
        TargetKind::Endpoint { url } => format!(" --endpoint-url {url} --region {}", target.region),
    };
    if let Some(profile) = &target.profile {
        options.push_str(&format!(" --profile {}", quoted(profile)));
    }
    let commands = left.iter().filter_map(|it| {
        let name = &it.name;
        let command = match it.resource_type.as_str() {
            TABLE => format!("`aws dynamodb delete-table --table-name {name}{options}`"),
            BUCKET => format!("`aws s3 rb --force s3://{name}{options}`"),
            LOG_GROUP => format!("`aws logs delete-log-group --log-group-name {name}{options}`"),
            FUNCTION => format!("`aws lambda delete-function --function-name {name}{options}`"),
            _ => return None,
        };
        Some(command)
    });
    let lines: Vec<String> = commands
        .map(|command| {
            wrapped(
                &format!("  {command}"),
                terminal::width(&io::stdout()),
                0,
                4,
            )
        })
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    let heading = match target.kind {
        TargetKind::Sandbox { .. } => {
            invocation.in_text("To delete it, run after `eval \"$(mafia sandbox env)\"`:")
        }
        _ => "To delete it with the AWS CLI:".to_owned(),
    };
    format!("\n\n{heading}\n{}", lines.join("\n"))
}

pub(super) fn why(kept: Kept) -> &'static str {
    match kept {
        Kept::Retained => "its DeletionPolicy",
        Kept::RetainedEarlier => "its policy when it left the template",
        Kept::LeftTheTemplate => "left the template earlier, could not be deleted",
        Kept::Earlier => "stayed when an earlier stack was deleted",
        Kept::Protected => "its termination protection",
        Kept::NotAllowed => "you may not delete it",
        Kept::InUse => "games use it that are not deleted",
        Kept::NamedAlike => "named like the class's, in no stack",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_with_the_commands_that_delete_it() {
        let left = |resource_type: &str, name: &str| Leftover {
            resource_type: resource_type.to_owned(),
            name: name.to_owned(),
            kept: Some(Kept::Retained),
        };
        let all = [left(TABLE, "players"), left("AWS::IAM::Role", "role")];
        let said = |kind| {
            how_to_delete(
                &all,
                &Target::new(kind, "eu-west-1"),
                &Invocation::default(),
            )
        };
        assert_eq!(
            said(TargetKind::Aws),
            "\n\nTo delete it with the AWS CLI:\n  \
             `aws dynamodb delete-table --table-name players --region eu-west-1`"
        );
        let url = "http://localhost:1".to_owned();
        assert_eq!(
            said(TargetKind::Sandbox { url }),
            "\n\nTo delete it, run after `eval \"$(mafia sandbox env)\"`:\n  \
             `aws dynamodb delete-table --table-name players`"
        );
        let target = Target::new(TargetKind::Aws, "eu-west-1");
        assert_eq!(
            how_to_delete(&all[1..], &target, &Invocation::default()),
            ""
        );
    }
}
