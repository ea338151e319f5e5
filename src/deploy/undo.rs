//! Which patch of a stack's code can be undone. Pure.

use std::collections::BTreeMap;

use super::library::library_of;
use crate::bundle::{CodeChange, CodePatch};
use crate::cloud::Stack;

/// What an undo would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo<'a> {
    /// Brings back the code from before these changes, which the patch has made.
    Patch {
        patch: &'a CodePatch,
        changes: Vec<&'a CodeChange>,
        /// Whether it is the last deployment: later ones have changed no code.
        is_last: bool,
    },
    /// No patch is known.
    Nothing,
    /// Somebody else has deployed these functions since the last patch that is known.
    Unknown(Vec<String>),
}

/// The last of the `patches`, the newest first, whose code is deployed: `deployed` has the digest of
/// each function's code. A patch that never took effect is passed over, and of one that took effect in
/// part only that part is undone.
pub fn undo<'a>(patches: &'a [CodePatch], deployed: &BTreeMap<String, String>) -> Undo<'a> {
    let mut is_last = true;
    for patch in patches {
        is_last &= !patch.changes.is_empty();
        let code = |change: &CodeChange| deployed.get(&change.function).cloned();
        let is_after = |change: &&CodeChange| code(change).as_ref() == Some(&change.after);
        let is_before = |change: &&CodeChange| code(change).as_ref() == Some(&change.before);
        let others = patch
            .changes
            .iter()
            .filter(|change| !is_after(change) && !is_before(change));
        let others: Vec<String> = others.map(|change| change.function.clone()).collect();
        if !others.is_empty() {
            return Undo::Unknown(others);
        }
        let applied: Vec<&CodeChange> = patch.changes.iter().filter(is_after).collect();
        if !applied.is_empty() {
            return Undo::Patch {
                patch,
                changes: applied,
                is_last,
            };
        }
    }
    Undo::Nothing
}

/// The key of the library that was there before all these `changes` of the patch, if the stack has the one that came
/// with them. Of a part of the changes there is none: the other functions need the library that is there.
pub fn library_to_restore<'a>(
    patch: &'a CodePatch,
    changes: &[&CodeChange],
    stack: &Stack,
) -> Option<&'a str> {
    let change = patch.library.as_ref()?;
    let is_whole = changes.len() == patch.changes.len();
    (is_whole && library_of(stack) == change.after).then_some(&*change.before)
}

/// What the `patches` have changed of the `named` functions; all of it, when none is named.
pub fn patches_of(named: &[String], mut patches: Vec<CodePatch>) -> Vec<CodePatch> {
    if named.is_empty() {
        return patches;
    }
    for patch in &mut patches {
        let all = patch.changes.len();
        patch.changes.retain(|it| named.contains(&it.function));
        if patch.changes.len() < all {
            patch.library = None;
        }
    }
    patches.retain(|patch| !patch.changes.is_empty());
    patches
}

#[cfg(test)]
mod tests {
    use super::super::library::LIBRARY;
    use super::*;
    use crate::bundle::LibraryChange;

    /// Each change is a function, the code before and the code after: `dawn a b`.
    fn patch(time: u64, changes: &[&str]) -> CodePatch {
        let change = |change: &&str| {
            let words: Vec<&str> = change.split(' ').collect();
            CodeChange {
                function: words[0].to_owned(),
                before: words[1].to_owned(),
                after: words[2].to_owned(),
            }
        };
        CodePatch {
            stack: "id".to_owned(),
            time,
            changes: changes.iter().map(change).collect(),
            library: None,
            undo: None,
        }
    }

    /// The time of the patch and the functions that would be undone.
    fn undone(patches: &[CodePatch], deployed: &[(&str, &str)]) -> String {
        let deployed = deployed.iter();
        let deployed = deployed
            .map(|(name, code)| ((*name).to_owned(), (*code).to_owned()))
            .collect();
        match undo(patches, &deployed) {
            Undo::Patch {
                patch,
                changes,
                is_last,
            } => {
                let names: Vec<&str> = changes.iter().map(|it| it.function.as_str()).collect();
                let order = if is_last { "" } else { "not the last, " };
                format!("{order}{}: {}", patch.time, names.join(" "))
            }
            Undo::Nothing => "nothing".to_owned(),
            Undo::Unknown(others) => format!("unknown: {}", others.join(" ")),
        }
    }

