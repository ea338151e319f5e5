//! Reads one source file as far as layers need it: the modules that it declares, the names that it
//! imports and the paths in its code. Comments, literals and what is compiled for tests alone are
//! left out.
//!
//! A token reader rather than a parser: nothing here depends on how expressions and types are built,
//! and the tests need no further dependency.

use std::collections::HashSet;

/// What a file says about other files.
#[derive(Debug, Default, PartialEq)]
pub struct Source {
    /// The modules that are in files of their own: `mod name;`.
    pub modules: Vec<String>,
    pub imports: Vec<Import>,
    /// Paths of at least two segments outside of imports.
    pub paths: Vec<Path>,
    /// The names of the items that are defined here.
    pub items: HashSet<String>,
    /// The names that occur outside of imports.
    pub names: HashSet<String>,
}

/// One name that a `use` brings into scope.
#[derive(Debug, PartialEq)]
pub struct Import {
    pub path: Path,
    /// The name in this file; `*` for all names of a module.
    pub name: String,
    /// Whether others may take it from here: `pub use`, `pub(crate) use`.
    pub is_public: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    pub segments: Vec<String>,
    /// Counted from 1.
    pub line: usize,
}

#[derive(Clone, Debug, PartialEq)]
struct Token {
    text: String,
    line: usize,
}

impl Token {
    fn is(&self, text: &str) -> bool {
        self.text == text
    }

    fn is_name(&self) -> bool {
        self.text
            .starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

impl Source {
    pub fn read(text: &str) -> Self {
        let tokens = without_tests(&tokens(text));
        let mut source = Self::default();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let next = |ahead: usize| tokens.get(at + ahead);
            let next_is = |ahead, text| next(ahead).is_some_and(|token: &Token| token.is(text));
            // `impl Trait + use<'a>` imports nothing.
            if token.is("use") && !next_is(1, "<") {
                let is_public = at > 0 && (tokens[at - 1].is("pub") || tokens[at - 1].is(")"));
                at = source.read_import(&tokens, at + 1, &[], is_public);
                continue;
            }
            if let (true, true, Some(name)) = (token.is("mod"), next_is(2, ";"), next(1)) {
                source.modules.push(name.text.clone());
                at += 3;
                continue;
            }
            if ITEMS.contains(&token.text.as_str()) {
                source.items.extend(next(1).map(|name| name.text.clone()));
            }
            if token.is("macro_rules") {
                source.items.extend(next(2).map(|name| name.text.clone()));
            }
            if token.is_name() {
                let length = path_length(&tokens[at..]);
                let continues = at > 0 && (tokens[at - 1].is("::") || tokens[at - 1].is("."));
                if length > 1 && !continues {
                    source.paths.push(Path {
                        segments: names(&tokens[at..at + 2 * length - 1]),
                        line: token.line,
                    });
                }
                source.names.insert(token.text.clone());
                at += 2 * length - 1;
                continue;
            }
            at += 1;
        }
        source
    }

    /// Reads a `use` tree that begins at `at`, below `prefix`; returns where it ends.
    fn read_import(
        &mut self,
        tokens: &[Token],
        mut at: usize,
        prefix: &[String],
        is_public: bool,
    ) -> usize {
        let mut segments = prefix.to_vec();
        let line = tokens.get(at).map_or(0, |token| token.line);
        let mut alias = None;
        while let Some(token) = tokens.get(at) {
            match token.text.as_str() {
                "::" => at += 1,
                "{" => {
                    at += 1;
                    while tokens.get(at).is_some_and(|token| !token.is("}")) {
                        at = self.read_import(tokens, at, &segments, is_public);
                        if tokens.get(at).is_some_and(|token| token.is(",")) {
                            at += 1;
                        }
                    }
                    return at + 1;
                }
                "as" => {
                    alias = tokens.get(at + 1).map(|token| token.text.clone());
                    at += 2;
                }
                "," | "}" | ";" => break,
                text => {
                    segments.push(text.to_owned());
                    at += 1;
                }
            }
        }
        // `use a::{self}` is `use a`.
        if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        if let Some(last) = segments.last() {
            let name = alias.unwrap_or_else(|| last.clone());
            if name == "*" {
                segments.pop();
            }
            self.imports.push(Import {
                path: Path { segments, line },
                name,
                is_public,
            });
        }
        at
    }
}

const ITEMS: [&str; 8] = [
    "const", "enum", "fn", "mod", "static", "struct", "trait", "type",
];

/// How many names the path has that `tokens` begin with.
fn path_length(tokens: &[Token]) -> usize {
    let rest = tokens[1..].chunks_exact(2);
    1 + rest
        .take_while(|pair| pair[0].is("::") && pair[1].is_name())
        .count()
}

fn names(tokens: &[Token]) -> Vec<String> {
    let names = tokens.iter().filter(|token| token.is_name());
    names.map(|token| token.text.clone()).collect()
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = token_length(rest);
        let token = &rest[..length];
        let is_name = first.is_alphabetic() || first == '_';
        let is_literal = token.len() > 1 && !is_name && token != "::";
        if !(first.is_whitespace() || first == '\'' || is_literal || is_string(token)) {
            tokens.push(Token {
                text: token.to_owned(),
                line,
            });
        }
        line += token.matches('\n').count();
        rest = &rest[length..];
    }
    tokens
}

