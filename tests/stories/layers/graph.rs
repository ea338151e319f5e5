//! The files of a crate, and which of them use what of which others.
//!
//! An edge goes from the file that uses an item to the file that defines it, however many modules
//! export it again on the way. A module that is imported by its name counts where something in it is
//! used.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path as FilePath;

use super::source::{Path, Source};

/// The files of one crate; the first is its root.
pub struct Graph {
    files: Vec<File>,
}

struct File {
    /// The modules from the crate's root to it; none for the root itself.
    module: Vec<String>,
    /// Relative to the folder of the sources.
    path: String,
    source: Source,
}

/// A use of something in another file of the crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The file that uses it, relative to the folder of the sources.
    pub from: String,
    pub line: usize,
    /// The file that defines it.
    pub to: String,
    /// What is used of that file: an item's name, or nothing where it is the module.
    pub item: Option<String>,
    /// As it is written, but from the crate's root: `lambda::settings::Settings`.
    pub written: String,
}

/// A use of another crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExternalUse {
    pub from: String,
    pub line: usize,
    /// `std::io::stdout`.
    pub path: String,
}

impl Use {
    /// The file and the line, and what is used there.
    pub fn shown(&self) -> String {
        format!("{}:{} {}", self.from, self.line, self.written)
    }
}

impl ExternalUse {
    pub fn shown(&self) -> String {
        format!("{}:{} {}", self.from, self.line, self.path)
    }

    /// Whether it is of what one of `names` names: `std::io` is in `std`, and `aws_sdk_s3::Client` in
    /// all of `aws_sdk_`.
    pub fn is_of(&self, names: &[&str]) -> bool {
        names.iter().any(|name| {
            let rest = self.path.strip_prefix(name);
            rest.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with("::") || name.ends_with('_')
            })
        })
    }
}

/// The part of the crate that a file belongs to: its first folder, or its stem where it is in none.
pub fn part(file: &str) -> &str {
    let first = file.split('/').next().unwrap_or_default();
    first.trim_end_matches(".rs")
}

/// What a path means.
enum Meaning {
    Module(usize),
    Item { file: usize, name: String },
    External(Vec<String>),
}

impl Graph {
    /// The crate with these sources; its root is their `lib.rs`.
    pub fn read(sources: &FilePath) -> Self {
        Self::with(&|path| fs::read_to_string(sources.join(path)).ok())
    }

