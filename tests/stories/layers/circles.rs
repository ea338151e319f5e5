//! Circles of files that use each other.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Graph, Use, part};

/// The circles of more than three files. Allowed are those of a `mod.rs` and the files in its folder and
/// in the folders there, if there is none without the `mod.rs`.
pub fn large_circles(graph: &Graph) -> Vec<String> {
    const LARGEST: usize = 3;
    let uses = graph.uses();
    let beside: Vec<Use> = uses
        .iter()
        .filter(|usage| !is_own_module(&usage.to, &usage.from))
        .cloned()
        .collect();
    let across = circles_in(&uses).into_iter().filter(|circle| {
        let parts: BTreeSet<&str> = circle.iter().map(|file| part(file)).collect();
        parts.len() > 1
    });
    let all: BTreeSet<BTreeSet<&str>> = across
        .chain(circles_in(&beside))
        .filter(|circle| circle.len() > LARGEST)
        .collect();
    all.iter().map(|circle| described(circle, &uses)).collect()
}

fn described(circle: &BTreeSet<&str>, uses: &[Use]) -> String {
    let inside = |usage: &&Use| {
        let (from, to): (&str, &str) = (&usage.from, &usage.to);
        circle.contains(from) && circle.contains(to)
    };
    let lines = uses
        .iter()
        .filter(inside)
        .map(|usage| format!("\n    {}", usage.shown()));
    format!(
        "a circle of {} files: {circle:?}{}",
        circle.len(),
        lines.collect::<String>()
    )
}

/// Sets of files of which each uses all others, directly or through others of the set; the largest
/// first.
fn circles_in(uses: &[Use]) -> Vec<BTreeSet<&str>> {
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for usage in uses {
        edges.entry(&usage.from).or_default().insert(&usage.to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = edges
        .keys()
        .map(|&file| (file, reachable(file, &edges)))
        .collect();
    let reaches = |from: &str, to: &str| reached.get(from).is_some_and(|set| set.contains(to));
    let mut circles = BTreeSet::new();
    for (&file, targets) in &reached {
        let back = targets
            .iter()
            .copied()
            .filter(|target| reaches(target, file));
        let circle: BTreeSet<&str> = back.collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    let mut circles: Vec<_> = circles.into_iter().collect();
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

fn reachable<'a>(file: &str, edges: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = edges.get(file).into_iter().flatten().copied().collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(edges.get(file).into_iter().flatten());
        }
    }
    reached
}

/// Whether `module` is the `mod.rs` of a folder that the file is in.
fn is_own_module(module: &str, file: &str) -> bool {
    match module.strip_suffix("mod.rs") {
        Some(folder) => file.starts_with(folder) && module != file,
        None => module == "lib.rs" && !file.contains('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_what_comes_back_to_itself() {
        let usage = |from: &str, to: &str| Use {
            from: from.to_owned(),
            line: 1,
            to: to.to_owned(),
            item: None,
            written: String::new(),
        };
        let uses = [
            usage("a", "b"),
            usage("b", "c"),
            usage("c", "a"),
            usage("c", "d"),
            usage("e", "a"),
        ];
        assert_eq!(circles_in(&uses), [BTreeSet::from(["a", "b", "c"])]);
    }

    #[test]
    fn a_circle_of_more_than_three_files_is_one_too_many() {
        let ring = |length: usize| {
            let mut files = vec![("lib.rs".to_owned(), String::new())];
            for file in 0..length {
                files[0].1 += &format!("mod f{file};");
                let next = (file + 1) % length;
                files.push((
                    format!("f{file}.rs"),
                    format!("use crate::f{next}::Thing{next};"),
                ));
            }
            let files: Vec<_> = files
                .iter()
                .map(|(file, text)| (file.as_str(), text.as_str()))
                .collect();
            large_circles(&Graph::of(&files)).len()
        };
        assert_eq!((ring(2), ring(3), ring(4)), (0, 0, 1));
    }

    #[test]
    fn a_module_and_its_own_files_may_know_each_other() {
        let lib = ("lib.rs", "mod a; mod b;");
        let module = (
            "a/mod.rs",
            "mod c; mod d; mod e; use c::C; use d::D; use e::E; pub struct A;",
        );
        let [c, d, e] = ["a/c.rs", "a/d.rs", "a/e.rs"].map(|file| (file, "use super::A;"));
        let b = ("b.rs", "pub struct B;");
        assert_eq!(
            large_circles(&Graph::of(&[lib, module, c, d, e, b])),
            [""; 0]
        );
        // A file of another module makes it a circle through both.
        let outside = ("b.rs", "use crate::a::A; pub struct B;");
        let back = ("a/c.rs", "use super::A; use crate::b::B;");
        let broken = large_circles(&Graph::of(&[lib, module, back, d, e, outside]));
        assert_eq!(broken.len(), 1, "{broken:?}");
        // So do the files among themselves, without the module between them.
        let [c, d, e] = [("a/c.rs", "d::D"), ("a/d.rs", "e::E"), ("a/e.rs", "f::F")]
            .map(|(file, next)| (file, format!("use super::{next};")));
        let ring = [
            lib,
            ("a/mod.rs", "mod c; mod d; mod e; mod f;"),
            (c.0, &c.1),
            (d.0, &d.1),
            (e.0, &e.1),
            ("a/f.rs", "use super::c::C;"),
            b,
        ];
        assert_eq!(large_circles(&Graph::of(&ring)).len(), 1);
    }
}