/// Whether it is a string, perhaps with a prefix such as `r#` or `b`.
fn is_string(token: &str) -> bool {
    token.ends_with(['"', '#']) && token.contains('"')
}

/// The length in bytes of the token, the literal, the comment or the white space at the start.
fn token_length(text: &str) -> usize {
    let end = |from: usize, pattern: &str| {
        let found = text[from..].find(pattern);
        found.map_or(text.len(), |at| from + at + pattern.len())
    };
    let while_in = |from: usize, is_in: fn(char) -> bool| {
        let found = text[from..].find(|c| !is_in(c));
        found.map_or(text.len(), |at| from + at)
    };
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let first = text.chars().next().unwrap_or(' ');
    let prefix = ["br", "cr", "r", "b", "c"].into_iter().find(|prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(['"', '#']))
    });
    match first {
        _ if text.starts_with("//") => while_in(0, |c| c != '\n'),
        _ if text.starts_with("/*") => end(2, "*/"),
        _ if text.starts_with("::") => 2,
        _ if prefix.is_some_and(|prefix| prefix.ends_with('r')) => {
            let start = prefix.map_or(0, str::len);
            let hashes = while_in(start, |c| c == '#') - start;
            if text[start + hashes..].starts_with('"') {
                end(start + hashes + 1, &format!("\"{}", "#".repeat(hashes)))
            } else {
                // A raw name, such as `r#type`.
                while_in(start + hashes, is_word)
            }
        }
        _ if prefix.is_some() => string_length(text, prefix.map_or(0, str::len)),
        '"' => string_length(text, 0),
        '\'' => {
            let mut characters = text.char_indices().skip(1);
            match (characters.next(), characters.next()) {
                (Some((_, '\\')), Some((after, escaped))) => end(after + escaped.len_utf8(), "'"),
                (Some(_), Some((at, '\''))) => at + 1,
                // A lifetime.
                _ => while_in(1, is_word),
            }
        }
        _ if is_word(first) => while_in(0, is_word),
        _ => first.len_utf8(),
    }
}

/// The length of the string whose first quote is at `start`.
fn string_length(text: &str, start: usize) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().filter(|(at, _)| *at > start) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The tokens without items, fields and statements under an attribute such as `#[cfg(test)]`.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.is("#") && tokens.get(at + 1).is_some_and(|token| token.is("[")) {
            let end = group_end(tokens, at + 1);
            let attribute = names(&tokens[at..end]);
            let is_for_tests = attribute.first().is_some_and(|name| name == "cfg")
                && attribute.contains(&"test".to_owned())
                && !attribute.contains(&"not".to_owned());
            if is_for_tests {
                at = item_end(tokens, end);
                continue;
            }
        }
        kept.push(token.clone());
        at += 1;
    }
    kept
}

