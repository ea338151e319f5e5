//! The library that functions share, brought back with their earlier code.

use crate::bundle::{
    Bundle, CodeChange, CodePatch, Function, KeptCode, KeptLibrary, Library, Project,
    kept_libraries,
};
use crate::cloud::{Cloud, Stack};
use crate::deploy::{self, FunctionCode, Observed, Template};
use crate::error::Error;
use crate::names::function_name;

/// What is deployed with the earlier code, in one update of the stack.
pub(super) struct WithLibrary {
    pub observed: Observed,
    /// That of the stack.
    pub template: Option<Template>,
    /// `None` if each function has all that it needs.
    pub library: Option<Library>,
    /// The code that the other functions have and keep.
    pub others: Vec<FunctionCode>,
}

impl WithLibrary {
    /// What brings back the library from before the patch; `None` if it stays.
    pub async fn of(
        cloud: &Cloud,
        stack: &Stack,
        (project, kept): (&Project, &KeptCode),
        (patch, changes): (&CodePatch, &[&CodeChange]),
    ) -> Result<Option<Self>, Error> {
        let Some(before) = deploy::library_to_restore(patch, changes, stack) else {
            return Ok(None);
        };
        let library = library_of_key(project, before);
        if library.is_none() && !before.is_empty() {
            return Err(no_longer_kept());
        }
        let functions = project.functions.iter().map(|it| it.name.clone());
        let functions: Vec<String> = functions.collect();
        let name = &stack.name;
        let observed = deploy::observe(cloud, name, &functions, true, true).await?;
        let stays = |function: &&Function| {
            let mut names = changes.iter().map(|change| &change.function);
            !names.any(|name| *name == function.name)
        };
        let mut others = Vec::new();
        for function in project.functions.iter().filter(stays) {
            let full = function_name(name, &function.name);
            let Some(deployed) = observed.functions.get(&full).and_then(Option::as_ref) else {
                continue;
            };
            let bundle = kept.bundle(function, &deployed.code_sha256);
            let bundle = bundle.filter(|bundle| runs_with(bundle, before, library.as_ref()));
            let bundle = bundle.ok_or_else(|| stays_with_another(&function.name, name))?;
            others.push(FunctionCode::from(&bundle));
        }
        Ok(Some(Self {
            library: library.map(|kept| kept.library),
            others,
            template: observed.template.clone(),
            observed,
        }))
    }
}

/// The library with this key, if it is still here.
fn library_of_key(project: &Project, key: &str) -> Option<KeptLibrary> {
    let mut libraries = kept_libraries(project).into_iter();
    libraries.find(|it| deploy::library_key(&it.library.digest) == key)
}

/// Whether code starts with the library that has this key, in which the code's own can be one of several.
fn runs_with(bundle: &Bundle, key: &str, library: Option<&KeptLibrary>) -> bool {
    let built_with = bundle.library.as_ref();
    built_with.is_none_or(|it| deploy::library_key(it) == key)
        || library.is_some_and(|it| it.serves(bundle))
}

/// The code of a function that was deployed with the library, or after it, and of which the patch knows nothing earlier.
fn stays_with_another(function: &str, stack: &str) -> Error {
    Error::failed(format!(
        "with the earlier library, {function} would not start: its code is that of the library that {stack} has"
    ))
    .hint("nothing was restored; bring back the files that you edited, then run `mafia deploy`")
}

fn no_longer_kept() -> Error {
    Error::failed("the library of the functions before the last deployment is no longer kept")
        .hint("nothing was restored; bring back the files that you edited, then run `mafia deploy`")
}

/// An error when the earlier code needs another library than the stack has: it would not start. Named functions
/// go back `alone`.
pub(super) fn check(
    stack: &Stack,
    project: &Project,
    alone: bool,
    bundles: &[Bundle],
) -> Result<(), Error> {
    let key = deploy::library_of(stack);
    let library = library_of_key(project, key);
    let mut bundles = bundles.iter();
    let Some(bundle) = bundles.find(|it| !runs_with(it, key, library.as_ref())) else {
        return Ok(());
    };
    let function = &bundle.function.name;
    let name = &stack.name;
    Err(match alone {
        true => Error::failed(format!(
            "the earlier code of {function} needs another library than {name} has, which goes back with all \
             functions together"
        ))
        .hint("nothing was restored; run `mafia undo` to bring them all back, with the library"),
        false => Error::failed(format!(
            "the earlier code of {function} needs another library than {name} has, and this folder does not \
             know when that was changed"
        ))
        .hint("nothing was restored; bring back the files that you edited, then run `mafia deploy`"),
    })
}