    #[test]
    fn the_last_patch_that_took_effect_is_undone() {
        let dawn = ("dawn", "c");
        let patches = [
            patch(3, &["dawn b c"]),
            patch(2, &["dusk a b"]),
            patch(1, &["dawn a b"]),
        ];
        assert_eq!(undone(&[], &[dawn]), "nothing");
        assert_eq!(undone(&patches, &[dawn, ("dusk", "b")]), "3: dawn");
        // The last one failed, so it changed nothing.
        assert_eq!(undone(&patches, &[("dawn", "b"), ("dusk", "b")]), "2: dusk");
        assert_eq!(undone(&patches[2..], &[("dawn", "a")]), "nothing");
    }

    #[test]
    fn a_later_deployment_without_code_is_noticed() {
        let patches = [patch(2, &[]), patch(1, &["dawn a b"])];
        assert_eq!(undone(&patches, &[("dawn", "b")]), "not the last, 1: dawn");
        assert_eq!(undone(&patches[..1], &[("dawn", "b")]), "nothing");
        // An undo is the last again.
        let patches = [&[patch(3, &["dawn b a"])], &patches[..]].concat();
        assert_eq!(undone(&patches, &[("dawn", "a")]), "3: dawn");
    }

    #[test]
    fn of_named_functions_each_has_a_last_patch_of_its_own() {
        let patches = [
            patch(4, &[]),
            patch(3, &["dawn b c"]),
            patch(2, &["dawn a b", "dusk a b"]),
        ];
        let deployed = [("dawn", "c"), ("dusk", "b")];
        let undone = |named: &[&str]| {
            let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
            undone(&patches_of(&named, patches.to_vec()), &deployed)
        };
        assert_eq!(undone(&[]), "not the last, 3: dawn");
        assert_eq!(undone(&["dusk"]), "2: dusk");
        assert_eq!(undone(&["dawn"]), "3: dawn");
        assert_eq!(undone(&["noon"]), "nothing");
    }

    #[test]
    fn a_library_goes_back_with_all_the_code_that_came_with_it() {
        let mut with_library = patch(1, &["dawn a b", "dusk a b"]);
        with_library.library = Some(LibraryChange {
            before: "earlier".to_owned(),
            after: "later".to_owned(),
        });
        let stack = |library: &str| {
            let mut stack = Stack::example("game", "id", "UPDATE_COMPLETE");
            stack
                .parameters
                .insert(LIBRARY.to_owned(), library.to_owned());
            stack
        };
        let all: Vec<&CodeChange> = with_library.changes.iter().collect();
        let restored = |changes, library: &str| {
            let stack = stack(library);
            library_to_restore(&with_library, changes, &stack).map(str::to_owned)
        };
        assert_eq!(restored(&all, "later").as_deref(), Some("earlier"));
        assert_eq!(restored(&all[..1], "later"), None);
        assert_eq!(restored(&all, "earlier"), None);
        let named = patches_of(&["dawn".to_owned()], vec![with_library.clone()]);
        let changes: Vec<&CodeChange> = named[0].changes.iter().collect();
        assert_eq!(
            library_to_restore(&named[0], &changes, &stack("later")),
            None
        );
        assert_eq!(
            with_library
                .library
                .map(|it| it.reversed().before)
                .as_deref(),
            Some("later")
        );
    }

    #[test]
    fn an_undo_is_a_patch_that_can_be_undone() {
        let patches = [patch(2, &["dawn b a"]), patch(1, &["dawn a b"])];
        assert_eq!(undone(&patches, &[("dawn", "a")]), "2: dawn");
    }

    #[test]
    fn of_a_patch_that_took_effect_in_part_that_part_is_undone() {
        let patches = [patch(1, &["dawn a b", "dusk a b"])];
        let deployed = [("dawn", "a"), ("dusk", "b")];
        assert_eq!(undone(&patches, &deployed), "1: dusk");
    }

    #[test]
    fn code_that_somebody_else_deployed_is_not_taken_back() {
        let patches = [patch(1, &["dawn a b", "dusk a b"])];
        let deployed = [("dawn", "x"), ("dusk", "b")];
        assert_eq!(undone(&patches, &deployed), "unknown: dawn");
        assert_eq!(undone(&patches, &[("dusk", "b")]), "unknown: dawn");
    }
}