    /// A crate of these files, by their paths; for tests.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files: BTreeMap<_, _> = files.iter().copied().collect();
        Self::with(&|path| files.get(path).map(|text| (*text).to_owned()))
    }

    fn with(text: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut graph = Self { files: Vec::new() };
        let root = text("lib.rs").expect("a crate has a lib.rs");
        graph.add(Vec::new(), "lib.rs".to_owned(), &root, text);
        graph
    }

    fn add(
        &mut self,
        module: Vec<String>,
        path: String,
        contents: &str,
        text: &dyn Fn(&str) -> Option<String>,
    ) {
        let source = Source::read(contents);
        let modules = source.modules.clone();
        self.files.push(File {
            module: module.clone(),
            path,
            source,
        });
        for name in modules {
            let child: Vec<String> = module.iter().cloned().chain([name]).collect();
            let stem = child.join("/");
            let paths = [format!("{stem}.rs"), format!("{stem}/mod.rs")];
            let found = paths
                .into_iter()
                .find_map(|path| Some((text(&path)?, path)));
            let (contents, path) = found.unwrap_or_else(|| panic!("there is no file of {stem}"));
            self.add(child, path, &contents, text);
        }
    }

    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.path.as_str())
    }

    /// The names that occur in the file, outside of imports.
    pub fn names(&self, path: &str) -> &HashSet<String> {
        let found = self.files.iter().find(|file| file.path == path);
        let file = found.unwrap_or_else(|| panic!("there is no file {path}"));
        &file.source.names
    }

    /// All uses of other files of the crate, sorted.
    pub fn uses(&self) -> Vec<Use> {
        let mut uses = BTreeSet::new();
        for (index, file) in self.files.iter().enumerate() {
            for path in self.used_paths(file) {
                let (to, item) = match self.meaning(index, &path.segments, 0) {
                    Meaning::Module(to) => (to, None),
                    Meaning::Item { file, name } => (file, Some(name)),
                    Meaning::External(_) => continue,
                };
                if to != index {
                    uses.insert(Use {
                        from: file.path.clone(),
                        line: path.line,
                        to: self.files[to].path.clone(),
                        item,
                        written: self.absolute(index, &path.segments).join("::"),
                    });
                }
            }
        }
        uses.into_iter().collect()
    }

    /// All uses of other crates, sorted; the imports of `pub use` too.
    pub fn external_uses(&self) -> Vec<ExternalUse> {
        let mut uses = BTreeSet::new();
        for (index, file) in self.files.iter().enumerate() {
            let imports = file.source.imports.iter().map(|import| &import.path);
            for path in imports.chain(&file.source.paths) {
                if let Meaning::External(segments) = self.meaning(index, &path.segments, 0) {
                    uses.insert(ExternalUse {
                        from: file.path.clone(),
                        line: path.line,
                        path: segments.join("::"),
                    });
                }
            }
        }
        uses.into_iter().collect()
    }

    /// The paths that count: those in code; and imports, except of what is only exported again, and of
    /// modules, which count where something in them is used.
    fn used_paths<'a>(&'a self, file: &'a File) -> impl Iterator<Item = &'a Path> {
        let source = &file.source;
        let imports = source.imports.iter().filter(|import| {
            let is_used = !import.is_public || source.names.contains(&import.name);
            let meaning = self.meaning(self.index(&file.module), &import.path.segments, 0);
            is_used && (import.name == "*" || !matches!(meaning, Meaning::Module(_)))
        });
        imports.map(|import| &import.path).chain(&source.paths)
    }

    fn index(&self, module: &[String]) -> usize {
        let found = self.files.iter().position(|file| file.module == module);
        found.expect("the module of a file is a module")
    }

    /// What `path` means in the file; `depth` guards against exports that go round in a circle.
    fn meaning(&self, file: usize, path: &[String], depth: usize) -> Meaning {
        let (first, rest) = path.split_first().expect("a path has a segment");
        let start = match first.as_str() {
            "crate" => Meaning::Module(0),
            "self" => Meaning::Module(file),
            "super" => {
                let module = &self.files[file].module;
                let parent = module.len().saturating_sub(1);
                Meaning::Module(self.index(&module[..parent]))
            }
            _ => match self.member(file, first, depth) {
                Some(meaning) => meaning,
                None if self.files[file].source.items.contains(first) => Meaning::Item {
                    file,
                    name: first.clone(),
                },
                None => Meaning::External(vec![first.clone()]),
            },
        };
        rest.iter().fold(start, |meaning, segment| match meaning {
            Meaning::Module(module) if segment == "super" => {
                self.meaning(module, &["super".to_owned()], depth)
            }
            Meaning::Module(module) => {
                self.member(module, segment, depth)
                    .unwrap_or_else(|| Meaning::Item {
                        file: module,
                        name: segment.clone(),
                    })
            }
            // Associated items and variants are where their type is.
            Meaning::Item { .. } => meaning,
            Meaning::External(mut path) => {
                path.push(segment.clone());
                Meaning::External(path)
            }
        })
    }

    /// A child of the module, or what it imports or exports under this name.
    fn member(&self, module: usize, name: &str, depth: usize) -> Option<Meaning> {
        const LONGEST_CHAIN: usize = 8;
        if depth > LONGEST_CHAIN {
            return None;
        }
        let file = &self.files[module];
        let child: Vec<String> = file
            .module
            .iter()
            .cloned()
            .chain([name.to_owned()])
            .collect();
        if let Some(child) = self.files.iter().position(|file| file.module == child) {
            return Some(Meaning::Module(child));
        }
        let mut imports = file.source.imports.iter();
        let named = imports.find(|import| import.name == name && import.path.segments != [name]);
        if let Some(import) = named {
            return Some(self.meaning(module, &import.path.segments, depth + 1));
        }
        let globs = file
            .source
            .imports
            .iter()
            .filter(|import| import.name == "*");
        globs
            .filter_map(
                |glob| match self.meaning(module, &glob.path.segments, depth + 1) {
                    Meaning::Module(from) if from != module => Some(from),
                    _ => None,
                },
            )
            .find_map(|from| {
                let exported = self.member(from, name, depth + 1);
                exported.or_else(|| {
                    let items = &self.files[from].source.items;
                    items.contains(name).then(|| Meaning::Item {
                        file: from,
                        name: name.to_owned(),
                    })
                })
            })
    }

    /// The path from the crate's root, as far as `super` and `self` say.
    fn absolute(&self, file: usize, path: &[String]) -> Vec<String> {
        let mut module = self.files[file].module.clone();
        let mut segments = path.iter().peekable();
        match segments.peek().map(|first| first.as_str()) {
            Some("crate") => {
                segments.next();
                module.clear();
            }
            Some("self" | "super") => {
                while let Some(up) = segments.next_if(|next| *next == "self" || *next == "super") {
                    if up == "super" {
                        module.pop();
                    }
                }
            }
            Some(first) => {
                // An imported name: what it was imported as says more.
                let mut imports = self.files[file].source.imports.iter();
                let import = imports.find(|import| import.name == *first);
                if let Some(import) = import.filter(|import| import.path.segments[0] != *first) {
                    let imported = self.absolute(file, &import.path.segments);
                    return imported
                        .into_iter()
                        .chain(segments.skip(1).cloned())
                        .collect();
                }
            }
            None => {}
        }
        module.extend(segments.cloned());
        module
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: (&str, &str) = ("lib.rs", "mod a; mod b; pub use b::B;");

    /// What `b/inner.rs` and others hold is named from `a.rs`, whose text this is.
    fn used_by(text: &str) -> Vec<(String, Option<String>)> {
        let graph = Graph::of(&[
            LIB,
            ("a.rs", text),
            (
                "b/mod.rs",
                "mod inner; pub use inner::*; pub use inner::Inner as Other; pub struct B;",
            ),
            ("b/inner.rs", "pub struct Inner; pub fn work() {}"),
        ]);
        let of_a = |usage: &Use| usage.from == "a.rs";
        let uses = graph.uses().into_iter().filter(of_a);
        uses.map(|usage| (usage.to, usage.item)).collect()
    }

    #[test]
    fn a_use_is_of_the_file_that_defines_the_item() {
        let inner = |item: &str| vec![("b/inner.rs".to_owned(), Some(item.to_owned()))];
        let module = |item: &str| vec![("b/mod.rs".to_owned(), Some(item.to_owned()))];
        for (text, expected) in [
            ("use crate::b::inner::Inner;", inner("Inner")),
            ("use super::b::Inner;", inner("Inner")),
            ("use super::b::Other;", inner("Inner")),
            ("use crate::B;", module("B")),
            ("fn f() { crate::b::B::new() }", module("B")),
            ("use crate::b; fn f(x: b::Inner) {}", inner("Inner")),
            (
                "use crate::b::inner as i; fn f() { i::work() }",
                inner("work"),
            ),
            ("use crate::b::inner;", Vec::new()),
            ("pub use crate::b::B;", Vec::new()),
            ("pub use crate::b::B; fn f(x: B) {}", module("B")),
            ("#[cfg(test)] mod tests { use crate::b::B; }", Vec::new()),
        ] {
            assert_eq!(used_by(text), expected, "{text}");
        }
    }

    #[test]
    fn a_use_is_told_with_its_line_and_from_the_root() {
        let text = "use super::b;\n\nfn f(x: b::inner::Inner) {}";
        let graph = Graph::of(&[
            LIB,
            ("a.rs", text),
            ("b/mod.rs", "pub mod inner;"),
            ("b/inner.rs", ""),
        ]);
        let uses = graph.uses();
        assert_eq!(
            (uses[0].line, uses[0].written.as_str()),
            (3, "b::inner::Inner")
        );
    }

    #[test]
    fn what_is_of_no_file_is_of_another_crate() {
        let text = "use std::io; use clap::Args as A; fn f() { io::stdout(); tokio::spawn(1) }";
        let graph = Graph::of(&[("lib.rs", "mod a;"), ("a.rs", text)]);
        let paths: Vec<String> = graph
            .external_uses()
            .into_iter()
            .map(|usage| usage.path)
            .collect();
        for path in ["std::io", "clap::Args", "std::io::stdout", "tokio::spawn"] {
            assert!(paths.iter().any(|found| found == path), "{path}: {paths:?}");
        }
    }
}
