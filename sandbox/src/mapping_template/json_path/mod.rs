//! JSONPath as API Gateway has it, that of the library Jayway: a path that names one place gives its value, and
//! one with `..`, `*`, a filter or several names gives a list.
//!
//! Jayway is older than RFC 9535 and differs from it, so the libraries for that do not fit; nor do they
//! keep the order of members, or count what they cost.

mod find;
mod parse;

use super::regexes::Pattern;
use super::syntax::Operator;

pub(super) struct JsonPath {
    steps: Vec<Step>,
    function: Option<Function>,
}

struct Step {
    selectors: Selectors,
    /// `..`: of everything below too.
    is_deep: bool,
}

enum Selectors {
    /// `.name`, `['a', 'b']`
    Names(Vec<String>),
    /// `[0]`, `[0, -1]`
    Indexes(Vec<i64>),
    /// `[a:b]`
    Slice(Option<i64>, Option<i64>),
    /// `*`
    All,
    /// `[?(…)]`
    Filter(Filter),
}

enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    Exists(JsonPath),
    Compare(Operand, Operator, Operand),
    Matches(Operand, Pattern),
    In(Operand, Vec<Operand>),
}

enum Operand {
    /// `@…`, or `$…` of the whole document.
    Path {
        path: JsonPath,
        is_root: bool,
    },
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
}

/// A function at the end of a path: `.length()`.
#[derive(Clone, Copy)]
enum Function {
    Length,
    Keys,
    Min,
    Max,
    Sum,
    Average,
}

impl JsonPath {
    /// Whether it gives one value: several names give one object of these members.
    fn is_definite(&self) -> bool {
        self.steps.iter().all(|step| {
            let is_one = match &step.selectors {
                Selectors::Names(_) => true,
                Selectors::Indexes(indexes) => indexes.len() == 1,
                Selectors::Slice(..) | Selectors::All | Selectors::Filter(_) => false,
            };
            is_one && !step.is_deep
        })
    }
}

#[cfg(test)]
mod tests {
    use super::JsonPath;
    use crate::mapping_template::values::{Heap, Value};

    const STORE: &str = r#"{"store": {"book": [
        {"category": "reference", "author": "Rees", "title": "Sayings", "price": 8.95},
        {"category": "fiction", "author": "Waugh", "title": "Sword", "price": 12.99},
        {"category": "fiction", "author": "Melville", "title": "Moby", "isbn": "0-553", "price": 8.99},
        {"category": "fiction", "author": "Tolkien", "title": "Rings", "isbn": "0-395", "price": 22.99}],
        "bicycle": {"color": "red", "price": 19.95}}, "expensive": 10, "a-b": {"c d": 1}, "none": null}"#;

    fn found(path: &str) -> String {
        let mut heap = Heap::default();
        let Ok(Some(document)) = heap.parse_json(STORE) else {
            panic!("the document is JSON");
        };
        let path = match JsonPath::parse(path) {
            Ok(path) => path,
            Err(problem) => return problem.message,
        };
        let mut text = String::new();
        match path.find(&mut heap, &document) {
            Ok(Value::Null) => "nothing".to_owned(),
            Ok(value) => match heap.show_json(&value, &mut text) {
                Ok(()) => text,
                Err(problem) => problem.message,
            },
            Err(problem) => problem.message,
        }
    }

    /// The examples of Jayway's own documentation, and what API Gateway's users write.
    #[test]
    fn paths_find_what_jayway_finds() {
        let cases = [
            (
                "$.store.book[*].author",
                r#"["Rees","Waugh","Melville","Tolkien"]"#,
            ),
            ("$..author", r#"["Rees","Waugh","Melville","Tolkien"]"#),
            ("$.store.*.color", r#"["red"]"#),
            ("$.store..price", "[8.95,12.99,8.99,22.99,19.95]"),
            ("$..book[2].title", r#"["Moby"]"#),
            ("$.store.book[-1].title", r#""Rings""#),
            ("$.store.book[0,1].title", r#"["Sayings","Sword"]"#),
            ("$.store.book[:2].title", r#"["Sayings","Sword"]"#),
            ("$.store.book[1:2].title", r#"["Sword"]"#),
            ("$.store.book[-2:].title", r#"["Moby","Rings"]"#),
            ("$.store.book[?(@.isbn)].title", r#"["Moby","Rings"]"#),
            (
                "$.store.book[?(@.price < 10)].title",
                r#"["Sayings","Moby"]"#,
            ),
            (
                "$..book[?(@.price <= $['expensive'])].title",
                r#"["Sayings","Moby"]"#,
            ),
            ("$..book[?(@.author =~ /.*REES/i)].title", r#"["Sayings"]"#),
            (
                "$.store.book[?(@.category == 'fiction' && !(@.price > 20))].title",
                r#"["Sword","Moby"]"#,
            ),
            (
                "$.store.book[?(@.author in ['Rees', 'Waugh'])].title",
                r#"["Sayings","Sword"]"#,
            ),
            ("$.store.book.length()", "4"),
            ("$..book.length()", "1"),
            ("$.store.bicycle.keys()", r#"["color","price"]"#),
            ("$..price.max()", "22.99"),
            ("$['a-b']['c d']", "1"),
            ("$.a-b", r#"{"c d":1}"#),
            ("expensive", "10"),
            ("store.bicycle.color", r#""red""#),
            (
                "$.store.bicycle['price','color']",
                r#"{"price":19.95,"color":"red"}"#,
            ),
            ("$.missing", "nothing"),
            ("$.none", "nothing"),
            ("$.none.more", "nothing"),
            ("$.store.book.title", "nothing"),
            ("$.store.book[9]", "nothing"),
            ("$.store.bicycle[0]", "nothing"),
            ("$..missing", "[]"),
        ];
        for (path, expected) in cases {
            assert_eq!(found(path), expected, "{path}");
        }
        assert_eq!(
            found("$").len(),
            STORE.split_whitespace().collect::<String>().len() + 1
        );
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in [
            "",
            "$.",
            "$[",
            "$['a",
            "$[?(@.a",
            "$[?(@.a == )]",
            "$.a b",
            "$[a]",
            "$.a[?(@.b =~ x)]",
            "$..",
            "$.nope()",
        ] {
            assert!(
                found(path).starts_with("the JSONPath"),
                "{path}: {}",
                found(path)
            );
        }
    }

    #[test]
    fn what_costs_too_much_is_refused() {
        let deep = format!("$[?({}@.a{})]", "(".repeat(200), ")".repeat(200));
        assert!(found(&deep).contains("nested"));
        let wide = "$".to_owned() + &"..*".repeat(40);
        assert!(found(&wide).contains("steps") || found(&wide) == "[]");
    }
}