/// Where the group ends whose bracket is at `at`.
fn group_end(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0;
    for (offset, token) in tokens[at..].iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + offset + 1;
        }
    }
    tokens.len()
}

/// Where the item, the field or the statement ends that begins at `at`, perhaps with attributes.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    const NO_FIELD: [&str; 8] = [
        "async", "fn", "impl", "mod", "struct", "enum", "trait", "unsafe",
    ];
    let mut is_item = false;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            ";" => return at + 1,
            "," if !is_item => return at + 1,
            // The group around it ends.
            ")" | "]" | "}" => return at,
            "{" => return group_end(tokens, at),
            "(" | "[" => at = group_end(tokens, at),
            text => {
                is_item |= NO_FIELD.contains(&text);
                at += 1;
            }
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let source = Source::read(text);
        let paths = source.paths.iter();
        paths.map(|path| path.segments.join("::")).collect()
    }

    fn imports(text: &str) -> Vec<(String, String, bool)> {
        let source = Source::read(text);
        let import = |import: &Import| {
            let path = import.path.segments.join("::");
            (path, import.name.clone(), import.is_public)
        };
        source.imports.iter().map(import).collect()
    }

    #[test]
    fn comments_and_literals_name_nothing() {
        let text = r##"
            /// See crate::a::B. /* crate::a
            let x = "crate::b::C \" crate::d"; // crate::e::F
            let y = r#"crate::g "quoted" crate::h"#; let z = b"a::b"; /* c::d */
            let c = '"'; let d = '\''; let e: &'a str = f::<'b'>; let g = h::i;
        "##;
        assert_eq!(paths(text), ["h::i"]);
    }

    #[test]
    fn an_import_is_read_with_all_its_branches() {
        let text = "pub(crate) use crate::a::{self, b::{C, D as E}, F};\nuse super::*;";
        let expected = [
            ("crate::a", "a", true),
            ("crate::a::b::C", "C", true),
            ("crate::a::b::D", "E", true),
            ("crate::a::F", "F", true),
            ("super", "*", false),
        ];
        let expected =
            expected.map(|(path, name, is_public)| (path.to_owned(), name.to_owned(), is_public));
        assert_eq!(imports(text), expected);
        assert_eq!(Source::read(text).imports[4].path.line, 2);
    }

    #[test]
    fn paths_are_read_in_types_calls_and_macros() {
        let text = "fn f(a: &crate::a::B) -> c::D<e::F> { g!(super::h::i(a.b::<j::K>())) }";
        assert_eq!(
            paths(text),
            ["crate::a::B", "c::D", "e::F", "super::h::i", "j::K"]
        );
    }

    #[test]
    fn what_a_type_captures_is_no_import() {
        let text = "fn f<'a>(a: &'a B) -> impl C + use<'a> { a }\nuse d::E;";
        assert_eq!(imports(text), [("d::E".to_owned(), "E".to_owned(), false)]);
    }

    #[test]
    fn what_is_for_tests_alone_is_left_out() {
        let text = "
            mod a;
            #[cfg(test)] #[path = \"b_tests.rs\"] mod b;
            #[cfg(test)] mod tests { use crate::c::D; }
            #[cfg(test)] pub fn e<F, G>(h: i::J) { k::l() }
            struct M { #[cfg(test)] n: o::P, q: r::S }
            #[cfg(not(test))] fn t() { u::v() }
            #[cfg(all(test, unix))] use w::{x, y};
        ";
        let source = Source::read(text);
        assert_eq!(source.modules, ["a"]);
        assert!(source.imports.is_empty(), "{:?}", source.imports);
        assert_eq!(paths(text), ["r::S", "u::v"]);
    }
}
